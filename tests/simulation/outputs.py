"""Every way on which something leaves the program, as one table: each verb at the socket, and all else by name."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.control.registry import find, load, verb_names
from agent.control.render import Page
from agent.control.wire import Argument, Ask, Done, Part, Piece, Refused
from agent.logs import LineFormatter, entry
from agent.metrics_file import text_of
from agent.store.wire_trace import Ring
from agent.telemetry.letters import read
from firmware_sim.mqtt_broker import Broker
from tests.control.calling import Desk
from tests.simulation.planted import recorded, unpacked
from tests.simulation.stage import Charger
from tests.simulation.test_flight_recorder import side_of
from tools import replay_to_test
from tools.csms import queries
from tools.support.fleet_table import Wanted, as_json, chosen, lines
from tools.support.flexible_site import body_of as flexibility_body
from tools.support.flexible_site import flexibility_of
from tools.support.flexible_site import show as show_flexibility
from tools.support.history.rows import Verdicts, row_of
from tools.support.history.sink import Sqlite
from tools.support.picture import Picture
from tools.support.verbs.show import render as render_health

DEVICE = "SIM-7"
BASE = f"evse/v1/{DEVICE}"
HEAD = ("boot_id", "seq", "t_mono_ms", "time_quality", "time")

CARDS = ("card", "refused card", "listed card")
ENDS = tuple(f"end of the {one}" for one in CARDS)
WORDS = ("name of a person", "typed reason")

ASKED: dict[str, dict[str, Argument]] = {
    "audit": {"limit": 100},
    "board capture": {"connector": 1},
    "board challenge": {"id": "contactor.welded", "connector": 1, "operator": "x", "reason": "y"},
    "board clear": {"id": "contactor.welded", "connector": 1, "operator": "x", "reason": "y", "signature": "AAAA"},
    "board evidence": {"connector": 1},
    "board info": {},
    "bundle": {},
    "config explain": {"key": "ocpp.url"},
    "config diff": {},
    "config show": {},
    "display": {"connector": 1},
    "events": {"limit": 500},
    "evidence make": {},
    "evidence list": {},
    "evidence name": {"part": "contactor", "serial": "S-1"},
    "evidence replace": {"part": "contactor", "serial": "S-1"},
    "evidence wear": {},
    "explain": {},
    "faults clear": {"id": "contactor.welded", "reason": "y"},
    "faults list": {},
    "handover": {},
    "handover activate": {"code": "AAAA-AAAA"},
    "handover code": {},
    "handover pack": {"file": "x"},
    "handover show": {},
    "handover tick": {"item": "charge"},
    "hardware scan": {"port": "/dev/nowhere", "quick": True},
    "hardware test": {"name": "input.1"},
    "health": {},
    "health crashes": {},
    "health history": {},
    "live": {"seconds": 1, "hz": 2},
    "load": {},
    "log-level": {"part": "all", "level": "debug"},
    "maintenance close": {"window": 1},
    "maintenance list": {},
    "maintenance open": {"until": "1h", "why": "x", "by": "y"},
    "maintenance visit": {"case": "C-1"},
    "meter-trace": {"seconds": 2},
    "metrics": {},
    "metrics export": {"file": "x"},
    "metrics prometheus": {},
    "network check": {},
    "network wifi": {},
    "ocpp status": {},
    "ocpp trace": {"limit": 1000},
    "ocpp undo": {"yes": True},
    "ocpp use": {"slot": 1},
    "plan undo": {"yes": True},
    "report export": {"number": 1, "file": "x"},
    "report key": {},
    "report list": {},
    "report show": {"number": 1},
    "restart board": {"reason": "x"},
    "restart modem": {"reason": "x"},
    "selftest health": {},
    "selftest list": {},
    "selftest run": {"tests": "ST203", "connector": 1, "unattended": True},
    "selftest show": {},
    "sessions": {"limit": 50},
    "signed keys": {},
    "signed list": {},
    "signed show": {"charge": "1"},
    "status": {},
    "stop": {"connector": 1},
    "token list": {},
    "unlock": {"connector": 1},
    "uptime": {},
    "uptime exclude": {"outage": 1, "as": "vandalism", "why": "x", "by": "y"},
    "uptime sessions": {"to": "x"},
    "version": {},
    "waveform": {"connector": 1},
}
"""What each verb is asked with once everything is planted. The agent's answer and the page made of it are searched."""
OF_THE_STORY = {"start", "token add", "token remove"}
"""Verbs that are handed a secret: the story uses them, and their answers are searched like the others'."""
NOT_ASKED = {
    "board flash": "takes a signed image for a real board; its answer is about that image",
    "commission": "a conversation of an hour: tests/simulation/test_commissioning.py; what it keeps is asked by others",
    "completion": "runs in evsectl without a charger: the table of verbs",
    "factory-reset": "erases what is searched here",
    "config check": "reads in a thread, which virtual time does not wait for: tests/control/remote/test_canaries.py",
    "ocpp connect": "a conversation about another central system: tests/control/test_connect.py plants its password",
    "plan apply": "needs a plan's file, which holds no secret: they are files beside it",
    "plan check": "runs in evsectl, on a plan's file",
    "plan diff": "needs a plan's file, which holds no secret: they are files beside it",
    "plan new": "runs in evsectl without a charger",
    "restart forced": "ends the program: its answer is that of `restart service`",
    "restart service": "ends the program; the story starts it anew itself",
    "restart system": "ends the program",
    "watch": "`status` again and again until somebody leaves",
}
REFUSED = {
    *("board challenge", "board clear", "board evidence", "evidence replace", "faults clear", "maintenance close"),
    "evidence name",
    *("handover activate", "handover pack", "metrics export", "ocpp undo", "ocpp use", "plan undo", "report export"),
    *("report show", "restart board", "restart modem", "signed show", "unlock"),
}
"""Of those that are asked: there is nothing to do. What they say is searched; every other one has to answer."""
AT_THE_CHARGER = {*ASKED, *OF_THE_STORY, "database", "log lines", "wire trace on the disk"}
"""Read by whoever is at the charger, who may see a card's last digits, and what people typed there. Nothing else shows
even those."""
LEAVING = {
    "bundle, unpacked": "support, and whoever the central system names for diagnostics",
    "crash file": "stays, and goes with the bundle",
    "data transfer answers": "the central system, which asks for remote actions",
    "evidence, unpacked": "whoever has to prove something",
    "files in the state folder": "all that lies there and does not keep secrets by purpose (`KEPT_SECRET`)",
    "journal fields": "whoever reads the system's journal, or collects it: all of an entry but its message",
    "metrics file": "a fleet's figures, as text",
    "mqtt messages": "everything that the broker was told, as sent and as read",
    "ocpp messages": "everything that the central system was told",
    "support, fleet": "what evse-support makes of those messages: table and JSON",
    "support, flexibility": "what they could shed or raise, by the same: table and JSON",
    "support, health": "its page of one charger",
    "support, history": "its rows in the database",
    "test of the recording": "what tools/replay_to_test.py writes, with its recording",
}
"""Everything else, and who gets it."""
MAY_SHOW: dict[str, tuple[set[str], str]] = {
    "handover code": ({"owner's code"}, "draws it, shows it this once (docs/commissioning-report.md)"),
    "database": (
        {*CARDS, "password of an upload"},
        "stays there: a start told later names its card, and an upload goes on after a restart",
    ),
    "metrics file": (
        set(WORDS),
        "is written at the charger alone, and proves by whose word an outage does not count (docs/uptime.md)",
    ),
    "ocpp messages": (set(CARDS), "the central system decides who may charge: cards are what it is asked about"),
}
"""What an output is there to show, and why. No other secret of it, and no other output."""
KEPT_SECRET = ("agent.db*", "wire-trace*", "secrets/*", "certificates/*/*.key", "recorder/veil.key")
"""Below the state folder: what keeps secrets because the charger needs them; database and trace are outputs by
their own names. All other files there are outputs, whatever they are called."""


def actions() -> set[str]:
    """Every one that there is, as it is asked for."""
    return {f"{name} {action.name}".strip() for name in verb_names() for action in load(name).actions}


@contextmanager
def log_lines() -> Iterator[tuple[list[str], list[str]]]:
    """Everything the program logs, to the last detail: as it is printed, and the fields of its entry in the journal."""
    found: list[str] = []
    fields: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(LineFormatter(for_journal=False).format(record))
            fields.extend(f"{name}={value}" for name, value in entry(record, "") if name != "MESSAGE")

    handler, root = Kept(logging.DEBUG), logging.getLogger("agent")
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield found, fields
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


async def answer(charger: Charger, verb: str, arguments: Mapping[str, Argument]) -> tuple[bytes, Path | None, bool]:
    """All that comes back at the socket and the page that evsectl makes of it; its file; whether it was refused."""
    replies = await Desk(None, None, charger.agent.config.control.socket).replies(verb, arguments)  # type: ignore[arg-type]
    bodies = [reply.body for reply in replies if isinstance(reply, Part | Done)]
    joined: dict[str, Any] = {}
    for body in bodies:
        for name, value in body.items():
            joined[name] = [*joined.get(name, []), *value] if isinstance(value, list) else value
    page, last = Page(zone=UTC), replies[-1]
    action = find(verb)
    if isinstance(last, Done) and action.keep is None:
        for body in [one for one in bodies if one] if action.follows else [joined]:
            action.show(body, page)
    told = json.dumps([repr(one) for one in replies if isinstance(one, Ask | Refused | Piece)], ensure_ascii=False)
    text = "\n".join([json.dumps(joined, ensure_ascii=False), *page.lines, told])
    return text.encode(), last.file if isinstance(last, Done) else None, isinstance(last, Refused)


def pushed_out(charger: Charger) -> dict[str, bytes]:
    """What the central system was told: everything, and the answers to what it asked by DataTransfer."""
    rows = queries.frames(charger.stage.office.system.record, direction="from", limit=100_000)
    texts = [str(row["text"]) for row in rows]
    asked = [text for text in texts if '"data"' in text and text.startswith("[3")]
    return {"ocpp messages": "\n".join(texts).encode(), "data transfer answers": "\n".join(asked).encode()}


def on_the_broker(broker: Broker, folder: Path) -> dict[str, bytes]:
    """Every message, and what evse-support shows and keeps of them."""
    picture, verdicts, history = Picture(), Verdicts(), Sqlite(folder / "history.db")
    messages: list[bytes] = []
    read_back: list[str] = []
    health: dict[str, Any] = {}
    own = [one for one in broker.taken if one.topic.startswith(BASE) and not one.topic.endswith("/cmd")]
    for number, one in enumerate(own):
        messages += [one.topic.encode(), one.payload, repr((one.properties, one.pairs)).encode()]
        body = read(one.payload, one.content_type)
        read_back.append(json.dumps(body, ensure_ascii=False))
        health = body if one.topic == f"{BASE}/health" else health
        picture.take(one.topic, one.payload, one.content_type, retained=False, now_ms=number)
        row = row_of(one.topic, one.payload, one.content_type, number, verdicts)
        if row is not None:
            history.put([row])
    rows = history.ask("SELECT * FROM message")
    history.close()
    fleet = chosen(picture, Wanted(), "device", 0)
    table = [text for text, _ in lines(fleet, 0)] + [json.dumps(as_json(one, 0), ensure_ascii=False) for one in fleet]
    page = Page(zone=UTC)
    render_health({name: value for name, value in health.items() if name not in HEAD}, page, DEVICE)
    able, able_page = flexibility_of(picture, picture.devices, 0), Page(zone=UTC)
    show_flexibility(able, "", able_page)
    return {
        "mqtt messages": b"\n".join([*messages, *(text.encode() for text in read_back)]),
        "support, fleet": "\n".join(table).encode(),
        "support, flexibility": "\n".join([*able_page.lines, json.dumps(flexibility_body(able, ""))]).encode(),
        "support, health": "\n".join(page.lines).encode(),
        "support, history": json.dumps(rows, ensure_ascii=False).encode(),
    }


async def made_of_it(charger: Charger, bundle: Path, evidence: Path, folder: Path) -> dict[str, bytes]:
    """Files, as far as they can be unpacked."""
    state = charger.agent.config.storage.path
    records = replace(await side_of(charger).metrics_records(), unit="U-1")
    stretch = replay_to_test.wanted(bundle, None, datetime(2100, 1, 1, tzinfo=UTC))
    test = replay_to_test.write(stretch, folder / "test_of_the_recording.py")
    kept = {file for pattern in KEPT_SECRET for file in state.glob(pattern)}
    files = [file for file in sorted(state.rglob("*")) if file.is_file() and file not in kept]
    texts = [file.read_bytes() for file in state.glob("crashes/*.txt")]
    return {
        "bundle, unpacked": content_of(bundle),
        "crash file": b"\n".join(texts),
        "database": b"\n".join(file.read_bytes() for file in state.glob("agent.db*")),
        "evidence, unpacked": content_of(evidence),
        "files in the state folder": b"\n".join(content_of(file) for file in files),
        "metrics file": "".join(text_of(records)).encode(),
        "wire trace on the disk": "\n".join(one.text for one in Ring(state).newest(10_000)).encode(),
        "test of the recording": test.read_bytes() + recorded(test.with_suffix(".rec").read_bytes()),
    }


def content_of(file: Path) -> bytes:
    content = file.read_bytes()
    return file.name.encode() + (recorded(content) if file.suffix == ".rec" else unpacked(content))
