"""What a fleet looks like: who is there, who only says so, what is missing, and that nothing that comes breaks it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.telemetry.schemas import validator
from tests.tools.support import chargers
from tools.support.fleet_table import Wanted, as_json, chosen, lines, summary
from tools.support.picture import Picture, Presence, Sequence, moment_ms

NOW = "2026-03-01T12:00:00.000Z"
NOW_MS = moment_ms(NOW) or 0
HOUR_MS = 3_600_000
BASE = "evse/v1/QE-1"


def at(hours: float) -> str:
    """So long before now."""
    from datetime import UTC, datetime

    told = datetime.fromtimestamp((NOW_MS - hours * HOUR_MS) / 1000, UTC)
    return told.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def took(picture: Picture, topic: str, body: dict[str, object], *, retained: bool = True, now_ms: int = NOW_MS) -> None:
    assert picture.take(topic, json.dumps(body).encode(), retained=retained, now_ms=now_ms) is not None


def born(hours_ago: float = 0.1) -> Picture:
    picture = Picture()
    took(picture, f"{BASE}/state", chargers.birth("QE-1") | {"time": at(hours_ago)})
    return picture


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("state", chargers.birth("QE-1", 2)),
        ("port_status", chargers.status()),
        ("health", chargers.health("QE-1", "down", ("contactor.welded",), padding=2)),
    ],
)
def test_the_chargers_of_these_tests_speak_as_real_ones_do(kind: str, body: dict[str, object]) -> None:
    assert [error.message for error in validator(kind).iter_errors(body)] == []


def test_a_birth_of_today_is_online_and_one_of_yesterday_is_silent() -> None:
    assert born(hours_ago=6).devices["QE-1"].presence(NOW_MS) is Presence.ONLINE
    assert born(hours_ago=8).devices["QE-1"].presence(NOW_MS) is Presence.SILENT


def test_any_live_word_ends_silence_but_a_will_is_no_word_of_the_charger() -> None:
    picture = born(hours_ago=8)
    took(picture, f"{BASE}/port/1/meter", {**chargers.head(5), "port": 1, "time": at(8)}, retained=False)
    assert picture.devices["QE-1"].presence(NOW_MS) is Presence.ONLINE

    lost = born(hours_ago=8)
    took(lost, f"{BASE}/state", {"online": False, "session": "s1"}, retained=False)
    assert lost.devices["QE-1"].presence(NOW_MS) is Presence.OFFLINE
    assert lost.devices["QE-1"].age_s(NOW_MS) == pytest.approx(8 * 3600)


def test_a_charger_whose_clock_runs_ahead_does_not_look_alive_for_ever() -> None:
    picture = born(hours_ago=8)
    took(picture, f"{BASE}/health", chargers.health("QE-1") | {"time": at(-48)})

    assert picture.devices["QE-1"].presence(NOW_MS) is Presence.SILENT


def test_an_empty_kept_message_takes_a_scrapped_charger_out() -> None:
    picture = born()
    picture.take(f"{BASE}/state", b"", retained=False, now_ms=NOW_MS)

    assert picture.devices == {}


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.permutations(range(n)), st.sets(st.integers(0, n - 1)))))
def test_every_number_that_never_came_is_a_gap_and_none_that_came_late(told: tuple[list[int], set[int]]) -> None:
    order, lost = told
    came = [0, *(number + 1 for number in order if number not in lost)]
    # The first and the last are seen in their place: a gap at the end is no gap yet, and at the start nobody listened.
    sequence = Sequence()
    for number in came:
        sequence.take("b1", number)
    sequence.take("b1", len(order) + 1)

    assert sequence.gaps == len(lost)


def test_a_new_connection_begins_anew() -> None:
    sequence = Sequence()
    for number in (0, 1, 5):
        sequence.take("b1", number)
    assert sequence.gaps == 3
    sequence.take("b1", 0)
    sequence.take("b1", 1)

    assert sequence.gaps == 0


SEGMENTS = st.sampled_from(
    ["state", "health", "port/1/status", "port/2/meter", "event", "session", "cmd", "port/0/x", "res/a"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["online", "verdict", "versions", "ports", "seq", "boot_id", "limit", "time"]), inner
        )
    ),
    max_leaves=12,
)


@given(SEGMENTS, VALUES, st.binary(max_size=40), st.sampled_from(["", "application/zlib", "text/x"]), st.booleans())
def test_whatever_a_broker_sends_the_picture_stands(
    segment: str, value: object, raw: bytes, kind: str, whole: bool
) -> None:
    picture = born()
    payload = json.dumps(value, allow_nan=True).encode() if whole else raw

    picture.take(f"{BASE}/{segment}", payload, kind, retained=False, now_ms=NOW_MS)

    for device in picture.devices.values():
        assert lines([device], NOW_MS)
        json.dumps(as_json(device, NOW_MS))


def fleet() -> Picture:
    picture = Picture()
    for number, state in enumerate(("Available", "Charging", "Faulted")):
        device = f"QE-{number}"
        told = chargers.birth(device) | {"time": at(0.1 + number), "versions": {"agent": f"1.{number}.0"}}
        took(picture, f"evse/v1/{device}/state", told)
        faults = {"faults": ["contactor.welded"], "verdict": "down"} if state == "Faulted" else {}
        took(picture, f"evse/v1/{device}/port/1/status", chargers.status(1, state, **faults) | {"time": at(1 + number)})
    return picture


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Wanted(state="charging"), ["QE-1"]),
        (Wanted(fault="contactor.*"), ["QE-2"]),
        (Wanted(fault="welded"), ["QE-2"]),
        (Wanted(version="1.1"), ["QE-1"]),
        (Wanted(verdict="down"), ["QE-2"]),
        (Wanted(older_than_s=3600), ["QE-1", "QE-2"]),
        (Wanted(match="*-0"), ["QE-0"]),
        (Wanted(state="offline"), []),
    ],
)
def test_each_filter_leaves_what_fits(wanted: Wanted, names: list[str]) -> None:
    assert [one.name for one in chosen(fleet(), wanted, "device", NOW_MS)] == names


def test_the_worst_come_first_and_the_summary_counts_all() -> None:
    picture = fleet()
    rows = chosen(picture, Wanted(), "worst", NOW_MS)

    assert [one.name for one in rows] == ["QE-2", "QE-0", "QE-1"]
    assert summary(picture, rows, NOW_MS) == "3 chargers: 1 down, 2 ok, 3 online"
    assert [one.name for one in chosen(picture, Wanted(), "age", NOW_MS)] == ["QE-2", "QE-1", "QE-0"]


def test_no_name_from_the_network_writes_on_the_terminal_as_it_likes() -> None:
    picture = Picture()
    took(picture, "evse/v1/QE-1/port/1/status", chargers.status(1, "\x1b[2JAvailable"))

    assert all(text.isprintable() for text, _ in lines(picture.devices.values(), NOW_MS, 60))


def test_on_a_narrow_terminal_what_is_wrong_stays_and_no_word_is_cut() -> None:
    picture = Picture()
    name = "CH-BASEL-0042-A-LONG-ONE"
    told = chargers.birth(name, 2) | {"versions": {"agent": "1.12.0-rc3+build.77"}}
    took(picture, f"evse/v1/{name}/state", told | {"time": at(1)})
    for port, faults in ((1, ["contactor.welded", "rcd.trip"]), (2, ["meter.comm"])):
        more = {"faults": faults, "verdict": "down", "reasons": []}
        status = chargers.status(port, "SuspendedEVSE", **more) | {"time": at(1)}
        took(picture, f"evse/v1/{name}/port/{port}/status", status)

    (head, _), (row, _) = lines(picture.devices.values(), NOW_MS, 80)
    (_, _), (wide, _) = lines(picture.devices.values(), NOW_MS, 200)

    assert len(row) <= 80 and len(head) <= 80
    assert "contactor.welded, rcd.trip" in row
    assert "contactor.welded, rcd.trip, meter.comm" in wide and name in wide and "1.12.0-rc3" in wide
    assert "version" not in head and head.endswith("what")


@given(st.integers(40, 200), st.text(st.characters(codec="utf-8"), max_size=60))
def test_every_line_fits_its_terminal(width: int, state: str) -> None:
    picture = fleet()
    took(picture, "evse/v1/QE-2/port/2/status", chargers.status(2, state, faults=["a.b", state]))

    assert all(len(text) <= width for text, _ in lines(picture.devices.values(), NOW_MS, width))


def test_the_verdict_is_that_of_the_latest_word() -> None:
    picture = born()
    status = f"{BASE}/port/1/status"
    took(picture, f"{BASE}/health", chargers.health("QE-1", "ok") | {"time": at(0.5)})
    took(picture, status, chargers.status(verdict="degraded", reasons=["meter.silent"]) | {"time": at(0.4)})
    assert picture.devices["QE-1"].worst == "degraded"
    assert picture.devices["QE-1"].all_reasons == ("meter.silent",)

    own = {"reasons": [{"key": "network.offline", "text": "no answer"}], "time": at(0.3)}
    took(picture, f"{BASE}/health", chargers.health("QE-1", "degraded") | own)
    took(picture, status, chargers.status() | {"time": at(0.2)})
    assert picture.devices["QE-1"].worst == "degraded"
    assert picture.devices["QE-1"].all_reasons == ("network.offline",)

    gone = chargers.health("QE-1", "down", ("contactor.welded",)) | {"time": at(0.15)}
    of_port = [{"port": 1, "reasons": [{"key": "contactor.welded", "text": "it sticks"}]}]
    took(picture, f"{BASE}/health", {**gone, "ports": of_port})
    assert picture.devices["QE-1"].worst == "down"
    took(picture, status, chargers.status() | {"time": at(0.1)})
    assert picture.devices["QE-1"].worst == "ok"


def test_a_charger_is_down_only_where_every_port_is() -> None:
    picture = born()
    for port, verdict in ((1, "down"), (2, "ok")):
        took(picture, f"{BASE}/port/{port}/status", chargers.status(port, verdict=verdict))
    assert picture.devices["QE-1"].worst == "degraded"
    took(picture, f"{BASE}/port/2/status", chargers.status(2, verdict="down"))
    assert picture.devices["QE-1"].worst == "down"
