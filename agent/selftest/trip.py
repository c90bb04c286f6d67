"""A residual current trip by the installer's tester, while the outlet is live for a test."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, broken, skipped
from agent.selftest.adapter import Adapter
from agent.selftest.bench import Bench
from agent.selftest.closings import close, is_closed, movement, opened
from agent.selftest.ending import Ended
from agent.selftest.judging.contactor import Movement

RESIDUAL = "residual"
CHAIN = "chain"


async def trip(bench: Bench, adapter: Adapter, key: str, start: str, within_s: float) -> Movement | None:
    """Close, and have the tester used; what the board measured of the opening, None where it stayed closed.

    `within_s`: the longest that a trip may take once the tester has begun.

    Ends the check where the tester did nothing, and where it opened for another reason.
    """
    closed_s = await close(bench, adapter)
    if not await bench.person.confirms(key, start):
        raise Ended(tester_did_nothing())
    if await bench.until(lambda: not is_closed(bench), within_s) is None:
        return None
    await opened(bench)
    seen = await movement(bench, closed_s)
    if seen.why_opened not in (RESIDUAL, CHAIN):
        raise Ended(broken(
            f"The outlet opened before the tester tripped it: the board tells {seen.why_opened}.",
            "It is live for a minute at most: have the tester ready, and repeat.",
        ))  # fmt: skip
    return seen


def tester_did_nothing() -> Outcome:
    return skipped("The tester did not do its test.", "Repeat with a tester that can, at the adapter's socket.")
