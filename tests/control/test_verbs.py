"""Each verb over the socket: what is asked, what is refused, and what a person reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.control.ports import AgentState, BoardState, DeviceState, NetworkState, VitalTask
from agent.control.registry import find, load, verb_names
from agent.control.roles import Role
from agent.control.verb import Kind
from agent.control.wire import RefusalKind
from agent.core.session.events import FaultObserved
from agent.store.transactions import Delivery
from tests.control.calling import ONE, TWO, Desk, asked, at_the_desk, charging, refused, shown
from tests.control.charger import CSMS, Charger
from tests.core.session.station import CARD

# --- what holds for every verb ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", verb_names())
def test_a_verb_file_keeps_its_contract(name: str) -> None:
    verb = load(name)

    assert verb.purpose.isprintable()
    assert len({action.name for action in verb.actions}) == len(verb.actions) > 0
    for action in verb.actions:
        assert action.answer or action.local
        assert not (action.changes and action.role is Role.VIEWER)
        assert bool(action.local_when or action.is_local) == bool(action.answer and action.local)
        assert all(parameter.purpose for parameter in action.parameters)
        assert action.local_when in ("", *(parameter.name for parameter in action.parameters))


@pytest.mark.parametrize("words", ["status", "token list", "start", "factory-reset", "config show"])
def test_somebody_without_a_role_gets_nothing(charger: Charger, socket_path: Path, words: str) -> None:
    refusal = refused(charger, socket_path, words, role=None)

    assert refusal.kind is RefusalKind.NOT_PERMITTED
    assert "evse-viewer" in refusal.text


@pytest.mark.parametrize("words", ["token list", "token add", "start", "stop", "factory-reset"])
def test_a_viewer_changes_nothing(charger: Charger, socket_path: Path, words: str) -> None:
    refusal = refused(charger, socket_path, words, role=Role.VIEWER)

    assert refusal.kind is RefusalKind.NOT_PERMITTED
    assert find(words).role.group in refusal.text


def test_a_wrong_verb_names_the_nearest(charger: Charger, socket_path: Path) -> None:
    assert 'did you mean "status"' in refused(charger, socket_path, "statsu").text
    assert "needs one more word: add, remove, list" in refused(charger, socket_path, "token").text
    assert 'did you mean "remove"' in refused(charger, socket_path, "token remov").text
    assert "stands alone" in refused(charger, socket_path, "status now").text


def test_a_verb_cannot_lead_out_of_its_folder(charger: Charger, socket_path: Path) -> None:
    for name in ("../cli", "__init__", "os", "status.py", "factory_reset"):
        assert refused(charger, socket_path, name).kind is RefusalKind.BAD_REQUEST


def test_a_wrong_connector_is_told_which_there_are(charger: Charger, socket_path: Path) -> None:
    for words in ("status", "explain", "sessions", "events", "stop"):
        assert "no connector 3; this charger has 1 and 2" in refused(charger, socket_path, words, connector=3).text


def test_all_problems_of_the_arguments_are_told_at_once(charger: Charger, socket_path: Path) -> None:
    text = refused(charger, socket_path, "sessions", limit=0, conector=1, connector="one").text

    assert 'conector: unknown argument; did you mean "connector"?' in text
    assert "limit: 0 is outside of 1 to 1000" in text
    assert "connector: 'one' is no whole number" in text


def test_what_works_without_an_agent_is_not_done_by_one(charger: Charger, socket_path: Path) -> None:
    assert "works in evsectl alone" in refused(charger, socket_path, "config check").text
    assert "works in evsectl alone" in refused(charger, socket_path, "config show", config="/etc/passwd").text


def test_changes_are_on_record_before_their_answer_and_reads_are_noted(charger: Charger, socket_path: Path) -> None:
    asked(charger, socket_path, "token add", token="04A1B2C3D4", label="fleet 7")
    asked(charger, socket_path, "status")

    assert [(one.verb, one.arguments, one.outcome, one.role) for one in charger.journal.recorded] == [
        ("token add", "token=…C3D4 label=…", "done", "service")
    ]
    assert [one.verb for one in charger.journal.noted] == ["status"]


def test_who_was_turned_away_is_noted_and_costs_no_write(charger: Charger, socket_path: Path) -> None:
    refused(charger, socket_path, "token add", role=Role.VIEWER, token="04A1B2C3D4")

    assert charger.journal.recorded == []
    assert charger.journal.noted[0].outcome.startswith("refused: token add needs the role operator")


def test_a_verb_that_breaks_is_a_sentence_for_its_caller_and_nothing_for_the_others(
    charger: Charger, socket_path: Path
) -> None:
    charger.agent_state = None  # type: ignore[assignment]

    async def ask(at: Desk) -> None:
        refusal = await at.refusal("status")

        assert refusal.kind is RefusalKind.FAILED
        assert "Traceback" not in refusal.text
        assert await at.body("sessions")

    at_the_desk(charger, socket_path, ask)


# --- the pilot board in status ---------------------------------------------------------------------------------------


def test_status_tells_what_is_out_of_the_ordinary_at_the_board(charger: Charger, socket_path: Path) -> None:
    charging(charger.outlets[ONE])
    board = BoardState(answering=True, lock="locked", cable_a=20.0, limit_a=10.0, live_phases=("L1",), testing=True)
    charger.boards[ONE] = board

    body = asked(charger, socket_path, "status", connector=1)

    line = "pilot board: live L1, lock locked, cable 20.0 A, it allows no more than 10.0 A, a test with power runs"
    assert line in shown("status", body)
    assert body["connectors"][0]["pilot_board"]["limit_a"] == 10.0


@pytest.mark.parametrize(
    "board",
    [
        None,
        BoardState(answering=False, live_phases=("L1",)),
        BoardState(answering=True, limit_a=80.0),
    ],
)
def test_status_says_nothing_of_an_ordinary_board(
    charger: Charger, socket_path: Path, board: BoardState | None
) -> None:
    if board is not None:
        charger.boards[ONE] = board

    assert "pilot board:" not in shown("status", asked(charger, socket_path, "status", connector=1))


def test_an_empty_socket_has_no_limit_worth_a_word(charger: Charger, socket_path: Path) -> None:
    charging(charger.outlets[ONE])
    charger.boards[ONE] = BoardState(answering=True, lock="unlocked", limit_a=0.0)

    text = shown("status", asked(charger, socket_path, "status", connector=1))

    assert "pilot board: lock unlocked" in text
    assert "allows no more" not in text


# --- status ----------------------------------------------------------------------------------------------------------


def test_status_shows_a_charge_with_its_numbers(charger: Charger, socket_path: Path) -> None:
    charger.state = CSMS
    charger.boards[ONE] = BoardState(answering=True, high_v=5.9)
    charging(charger.outlets[ONE])

    body = asked(charger, socket_path, "status")
    text = shown("status", body)

    assert body["connectors"][0]["status"] == "Charging"
    assert body["connectors"][0]["transaction"]["energy_wh"] == 60
    assert "QE-000123" in text
    assert "up 2 h 6 min" in text
    assert "connector 1  Charging       pilot C 5.9 V  contactor closed  16.0 A offered" in text
    assert "0.060 kWh  …C3D4  since" in text
    assert "connected to csms.example as CP-0123, answered 3 s ago" in text
    assert CARD.value not in text


def test_status_tells_of_records_that_the_central_system_does_not_answer(charger: Charger, socket_path: Path) -> None:
    charger.state = NetworkState(
        configured=True, connected=True, host="csms.example", identity="CP-1", queued_facts=7, unanswered_facts=2
    )

    body = asked(charger, socket_path, "status")

    assert body["network"]["unanswered_facts"] == 2
    assert "7 records wait to be told, 2 set aside because it does not answer them" in shown("status", body)


def test_status_names_what_is_wrong_and_what_to_do(charger: Charger, socket_path: Path) -> None:
    charger.state = NetworkState(configured=True, host="csms.example", cause="no route", queued_facts=3)
    charger.outlets[TWO].feed(FaultObserved(id="cp.diode", present=True))
    charger.agent_state = AgentState(
        version="0.1.0",
        started_at=charger.now(),
        vitals=(VitalTask(name="store", age_s=9.0, bound_s=5.0), VitalTask(name="connector 1", age_s=1.0, bound_s=5.0)),
        devices=(DeviceState(name="modbus_map on rs485", answering=False, detail="no answer from address 1"),),
    )

    body = asked(charger, socket_path, "status", connector=2)
    text = shown("status", body)

    assert [one["connector"] for one in body["connectors"]] == [2]
    assert "not connected to csms.example: no route, 3 records wait to be told" in text
    assert "modbus_map on rs485 does not answer: no answer from address 1" in text
    assert "store makes no progress" in text
    assert "connector 1" not in text
    assert "cp.diode: resistor without diode" in text
    assert "gives power without ever having been tested" in text
    assert text.endswith("What to do: evsectl explain --connector 2")


def test_status_says_what_to_check_where_the_wire_knows_no_reason(charger: Charger, socket_path: Path) -> None:
    charger.agent_state = AgentState(
        version="0.1.0", started_at=charger.now(), devices=(DeviceState(name="unit 1 on rs485", answering=False),)
    )

    lines = shown("status", asked(charger, socket_path, "status")).splitlines()

    assert "device       unit 1 on rs485 does not answer: check its power, its wires and its address" in lines


# --- sessions, events, version ---------------------------------------------------------------------------------------


def test_sessions_lists_the_charges_newest_first(charger: Charger, socket_path: Path) -> None:
    charging(charger.outlets[ONE])
    charger.request_stop(ONE)
    charger.untold = 2
    charging(charger.outlets[TWO])

    body = asked(charger, socket_path, "sessions")
    text = shown("sessions", body)

    assert [row["connector"] for row in body["sessions"]] == [2, 1]
    assert body["sessions"][1]["energy_wh"] == charger.outlets[ONE].stops()[0].register_wh - 5000
    assert body["queued_facts"] == 2
    assert "runs" in text
    assert "Local" in text
    assert "2 records wait" in text


def test_more_sessions_than_fit_into_one_line_arrive_all(charger: Charger, socket_path: Path) -> None:
    outlet = charger.outlets[ONE]
    for _ in range(60):
        charging(outlet)
        charger.request_stop(ONE)
        outlet.unplug()

    assert len(asked(charger, socket_path, "sessions", limit=100)["sessions"]) == 60
    assert len(asked(charger, socket_path, "sessions", limit=7)["sessions"]) == 7


def test_no_sessions_is_said(charger: Charger, socket_path: Path) -> None:
    assert shown("sessions", asked(charger, socket_path, "sessions")) == "no charge is on record"


def test_a_charge_whose_start_was_given_up_is_not_called_told(charger: Charger, socket_path: Path) -> None:
    charging(charger.outlets[ONE])
    charger.request_stop(ONE)
    charger.start_delivery, charger.stop_delivery = Delivery.ABANDONED, Delivery.TOLD

    body = asked(charger, socket_path, "sessions")

    assert (body["sessions"][0]["delivery"], body["sessions"][0]["remote_id"]) == ("abandoned", None)
    assert "start never delivered" in shown("sessions", body)
    assert "told" not in shown("sessions", body)


def test_of_a_running_charge_sessions_and_status_tell_the_same_energy(charger: Charger, socket_path: Path) -> None:
    charging(charger.outlets[ONE])
    charger.advance(17.0)

    row = asked(charger, socket_path, "sessions")["sessions"][0]
    status = asked(charger, socket_path, "status", connector=1)

    assert row["energy_wh"] == status["connectors"][0]["transaction"]["energy_wh"]
    assert row["energy_wh"] > charger.outlets[ONE].rows[row["key"]].registers_wh[-1] - 5000


def test_events_of_what_no_event_is_called_are_refused_with_the_nearest(charger: Charger, socket_path: Path) -> None:
    assert 'did you mean "fault"?' in refused(charger, socket_path, "events", about="faults").text
    assert 'did you mean "meter.lost"?' in refused(charger, socket_path, "events", about="meter.lsot").text
    assert "known here: plug, session, transaction" in refused(charger, socket_path, "events", about="zzz").text
    assert asked(charger, socket_path, "events", about="meter.lost")["events"] == []


def test_events_can_be_narrowed_to_a_connector_and_a_subject(charger: Charger, socket_path: Path) -> None:
    charger.outlets[ONE].feed(FaultObserved(id="cp.diode", present=True, evidence=(("high_v", 8.9),)))
    charger.outlets[TWO].plug_in()
    charger.tell()

    everything = asked(charger, socket_path, "events")["events"]
    faults = asked(charger, socket_path, "events", about="fault")
    of_two = asked(charger, socket_path, "events", connector=2)["events"]

    assert {one["name"] for one in everything} >= {"fault.raised", "plug.inserted"}
    assert {one["name"] for one in faults["events"]} == {"fault.raised"}
    assert {one["connector"] for one in of_two} == {2}
    assert "connector 1  fault.raised  id cp.diode, severity C" in shown("events", faults)


def test_version_tells_agent_charger_and_boards(charger: Charger, socket_path: Path) -> None:
    charger.boards[ONE] = BoardState(answering=True, name="pilot_board on pilot1", firmware_version="1.2.0")

    text = shown("version", asked(charger, socket_path, "version"))

    assert "evse-agent     0.1.0, control protocol 1" in text
    assert "serial number QE-000123" in text
    assert "connector 1: pilot_board on pilot1, firmware 1.2.0" in text


# --- explain ---------------------------------------------------------------------------------------------------------


def test_explain_tells_every_connector_with_evidence_and_next_step(charger: Charger, socket_path: Path) -> None:
    charger.outlets[ONE].plug_in()
    charging(charger.outlets[TWO])

    body = asked(charger, socket_path, "explain")
    text = shown("explain", body)

    assert [one["charging"] for one in body["connectors"]] == [False, True]
    assert "connector 1 is not charging: a car is plugged in, but nobody was accepted yet" in text
    assert "next: show a card, or: evsectl start --token TOKEN" in text
    assert "connector 2 is charging: 16 A offered, set by supply" in text
    assert "no central system is configured" in text


# --- config ----------------------------------------------------------------------------------------------------------


def test_config_show_tells_value_layer_and_line(charger: Charger, socket_path: Path) -> None:
    body = asked(charger, socket_path, "config show")

    keyed = {entry["key"]: entry for entry in body["entries"]}
    assert keyed["site.country"]["value"] == "DE"
    assert keyed["site.country"]["where"].endswith("site.toml:7")
    assert keyed["control.socket"]["layer"] == "default"
    assert "site.country" in shown("config show", body)


def test_config_explain_current_says_which_layer_won(charger: Charger, socket_path: Path) -> None:
    charger.outlets[TWO].limited(10.0)

    body = asked(charger, socket_path, "config explain", key="current")
    text = shown("config explain", body)

    assert "connector 1: 32.0 A by configuration; rated_current_a decides" in text
    assert "connector 2: 10.0 A by configuration; network: TxProfile 7 decides (central system)" in text
    assert "now 10.0 A may be offered, network decides: TxProfile 7; 0.0 A is offered" in text


def test_config_explain_finds_a_key_a_section_and_the_nearest(charger: Charger, socket_path: Path) -> None:
    section = asked(charger, socket_path, "config explain", key="ocpp")

    assert {entry["key"] for entry in section["entries"]} >= {"ocpp.url", "ocpp.identity"}
    assert 'did you mean "site.country"' in refused(charger, socket_path, "config explain", key="site.contry").text


# --- what needs no agent ---------------------------------------------------------------------------------------------


def test_the_completion_knows_every_verb_and_every_option() -> None:
    action = find("completion")
    assert action.local is not None

    script = str(action.local({"shell": "bash"}).body["script"])

    for name in verb_names():
        assert name in script
        for one in load(name).actions:
            for parameter in one.parameters:
                assert parameter.positional or f"--{parameter.name.replace('_', '-')}" in script


def test_watch_renders_news_and_levels() -> None:
    at = {"utc": "2026-05-04T14:03:12.000Z", "age_s": 0.1}
    news = {"name": "offer.changed", "at": at, "connector": 1, "fields": {"current_a": 10.0, "reason": "network"}}

    assert shown("watch", {"news": news}) == "14:03:12  connector 1  offer.changed  current 10 A, reason network"
    assert shown("watch", {}) == ""


def test_a_flag_has_a_default_so_that_a_handler_need_not_ask() -> None:
    flags = [
        parameter
        for name in verb_names()
        for action in load(name).actions
        for parameter in action.parameters
        if parameter.kind is Kind.FLAG
    ]

    assert flags
    assert all(replace(flag).default is False for flag in flags)
