"""Nothing that belongs to a person or opens a door leaves the charger: every verb, with planted canaries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.bus import Bus, News
from agent.control.dispatch import Dispatcher
from agent.control.peer import REMOTE_UID, Caller
from agent.control.ports import BoardState
from agent.control.registry import load, verb_names
from agent.control.remote.running import Answered, Runner
from agent.control.remote.without_people import text_without_people, without_people
from agent.control.roles import Role
from agent.control.verb import Action
from agent.core.commissioning.model import Attempt, Job, JobState, Measured, Outcome, Verdict
from agent.core.identity import IdToken
from agent.core.leaving import Masked, line_without_cards
from agent.core.network_check.model import Layer, ok
from agent.core.network_check.radio import Modem, RadioSeen, Wifi, radio
from agent.core.network_check.scan import Heard, Scan
from agent.core.runs import Run
from agent.core.session.events import FaultObserved, TokenPresented
from agent.core.time import Instant
from agent.core.uptime.model import Cause, CauseClass, Outage, PortService, ServiceRecords, Window
from agent.security.evidence_file import examine_evidence
from agent.selftest.judging import network
from agent.selftest.judging.limits import ENTERED
from agent.service_rows import service_rows
from agent.station.diagnostics import Window as TimeWindow
from agent.station.diagnostics import _event_lines, as_lines
from agent.store.journal import Command
from firmware_sim.virtual_loop import run
from tests.commissioning_jobs import SITE, job
from tests.control.calling import ONE, TWO, at_the_desk, charging
from tests.control.charger import Charger
from tests.control.paper_desk import PaperDesk
from tests.control.paper_service import PaperService
from tests.core.metrics.test_charger import a_good_life
from tests.core.session.station import CARD
from tests.telemetry.schemas import TOLD, misfits_of_answer

TOKEN = IdToken("CAFE04CANARYTAIL")
PERSON = {"by": "Mrs Miller", "why": "Mrs Miller called"}
CANARIES = ("CANARY", "TAIL", CARD.value, CARD.value[-4:], "hunter2", "Miller", "Brandt", "Hafen Elektro", "555 0100")
ARGUMENTS: dict[str, dict[str, str | int | bool]] = {
    "board info": {"connector": 1},
    "board capture": {"connector": 1},
    "board evidence": {"connector": 1},
    "config check": {"what": "connector.2.fuse_current_a=13"},
    "config explain": {"key": "ocpp.url"},
    "faults clear": {"id": "rtc.fault", "reason": "Mrs Miller called"},
    "live": {"seconds": 2, "hz": 5},
    "log-level": {"part": "all", "level": "debug"},
    "maintenance open": {"until": "5d", "from": "4d", **PERSON},
    "meter-trace": {"seconds": 2},
    "restart board": {"reason": "Mrs Miller called"},
    "restart forced": {"what": "service", "reason": "Mrs Miller called"},
    "restart modem": {"reason": "Mrs Miller called"},
    "restart service": {"reason": "Mrs Miller called"},
    "restart system": {"reason": "Mrs Miller called"},
    "selftest run": {"tests": "ST203", "connector": 2},
    "unlock": {"connector": 2},
    "uptime exclude": {"outage": 7, "as": "vandalism", **PERSON},
    "waveform": {"connector": 1},
}
"""What each verb needs to be done; the others need nothing."""
MODEM = Modem(state="connected", operator="Example Mobile", technologies=("lte",), signal_percent=57)
WLAN = Wifi(interface="wlan0", name="Miller family", level_dbm=-61.0)
HEARD = (Heard(name="Miller family", level_dbm=-61.0),)
NOBODY_CHARGES = {"restart board", "selftest run", "restart service", "restart system"}
NO_SUCH_PART = {"restart modem"}
"""They say that there is none."""
OF_THIS_DESK = {"events", "health", "live"}
"""Their answers are made up here; those of whole chargers keep their schemas (tests/simulation/test_schemas.py)."""
REMOTE = [
    (f"{name} {action.name}".strip(), action)
    for name in verb_names()
    for action in load(name).actions
    if action.remote is not None
]


def planted(charger: Charger, *, charges: bool = True) -> Charger:
    """With a charge by one card, a refused one, and canaries wherever a person's words may stand."""
    if charges:
        charging(charger.outlets[ONE])
        charger.outlets[TWO].feed(TokenPresented(TOKEN))
    charger.tell()
    for name, fields in [
        ("session.refused", (("token", TOKEN.masked), ("why", f"the card {TOKEN.masked} is not known"))),
        (
            "upload.ended",
            (("file", "x"), ("state", "failed"), ("detail", "ftp://anna:hunter2@example.org/x?sig=CANARY")),
        ),
        ("handover.ticked", (("item", "manual"), ("person", "Mrs Miller"))),
        ("restart.ordered", (("what", "service"), ("reason", "Mrs Miller called"))),
        ("outage.ended", (("cause", "x"), ("excluded_by", "Mrs Miller"))),
    ]:
        charger.journal.news.append(News(name=name, at=charger.now(), fields=fields))
    return charger


def heard_on_air() -> Outcome:
    """What ST805 finds on a charger that goes by its modem and is in a Wi-Fi, too."""
    return network.layers([radio(RadioSeen(wifis=(WLAN,), modem=MODEM))], Layer.RADIO)


def excluded_outage(now: Instant) -> Outage:
    return Outage(
        number=7,
        port=1,
        cause=Cause(key="fault.x", of=CauseClass.CHARGER_HARDWARE),
        began=now.plus(-500.0),
        ended=now.plus(-100.0),
        verdict="vandalism",
        verdict_by="Mrs Miller",
        verdict_why="Mrs Miller called",
    )


class Wire:
    """Has had one exchange, later than anybody asked."""

    def exchanged(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(at=1e6, took_s=0.01, sent=b"\x01", heard=b"\x02", ended="answer")]

    def statistics(self) -> dict[str, dict[str, int]]:
        return {"meter": {"requests": 1}}


def noted(charger: Charger) -> None:
    """Commands are on record with what people typed in them."""
    for verb, arguments in [
        ("uptime exclude", "outage=7 as=vandalism why=Mrs Miller called from=her as=well by=…"),
        ("restart service", "reason=Mrs Miller called"),
        ("token add", f"token={TOKEN.masked} label=…"),
        ("board clear", "id=contactor.welded operator=Mrs Miller reason=CANARY"),
        ("an older verb", "why=Mrs Miller called"),
    ]:
        charger.journal.noted.append(
            Command(at=charger.now(), uid=0, role="service", verb=verb, arguments=arguments, outcome="done", took_ms=1)
        )


@pytest.fixture
def whole(charger: Charger, paper: PaperDesk) -> Iterator[Charger]:
    """One that answers to everything: board, wires, reports, record of service, tests; people left words in each."""
    charger.services[ONE] = PaperService()
    charger.lines["meters"] = Wire()  # type: ignore[assignment]
    charger.boards[ONE] = BoardState(answering=True)
    charger.history = a_good_life()[1]
    charger.document = {"ports": [], "events": [], "verdict": "ok"}
    charger.findings = [radio(RadioSeen(wifis=(WLAN,))), ok(Layer.TCP, "wss://cp:hunter2@csms.example answers")]
    charger.scans = (Scan(interface="wlan0", by="iw", heard=HEARD),)
    run(charger.reports.seal(job(), SITE))
    now = charger.now()
    assert now.utc_ms is not None
    fed = FaultObserved(id="rtc.fault", present=True), FaultObserved(id="rtc.fault", present=False)
    for one in fed:
        charger.outlets[TWO].feed(one)
    typed = Measured(name="name", value="Mrs Miller", source=ENTERED)
    looked = Outcome(verdict=Verdict.PASS, says="signed by Mrs Miller", measured=(typed,))
    tested = Attempt(
        test="ST704",
        connector=None,
        version=1,
        attempt=1,
        started=now.plus(1.0),
        duration_ms=5,
        outcome=looked,
        by="installer Mrs Miller",
        answers={"installer.person": "Mrs Miller"},
    )
    attempts = tested, replace(tested, test="ST805", outcome=heard_on_air(), answers={})
    paper.jobs.append(
        Job(number=1, job_id="J1", state=JobState.RUNNING, started=now, by="Mrs Miller", attempts=attempts)
    )
    window = Window(
        number=1,
        opened=now,
        from_ms=now.utc_ms - 9_000,
        until_ms=now.utc_ms + 3_600_000,
        by=PERSON["by"],
        why=PERSON["why"],
    )
    charger.service.planned = (window,)
    charger.service.record = ServiceRecords(
        now=now,
        ports=(PortService(port=1, began=now.plus(-900.0)),),
        outages=(excluded_outage(now),),
        runs=(Run(number=1, began=now.plus(-900.0), alive=now),),
        windows=(window,),
    )
    noted(charger)
    yield charger
    charger.shelf_room.store.writer.drop()


def answered(charger: Charger, verb: str, arguments: dict[str, Any]) -> tuple[Answered, list[Any]]:
    said: list[Any] = []

    async def main() -> Answered:
        async def tell(body: Any) -> None:
            said.append(body)

        caller = Caller(uid=REMOTE_UID, role=Role.SERVICE, via="mqtt", key="ada", order_id="1")
        return await Runner(Dispatcher(charger)).run(verb, arguments, caller, tell)

    # A trial of the configuration is read in a thread, which the virtual loop does not wait for.
    return (asyncio.run(main()) if verb == "config check" else run(main())), said


@pytest.mark.parametrize("verb", [verb for verb, _ in REMOTE])
def test_every_verb_answers_and_lets_no_canary_out(whole: Charger, verb: str) -> None:
    found, said = answered(planted(whole, charges=verb not in NOBODY_CHARGES), verb, ARGUMENTS.get(verb, {}))

    text = json.dumps([found.kind, dict(found.fields), said], ensure_ascii=False)
    assert found.kind == ("refused" if verb in NO_SUCH_PART else "result"), found.fields
    assert [canary for canary in CANARIES if canary in text] == []
    bodies = [*said, *([found.fields["body"]] if found.kind in TOLD else [])]
    assert verb in OF_THIS_DESK or [what for body in bodies for what in misfits_of_answer(verb, body)] == []


OF_KIND = {
    Masked.CARDS: ("TAIL", CARD.value, CARD.value[-4:]),
    Masked.WORDS: ("Miller", "Brandt", "Hafen Elektro", "555 0100"),
    Masked.LOGINS: ("hunter2", "sig=CANARY"),
}


@pytest.mark.parametrize(("verb", "action"), REMOTE, ids=[verb for verb, _ in REMOTE])
def test_what_an_answer_is_declared_to_mask_is_there_at_the_charger_and_nowhere_else(
    whole: Charger, socket_path: Path, verb: str, action: Action
) -> None:
    charger, arguments = planted(whole, charges=verb not in NOBODY_CHARGES), ARGUMENTS.get(verb, {})
    charger.trace.on_frame("sent", f'[2,"1","Authorize",{{"idTag":"{CARD.value}"}}]')
    replies = at_the_desk(charger, socket_path, lambda desk: desk.replies(verb, arguments))
    found, said = answered(charger, verb, arguments)

    seen = repr(replies)
    here = {kind for kind, canaries in OF_KIND.items() if any(canary in seen for canary in canaries)}
    left = json.dumps([found.kind, dict(found.fields), said], ensure_ascii=False)
    assert {kind for kind, canaries in OF_KIND.items() if any(canary in left for canary in canaries)} == set()
    if found.file is None:
        assert set(action.masked) == here
    else:
        # Made without them for whoever stands there, too: searched in tests/simulation/test_nothing_secret_leaves.py.
        assert set(action.masked) == set(Masked) and here == set()


def test_every_verb_that_has_arguments_here_is_one() -> None:
    assert (set(ARGUMENTS) | NOBODY_CHARGES | NO_SUCH_PART) - {verb for verb, _ in REMOTE} == set()


def test_what_st805_measured_is_there_from_afar_without_the_name_of_the_wifi(whole: Charger) -> None:
    found, said = answered(whole, "selftest show", {})

    text = json.dumps([dict(found.fields), said], ensure_ascii=False)
    assert "ST805" in text and "radio: signal_percent" in text and "radio: wifi" in text
    assert "Miller" not in text and "ssid" not in text


def test_a_window_that_is_in_the_way_is_refused_without_who_opened_it(whole: Charger) -> None:
    found, _ = answered(whole, "maintenance open", {"until": "2h", **PERSON})

    assert "window 1 lies in that time" in found.fields["reason"]["text"]
    assert "Miller" not in json.dumps(dict(found.fields))


@pytest.mark.parametrize(
    ("verb", "member"), [("maintenance list", "windows"), ("uptime", "outages"), ("selftest show", "attempts")]
)
def test_what_people_said_is_there_at_the_charger(whole: Charger, socket_path: Path, verb: str, member: str) -> None:
    from tests.control.calling import asked

    assert "Mrs Miller" in json.dumps(asked(whole, socket_path, verb)[member])


def test_evidence_and_the_lines_of_a_bundle_name_nobody(whole: Charger) -> None:
    bus = Bus()
    with bus.reader() as reader:
        for one in planted(whole).journal.news:
            bus.tell(one)
        run(whole.shelf_room.store.logs.journal.flush(reader))
    file, _ = run(whole.evidence.make())
    found = examine_evidence(file.read_bytes())

    lines = [*as_lines(service_rows(whole.service.record, ())), *event_lines(whole)]
    texts = [content.decode() for content in found.records.values()] + lines
    assert found.problems == () and "restart.ordered" in "".join(texts) and "verdict_by" in "".join(texts)
    assert [(canary, text) for canary in CANARIES for text in texts if canary in text] == []


def event_lines(charger: Charger) -> list[str]:
    return [line_without_cards(line) for line in _event_lines(tuple(charger.journal.news), TimeWindow())]


def test_the_canaries_are_there_for_somebody_at_the_charger(charger: Charger, socket_path: Path) -> None:
    from tests.control.calling import asked

    planted(charger)

    text = json.dumps([asked(charger, socket_path, "status"), asked(charger, socket_path, "events")])

    assert all(canary in text for canary in ("TAIL", CARD.value[-4:], "hunter2", "Mrs Miller"))


@pytest.mark.parametrize(
    "verb", ["status", "events", "sessions", "faults list", "version", "live", "audit", "selftest list"]
)
def test_the_verbs_that_support_lives_by_do_answer(charger: Charger, paper: object, verb: str) -> None:
    found, _ = answered(planted(charger), verb, ARGUMENTS.get(verb, {}))

    assert found.kind == "result", found.fields


def test_what_is_asked_from_afar_takes_neither_tokens_nor_files(charger: Charger) -> None:
    wrong = [(verb, parameter.name) for verb, action in REMOTE for parameter in action.parameters if parameter.is_token]
    found, _ = answered(charger, "selftest run", {"answers": "/etc/passwd"})

    assert wrong == []
    assert found.kind == "refused" and "beside evsectl" in found.fields["reason"]["text"]


def test_nothing_with_power_and_nothing_of_an_installer_is_reachable() -> None:
    reachable = {verb for verb, _ in REMOTE}

    for never in (
        "start",
        "stop",
        "token add",
        "commission",
        "board flash",
        "board clear",
        "plan apply",
        "factory-reset",
    ):
        assert never not in reachable
    assert {verb for verb, action in REMOTE if action.role is Role.INSTALLER} == {
        *("ocpp trace", "board capture", "board evidence", "selftest run")
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=30)
@given(JSON, st.sampled_from(["token", "id_token", "idTag", "group", "password", "accepted_by", "parentIdTag"]))
def test_members_that_name_people_go_however_deep_and_the_rest_stays(body: Any, name: str) -> None:
    body = {"kept": 1, "inside": [body, {name: "CANARY", "also": 2}], name: {"deep": "CANARY"}}

    shown = without_people(body)

    assert "CANARY" not in json.dumps(shown)
    assert shown["kept"] == 1 and shown["inside"][1] == {"also": 2}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("card …B2C3 is not known", "card … is not known"),
        ("the last one was refused (…B2C3): Blocked", "the last one was refused (a card): Blocked"),
        ("…B2C3 was accepted by the cache", "a card was accepted by the cache"),
        ("wss://cp:secret@csms.example/ocpp", "wss://…@csms.example/ocpp"),
        ("https://up.example/x?sig=abc then", "https://up.example/x?… then"),
        ('[2,"1","Authorize",{"idTag":"…B2C3"}]', '[2,"1","Authorize",{"idTag":"…"}]'),
        ('{"data":"{\\"idToken\\":\\"04A1\\"}"}', '{"data":"{\\"idToken\\":\\"…\\"}"}'),
        ("12.3 V, 6 A offered: ok", "12.3 V, 6 A offered: ok"),
        ("sha-256 0123abcd…", "sha-256 0123abcd…"),
    ],
)
def test_sentences_and_frames_lose_tokens_and_credentials(text: str, shown: str) -> None:
    assert text_without_people(text) == shown
