"""Chargers that are asked for their load, by name, by plan, by order: added up, and named where they do not answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.core.load_profile.days import DAY_MS, Day, day_number, day_text
from agent.core.orders.envelope import Order
from tests.tools.support.chargers import Answer, FakeCharger
from tests.tools.support.conftest import Engineer, Makes
from tests.tools.support.load_profiles import FIRST, Capture, a_day, answer, exported, refusal, told
from tools.support.__main__ import main
from tools.support.load_asking import AT_ONCE_DAYS
from tools.support.telling import now_ms


def profile(serial: str, *days: Day, **more: Any) -> Answer:
    def tell(charger: FakeCharger, order: Order) -> None:
        asked = {day.number for day in days}
        if "until" in order.args:
            last = day_number(str(order.args["until"]))
            asked &= set(range(last - int(str(order.args["days"])) + 1, last + 1))
        charger.say(order, "result", body=answer(serial, *(day for day in days if day.number in asked), **more))

    return tell


def asked(engineer: Engineer, capsys: Capture, *words: str) -> tuple[int, dict[str, Any], str]:
    code = main(engineer.words("load", "--json", *words))
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else {}, said.err


def test_chargers_are_asked_by_name_and_added_up(engineer: Engineer, charger: Makes, capsys: Capture) -> None:
    charger("QE-1", profile("QE-1", a_day(FIRST, 2_500)))
    charger("QE-2", profile("QE-2", a_day(FIRST, 1_000)))

    code, body, beside = asked(engineer, capsys, "QE-1", "QE-2")

    assert (code, body["figures"]["peak_mean_w"], body["figures"]["connected_w"]) == (0, 14_000, 22_080)
    assert beside.count("order    load days=7") == 2


def test_who_does_not_answer_is_named_and_no_sum_is_known_without_him(
    engineer: Engineer, charger: Makes, capsys: Capture
) -> None:
    charger("QE-1", profile("QE-1", a_day(FIRST, 2_500)))
    charger("QE-2", lambda one, order: one.say(order, "refused", reason={"key": "x", "text": "not allowed here"}))
    charger("QE-3", profile("QE-3", days="none"))

    code, body, _ = asked(engineer, capsys, "QE-1", "QE-2", "QE-3", "QE-4")

    assert code == 1
    assert [one["what"] for one in body["left_out"]] == ["QE-2", "QE-3", "QE-4"]
    assert "not allowed here" in body["left_out"][0]["why"]
    assert "no load profile" in body["left_out"][1]["why"]
    assert "has ever told anything" in body["left_out"][2]["why"]
    assert (body["figures"]["known"], body["figures"]["at_least_w"], body["figures"]["peak_mean_w"]) == (
        0,
        10_000,
        None,
    )
    assert body["chargers"][3]["missing"] == [{"from": "2026-12-01T00:00:00Z", "until": "2026-12-02T00:00:00Z"}]


def test_where_nobody_answers_it_is_told_as_of_one_and_nothing_is_added_up(
    engineer: Engineer, charger: Makes, capsys: Capture
) -> None:
    for name in ("QE-1", "QE-2"):
        charger(name, lambda one, order: one.say(order, "refused", reason={"key": "x", "text": "not allowed here"}))

    code, body, beside = asked(engineer, capsys, "QE-1")
    assert (code, body) == (4, {}) and "QE-1 refused: not allowed here" in beside
    code, body, beside = asked(engineer, capsys, "QE-1", "QE-2")
    assert (code, body) == (4, {}) and "none of these 2 chargers told its load" in beside


def test_a_long_time_is_asked_in_pieces_that_fit_into_one_answer(
    engineer: Engineer, charger: Makes, capsys: Capture
) -> None:
    today = now_ms() // DAY_MS
    days = [a_day(number, 10) for number in range(today - 39, today + 1)]
    one = charger("QE-1", profile("QE-1", *days))

    _, body, _ = asked(engineer, capsys, "QE-1", "--days", "40")

    assert [order.args["days"] for order in one.orders] == [14, 14, 12]
    assert body["figures"]["energy_wh"] == 400
    assert body["figures"]["known"] == 40 * 96


def test_a_release_that_knows_no_until_is_not_asked_for_it_while_one_answer_does(
    engineer: Engineer, charger: Makes, capsys: Capture
) -> None:
    one = charger("QE-1", profile("QE-1", a_day(FIRST, 10)))

    for days in (AT_ONCE_DAYS, AT_ONCE_DAYS + 1):
        asked(engineer, capsys, "QE-1", "--days", str(days))

    today = now_ms() // DAY_MS
    first, *others = [dict(order.args) for order in one.orders]
    assert first == {"days": AT_ONCE_DAYS}
    assert others == [
        {"days": AT_ONCE_DAYS, "until": day_text(today - 1)},
        {"days": 1, "until": day_text(today)},
    ]


def test_a_clock_that_is_apart_is_told_beside_the_sum(engineer: Engineer, charger: Makes, capsys: Capture) -> None:
    one = charger("QE-1", profile("QE-1", a_day(FIRST, 2_500)))
    one.ahead_s = 600.0

    _, body, _ = asked(engineer, capsys, "QE-1")

    [note] = body["notes"]
    assert "the clock of QE-1 is" in note and "by so much its quarters are moved against the others'" in note


def test_those_that_fit_are_asked(engineer: Engineer, charger: Makes, capsys: Capture) -> None:
    for name in ("QUAY-1", "QUAY-2", "HALL-1"):
        charger(name, profile(name, a_day(FIRST, 100)))

    code, body, _ = asked(engineer, capsys, "--match", "QUAY-*")

    assert (code, [one["name"] for one in body["chargers"]]) == (0, ["QUAY-1", "QUAY-2"])
    code, _, beside = asked(engineer, capsys, "--site", "A-1")
    assert code == 3 and 'set up by a plan of the order "A-1"; none of them names one' in beside


def test_without_a_broker_no_charger_is_at_fault(engineer: Engineer, capsys: Capture) -> None:
    engineer.write(url="mqtt://127.0.0.1:1")

    code, body, beside = asked(engineer, capsys, "QE-1")

    assert (code, body) == (3, {})
    assert "nothing listens on 127.0.0.1, port 1" in beside


PLAN = """
board = "sim-single"

[references]
order = "A-1"
site = "QUAY"

[site]
country = "DE"
supply_current_a = 32

[circuit]
breaker_current_a = 40
cable_section_mm2 = 10
cable_length_m = 18
laying = "C"
earthing = "TN-S"
rcd = "A"

[[group]]
name = "left"
feeder_current_a = 63

[[group]]
name = "right"
feeder_current_a = 63

[[charger]]
serial_number = "QE-1"
group = "left"

[[charger]]
serial_number = "QE-2"

[charger.mqtt]
url = "mqtt://127.0.0.1"
device = "quay-two"
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "site.plan.toml"
    file.write_text(PLAN, encoding="utf-8")
    return file


def test_the_chargers_of_a_plan_are_asked_by_the_names_that_it_gives_them(
    engineer: Engineer, charger: Makes, plan: Path, capsys: Capture
) -> None:
    charger("QE-1", profile("QE-1", a_day(FIRST, 2_500)))
    charger("quay-two", profile("QE-2", a_day(FIRST, 1_000)))

    code, body, _ = asked(engineer, capsys, "--plan", str(plan))

    assert (code, body["site"], body["figures"]["energy_wh"]) == (0, "QUAY", 3_500)
    _, body, _ = asked(engineer, capsys, "--plan", str(plan), "--group", "left")
    assert (body["site"], body["figures"]["energy_wh"]) == ("QUAY, left", 2_500)


def test_files_are_held_against_the_plan(tmp_path: Path, plan: Path, capsys: Capture) -> None:
    files = [
        exported(tmp_path / "one.json", answer("QE-1", a_day(FIRST, 2_500, 800))),
        exported(tmp_path / "nine.json", answer("QE-9", a_day(FIRST, 4_000))),
    ]

    body = told(capsys, *files, "--plan", plan)

    assert [(one["what"], one["why"]) for one in body["left_out"]] == [
        ("QE-9", "it is no charger of the plan"),
        ("QE-2", "it is in the plan, and no file is of it, so nothing is known of it"),
    ]
    assert (body["figures"]["known"], body["figures"]["energy_wh"]) == (0, 3_300)


def test_a_file_may_say_by_its_name_whose_it_is(tmp_path: Path, plan: Path, capsys: Capture) -> None:
    files = [
        exported(tmp_path / name, answer("", a_day(FIRST, wh)), "csv")
        for name, wh in (("QE-1.csv", 10), ("quay-two.csv", 20))
    ]

    assert told(capsys, *files, "--plan", plan)["figures"]["peak_mean_w"] == 120


@pytest.mark.parametrize(
    ("group", "says"), [("lefd", 'no group "lefd"; did you mean "left"?'), ("right", "no charger belongs to the group")]
)
def test_a_feeder_that_is_none_is_refused(plan: Path, group: str, says: str, capsys: Capture) -> None:
    assert says in refusal(capsys, "--plan", plan, "--group", group)
