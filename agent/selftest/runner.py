"""One attempt at one test: preconditions, the loan of the connector, the check itself, and the safe end behind it.

Whatever a check, a device or a person does, an attempt ends with an outcome and with a safe output, or says that nobody
could make it safe.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace

from agent.core.commissioning.catalogue import Row, catalogue
from agent.core.commissioning.model import Attempt, Outcome, Verdict, broken, skipped
from agent.core.commissioning.sequence import Place, circumstances, gate, known, unmet
from agent.core.identity import ConnectorId
from agent.errors import Busy
from agent.selftest.bench import TerminalLost
from agent.selftest.checks_found import Check, check
from agent.selftest.ports import Charger, Helper
from agent.selftest.spots import all_safe, concerned, occupied
from agent.selftest.trials import Trial

log = logging.getLogger(__name__)


class Interrupted(TerminalLost):
    """The attempt was made as far as it went, and is `attempt`."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(attempt.outcome.says)
        self.attempt = attempt


class Runner:
    """Attempts of one job. `history` is what the job holds so far; it is read anew at each attempt."""

    def __init__(
        self,
        charger: Charger,
        helper: Helper,
        history: Callable[[], tuple[Attempt, ...]],
        typed: Callable[[str], str | None] = lambda _key: None,
        find: Callable[[str], Check | None] = check,
    ) -> None:
        self._charger = charger
        self._helper = helper
        self._history = history
        self._typed = typed
        self._find = find

    async def attempt(self, place: Place) -> Attempt:
        """Do it once. Raises Interrupted, once the output is safe, and nothing else."""
        row, connector = catalogue()[place[0]], place[1]
        started, answers = self._charger.now(), dict[str, str]()
        found, lost = self._find(row.test), False
        try:
            outcome = await self._outcome(row, connector, found, answers)
        except TerminalLost as error:
            lost = True
            outcome = broken(f"it was ended in the middle: {error}", "run it again")
        made = Attempt(
            test=row.test,
            connector=connector,
            version=0 if found is None else found.version,
            attempt=1 + sum((one.test, one.connector) == place for one in self._history()),
            started=started,
            duration_ms=round(self._charger.now().since(started) * 1000),
            outcome=outcome,
            by=self._helper.by,
            remote=self._helper.is_remote,
            answers=answers,
        )
        if lost:
            raise Interrupted(made)
        return made

    async def _outcome(
        self, row: Row, connector: ConnectorId | None, found: Check | None, answers: dict[str, str]
    ) -> Outcome:
        if found is None:
            return broken(f"the test {row.test} is not built", "do it by hand, and note it in the report")
        if why := self._unmet(row, connector):
            return skipped(why)
        try:
            async with occupied(self._charger, row, connector) as spots, AsyncExitStack() as stack:
                trial = Trial(
                    row=row,
                    connector=connector,
                    charger=self._charger,
                    helper=self._helper,
                    known=lambda test: known(test, connector, self._history()),
                    typed=self._typed,
                )
                trouble = ""
                try:
                    outcome = await trial.run(stack, spots, found, answers)
                finally:
                    # Before the right to power is given back: nothing may be left that it was needed for.
                    if trouble := await all_safe(spots):
                        # Whoever is gone hears no outcome, and this has to be found all the same.
                        log.error("output could not be made safe", extra={"test": row.test, "trouble": trouble})
                return _with_trouble(outcome, trouble)
        except Busy as error:
            return skipped(str(error), "run it again then")

    def _unmet(self, row: Row, connector: ConnectorId | None) -> str:
        if (row.is_energised or row.is_first_charge) and (
            why := gate(row, connector, self._history(), is_in_service=self._charger.is_in_service)
        ):
            return why
        if row.is_energised and self._helper.prove is None:
            return "it lets power flow, so it needs an installer with the unit's key: evsectl selftest run, on site"
        sessions = [self._charger.session(one) for one in concerned(self._charger, row, connector)]
        return unmet(row, circumstances(sessions, has_person=self._helper.person is not None))


def _with_trouble(outcome: Outcome, trouble: str) -> Outcome:
    """What is not safe comes first, whatever the check found."""
    if not trouble:
        return outcome
    says = f"the output could not be made safe: {trouble}. The test itself: {outcome.says}"
    verdict = Verdict.FAIL if outcome.verdict is Verdict.FAIL else Verdict.ERROR
    return replace(outcome, verdict=verdict, says=says, next=trouble)
