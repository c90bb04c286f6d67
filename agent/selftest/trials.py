"""A check at work: within its time, undisturbed, with the right to power where it needs that, and never raising."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from agent.core.commissioning.catalogue import Row
from agent.core.commissioning.model import Outcome, broken, skipped
from agent.core.identity import ConnectorId
from agent.errors import DriverError
from agent.selftest.bench import Declined, TerminalLost
from agent.selftest.checks_found import Check
from agent.selftest.guard import intruder, standing_fault
from agent.selftest.patience import Patience, PatientPerson
from agent.selftest.ports import Charger, Helper
from agent.selftest.workbench import Place, Workbench
from agent.supervise import failure_of
from agent.values import frozen

log = logging.getLogger(__name__)

TAKES_AT_MOST_S, TAKES_TIMES = 30.0, 3.0
"""The bound of an attempt: three times what it should take, and half a minute. Time in which a person is asked is not
counted; a person has a bound of their own."""


@frozen(kw_only=True)
class Trial:
    """One attempt. `known` is the latest outcome of another test, `typed` what was typed earlier in the job."""

    row: Row
    connector: ConnectorId | None
    charger: Charger
    helper: Helper
    known: Callable[[str], Outcome | None]
    typed: Callable[[str], str | None]

    async def run(
        self, stack: AsyncExitStack, spots: Sequence[Place], found: Check, answers: dict[str, str]
    ) -> Outcome:
        """The outcome, whatever happens. `stack` gives back the right to power. Raises Busy and TerminalLost."""
        patience = Patience(TAKES_AT_MOST_S + TAKES_TIMES * self.row.seconds)
        bench = Workbench(
            row=self.row,
            charger=self.charger,
            person=PatientPerson(self.helper.person, patience, answers),
            place=next((one for one in spots if one.outlet.connector == self.connector), None),
            known=self.known,
            typed=self.typed,
            connector_id=self.connector,
            prove=self.helper.prove,
        )
        try:
            if self.row.is_energised and self.connector is not None and self.helper.prove is not None:
                if found_already := standing_fault(bench):
                    return found_already
                await self.charger.see_presence(self.connector, bench.person)
                await stack.enter_async_context(self.charger.empower(self.connector, self.helper.prove))
            if self.row.is_first_charge and self.connector is not None:
                await stack.enter_async_context(self.charger.provisional(self.connector))
            return await _undisturbed(bench, found, patience)
        except Declined as error:
            return skipped(str(error))
        except DriverError as error:
            return _device_failed(error)


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
