"""What was typed into a test that was cut off in the middle: whoever goes on is asked for the rest of it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.model import Verdict
from agent.core.commissioning.record import attempts_at
from agent.core.commissioning.steps import Step, step_of
from agent.core.commissioning.typed_number import number_of

if TYPE_CHECKING:
    from agent.control.commissioning_sitting import Sitting
    from agent.core.commissioning.steps import Place
    from agent.selftest.bench import AdapterPosition, Question

TYPED = frozenset({Step.MEASUREMENTS, Step.REPORT})
"""Steps whose tests are about what was measured and seen before. In the others an answer is about this very moment."""
BEGUN = "begun."
"""Keys of the job under which answers wait for the end of their test."""


class RememberingPerson:
    """A `Person` of the self-tests. Only one test asks at a time."""

    def __init__(self, sitting: Sitting) -> None:
        self._sitting = sitting
        self._place: Place | None = None
        self._asked: set[str] = set()

    def begin(self, place: Place) -> None:
        """It is this test that asks from now on."""
        self._place, self._asked = place, set()

    async def ask(self, question: Question) -> str:
        """Raises StoreError as well: what is not on disk was not answered."""
        sitting, key = self._sitting, self._key(question.key)
        is_first = question.key not in self._asked
        self._asked.add(question.key)
        if key and is_first and (before := sitting.job.answers.get(key)):
            return before  # asked once more it was none that the test could use
        answer = await sitting.person.ask(question)
        if key and answer:
            await sitting.answer(key, answer)
        return answer

    async def number(self, question: Question) -> float:
        return number_of(await self.ask(question), question.unit, question.low, question.high)

    async def confirms(self, key: str, text: str) -> bool:
        return await self._sitting.person.confirms(key, text)

    async def set_adapter(self, position: AdapterPosition) -> None:
        await self._sitting.person.set_adapter(position)

    async def tell(self, text: str) -> None:
        await self._sitting.person.tell(text)

    def _key(self, key: str) -> str:
        """Empty where nothing is to be remembered."""
        if self._place is None or step_of(catalogue()[self._place[0]]) not in TYPED:
            return ""
        attempts = attempts_at(self._sitting.job, self._place)
        judged = sum(one.outcome.verdict is not Verdict.ERROR for one in attempts)
        return f"{_prefix(self._place)}{judged}.{key}"


def _prefix(place: Place) -> str:
    return f"{BEGUN}{place[0]}.{place[1] or 0}."


async def forget(sitting: Sitting, place: Place) -> None:
    """The test came to its end, and its answers are those of its attempt. Raises StoreError.

    Where power went right before this, they lie under a number that no later attempt asks for.
    """
    if any(key.startswith(_prefix(place)) for key in sitting.job.answers):
        await sitting.forget(_prefix(place))
