"""A report without people keeps what was measured, and no word that somebody typed, wherever it stood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.impersonal import impersonal
from agent.core.commissioning.model import ENTERED, Attempt, Job, Measured, Verdict
from agent.core.commissioning.report import report
from agent.core.leaving import TYPED
from tests.commissioning_jobs import ANSWERS, facts, job

CANARY = "Mrs Miller"
WHOLE = report(job(), facts())


def with_words(of: Job) -> Job:
    """Words of a person wherever a job can have some."""
    typed = Measured(name="name", value=CANARY, unit="", source=TYPED)
    attempts = tuple(_with_words(one, typed) for one in of.attempts)
    steps = tuple(
        replace(one, says=CANARY, accepted_by=CANARY, accepted_why=CANARY, answers={"x": CANARY}) for one in of.steps
    )
    answers = dict.fromkeys(of.answers, CANARY) | {"inspection.bollard.remark": CANARY, "installation.note": CANARY}
    return replace(of, attempts=attempts, steps=steps, answers=answers, by=CANARY)


def _with_words(one: Attempt, typed: Measured) -> Attempt:
    outcome = replace(
        one.outcome,
        verdict=Verdict.FAIL,
        says=CANARY,
        next=CANARY,
        measured=(*one.outcome.measured, typed),
        evidence={"instrument": {"make": CANARY}, ENTERED: ["name"]},
    )
    return replace(one, by=CANARY, answers={"accepted.by": CANARY, "ST910.person": CANARY}, outcome=outcome)


def test_no_word_of_a_person_is_in_it() -> None:
    spoken = report(with_words(job()), facts())

    assert CANARY in json.dumps(spoken["tests"])
    assert CANARY not in json.dumps(impersonal(spoken, "00"))


def test_whoever_installed_and_whoever_bought_are_not_in_it() -> None:
    text = json.dumps(impersonal(WHOLE, "00"), ensure_ascii=False)

    people = [text for key, text in ANSWERS.items() if key.startswith(("installer.", "customer.", "handover."))]
    assert [one for one in people if f'"{one}"' in text] == []


def test_what_was_measured_is_in_it_with_its_limits_and_the_hash_of_the_whole() -> None:
    found = impersonal(WHOLE, "4711ab")

    (opening,) = [one for one in found["tests"] if one["test"] == "ST403" and one["connector"] == 1]
    assert [(row["value"], row["unit"], row["high"]) for row in opening["measured"]] == [(18.0, "ms", 100.0)]
    assert found["of"] == "4711ab"
    assert found["head"]["report_id"] == WHOLE["head"]["report_id"]  # type: ignore[index]
    assert found["verdict"]["complete"] is WHOLE["verdict"]["complete"]  # type: ignore[index]
    assert {one["id"]: one["answer"] for one in found["inspection"]}["bollard"] == "no"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.sampled_from([*WHOLE, "name", "id"]), one, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*WHOLE]), JSON))
def test_a_file_that_is_no_report_of_ours_makes_an_empty_one_and_no_failure(anything: Mapping[str, Any]) -> None:
    assert set(impersonal(anything, "00")) == set(impersonal({}, "00"))
