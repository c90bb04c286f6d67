"""A check at work on its bench: with the right to power where it needs that, within its time, and undisturbed."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack

from agent.core.commissioning.model import Outcome, broken, skipped
from agent.errors import DriverError, WrongProof
from agent.selftest.bench import Declined, TerminalLost
from agent.selftest.checks_found import Check
from agent.selftest.guard import intruder, standing_fault
from agent.selftest.patience import Patience
from agent.selftest.workbench import Workbench
from agent.supervise import failure_of

log = logging.getLogger(__name__)

OWN_CARD = "take the key card that bears the serial number of this charger's label, then run the test again"


async def examined(stack: AsyncExitStack, bench: Workbench, found: Check, patience: Patience) -> Outcome:
    """What the check found, or why it did not. `stack` gives back the right to power. Raises Busy and TerminalLost."""
    try:
        return await _not_begun(stack, bench) or await _undisturbed(bench, found, patience)
    except (Declined, DriverError) as error:
        return _outcome_of(error, bench, patience)


async def _not_begun(stack: AsyncExitStack, bench: Workbench) -> Outcome | None:
    """What bars the test before it begins; None once it has the rights that it needs."""
    row, connector = bench.row, bench.connector_id
    closes = row.is_energised and row.seconds > 0  # one that takes no time judges what another has measured
    if closes and connector is not None and bench.prove is not None:
        if found_already := standing_fault(bench):
            return found_already
        await bench.charger.see_presence(connector, bench.person)
        await stack.enter_async_context(bench.charger.empower(connector, bench.prove))
    if row.is_first_charge and connector is not None:
        await stack.enter_async_context(bench.charger.provisional(connector))
    return None


async def _undisturbed(bench: Workbench, found: Check, patience: Patience) -> Outcome:
    """The check's outcome, or that somebody came in between."""
    trial = _Examined(bench, found, patience)
    async with asyncio.TaskGroup() as tasks:
        testing = tasks.create_task(failure_of(trial.run()))
        guarding = tasks.create_task(intruder(bench))
        try:
            await asyncio.wait((testing, guarding), return_when=asyncio.FIRST_COMPLETED)
        finally:
            testing.cancel()
            guarding.cancel()
    if testing.cancelled():
        return skipped(guarding.result())
    error = testing.result()
    if isinstance(error, TerminalLost):
        raise error
    return trial.outcome if error is None else _outcome_of(error, bench, patience)


class _Examined:
    """Holds what the check found."""

    def __init__(self, bench: Workbench, found: Check, patience: Patience) -> None:
        self._bench, self._found, self._patience = bench, found, patience
        self.outcome: Outcome

    async def run(self) -> None:
        async with self._patience.limit():
            self.outcome = await self._found.run(self._bench)


def _outcome_of(error: Exception, bench: Workbench, patience: Patience) -> Outcome:
    """What a check that ended with an exception comes to."""
    match error:
        case Declined():
            return skipped(str(error))
        case WrongProof():
            return broken("this is not the key card of this unit: the board did not take its key", OWN_CARD)
        case DriverError():
            return _device_failed(error)
        case TimeoutError():
            why = f"it was not done within {patience.seconds:g} s, and was ended"
            return broken(why, "run it again; if that happens again, look for a silent device: evsectl status")
        case _:
            log.error("self-test failed by itself", exc_info=error, extra={"test": bench.row.test})
            why = f"the test itself made a mistake: {type(error).__name__}: {error}"
            return broken(why, "tell the manufacturer, with the log of the charger")


def _device_failed(error: DriverError) -> Outcome:
    return broken(f"{error.driver}: {error.what}", "check the device and its wire, then run the test again")
