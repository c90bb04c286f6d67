"""Any charger may write what it likes under its own name: the table, the history and the other chargers go on."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from tests.tools.support import chargers
from tests.tools.support.inbox import Inbox
from tools.fuzz.fleet import CONTENT_TYPES, NOW_MS, TOPICS, in_the_history, in_the_picture
from tools.support.fleet_table import lines, summary
from tools.support.history.collector import Collector, Spool
from tools.support.history.rows import Row, Verdicts, row_of
from tools.support.history.sink import History, Postgres, RowRefused, Sqlite, put_each
from tools.support.link import MOST_WAITING_BYTES, Link
from tools.support.picture import MOST_BYTES, MOST_DEVICE_BYTES, MOST_PORTS, PORT_BYTES, Picture, Sequence
from tools.support.settings import BrokerTable

GOOD = ("evse/v1/GOOD/event", json.dumps({**chargers.head(1), "event": "plug.inserted", "fields": {}}).encode())
BAD = {
    "no list": ("health", b'{"verdict":"ok","reasons":null,"seq":1}'),
    "half a pair": ("event", b'{"event":"\\ud800","boot_id":"b","seq":1}'),
    "half a pair, raw": ("event", b'{"event":"\xed\xa0\x80","seq":1}'),
    "beyond 8 bytes": ("event", b'{"event":"x","seq":9223372036854775808}'),
    "NUL": ("event", b'{"event":"fault.raised","boot_id":"\\u0000","fields":{"id":"\\u0000","severity":"\\u0000"}}'),
    "a name of 3 kB": ("session", b'{"start":"' + b"x" * 3000 + b'","boot_id":"' + b"y" * 3000 + b'"}'),
    "no list of keys": ("health", b'{"verdict":{},"reasons":[{"key":"\\ud83d"},{"key":["\\u0000"]},7]}'),
    "too deep": ("load", b'{"a":' + b"[" * 900 + b"]" * 900 + b"}"),
}
KEYS = st.one_of(
    st.sampled_from(["online", "verdict", "versions", "ports", "reasons", "key", "identity", "health_every_s"]),
    st.sampled_from(["seq", "boot_id", "time", "lost", "event", "fields", "id", "severity", "code", "port", "state"]),
    st.sampled_from(["edge", "began", "lasted_s", "excluded_s", "class", "cause", "start", "end", "charge_start_s"]),
    st.sampled_from(["power_w", "offered_a", "limit", "faults", "told"]),
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**63, -(2**63), 10**400, 1e308, 0, 1])
TEXTS = st.text(st.characters(), max_size=5) | st.sampled_from(["begun", "ended", "success", "\ud800", "\0", "ok"])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=8).map(lambda body: json.dumps(body, allow_nan=True).encode())


@given(st.sampled_from(TOPICS), DOCUMENTS | st.binary(max_size=40), st.sampled_from(CONTENT_TYPES))
def test_whatever_a_charger_writes_the_table_stands_and_the_history_can_be_read(
    topic: str, payload: bytes, content_type: str
) -> None:
    in_the_picture(topic, payload, content_type)
    in_the_history(topic, payload, content_type)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_one_charger_writes_never_holds_up_the_next(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = "" if database == "sqlite" else request.getfixturevalue("cluster").url

    def opened() -> History:
        return Postgres(url) if url else Sqlite(tmp_path / "history.db")

    told: list[str] = []
    inbox = Inbox([*((f"evse/v1/EVIL/{kind}", payload) for kind, payload in BAD.values()), GOOD])
    spool = Spool(tmp_path / "spool", 100)
    one = Collector(link=inbox, connect=opened, spool=spool, now_ms=lambda: 1_000, tell=told.append)  # type: ignore[arg-type]

    one.step()

    assert inbox.acknowledged == list(range(len(BAD) + 1))
    assert spool.waiting == 0
    with_good = opened()
    assert len(with_good.ask("SELECT 1 AS n FROM message WHERE device = 'GOOD'")) == 1
    with_good.close()


def row(**more: Any) -> Row:
    found = row_of(*GOOD, "", 1_000, Verdicts())
    assert found is not None
    return replace(found, **more)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("bad", [{"seq": 2**63}, {"name": "\ud800"}, {"kind": None}], ids=["beyond", "half", "none"])
def test_of_rows_that_come_together_all_are_written_but_the_one_that_cannot_be(
    bad: dict[str, Any], database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    history: History = (
        Sqlite(tmp_path / "history.db") if database == "sqlite" else Postgres(request.getfixturevalue("cluster").url)
    )
    history.change("DELETE FROM message")
    refused: list[Row] = []

    def note(one: Row, _: RowRefused) -> None:
        refused.append(one)

    assert put_each(history, [row(digest="a"), row(digest="b", **bad), row(digest="c")], note) == 2
    assert [one.digest for one in refused] == ["b"]
    history.close()


def test_what_cannot_be_written_is_told_ever_more_seldom(tmp_path: Path) -> None:
    told: list[str] = []

    class Broken(Sqlite):
        """Takes nothing of one charger."""

        def put(self, rows: Any) -> int:
            if any(one.device == "EVIL" for one in rows):
                raise RowRefused("no such value")
            return super().put(rows)

    inbox = Inbox([*(("evse/v1/EVIL/event", b'{"event":"x","seq":%d}' % n) for n in range(12)), GOOD])
    one = Collector(
        link=inbox,  # type: ignore[arg-type]
        connect=lambda: Broken(tmp_path / "history.db"),
        spool=Spool(tmp_path / "spool", 100),
        now_ms=lambda: 1_000,
        tell=told.append,
    )
    one.step()

    assert (one.broken, one.new, len(told)) == (12, 1, 2)
    assert "EVIL" in told[0]
    assert len(inbox.acknowledged) == 13


def test_a_charger_with_ports_without_end_takes_no_memory_without_end_and_the_table_says_so() -> None:
    picture, devices = Picture(), 3
    keys = [f"{number:03}" + "\N{ROCKET}" * 150 for number in range(32)]
    status = json.dumps(chargers.status(1, reasons=keys, faults=keys)).encode()
    tracemalloc.start()
    for device in range(devices):
        for port in range(1, 200):
            picture.take(f"evse/v1/E-{device}/port/{port}/status", status, retained=True, now_ms=NOW_MS)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert taken < devices * 4 * MOST_DEVICE_BYTES
    assert all(len(one.ports) == MOST_PORTS for one in picture.devices.values())
    assert "part of what 3 chargers tell" in summary(picture, [], NOW_MS)
    assert "more than there is room for" in lines([picture.devices["E-1"]], NOW_MS)[1][0]
    assert 199 in picture.devices["E-1"].too_much


def test_texts_of_all_chargers_together_are_bounded() -> None:
    picture = Picture()
    status = json.dumps(chargers.status(1, reasons=["x" * 200] * 32, faults=["y" * 200] * 32)).encode()
    for device in range(4200):
        picture.take(f"evse/v1/E-{device}/port/1/status", status, retained=True, now_ms=NOW_MS)

    kept = sum(one.kept_bytes for one in picture.devices.values())
    assert MOST_BYTES * 0.9 < kept < MOST_BYTES + 4200 * PORT_BYTES
    assert picture.devices["E-0"].ports[1].reasons
    assert not picture.devices["E-4199"].ports[1].reasons


def test_what_a_document_left_before_it_broke_off_is_counted_too() -> None:
    picture = Picture()
    birth = {**chargers.birth("E"), "reason": "x" * 200, "nonce": "y" * 200, "versions": None}
    status = chargers.status(1, headline="z" * 200, limit="no table")
    for kind, body in (("state", birth), ("port/1/status", status)):
        picture.take(f"evse/v1/E/{kind}", json.dumps(body).encode(), retained=True, now_ms=NOW_MS)

    assert picture.refused == 2
    assert picture.devices["E"].kept_bytes > 600


def test_one_scrapped_makes_room() -> None:
    picture = Picture()
    status = json.dumps(chargers.status(1, reasons=["x" * 200] * 32, faults=["y" * 200] * 32)).encode()
    for _ in range(4200):
        picture.take("evse/v1/E/port/1/status", status, retained=True, now_ms=NOW_MS)
        picture.take("evse/v1/E/state", b"", retained=False, now_ms=NOW_MS)
    picture.take("evse/v1/E/port/1/status", status, retained=True, now_ms=NOW_MS)

    assert picture.devices["E"].ports[1].reasons


@pytest.mark.parametrize("payload", [b'{"online":true,"versions":{},"ports":[1e999]}', b" " * (200 << 10) + b"{}"])
def test_what_no_charger_sends_is_left_out_and_counted(payload: bytes) -> None:
    picture = Picture()
    picture.take("evse/v1/E/state", payload, retained=True, now_ms=NOW_MS)

    assert "1 messages that no charger sends" in summary(picture, [], NOW_MS)


@pytest.mark.parametrize("power", ["NaN", "1e999", "9" * 400, "1e300", "true", '"9"'])
def test_a_power_that_is_no_number_is_none_of_the_fleet(power: str) -> None:
    picture = Picture()
    for device, told in (("E", power), ("F", "7000")):
        topic = f"evse/v1/{device}/port/1/meter"
        picture.take(topic, f'{{"power_w":{told}}}'.encode(), retained=True, now_ms=NOW_MS)

    assert "; 7.00 kW" in summary(picture, list(picture.devices.values()), NOW_MS)


def test_a_number_from_nowhere_is_another_numbering_and_no_gap() -> None:
    sequence = Sequence()
    for seq in (1, 2**53, 3, 5):
        sequence.take("b", seq)

    assert sequence.gaps == 1


def test_what_waits_is_bounded_in_bytes_and_room_comes_back() -> None:
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    link = Link(BrokerTable(url="mqtt://127.0.0.1:1"), client)
    message = MQTTMessage(topic=b"evse/v1/E/health")
    message.payload, message.properties = bytes(1 << 20), None
    for _ in range(40):
        client.on_message(client, None, message)  # type: ignore[misc]

    assert link.dropped >= 8
    assert len(link.inbox) * (1 << 20) < MOST_WAITING_BYTES
    list(link.drained())
    dropped = link.dropped
    client.on_message(client, None, message)  # type: ignore[misc]
    assert (link.dropped, len(link.inbox)) == (dropped, 1)
