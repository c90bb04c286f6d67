"""ST410 host.loss: a Linux that falls silent ends the power, and a word of it alone does not bring it back."""

from __future__ import annotations

from agent.core.commissioning.model import Measured, Outcome, failed
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import Bench
from agent.selftest.closings import close, is_open, movement, opened
from agent.selftest.judging.contactor import in_time
from agent.selftest.pilot_board import tested_board

VERSION = 1
SILENT_S = 9.0
"""Longer than a board waits for a word, and a car for its stop."""
AFTERWARDS_S = 5.0
CLAUSE = "safety requirement P26; self-test catalogue ST410"
LEASE_MS = (1_800, 2_200)
OPENS_WITHIN_MS = 8_200
STAYS_OPEN_S = 3.0


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    closed_s = await close(bench, adapter)
    await tested_board(bench).fall_silent(SILENT_S)
    await bench.permit(False)
    await bench.wait(SILENT_S)
    await opened(bench, AFTERWARDS_S)
    seen = await movement(bench, closed_s)
    closed = await bench.until(lambda: not is_open(bench), STAYS_OPEN_S)
    await adapter.turn("A")
    if seen.why_opened != "lease":
        return failed(
            f"The board opened, and not for the silence: it tells {seen.why_opened}.",
            "Leave the adapter at C and repeat. If it stays so, update the board's firmware (evsectl board flash).",
            cause="host.lease_expired",
        )
    if closed is not None:
        return failed(
            "The contactor closed again without a new permission.",
            "Switch the supply off and replace the pilot board.",
            cause="host.lease_expired",
        )
    says = f"A silent controller ends power after {seen.event_ms} ms."
    hint = "Update the board's firmware (evsectl board flash) and repeat."
    return in_time(_times(seen.event_ms, seen.opens_ms), says, hint, "host.lease_expired")


def _times(event_ms: int | None, opens_ms: int | None) -> tuple[Measured, ...]:
    at_first, at_last = LEASE_MS[0], OPENS_WITHIN_MS
    return (
        Measured(
            name="coil off after the last word", value=event_ms, unit="ms", low=at_first, high=at_last, source=CLAUSE
        ),
        Measured(name="open after the last word", value=opens_ms, unit="ms", high=at_last, source=CLAUSE),
    )
