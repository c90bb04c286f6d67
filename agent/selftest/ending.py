"""How a helper ends a check early: with the outcome that it has found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from agent.core.commissioning.model import Outcome
from agent.selftest.bench import Bench


class Ended(Exception):
    """The check is over: nothing more can be found out in this attempt."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.says)
        self.outcome = outcome


def judged(check: Callable[[Bench], Awaitable[Outcome]]) -> Callable[[Bench], Awaitable[Outcome]]:
    """A check whose helpers may raise Ended."""

    @wraps(check)
    async def run(bench: Bench) -> Outcome:
        try:
            return await check(bench)
        except Ended as end:
            return end.outcome

    return run
