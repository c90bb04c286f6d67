"""However often the power goes, a commissioning ends up the same."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.strategies import booleans, sampled_from

from agent.core.commissioning import record
from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.flow import Over
from agent.core.commissioning.model import Verdict
from agent.core.commissioning.record import MOST_FAILURES, missing
from agent.core.commissioning.steps import Place
from agent.core.time import Instant
from tests.core.commissioning.visits import OUTCOMES, SITE, Commission


class AnyVisits(RuleBasedStateMachine):
    """However often the power goes, the same questions once each, every attempt kept, and no must forgotten."""

    @initialize()
    def the_first_visit(self) -> None:
        self.commission = Commission()
        self.asked: list[str] = []
        self.ran: list[Place] = []
        self.over: Over | None = None

    @precondition(lambda self: self.over is None)
    @rule(outcome=sampled_from([*OUTCOMES, "pass", "pass", "pass", "pass"]), steps=sampled_from([1, 2, 7, 30, 200]))
    def it_goes_on(self, outcome: str, steps: int) -> None:
        self.commission.default = outcome
        for _ in range(steps):
            asked, ran = len(self.commission.asked), len(self.commission.ran)
            what = self.commission.do_one()
            self.asked += self.commission.asked[asked:]
            self.ran += self.commission.ran[ran:]
            if isinstance(what, Over):
                self.over = what
                return

    @rule(reports=booleans())
    def the_power_goes_and_comes_back(self, reports: bool) -> None:
        if self.over is not None and reports:
            self.commission.job = record.over(self.commission.job, SITE, Instant(2.0))
        if not record.can_go_on(self.commission.job):
            assert self.over is not None and self.over.is_complete
            return
        self.commission.again()
        self.over = None

    @invariant()
    def nothing_is_asked_twice(self) -> None:
        assert len(set(self.asked)) == len(self.asked)

    @invariant()
    def every_attempt_is_kept_and_no_passed_test_is_run_again(self) -> None:
        attempts = self.commission.job.attempts
        assert [(one.test, one.connector) for one in attempts] == self.ran
        for place in set(self.ran):
            verdicts = [one.outcome.verdict for one in record.attempts_at(self.commission.job, place)]
            assert not {Verdict.PASS, Verdict.WARN} & set(verdicts[:-1])
            assert verdicts.count(Verdict.FAIL) <= MOST_FAILURES

    @invariant()
    def it_is_complete_only_where_every_must_has_passed(self) -> None:
        if self.over is None:
            return
        good = {
            (one.test, one.connector)
            for one in self.commission.job.attempts
            if one.outcome.verdict in (Verdict.PASS, Verdict.WARN) or one.outcome.is_not_applicable
        }
        musts = {place for row in catalogue().values() if row.is_must for place in SITE.places(row)}
        assert self.over.is_complete == (musts <= good)
        assert self.over.missing == missing(self.commission.job, SITE)


TestAnyVisits = AnyVisits.TestCase
TestAnyVisits.settings = settings(max_examples=40, stateful_step_count=12, deadline=None)
