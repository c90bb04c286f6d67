"""Which test is next, what may run beside it, and what a failure shuts, whatever comes of the tests."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent.core.commissioning.catalogue import Need, catalogue
from agent.core.commissioning.model import Attempt, Outcome, Verdict
from agent.core.commissioning.record import MOST_FAILURES, repeats_left
from agent.core.commissioning.sequence import (
    PLATFORM,
    Circumstances,
    gate,
    in_order,
    is_lent_for,
    next_of,
    places,
    unmet,
    uses,
)
from agent.core.commissioning.steps import Place
from agent.core.identity import ConnectorId
from agent.core.time import Instant
from tests.searching import costly

ONE, TWO = ConnectorId(1), ConnectorId(2)
NOW = Instant(0.0, 0, "boot")
verdicts = st.sampled_from([Verdict.PASS, Verdict.PASS, Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.ERROR])


def attempt(place: Place, verdict: Verdict, *, is_not_applicable: bool = False) -> Attempt:
    outcome = Outcome(verdict=verdict, says=f"it came to {verdict.value}", is_not_applicable=is_not_applicable)
    return Attempt(test=place[0], connector=place[1], version=1, attempt=1, started=NOW, duration_ms=0, outcome=outcome)


def passed(*tests: str, connector: ConnectorId = ONE) -> list[Attempt]:
    rows = [catalogue()[test] for test in tests]
    return [attempt((row.test, None if row.scope.value == "station" else connector), Verdict.PASS) for row in rows]


class AnyRun(RuleBasedStateMachine):
    """A run of all tests at a charger; each rule is what a test, a person or the program may do next."""

    def __init__(self) -> None:
        super().__init__()
        self.connectors: tuple[ConnectorId, ...] = (ONE,)
        self.waiting: list[Place] = []
        self.running: list[Place] = []
        self.attempts: list[Attempt] = []
        self.shut: list[Place] = []
        self.is_in_service = False

    @initialize(connectors=st.sampled_from([(ONE,), (ONE, TWO)]), is_in_service=st.booleans())
    def somebody_begins(self, connectors: tuple[ConnectorId, ...], is_in_service: bool) -> None:
        self.connectors, self.is_in_service = connectors, is_in_service
        self.waiting = list(places(connectors))
        self.look()

    def why_shut(self, place: Place) -> str:
        return gate(catalogue()[place[0]], place[1], self.attempts, is_in_service=self.is_in_service)

    def look(self) -> None:
        found = next_of(self.waiting, self.running, self.connectors, self.why_shut)
        for place in found.ready:
            assert not self.why_shut(place)
            self.waiting.remove(place)
            self.running.append(place)
        for place, why in found.shut:
            assert why
            self.waiting.remove(place)
            self.shut.append(place)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), verdict=verdicts)
    def a_test_ends(self, data: st.DataObject, verdict: Verdict) -> None:
        place = data.draw(st.sampled_from(self.running))
        self.running.remove(place)
        self.attempts.append(attempt(place, verdict))
        self.look()

    @precondition(lambda self: self.running)
    @rule()
    def all_that_run_pass(self) -> None:
        for place in self.running:
            self.attempts.append(attempt(place, Verdict.PASS))
        self.running = []
        self.look()

    @precondition(lambda self: self.attempts)
    @rule(data=st.data())
    def a_failed_one_is_repeated(self, data: st.DataObject) -> None:
        failed = [(one.test, one.connector) for one in self.attempts if one.outcome.verdict is Verdict.FAIL]
        free = [place for place in failed if place not in self.waiting and place not in self.running]
        if free:
            self.waiting.append(data.draw(st.sampled_from(free)))
            self.look()

    @rule()
    def somebody_leaves(self) -> None:
        """What waits is not done; what runs comes to its end."""
        self.waiting = []

    @invariant()
    def nothing_is_used_by_two(self) -> None:
        used = [what for place in self.running for what in uses(place, self.connectors)]
        assert len(used) == len(set(used))

    @invariant()
    def whoever_waits_waits_for_somebody(self) -> None:
        assert self.running or not self.waiting

    @invariant()
    def no_test_fails_more_often_than_it_may(self) -> None:
        for place in {(one.test, one.connector) for one in self.attempts}:
            failures = [one for one in self.attempts if (one.test, one.connector) == place]
            assert sum(one.outcome.verdict is Verdict.FAIL for one in failures) <= MOST_FAILURES

    @invariant()
    def no_power_flows_behind_a_failure(self) -> None:
        for place in self.running:
            row = catalogue()[place[0]]
            if not row.is_energised:
                continue
            for before in in_order():
                found = [one for one in self.attempts if one.test == before.test and one.connector in (None, place[1])]
                if before.stage < row.stage and before.stage != PLATFORM and before.is_must and found:
                    assert found[-1].outcome.verdict in (Verdict.PASS, Verdict.WARN)


TestAnyRun = AnyRun.TestCase
TestAnyRun.settings = costly(25, search=3_000, steps=30)


def test_every_test_of_the_catalogue_has_its_turn_once_at_each_connector() -> None:
    found = places((ONE, TWO))

    assert len(found) == len(set(found))
    assert {place[0] for place in found} == set(catalogue())


def test_the_network_is_looked_at_beside_the_pilot_and_both_connectors_beside_each_other() -> None:
    waiting = [place for place in places((ONE, TWO)) if place[0] in ("ST202", "ST801", "ST701")]

    assert set(next_of(waiting, (), (ONE, TWO), lambda _: "").ready) == {
        *(("ST202", ONE), ("ST202", TWO)),
        *(("ST801", None), ("ST701", None)),
    }


def test_one_person_does_one_thing_at_a_time() -> None:
    waiting = [("ST206", ONE), ("ST206", TWO)]

    assert next_of(waiting, (), (ONE, TWO), lambda _: "").ready == (("ST206", ONE),)


def test_a_failed_mains_test_keeps_power_away_and_says_what_to_do_first() -> None:
    attempts = [*passed("ST104", "ST901", "ST902", "ST908", "ST909"), attempt(("ST504", ONE), Verdict.FAIL)]

    why = gate(catalogue()["ST402"], ONE, attempts)

    assert "ST504" in why
    assert "evsectl selftest run ST504 --connector 1" in why
    assert "ST504" not in gate(catalogue()["ST402"], TWO, attempts)


def test_nothing_is_switched_on_to_a_circuit_that_nobody_measured_unless_it_was_before() -> None:
    row = catalogue()["ST402"]

    assert "comes before any power" in gate(row, ONE, [])
    assert gate(row, ONE, [], is_in_service=True) == ""


def test_a_failure_under_power_locks_the_others_out_and_may_itself_be_repeated() -> None:
    attempts = [attempt(("ST402", ONE), Verdict.FAIL)]

    assert "ST402" in gate(catalogue()["ST403"], ONE, attempts, is_in_service=True)
    assert gate(catalogue()["ST402"], ONE, attempts, is_in_service=True) == ""


def test_a_test_that_broke_bars_power_and_nothing_else() -> None:
    attempts = [attempt(("ST301", ONE), Verdict.ERROR)]

    assert gate(catalogue()["ST206"], ONE, attempts, is_in_service=True) == ""
    assert "ST301" in gate(catalogue()["ST402"], ONE, attempts, is_in_service=True)


def test_the_fourth_failure_is_the_last() -> None:
    attempts = [attempt(("ST203", ONE), Verdict.FAIL) for _ in range(MOST_FAILURES)]

    assert repeats_left(attempts[:3], ("ST203", ONE)) == 1
    assert "begin a new job" in gate(catalogue()["ST203"], ONE, attempts)


def test_a_whole_charge_waits_for_the_registration_and_the_signature_for_nobody() -> None:
    failed = [attempt(("ST402", ONE), Verdict.FAIL)]

    assert "ST808" in gate(catalogue()["ST1001"], ONE, [], is_in_service=True)
    assert gate(catalogue()["ST1001"], ONE, passed("ST808"), is_in_service=True) == ""
    assert gate(catalogue()["ST910"], None, failed) == ""


def test_what_carries_no_energy_rests_on_no_meter_and_all_else_does() -> None:
    for test in ("ST505", "ST506", "ST507"):
        failed = [*passed("ST808"), attempt((test, ONE), Verdict.FAIL)]

        shut = {row.test for row in in_order() if gate(row, ONE, failed, is_in_service=True)}

        assert not shut & {"ST105", "ST202", "ST301", "ST306", "ST501", "ST206", "ST607"}
        assert {"ST402", "ST302", "ST508", "ST1001"} <= shut


def test_what_is_not_fitted_shuts_nothing() -> None:
    attempts = [attempt(("ST503", ONE), Verdict.SKIP, is_not_applicable=True)]

    assert gate(catalogue()["ST402"], ONE, attempts, is_in_service=True) == ""


def test_whoever_is_not_there_is_not_asked_and_a_car_is_left_alone() -> None:
    alone = Circumstances(is_open=True, is_empty=False, has_person=False)

    assert "somebody at the charger" in unmet(catalogue()["ST206"], alone)
    assert "unplug it" in unmet(catalogue()["ST203"], alone)
    assert unmet(catalogue()["ST201"], alone) == ""


def test_only_what_moves_the_outlet_or_keeps_cars_away_borrows_it() -> None:
    assert is_lent_for(catalogue()["ST203"]) and is_lent_for(catalogue()["ST607"])
    assert not any(is_lent_for(catalogue()[test]) for test in ("ST201", "ST401", "ST701", "ST901", "ST1001"))
    assert all(is_lent_for(row) for row in catalogue().values() if row.is_energised or Need.UNAVAILABLE in row.needs)
