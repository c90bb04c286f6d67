"""The report's document: when it is complete, what it says of failures, and that it can always be written."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.commissioning.canonical import canonical
from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.model import (
    Job,
    Measured,
    Outcome,
    Verdict,
    broken,
    failed,
    not_applicable,
    passed,
    skipped,
    warned,
)
from agent.core.commissioning.report import SECTIONS, named_by_label, report
from agent.core.commissioning.steps import Step
from agent.core.commissioning.typed_number import number_of
from agent.core.time import Instant
from tests.commissioning_jobs import SITE, attempt, facts, job, with_attempt, with_step, without

HEALTHY = job()
OUTCOMES = {
    Verdict.PASS: passed("as it should be"),
    Verdict.WARN: warned("near the limit", "look again in a year"),
    Verdict.FAIL: failed("above the limit", "mend it", cause="comm.site_docs"),
    Verdict.SKIP: skipped("no adapter here"),
    Verdict.ERROR: broken("the meter fell silent", "look at its wires"),
}
PLACES = [place for row in catalogue().values() for place in SITE.places(row)]
CHANGES = st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from([*OUTCOMES, None])), max_size=4)
TESTED_STEPS = (Step.SELF_TEST, Step.MEASUREMENTS, Step.ADAPTER, Step.NETWORK, Step.ACTIVATE)


def document(of: Job) -> dict[str, object]:
    return report(of, facts())


def complete(of: Job) -> bool:
    verdict = document(of)["verdict"]
    assert isinstance(verdict, dict)
    return bool(verdict["complete"])


def blocks(test: str, outcome: Outcome) -> bool:
    """By the words of the task, not by those of the code: a must that failed, erred, or was skipped although fitted."""
    fits = outcome.verdict in (Verdict.PASS, Verdict.WARN) or outcome.is_not_applicable
    return catalogue()[test].duty.value != "O" and not fits


def test_a_healthy_job_is_complete_and_has_every_section_in_its_order() -> None:
    found = document(HEALTHY)

    assert found["verdict"]["missing"] == []  # type: ignore[index]
    assert complete(HEALTHY)
    assert tuple(found)[2:] == SECTIONS


@settings(max_examples=40)
@given(CHANGES)
def test_it_is_complete_only_without_a_must_that_failed_erred_was_skipped_or_is_absent(
    changes: list[tuple[tuple[str, object], Verdict | None]],
) -> None:
    changed, latest = HEALTHY, {}
    for (test, connector), verdict in changes:
        outcome = not_applicable("none fitted") if verdict is None else OUTCOMES[verdict]
        changed = with_attempt(changed, test, outcome, connector)  # type: ignore[arg-type]
        latest[test, connector] = outcome

    assert complete(changed) == (not any(blocks(test, outcome) for (test, _), outcome in latest.items()))


@settings(max_examples=25)
@given(st.sampled_from(sorted(catalogue())))
def test_a_must_without_an_attempt_is_missing(test: str) -> None:
    assert complete(without(HEALTHY, test)) == (catalogue()[test].duty.value == "O")


@pytest.mark.parametrize("step", [step for step in Step if step not in (Step.REPORT, Step.HAND_OVER)])
def test_no_step_before_the_report_may_be_open(step: Step) -> None:
    assert not complete(with_step(HEALTHY, step, None))


@pytest.mark.parametrize("step", [Step.PLAN])
@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.ERROR, Verdict.SKIP])
def test_a_step_without_tests_counts_by_its_own_verdict_whoever_accepted_it(step: Step, verdict: Verdict) -> None:
    assert not complete(with_step(HEALTHY, step, verdict, "the boss said so", by="boss", why="hurry"))


def test_what_was_looked_at_and_is_not_in_order_is_missing_until_it_is() -> None:
    loose = replace(HEALTHY, answers={**HEALTHY.answers, "inspection.torque": "no", "inspection.torque.remark": "L2"})

    (line,) = document(loose)["verdict"]["missing"]  # type: ignore[index]
    assert "torque: answered no (L2)" in line
    assert "--only measurements" in line
    assert complete(replace(loose, answers={**loose.answers, "inspection.torque": "yes"}))


def test_a_failure_at_an_outlet_that_is_no_more_does_not_vanish() -> None:
    stray = with_attempt(HEALTHY, "ST302", OUTCOMES[Verdict.FAIL], 3)  # type: ignore[arg-type]

    assert not complete(stray)


def test_what_did_not_pass_is_a_deviation_with_who_accepted_it_and_what_to_do() -> None:
    changed = with_attempt(HEALTHY, "ST809", OUTCOMES[Verdict.WARN])
    changed = with_step(
        changed, Step.ADAPTER, Verdict.SKIP, "38 passed, 1 not done", by="M. Brandt", why="no DC source"
    )

    found = {one["id"]: one for one in document(changed)["deviations"]}  # type: ignore[attr-defined]

    assert found["ST809/-/2"]["next"] == "look again in a year"
    assert (found["adapter"]["accepted_by"], found["adapter"]["accepted_why"]) == ("M. Brandt", "no DC source")
    assert "inspection/bollard" in found


def test_only_the_first_visit_without_a_failed_must_is_right_the_first_time() -> None:
    one = SITE.connectors[0]
    spoiled = with_attempt(HEALTHY, "ST302", OUTCOMES[Verdict.FAIL], one)
    mended = with_attempt(spoiled, "ST302", OUTCOMES[Verdict.PASS], one)

    assert document(HEALTHY)["times"]["first_time_right"]  # type: ignore[index]
    assert complete(mended)
    assert not document(mended)["times"]["first_time_right"]  # type: ignore[index]


def test_measurements_stand_in_the_order_of_the_standard_with_limit_source_and_instrument() -> None:
    found = document(HEALTHY)["measurements"]

    assert isinstance(found, list)
    clauses = [tuple(int(part) for part in one["id"].split(".")) for one in found]
    assert clauses == sorted(clauses)
    first = next(one for one in found if one["id"] == "6.4.3.2")["rows"][0]
    assert (first["value"], first["unit"], first["high"]) == (0.12, "Ω", 0.3)
    assert first["instrument"] == {"make": "Gossen Profitest Mxtra", "serial": "PM-88812", "calibrated": "2026-03-14"}
    assert not any(row["unit"] == "%" for group in found[:-1] for row in group["rows"])
    drop = found[-1]["rows"][-1]
    assert (drop["test"], drop["unit"]) == ("ST903", "%")


def test_answers_that_may_be_secret_stay_on_the_charger() -> None:
    told = replace(HEALTHY, answers={**HEALTHY.answers, "handover.wifi_password": "hunter2", "installer.pin": "0815"})

    text = canonical(document(told)).decode()

    assert "hunter2" not in text
    assert "0815" not in text
    assert "HWK Hamburg" in text


def test_a_job_over_a_power_cut_without_a_clock_says_that_its_times_are_not_known() -> None:
    changed = replace(HEALTHY, started=Instant(30.0, None, "another boot"))

    assert document(changed)["times"]["whole_ms"] is None  # type: ignore[index]


EVIDENCE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=8,
)


@settings(max_examples=60)
@given(evidence=st.dictionaries(st.text(), EVIDENCE, max_size=3), value=st.floats() | st.integers() | st.text())
def test_whatever_a_test_found_can_be_sealed(evidence: dict[str, object], value: float | str) -> None:
    found = Outcome(
        verdict=Verdict.PASS, says="\x00\ud800 odd", measured=(Measured(name="m", value=value),), evidence=evidence
    )
    odd = Job(number=1, job_id="j", state=HEALTHY.state, started=HEALTHY.started, attempts=(attempt("ST201", found),))

    (sealed,) = json.loads(canonical(report(odd, facts())))["tests"]
    assert set(sealed["evidence"]) >= {key for key in evidence if key.isascii() and key.isprintable()}


def test_the_pack_has_what_the_plan_says_before_what_was_typed_and_nothing_that_was_left_blank() -> None:
    typed = {"handover.operator": "typed", "handover.price": "-", "handover.cards": "…B2C3", "customer.name": "-"}
    job = replace(HEALTHY, answers={**HEALTHY.answers, **typed})

    found = report(job, replace(facts(), handover={"operator": "Quay Power GmbH"}))

    pack, people = found["handover"], found["people"]
    assert isinstance(pack, dict) and isinstance(people, dict)
    assert (pack["operator"], pack["cards"]) == ("Quay Power GmbH", "…B2C3")
    assert "price" not in pack
    assert people["customer"] == {}


def test_the_number_on_the_label_stands_in_where_the_configuration_has_none_and_nowhere_else() -> None:
    unnamed = facts(charger={"serial_number": ""}, report_id="charger-R1")
    typed = replace(HEALTHY, answers={**HEALTHY.answers, "label.serial": "SD-17"})

    assert named_by_label(typed, unnamed).charger["serial_number"] == "SD-17"
    assert named_by_label(typed, unnamed).report_id == "SD-17-R1"
    assert named_by_label(typed, facts()) == facts()
    assert named_by_label(replace(typed, answers={"label.serial": "-"}), unnamed) == unnamed


def test_torque_an_open_scale_and_an_instrument_that_an_earlier_test_named_are_all_told() -> None:
    tester = {"kind": "installation tester", "make": "Profitest", "serial": "P-1", "calibrated": "none"}
    values = [Measured(name=f"insulation {one}-PE", value=999.0, unit="MΩ", low=1.0) for one in ("L1", "L2")]
    unasked = replace(HEALTHY, answers={})
    insulated = with_attempt(unasked, "ST902", passed("", *values, evidence={"instrument": tester}))
    typed = {"ST902.l1_pe_mohm": f"{number_of('> 999', 'MΩ'):g}", "ST902.l2_pe_mohm": f"{number_of('999', 'MΩ'):g}"}
    last = replace(insulated.attempts[-1], answers=typed)
    torque = Measured(name="torque", value=2.2, unit="Nm", low=2.0, high=2.5)
    both = with_attempt(replace(insulated, attempts=(*insulated.attempts[:-1], last)), "ST909", passed("", torque))

    rows = [row for group in document(both)["measurements"] for row in group["rows"]]  # type: ignore[attr-defined]

    assert [row.get("beyond", False) for row in rows if row["test"] == "ST902"] == [True, False]
    assert next(row["instrument"]["serial"] for row in rows if row["test"] == "ST902") == "P-1"
    assert [row["value"] for row in rows if row["test"] == "ST909"] == [2.2]
