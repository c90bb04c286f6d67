"""What a charger may publish under its own name, whatever it is: support's table and history stand, and go on."""

from __future__ import annotations

import json
from pathlib import Path

from agent.control.render import printable
from agent.telemetry.letters import DEFLATED
from agent.telemetry.topics import Topics
from tools.support.fleet_table import as_json, lines, summary
from tools.support.history.rows import Verdicts, row_of
from tools.support.history.service import charging, outages
from tools.support.history.sink import Sqlite
from tools.support.picture import Picture
from tools.support.verbs.history import dropped, rest

NOW_MS = 1_800_000_000_000
EVIL, GOOD = Topics("evse", "EVIL"), Topics("evse", "GOOD")
TOPICS = (
    EVIL.state,
    EVIL.health,
    EVIL.port_status(1),
    EVIL.port_meter(2),
    EVIL.event,
    EVIL.session,
    EVIL.outage,
    EVIL.load,
    EVIL.result("a"),
    EVIL.command,
    EVIL.blob("a", 0),
)
CONTENT_TYPES = ("", DEFLATED, "application/cbor")


def fleet_message(octets: bytes) -> None:
    """The first octet says where, the second as what; the rest is the payload."""
    if len(octets) < 2:
        return
    topic, content_type = TOPICS[octets[0] % len(TOPICS)], CONTENT_TYPES[octets[1] % len(CONTENT_TYPES)]
    in_the_picture(topic, octets[2:], content_type)
    in_the_history(topic, octets[2:], content_type)


def in_the_picture(topic: str, payload: bytes, content_type: str) -> None:
    """The table can be drawn, in finite numbers, and another charger is in it."""
    picture = Picture()
    for is_kept in (True, False):
        picture.take(topic, payload, content_type, retained=is_kept, now_ms=NOW_MS)
    picture.take(GOOD.state, b'{"online":true,"versions":{}}', retained=True, now_ms=NOW_MS)
    devices = list(picture.devices.values())
    assert devices[-1].name == "GOOD"
    assert devices[-1].online
    shown = [summary(picture, devices, NOW_MS), *(text for text, _ in lines(devices, NOW_MS))]
    assert all(line == printable(line) for line in shown), shown
    assert "nan" not in shown[0], shown
    for device in devices:
        json.dumps(as_json(device, NOW_MS), allow_nan=False)


def in_the_history(topic: str, payload: bytes, content_type: str) -> None:
    """A row that the database takes and every verb reads, or none."""
    history = Sqlite(Path(":memory:"))
    try:
        row = row_of(topic, payload, content_type, NOW_MS, Verdicts())
        if row is not None:
            assert history.put([row]) == 1
            assert not any("\0" in one for one in row.values if isinstance(one, str)), row
        found = history.ask("SELECT * FROM message")
        outages([one for one in found if one["kind"] == "outage"], NOW_MS)
        charging([one for one in found if one["kind"] == "session"])
        dropped(history, "EVIL", 0)
        for one in found:
            rest(one).encode()
    finally:
        history.close()
