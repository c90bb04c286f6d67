"""A mutant is really run, and its verdict is kept for as long as it is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutation.__main__ import conclude
from tools.mutation.mutants import Mutant
from tools.mutation.record import Record, state_of
from tools.mutation.trial import TrialFailed, Verdict, begin, verdict_of

TRUE = "def least(a, b):\n    return a if a < b else b\n"
TEST = "from subject_of_trials import least\n\n\ndef test_it():\n    assert least(1, 2) == least(2, 1) == 1\n"


def mutant(text: str) -> Mutant:
    return Mutant("subject_of_trials.py", 1, text, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TRUE, Verdict.SURVIVED),
        (TRUE.replace("<", "<="), Verdict.SURVIVED),
        (TRUE.replace("<", ">"), Verdict.KILLED),
        (TRUE.replace("def", "if"), Verdict.KILLED),
        (TRUE.replace("return", "while True: pass\n    return"), Verdict.TIMED_OUT),
    ],
    ids=["true", "no mistake", "mistake", "cannot be read", "has no end"],
)
def test_the_tests_judge_the_mutant_and_not_what_lies_in_the_tree(tmp_path: Path, text: str, expected: Verdict) -> None:
    (tmp_path / "test_subject.py").write_text(TEST)

    # A slow machine may need seconds of its processor to start the tests; only what has no end is to run out of them.
    process = begin(mutant(text), [str(tmp_path / "test_subject.py")], 2 if expected is Verdict.TIMED_OUT else 30)
    process.join()

    assert verdict_of(process) is expected


def test_a_run_without_tests_is_no_verdict(tmp_path: Path) -> None:
    process = begin(None, [str(tmp_path / "test_nothing.py")], 2)
    process.join()

    with pytest.raises(TrialFailed):
        verdict_of(process)


def test_a_verdict_is_found_again_until_tests_or_firmware_change(tmp_path: Path) -> None:
    survivor, killed = mutant("a"), mutant("b")
    record = Record(tmp_path, "before")
    record.keep(survivor, Verdict.SURVIVED)
    record.keep(killed, Verdict.KILLED)

    same, later = Record(tmp_path, "before"), Record(tmp_path, "after")

    assert [same.verdict(survivor), same.verdict(killed)] == [Verdict.SURVIVED, Verdict.KILLED]
    assert [later.verdict(survivor), later.verdict(killed)] == [None, None]
    assert later.verdict(killed, trust_kills=True) is Verdict.KILLED
    assert later.verdict(survivor, trust_kills=True) is None
    assert later.verdict(mutant("c"), trust_kills=True) is None


def test_the_state_is_of_names_and_contents(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("x")
    other.write_text("x")

    states = {state_of([one]), state_of([other]), state_of([one, other])}
    one.write_text("y")

    assert len(states | {state_of([one])}) == 4


def test_it_ends_with_1_below_95_percent_and_names_the_survivors(capsys: pytest.CaptureFixture[str]) -> None:
    survivor = (Mutant("pilot.py", 7, "", "- x = 25\n+ x = 26"), Verdict.SURVIVED)
    others = [(mutant(str(number)), Verdict.KILLED) for number in range(18)]

    assert conclude([survivor, *others]) == 1
    assert "pilot.py:7\n- x = 25\n+ x = 26\n" in capsys.readouterr().out
    assert conclude([survivor, *others, (mutant("c"), Verdict.TIMED_OUT)]) == 0
