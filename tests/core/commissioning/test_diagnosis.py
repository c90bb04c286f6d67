"""Which failed test to mend first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import lists, sampled_from, tuples

from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.diagnosis import FIRST_CAUSES, diagnosed, relations
from agent.core.commissioning.model import Attempt, broken, failed, passed
from agent.core.faults.catalogue import CATALOGUE
from agent.core.identity import ConnectorId
from agent.core.time import Instant

ONE, TWO = ConnectorId(1), ConnectorId(2)


def attempt(test: str, cause: str = "", connector: ConnectorId | None = ONE, *, is_broken: bool = False) -> Attempt:
    row = catalogue()[test]
    outcome = broken("silent", "look") if is_broken else failed("bad", f"mend {test}", cause=cause)
    return Attempt(
        test=test,
        connector=None if row.scope.value == "station" else connector,
        version=1,
        attempt=1,
        started=Instant(0.0),
        duration_ms=1,
        outcome=outcome,
    )


def first_of(*attempts: Attempt) -> str:
    found = diagnosed(attempts).first
    assert found is not None
    return found.test


@pytest.mark.parametrize(
    ("root", "others"),
    [
        (("ST506", "meter.comm"), [("ST507", "meter.implausible"), ("ST508", "meter.implausible"), ("ST1001", "")]),
        (("ST501", "mains.loss"), [("ST306", "pe.lost"), ("ST402", "contactor.no_close"), ("ST507", "")]),
        (("ST801", "net.no_link"), [("ST803", "net.dns"), ("ST808", "ocpp.offline"), ("ST1001", ""), ("ST705", "")]),
        (("ST704", "rtc.fault"), [("ST806", "tls.server_cert"), ("ST808", "ocpp.offline")]),
        (("ST806", "tls.server_cert"), [("ST808", "ocpp.offline"), ("ST809", "ocpp.offline"), ("ST1001", "")]),
        (("ST401", "output.live"), [("ST404", "contactor.welded"), ("ST403", "contactor.slow"), ("ST508", "")]),
        (("ST201", "power.rail"), [("ST202", "cp.generator"), ("ST301", "rcd.selftest_failed")]),
        (("ST202", "cp.generator"), [("ST206", "cp.range"), ("ST402", "contactor.no_close")]),
        (("ST402", "contactor.no_close"), [("ST403", ""), ("ST408", ""), ("ST508", "meter.implausible")]),
        (("ST509", "meter.sign_or_phase"), [("ST510", "meter.sign_or_phase"), ("ST508", "meter.implausible")]),
    ],
)
def test_the_root_comes_first_and_the_rest_is_behind_it(root: tuple[str, str], others: list[tuple[str, str]]) -> None:
    attempts = [attempt(test, cause) for test, cause in [*reversed(others), root]]

    diagnosis = diagnosed(attempts)

    assert [found.test for found in diagnosis.roots] == [root[0]]
    assert {test for test, _ in diagnosis.roots[0].behind} == {test for test, _ in others}
    assert diagnosis.roots[0].because


def test_danger_is_mended_before_a_network() -> None:
    assert first_of(attempt("ST801", "net.no_link"), attempt("ST401", "output.live")) == "ST401"


def test_a_fault_at_one_connector_explains_nothing_at_the_other() -> None:
    diagnosis = diagnosed([attempt("ST506", "meter.comm"), attempt("ST508", "meter.implausible", TWO)])

    assert [(found.test, found.connector) for found in diagnosis.roots] == [("ST506", ONE), ("ST508", TWO)]


def test_a_test_that_could_not_judge_comes_after_one_that_failed() -> None:
    assert first_of(attempt("ST201", is_broken=True), attempt("ST603", "fan.failed")) == "ST603"


def test_only_the_latest_attempt_counts() -> None:
    first = attempt("ST201", "power.rail")
    second = Attempt(
        test="ST201",
        connector=ONE,
        version=1,
        attempt=2,
        started=Instant(1.0),
        duration_ms=1,
        outcome=passed("all rails within limits"),
    )

    assert diagnosed([first, second]).roots == ()


ANY = lists(
    tuples(sampled_from(sorted(catalogue())), sampled_from(sorted([*relations(), ""])), sampled_from([ONE, TWO])),
    unique_by=lambda one: (one[0], one[2]),
    min_size=1,
)


@given(ANY)
def test_whatever_fails_is_a_root_or_behind_one_in_any_order(drawn: list[tuple[str, str, ConnectorId]]) -> None:
    attempts = [attempt(test, "" if cause.startswith("ST") else cause, connector) for test, cause, connector in drawn]

    diagnosis = diagnosed(attempts)

    told = {(found.test, found.connector) for found in diagnosis.roots}
    told |= {place for found in diagnosis.roots for place in found.behind}
    assert told == {(one.test, one.connector) for one in attempts}
    assert diagnosed(reversed(list({(a.test, a.connector): a for a in attempts}.values()))) == diagnosis


def test_the_table_names_faults_and_tests_that_there_are() -> None:
    known = set(CATALOGUE) | set(catalogue())

    assert set(relations()) <= known
    assert set(FIRST_CAUSES) <= known
    assert all(tests for tests, _ in relations().values())


def test_each_fault_that_a_test_may_find_has_its_row_or_hides_nothing() -> None:
    hides_nothing = {
        *("fw.signature_invalid", "comm.supply_mismatch", "rcd.ac_trip", "mcu.watchdog_reset", "host.lease_expired"),
        *("ev.no_stop", "temp.terminal_derate", "fan.failed", "enclosure.open", "storage.wear", "fw.update_failed"),
        "comm.site_docs",
    }
    findable = {fault for row in catalogue().values() for fault in row.faults}

    assert findable - set(relations()) == hides_nothing
    assert hides_nothing.isdisjoint(relations())


def test_what_is_dangerous_is_no_consequence_of_a_level_that_is_wrong() -> None:
    found = diagnosed([attempt("ST202", "cp.generator"), attempt("ST203", "mains.polarity")])

    assert [one.test for one in found.roots] == ["ST203", "ST202"]
