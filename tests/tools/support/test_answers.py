"""Answers to one order: each once, the first end counts, and two that cannot be of one charger are told."""

from __future__ import annotations

from typing import Any

from tools.support.answers import Answers, Kind, reason_of

ID = "0" * 32


def told(kind: str, seq: int, boot: str = "b1", **more: Any) -> dict[str, Any]:
    return {"id": ID, "kind": kind, "boot_id": boot, "seq": seq, **more}


def test_a_message_that_comes_twice_is_one() -> None:
    answers = Answers(ID)
    first = answers.take(told("progress", 4, body={"step": 1}))
    again = answers.take(told("progress", 4, body={"step": 1}))

    assert (first, again) == ({"step": 1}, None)
    assert answers.acknowledged


def test_the_first_end_counts_and_the_same_end_again_is_no_doubt() -> None:
    answers = Answers(ID)
    answers.take(told("result", 5, body={"a": 1}))
    answers.take(told("result", 6, body={"a": 1}))

    assert answers.kind is Kind.RESULT
    assert answers.doubt == ""


def test_two_ends_or_two_boots_are_two_chargers() -> None:
    ends = Answers(ID)
    ends.take(told("result", 5, body={"a": 1}))
    ends.take(told("result", 6, body={"a": 2}))
    boots = Answers(ID)
    boots.take(told("ack", 1))
    boots.take(told("ack", 1, boot="b2"))

    assert ends.end is not None and ends.end["body"] == {"a": 1}
    assert "more than one charger answered" in ends.doubt
    assert "more than one charger answered" in boots.doubt


def test_answers_to_others_and_of_no_kind_are_nothing() -> None:
    answers = Answers(ID)
    answers.take({**told("result", 1), "id": "1" * 32})
    answers.take({**told("result", 1), "kind": ["result"][0] + "s"})

    assert not answers.acknowledged


def test_a_refusal_says_why_whatever_form_it_has() -> None:
    assert reason_of({"reason": {"key": "role", "text": "needs more"}}) == "needs more"
    assert reason_of({"reason": "expired"}) == "expired"
    assert reason_of({}) == "the charger does not say why"
