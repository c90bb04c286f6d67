"""Nothing that came from a broker or out of a file steers the terminal of whoever looks at it, by no verb."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.control.render import Tone
from agent.core.orders.envelope import Order
from tests.standard_output import says_to_a_closed_output, says_to_a_full_disk
from tests.tools.support import chargers
from tests.tools.support.chargers import Answer, FakeCharger
from tests.tools.support.conftest import Engineer, Makes
from tests.tools.support.load_profiles import FIRST, a_day, answer, exported
from tools.support.__main__ import main, names
from tools.support.history.rows import Verdicts, row_of
from tools.support.history.sink import Sqlite
from tools.support.screen import Screen
from tools.support.telling import now_ms
from tools.support.verbs import collect

NASTY = "\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\u202eab\r"
Captured = pytest.CaptureFixture[str]
PREFIX = "evse/v1/QE-1"


def plain(captured: Captured) -> str:
    """All that was written; not one letter of it steers anything."""
    told = captured.readouterr()
    text = f"{told.out}{told.err}"
    assert text.replace("\n", "").isprintable(), text
    return text


def answers(kind: str, **more: object) -> Answer:
    def answer(charger: FakeCharger, order: Order) -> None:
        charger.say(order, kind, **more)

    return answer


def told_of_it(charger: FakeCharger) -> None:
    """A charger whose every word is nasty."""
    of, status = charger.topics, chargers.status(1, faults=[NASTY], reasons=[NASTY])
    versions = {"versions": {"agent": NASTY}, "model": NASTY}
    charger.tell(of.state, {**chargers.birth("QE-1"), **versions}, retain=True)
    charger.tell(
        of.port_status(1), {**status, "state": NASTY, "headline": NASTY, "limit": {"owner": NASTY}}, retain=True
    )
    charger.tell(of.health, chargers.health("QE-1", "down", (NASTY,)), retain=True)


def on_record(engineer: Engineer) -> None:
    history = Sqlite(engineer.history)
    bodies: dict[str, dict[str, Any]] = {
        "event": {"event": NASTY, "fields": {"id": NASTY, NASTY: NASTY, "severity": NASTY}},
        "outage": {"port": 1, "edge": "begun", "class": NASTY, "cause": NASTY},
        "session": {"port": 1, "start": "failure", "end": "failure", "code": NASTY, "failure_class": "evse"},
        "res/a": {"kind": "failed", "verb": NASTY, "reason": NASTY},
        "health": {"verdict": NASTY, "reasons": [{"key": NASTY}]},
        "port/1/status": {"state": NASTY, NASTY: NASTY},
    }
    for seq, (topic, body) in enumerate(bodies.items()):
        payload = json.dumps({**chargers.head(seq), **body}).encode()
        row = row_of(f"{PREFIX}/{topic}", payload, "", now_ms(), Verdicts())
        assert row is not None
        history.put([row])
    history.close()


ORDERS = {
    "explain": ["QE-1"],
    "show": ["--fresh", "QE-1"],
    "do": ["QE-1", "faults", "list"],
    "selftest": ["--yes", "QE-1"],
    "trace": ["QE-1"],
    "config": ["QE-1", "diff"],
    "watch": ["--seconds", "1", "QE-1"],
}


@pytest.mark.parametrize(
    "answer",
    [
        answers("refused", reason=NASTY),
        answers("failed", reason={"text": NASTY}),
        answers("result", passed=False, body={NASTY: NASTY, "rows": [NASTY], "reason": NASTY}),
    ],
    ids=["refused", "failed", "answered"],
)
def test_what_a_charger_answers_steers_no_terminal(
    answer: Answer, engineer: Engineer, charger: Makes, capsys: Captured, tmp_path: Path
) -> None:
    told_of_it(charger(answer=answer))
    for verb, words in {**ORDERS, "bundle": ["--to", str(tmp_path / "b"), "QE-1"]}.items():
        for form in ([], ["--json"]):
            main(engineer.words(verb, *form, *words))
            assert "QE-1" in plain(capsys), (verb, form)
    main(engineer.words("metrics"))
    plain(capsys)


def test_what_a_charger_tells_and_what_is_on_record_steers_no_terminal(
    engineer: Engineer, charger: Makes, capsys: Captured, tmp_path: Path
) -> None:
    told_of_it(charger())
    on_record(engineer)
    (tmp_path / "folder").mkdir()
    for name in (f"{NASTY}.json", "report.json"):
        (tmp_path / "folder" / name).write_text(json.dumps({"report": {"id": NASTY}, "seal": {NASTY: NASTY}}), "utf-8")
    shown: dict[str, list[list[str]]] = {
        "fleet": [["--once"], ["--json"]],
        "show": [["QE-1"], ["--json", "QE-1"]],
        "watch": [["--told", "--seconds", "1", "QE-1"]],
        "history": [["QE-1"], ["QE-1", "--json"], [NASTY]],
        "uptime": [[], ["QE-1"], ["--json"], ["--csv", str(tmp_path / "outages.csv")]],
        "metrics": [[], ["--json"], [str(tmp_path / "folder")], [str(tmp_path / "folder"), "--json"]],
        "case": [
            ["open", "QE-1", "--id", "T-1", "--what", NASTY],
            ["list"],
            ["list", "--json"],
            ["close", "T-1", "--solved", "self", "--remedy", NASTY],
            ["show", "T-1"],
            ["show", NASTY],
        ],
        "load": [[str(tmp_path / "folder")], [str(tmp_path / "folder"), "--json"], ["--now", "QE-1"]],
        "verify": [[str(tmp_path / "folder" / "report.json")]],
        "key": [["new", "--out", str(tmp_path / "k")], ["show"]],
    }
    for verb, calls in shown.items():
        for words in calls:
            main(engineer.words(verb, *words))
            assert plain(capsys), (verb, words)
    assert {*shown, *ORDERS, "bundle", "collect"} == set(names())


def test_what_is_drawn_live_and_what_the_collector_tells_steers_no_terminal(capsys: Captured) -> None:
    collect.tell(NASTY)
    plain(capsys)
    Screen().draw([(NASTY, Tone.PLAIN)])
    drawn = capsys.readouterr().out
    assert NASTY not in drawn
    assert "owned" in drawn
    assert "\x07" not in drawn


def shows_a_load(folder: Path) -> list[str]:
    file = exported(folder / "one.json", answer("QE-1", a_day(FIRST, 2_500)))
    return [sys.executable, "-m", "tools.support", "load", str(file)]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_takes_nothing_is_one_sentence_and_no_success(tmp_path: Path, unbuffered: str) -> None:
    sentence = says_to_a_full_disk(shows_a_load(tmp_path), unbuffered)

    assert "could not be written to the standard output (No space left on device)" in sentence


def test_a_closed_output_is_said_before_anything_begins(tmp_path: Path) -> None:
    sentence = says_to_a_closed_output(shows_a_load(tmp_path))

    assert "the standard output is closed, so nothing was begun" in sentence
