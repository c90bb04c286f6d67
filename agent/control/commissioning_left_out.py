"""What an installer leaves out by name: on record with who and why, and missing from a complete commissioning."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.commissioning import record
from agent.core.commissioning.catalogue import Row, catalogue
from agent.core.commissioning.model import skipped
from agent.core.commissioning.steps import Step

if TYPE_CHECKING:
    from agent.control.commissioning_sitting import Sitting
    from agent.control.commissioning_testing import Testing


async def leave_out(sitting: Sitting, testing: Testing) -> None:
    """Once it is known by whom. Raises StoreError."""
    if not sitting.name:
        return
    for name in sorted(sitting.given.skipped):
        if name in catalogue():
            await _leave_out_test(sitting, testing, catalogue()[name])
        elif (step := Step(name)) not in sitting.visit.ended:
            now, why = sitting.station.now(), sitting.given.because
            await sitting.keep(record.left_out(sitting.job, step, now, sitting.name, why))
            sitting.visit = replace(sitting.visit, ended=sitting.visit.ended | {step})


async def _leave_out_test(sitting: Sitting, testing: Testing, row: Row) -> None:
    who, why = sitting.name, sitting.given.because
    for place in sitting.site.places(row):
        if place in sitting.visit.tried or record.is_done(sitting.job, place):
            continue
        outcome = skipped(f"left out by {who}: {why}")
        attempt = record.not_judged(sitting.job, place, outcome, started=sitting.station.now(), by=sitting.by)
        await testing.keep(replace(attempt, answers={record.ACCEPTED_BY: who, record.ACCEPTED_WHY: why}))
