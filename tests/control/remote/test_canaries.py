"""Nothing that belongs to a person or opens a door leaves the charger: every verb, with planted canaries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.bus import News
from agent.control.dispatch import Dispatcher
from agent.control.peer import REMOTE_UID, Caller
from agent.control.registry import load, verb_names
from agent.control.remote.running import Answered, Runner
from agent.control.remote.without_people import text_without_people, without_people
from agent.control.roles import Role
from agent.control.verb import Action
from agent.core.identity import IdToken
from agent.core.session.events import TokenPresented
from firmware_sim.virtual_loop import run
from tests.control.calling import ONE, TWO, charging
from tests.control.charger import Charger
from tests.core.session.station import CARD

TOKEN = IdToken("CAFE04CANARYTAIL")
CANARIES = ("CANARY", "TAIL", CARD.value, CARD.value[-4:], "hunter2", "Mrs Miller")
ARGUMENTS: dict[str, dict[str, str | int | bool]] = {
    "live": {"seconds": 2, "hz": 5},
    "log-level": {"part": "all", "level": "debug"},
    "config explain": {"key": "ocpp.url"},
    "faults clear": {"id": "rtc.fault", "reason": "Mrs Miller called"},
    "unlock": {"connector": 1},
    "waveform": {"connector": 1},
    "maintenance begin": {"minutes": 5},
    "restart forced": {"what": "service", "reason": "r"},
}
REMOTE = [
    (f"{name} {action.name}".strip(), action)
    for name in verb_names()
    for action in load(name).actions
    if action.remote is not None
]


def planted(charger: Charger) -> Charger:
    """With a charge by one card, a refused one, and canaries wherever a person's words may stand."""
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
    ]:
        charger.journal.news.append(News(name=name, at=charger.now(), fields=fields))
    return charger


def answered(charger: Charger, verb: str, arguments: dict[str, Any]) -> tuple[Answered, list[Any]]:
    said: list[Any] = []

    async def main() -> Answered:
        async def tell(body: Any) -> None:
            said.append(body)

        caller = Caller(uid=REMOTE_UID, role=Role.SERVICE, via="mqtt", key="ada", order_id="1")
        return await Runner(Dispatcher(charger)).run(verb, arguments, caller, tell)

    return run(main()), said


@pytest.mark.parametrize(("verb", "action"), REMOTE, ids=[verb for verb, _ in REMOTE])
def test_no_verb_lets_a_canary_out(charger: Charger, verb: str, action: Action) -> None:
    found, said = answered(planted(charger), verb, ARGUMENTS.get(verb, {}))

    text = json.dumps([found.kind, dict(found.fields), said])
    assert [canary for canary in CANARIES if canary in text] == []


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
