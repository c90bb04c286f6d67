"""Whoever stands at the charger, at the other end of the control socket: asked, told, and missed once they are gone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from agent.control.questions import (
    ADAPTER,
    DONE,
    NO,
    PRESENCE,
    PROOF,
    SKIP,
    YES,
    Asked,
    encoded,
    in_words,
    is_declined,
    problem_of,
    reason_of,
)
from agent.control.verb import Conversation
from agent.control.wire import Body
from agent.core.commissioning.typed_number import number_of
from agent.core.identity import ConnectorId
from agent.errors import BadRequest
from agent.selftest.bench import AdapterPosition, Declined, Question, TerminalLost

ANSWERS_WITHIN_S = 7200.0
"""Somebody who measures a circuit is away from the terminal for a while."""
MOST_TRIES = 5
"""Answers that will not do, before the question counts as declined: a script would go on for ever."""
PULSE_S = 1.0


class PersonAtTerminal:
    """A `Person` of the self-tests. Nothing is said while a question is open: nobody reads it then."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._turn = asyncio.Lock()
        self.adapter_is_in = False
        """It was plugged in on our word, and not taken out since."""
        self.connector: int | None = None
        """Where the test is that asks now; None: of the whole charger, or none."""
        self._adapter_at: ConnectorId | None = None
        """Where the adapter was put last, where a charger has several connectors."""

    async def say(self, body: Body) -> None:
        """Raises TerminalLost."""
        async with self._turn:
            try:
                await self._conversation.say(body)
            except ConnectionError as error:
                raise TerminalLost(f"the terminal is gone ({error})") from error

    async def pulse(self, body: Body) -> None:
        """The same each second until cancelled, so that a terminal that is gone is missed in the middle of a test."""
        while True:
            await asyncio.sleep(PULSE_S)
            if not self._turn.locked():
                await self.say(body)

    async def tell(self, text: str) -> None:
        await self.say({"tell": text})

    async def ask(self, question: Question) -> str:
        for _ in range(MOST_TRIES):
            answer = await self._answer(Asked(question=question, connector=self.connector))
            if question.default is not None and answer in ("", question.default):
                return question.default
            if is_declined(answer) and SKIP not in question.choices:
                raise Declined(reason_of(answer))
            if not (problem := problem_of(question, answer)):
                return answer
            await self.tell(problem)
        raise Declined(f"no answer to {question.key} would do")

    async def number(self, question: Question) -> float:
        return number_of(await self.ask(question), question.unit, question.low, question.high)

    async def confirms(self, key: str, text: str) -> bool:
        return await self.ask(Question(key=key, text=text, choices=(YES, NO))) == YES

    async def set_adapter(self, position: AdapterPosition) -> None:
        if position.state == "out" and position.connector is None:
            position = replace(position, connector=self._adapter_at)
        words = in_words(position, self._adapter_at)
        question = Question(key=ADAPTER, text=f"{words}, then press Enter", default=DONE)
        answer = await self._answer(Asked(question=question, connector=self.connector, adapter=position))
        if is_declined(answer):
            raise Declined(reason_of(answer))
        self.adapter_is_in = position.state != "out"
        self._adapter_at = position.connector if self.adapter_is_in else None

    async def prove(self, challenge: bytes) -> bytes:
        """HMAC-SHA256 of it with the unit's local key, made at the other end. Raises Declined.

        An empty challenge is that of a controller which holds no key: then a person's word that they are there.
        """
        if not challenge:
            if not await self.confirms(PRESENCE, "Power will flow at this outlet. Are you there, and is nobody at it?"):
                raise Declined("nobody watches the outlet")
            return b""
        question = Question(key=PROOF, text="These tests let power flow, which needs the local key of this unit")
        answer = await self._answer(Asked(question=question, connector=self.connector, challenge=challenge))
        if is_declined(answer):
            raise Declined(reason_of(answer))
        try:
            return bytes.fromhex(answer)
        except ValueError as error:
            raise Declined("what came as a proof is none; are evsectl and the agent of the same release?") from error

    async def _answer(self, asked: Asked) -> str:
        async with self._turn:
            try:
                answer = await self._conversation.ask(encoded(asked), within_s=ANSWERS_WITHIN_S)
            except ConnectionError as error:
                raise TerminalLost(f"the terminal is gone ({error})") from error
            except TimeoutError as error:
                raise TerminalLost(f"nobody answered for {ANSWERS_WITHIN_S / 3600:g} hours") from error
            except BadRequest as error:
                raise TerminalLost(f"what came as an answer is none ({error})") from error
        return answer.strip()
