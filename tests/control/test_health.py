"""`evsectl health` and `evsectl load`: pages of the body alone, read in ten seconds or by a planner's program."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.control.health_pages import show_health
from agent.control.render import Page
from agent.control.verb import Effect
from agent.control.verbs import health, load
from agent.core.load_profile.days import DAY_MS, Day, PortDay, day_text, with_quarter, with_station_peak
from agent.core.load_profile.quarters import QUARTERS, Quarter
from tests.control.calling import asked, refused, shown
from tests.control.charger import Charger

DOCUMENT: dict[str, Any] = {
    "identity": {
        "serial_number": "QE-1",
        "vendor": "Q",
        "model": "M",
        "versions": {"agent": "1.0", "boards": {"1": "2.0"}},
    },
    "verdict": "degraded",
    "reasons": [
        {"key": "fault.contactor.welded", "text": "load side live", "port": 1},
        {"key": "storage.low", "text": "150 MB of 4000 MB are free on the disk", "remedy": "take files away"},
    ],
    "ports": [
        {
            "port": 1,
            "verdict": "down",
            "reasons": [
                {"key": "fault.contactor.welded", "text": "load side live", "age_s": 125.0, "remedy": "isolate"}
            ],
            "state": "Faulted",
            "headline": "not charging: fault contactor.welded",
            "charging": False,
            "offered_a": 0.0,
            "limits": [{"owner": "local", "current_a": 16.0, "detail": "fuse_current_a", "decides": True}],
            "faults": [
                {
                    "id": "contactor.welded",
                    "severity": "C",
                    "meaning": "load side live",
                    "count": 2,
                    "evidence": {"live": "L1"},
                    "clearable": True,
                }
            ],
            "contactor": {"state": "welded", "operations": 1204},
        },
        {
            "port": 2,
            "verdict": "ok",
            "reasons": [],
            "state": "Charging",
            "headline": "charging: 16 A offered",
            "charging": True,
            "power_w": 3600.0,
            "flexibility": {
                "drawn_w": 3600,
                "shed_w": 3600,
                "shed_to_minimum_w": 2220,
                "raise_w": 0,
                "shed_by": "TxProfile",
            },
        },
    ],
    "network": {"configured": True, "connected": False, "host": "csms.example", "cause": "no route", "age_s": 60.0},
    "storage": {"free_bytes": 150_000_000, "total_bytes": 4_000_000_000, "wear_percent": 20},
    "certificates": [{"kind": "charger", "subject": "CP-1", "ends": "2026-12-05T00:00:00.000Z", "days": 4}],
    "boots": [
        {"boot_id": "b", "started": "2026-12-01T00:00:00.000Z", "reason": "watchdog", "version": "1.0"},
        {
            "boot_id": "b",
            "reason": "power cut",
            "ended": "watchdog",
            "stuck": "limits",
            "crash": "ended by SIGABRT in agent/x.py:1 (f)",
            "version": "1.0",
        },
    ],
    "events": [{"name": "fault.raised", "at": {"age_s": 125.0}, "connector": 1, "fields": {"id": "contactor.welded"}}],
    "left_out": {"devices": 12},
}


def page_of(document: dict[str, Any]) -> list[str]:
    page = Page(zone=UTC)
    show_health(document, page)
    return page.lines


def test_a_share_of_nought_is_said_to_be_none_and_whose_the_supply_is() -> None:
    limit = {
        "owner": "supply",
        "current_a": 0.0,
        "detail": "supply_current_a, 10 A shared by 2 connectors",
        "decides": True,
        "share": "connector 1 has no charge, and gets a share when one begins",
    }
    parts = [{"port": 2, "what": "connector 2 charges with up to 10 A", "age_s": 54.0}]
    supply = {"what": "2 connectors share 10 A: supply_current_a", "who": "owner", "turns_in_s": 61, "parts": parts}

    text = "\n".join(page_of({**DOCUMENT, "ports": [{**DOCUMENT["ports"][0], "limits": [limit]}], "supply": supply}))

    assert (
        "no share now  supply: supply_current_a, 10 A shared by 2 connectors; connector 1 has no charge, and gets"
        in text
    )
    assert "in force" not in text
    assert "supply       2 connectors share 10 A: supply_current_a; the next change is in 1 min 1 s [owner]" in text
    assert "connector 2 charges with up to 10 A, for 54 s" in text


def test_the_first_lines_say_whether_one_can_charge_and_why_not() -> None:
    lines = page_of(DOCUMENT)

    assert lines[0] == "degraded     QE-1  Q  M  1.0"
    assert lines[1] == "down         connector 1: Faulted, not charging: fault contactor.welded"
    assert lines[2] == "             fault.contactor.welded: load side live, for 2 min 5 s"
    assert lines[3] == "               next: isolate"
    assert lines[4] == "ok           connector 2: Charging, charging: 16 A offered"
    assert lines[5] == "             storage.low: 150 MB of 4000 MB are free on the disk"
    assert sum("load side live" in line for line in lines[:7]) == 1


def test_the_share_of_a_month_stands_with_how_much_of_it_is_on_record() -> None:
    uptime = {"month": "2026-12", "percent": 29.25, "outage_min": 2.0, "excluded_min": 0.0, "recorded_min": 2.83}

    text = "\n".join(page_of({**DOCUMENT, "ports": [{**DOCUMENT["ports"][0], "uptime": uptime}]}))

    assert "29.250 % of the 2 min 50 s of 2026-12 on record, out of service 2 min 0 s" in text


def test_a_certificate_without_a_name_or_an_end_in_sight_and_one_that_has_ended_are_told_plainly() -> None:
    root = {"kind": "root of the central system", "subject": "", "ends": "2999-01-01T00:00:00.000Z", "days": 355411}

    text = "\n".join(page_of({**DOCUMENT, "certificates": [root, {**root, "kind": "charger", "days": -5}]}))

    assert "root of the central system: 973 years left" in text
    assert "charger: ended 5 days ago" in text


def test_behind_them_stands_what_support_asks_next() -> None:
    text = "\n".join(page_of(DOCUMENT))

    assert "16.0 A  local: fuse_current_a (in force)" in text
    assert "at the charger: evsectl faults clear contactor.welded" in text
    assert "3.60 kW could be shed by TxProfile, 2.22 kW of it without a pause" in text
    assert "csms.example not connected for 1 min 0 s: no route" in text
    assert "charger (CP-1): 4 days left" in text
    assert "watchdog (limits was stuck)" in text
    assert "  ended by SIGABRT in agent/x.py:1 (f)" in text
    assert "left out, for want of room: devices 12" in text


def test_a_charge_that_the_network_paused_is_shown_with_what_could_come_back() -> None:
    def text(**told: object) -> str:
        able = {"shed_w": 0, "shed_to_minimum_w": 0, **told}
        page = Page(zone=UTC)
        show_health(DOCUMENT | {"ports": [DOCUMENT["ports"][0] | {"flexibility": able}]}, page)
        return "\n".join(page.lines)

    by = "ChargePointMaxProfile"
    assert f"paused; up to 11.04 kW more by {by}" in text(raise_w=11_040, raise_by=by)
    assert f"paused; an unknown amount more by {by}" in text(raise_by=by)
    assert "paused" not in text(raise_w=0)


@given(st.sets(st.sampled_from(sorted(DOCUMENT))), st.sets(st.sampled_from(["limits", "contactor", "flexibility"])))
@settings(max_examples=40)
def test_a_document_of_another_release_is_shown_as_far_as_it_goes(without: set[str], of_ports: set[str]) -> None:
    document = {name: value for name, value in DOCUMENT.items() if name not in without}
    if "ports" in document:
        kept = [{name: one[name] for name in one if name not in of_ports} for one in document["ports"]]
        document = document | {"ports": kept}

    assert page_of(document)


def test_health_of_one_connector_keeps_what_concerns_it(charger: Charger, socket_path: Path) -> None:
    charger.document = DOCUMENT | {"events": [*DOCUMENT["events"], {"name": "agent.started", "fields": {}}]}

    body = asked(charger, socket_path, "health", connector=2)

    assert [one["port"] for one in body["ports"]] == [2]
    assert [one["name"] for one in body["events"]] == ["agent.started"]
    assert "connector" in refused(charger, socket_path, "health", connector=9).text


def test_both_may_be_asked_from_afar_by_whoever_may_read() -> None:
    for verb in (health.VERB, load.VERB):
        assert {action.remote for action in verb.actions} == {Effect.READ}


def a_day(charger: Charger) -> Day:
    utc_ms = charger.now().utc_ms
    assert utc_ms is not None
    number = utc_ms // DAY_MS
    day = Day(number=number, ports={1: PortDay(), 2: PortDay()})
    for port, energy_wh in ((1, 2500), (2, 500)):
        day = with_quarter(day, port, Quarter(number=number * QUARTERS + 40, energy_wh=energy_wh, peak_w=5 * energy_wh))
    return with_station_peak(day, number * QUARTERS + 40, 13_000)


def test_a_load_profile_in_figures(charger: Charger, socket_path: Path) -> None:
    charger.days = (a_day(charger),)

    body = asked(charger, socket_path, "load")
    page = shown("load", body)

    assert body["figures"] == {
        "energy_wh": 3000,
        "known_percent": 1.04,
        "peak_w": 13_000,
        "peak_mean_w": 12_000,
        "sum_of_peaks_w": 15_000,
        "coincidence": 0.867,
    }
    assert (body["connected_w"], body["supply_w"]) == ((32 + 16) * 3 * 230, 32 * 3 * 230)
    assert "coincidence    0.867" in page
    assert "1 of 96" in page


def test_a_load_profile_as_a_table_that_a_program_reads(charger: Charger, socket_path: Path) -> None:
    charger.days = (a_day(charger),)

    page = shown("load", asked(charger, socket_path, "load", format="csv"))
    rows = list(csv.DictReader(page.splitlines()))

    assert len(rows) == 96 * 3
    [row] = [one for one in rows if one["port"] == "1" and one["mean_w"]]
    assert (row["mean_w"], row["peak_w"], row["begins"][10:]) == ("10000", "12500", "T10:00:00Z")
    told = json.loads(shown("load", asked(charger, socket_path, "load", format="json")))
    assert told["days"][0]["mean_w"][40] == 12_000
    assert told["days"][0]["mean_w"][41] is None


def test_a_load_profile_says_whose_it_is_and_may_end_with_a_day(charger: Charger, socket_path: Path) -> None:
    today = a_day(charger)
    charger.days = (replace(today, number=today.number - 3), today)

    told = json.loads(shown("load", asked(charger, socket_path, "load", format="json")))
    ended = asked(charger, socket_path, "load", days=2, until=day_text(today.number - 2))

    assert (told["schema"], told["version"], told["serial_number"]) == ("evse-load", 2, "QE-000123")
    assert [one["day"] for one in ended["days"]] == [day_text(today.number - 3)]
    assert "write it as 2026-12-01" in refused(charger, socket_path, "load", until="1.12.").text


def test_a_charger_that_has_not_drawn_yet_says_so(charger: Charger, socket_path: Path) -> None:
    assert "nothing is on record" in shown("load", asked(charger, socket_path, "load", days=1))


def test_what_a_crash_left_is_shown_and_none_is_said(charger: Charger, socket_path: Path) -> None:
    verb = "health crashes"
    assert "no run of the program has left anything" in shown(verb, asked(charger, socket_path, verb))

    charger.left_behind = ["ended by SIGABRT in agent/x.py:1 (f)\nended 2027\n\nFatal Python error: Aborted", "older"]

    one, both = asked(charger, socket_path, verb), asked(charger, socket_path, verb, limit=2)
    assert [len(body["crashes"]) for body in (one, both)] == [1, 2]
    assert shown(verb, both).splitlines()[0] == "ended by SIGABRT in agent/x.py:1 (f)"
    assert "older" in shown(verb, both) and "older" not in shown(verb, one)


def test_the_history_is_shown_newest_first_with_how_long_and_why(charger: Charger, socket_path: Path) -> None:
    verb = "health history"
    assert "no verdict is on record yet" in shown(verb, asked(charger, socket_path, verb))

    moment = "2027-01-15T08:00:00.000Z"
    charger.verdicts = [
        {"port": 1, "verdict": "ok", "since": moment, "age_s": 60.0, "lasted_s": 60.0},
        {
            **{"port": 2, "verdict": "down", "reason": "fault.estop.pressed", "what": "the emergency stop is pressed"},
            **{"age_s": 7200.0, "lasted_s": 3600.0, "away_s": 600.0, "unkept": 3, "until": moment},
        },
    ]

    lines = shown(verb, asked(charger, socket_path, verb)).splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "2027-01-15 08:00:00 ok connector 1, for 1 min 0 s until now",
        "2 h 0 min ago down connector 2, for 1 h 0 min, of which the program did not run for 10 min 0 s",
        "fault.estop.pressed: the emergency stop is pressed",
        "3 changes before it came too quickly to be kept",
    ]
    assert len(asked(charger, socket_path, verb, connector=2)["history"]) == 1
    assert len(asked(charger, socket_path, verb, limit=1)["history"]) == 1


def test_the_history_of_a_connector_that_is_not_there_is_refused(charger: Charger, socket_path: Path) -> None:
    refusal = refused(charger, socket_path, "health history", connector=3)

    assert "there is no connector 3; this charger has 1 and 2" in refusal.text


@pytest.mark.parametrize(
    ("way", "line"),
    [
        ({"medium": "cable"}, "eth0 (cable), address private (IPv4)"),
        ({"medium": "Wi-Fi", "level_dbm": -61.0, "rate_mbit": 65.0}, "-61 dBm, 65 Mbit/s"),
        ({"medium": "modem", "modem": "connected", "signal_percent": 57}, "connected, signal 57 %"),
        ({"medium": "modem", "not_looked_at": "mmcli is not installed"}, "not looked at: mmcli is not installed"),
    ],
)
def test_by_what_the_world_is_reached_is_a_line_of_its_own(way: dict[str, Any], line: str) -> None:
    told = {"interface": "eth0", "address_kind": "private", "ip_version": 4, **way}

    page = page_of({**DOCUMENT, "network": {**DOCUMENT["network"], "way": told}})

    assert line in next(one for one in page if one.startswith("by "))
