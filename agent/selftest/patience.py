"""How long an attempt may take, with a person's own time left out of it; and what that person typed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from agent.selftest.bench import AdapterPosition, Declined, Person, Question


class Patience:
    """A time-out that stands still while somebody is asked."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._timeout: asyncio.Timeout | None = None

    @asynccontextmanager
    async def limit(self) -> AsyncIterator[None]:
        """Raises TimeoutError once the time is over."""
        async with asyncio.timeout(self.seconds) as timeout:
            self._timeout = timeout
            try:
                yield
            finally:
                self._timeout = None

    def allow(self, seconds: float) -> None:
        """So much more than it was to take."""
        self.seconds += seconds
        ends_at = None if self._timeout is None else self._timeout.when()
        if self._timeout is not None and ends_at is not None:
            self._timeout.reschedule(ends_at + seconds)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Time does not count inside."""
        loop, timeout = asyncio.get_running_loop(), self._timeout
        ends_at = None if timeout is None else timeout.when()
        if timeout is None or ends_at is None:
            yield
            return
        left_s = ends_at - loop.time()
        timeout.reschedule(None)
        try:
            yield
        finally:
            if not timeout.expired():
                timeout.reschedule(loop.time() + left_s)


class PatientPerson:
    """A `Person` whose time is their own, and whose answers go on record."""

    def __init__(self, person: Person | None, patience: Patience, answers: dict[str, str]) -> None:
        self._person = person
        self._patience = patience
        self._answers = answers

    async def ask(self, question: Question) -> str:
        with self._patience.paused():
            answer = await self._there().ask(question)
        self._answers[question.key] = answer
        return answer

    async def number(self, question: Question) -> float:
        with self._patience.paused():
            number = await self._there().number(question)
        self._answers[question.key] = f"{number:g}"
        return number

    async def confirms(self, key: str, text: str) -> bool:
        with self._patience.paused():
            is_so = await self._there().confirms(key, text)
        self._answers[key] = "yes" if is_so else "no"
        return is_so

    async def set_adapter(self, position: AdapterPosition) -> None:
        with self._patience.paused():
            await self._there().set_adapter(position)

    async def tell(self, text: str) -> None:
        if self._person is not None:
            await self._person.tell(text)

    def _there(self) -> Person:
        if self._person is None:
            raise Declined("it needs somebody at the charger")
        return self._person
