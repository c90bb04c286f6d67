"""One attempt at a check: the bench that it gets, its time, and the person whom it may ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from agent.core.commissioning.catalogue import Row
from agent.core.commissioning.model import Outcome
from agent.core.identity import ConnectorId
from agent.selftest.checks_found import Check
from agent.selftest.patience import Patience, PatientPerson
from agent.selftest.ports import Charger, Helper
from agent.selftest.undisturbed import examined
from agent.selftest.watching import Place
from agent.selftest.workbench import Workbench
from agent.values import frozen

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
            allow=patience.allow,
        )
        return await examined(stack, bench, found, patience)
