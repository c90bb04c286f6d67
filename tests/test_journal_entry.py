"""What an event is in the journal: an id that never changes, a priority by what it means, fields that name nobody."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis.strategies import from_regex, sampled_from

from agent.bus import News
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Severity
from agent.core.health.model import Verdict
from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.events import EVENTS
from agent.journal_entry import BAD_ENDS, NAMESPACE, NOTABLES, WARNINGS, fields_of, id_of_fault, message_id, priority_of

PINNED = {
    "plug.inserted": "db2558444b5354dea0b4bd23b422dd2e",
    "transaction.started": "8a6331f9ebb752d386129943935d408f",
    "ocpp.disconnected": "05f83d75e8a05c21bb1e849c82a0b543",
    "fault.raised": "43ffb58632805f8abd7c6d3c65341896",
    "fault:cp.short": "be2fe1e39a7a51e884beff0de066da4c",
    "fault:cp.diode": "43ec8e793d0a5fce8e1d2b804df30178",
    "fault:contactor.welded": "d2ff62f910785c908093bb46167cff87",
}
"""Filters and alarms of other people are written with these: they stay for ever."""


def news(name: str, port: int | None = 1, **fields: str | float | None) -> News:
    connector = None if port is None else ConnectorId(port)
    return News(name=name, at=Instant(1.0, None, "boot-7"), connector=connector, fields=tuple(fields.items()))


def fault(id: str, port: int = 1) -> News:
    return news("fault.raised", port, id=id, severity=CATALOGUE[id].severity.value, evidence="high_v=0.4")


@pytest.mark.parametrize("name", PINNED)
def test_a_message_id_never_changes(name: str) -> None:
    assert message_id(name) == PINNED[name]


@given(from_regex(r"[a-z.:_]{1,40}", fullmatch=True))
def test_it_is_the_uuid_of_the_name(name: str) -> None:
    assert message_id(name) == uuid.uuid5(uuid.UUID(bytes=NAMESPACE), name).hex


def test_every_event_and_every_fault_has_an_id_of_its_own() -> None:
    ids = [message_id(name) for name in EVENTS] + [id_of_fault(id) for id in CATALOGUE]

    assert len(set(ids)) == len(ids) > 150


def test_a_fault_has_its_code_its_cause_for_repair_and_the_severity_of_the_catalogue() -> None:
    raised = fault("cp.short")

    assert dict(fields_of(raised, "Faulted")) == {
        "MESSAGE_ID": id_of_fault("cp.short"),
        "EVSE_CODE": "cp.short",
        "EVSE_MREC": "CX014",
        "EVSE_PORT": "1",
        "EVSE_STATE": "Faulted",
        "EVSE_BOOT": "boot-7",
    }
    cleared = dict(fields_of(news("fault.cleared", id="cp.short")))
    assert (cleared["MESSAGE_ID"], cleared["EVSE_CODE"]) == (message_id("fault.cleared"), "cp.short")


@given(sampled_from(sorted(CATALOGUE)))
def test_the_graver_a_fault_the_lower_its_priority(id: str) -> None:
    of = {Severity.CRITICAL: 2, Severity.STOP: 3, Severity.BLOCK: 3, Severity.DERATE: 4, Severity.WARNING: 4}

    assert priority_of(fault(id)) == of.get(CATALOGUE[id].severity, 5)


def test_events_are_information_unless_somebody_wants_to_see_them() -> None:
    assert priority_of(news("transaction.started")) == 6
    assert priority_of(news("ocpp.disconnected", None)) == 4
    assert priority_of(news("agent.started", None)) == 5
    assert {*WARNINGS, *NOTABLES} <= set(EVENTS)
    assert WARNINGS.isdisjoint(NOTABLES)


def test_a_port_where_nobody_can_charge_and_a_board_that_stayed_away_are_warnings() -> None:
    verdicts = {
        one.value: priority_of(news("verdict.changed", verdict=one.value, reason="", what="")) for one in Verdict
    }
    ends = {
        outcome: priority_of(news("restart.ended", what="board", outcome=outcome))
        for outcome in ("back", "silent", "refused", "unanswered", "left")
    }

    assert verdicts == {"ok": 5, "degraded": 5, "down": 4}
    assert ends == {"back": 5, "silent": 4, "refused": 5, "unanswered": 4, "left": 5}
    for name, (field, _) in BAD_ENDS.items():
        assert field in {one.name for one in EVENTS[name].fields}


def test_a_session_a_cause_and_a_support_case_are_there_to_search_by() -> None:
    stopped = dict(fields_of(news("transaction.stopped", transaction="abc", reason="EVDisconnected", energy_wh=1200)))
    assert (stopped["EVSE_SESSION"], stopped["EVSE_CAUSE"]) == ("abc", "EVDisconnected")
    order = dict(
        fields_of(news("order.done", None, verb="health", outcome="result", took_s=0.1, via="mqtt", case="C-7"))
    )
    assert order["EVSE_CASE"] == "C-7"
    assert "EVSE_PORT" not in order
    session = dict(fields_of(news("session.recorded", code="meter.comm", mrec="CX001", start="failed")))
    assert (session["EVSE_CODE"], session["EVSE_MREC"]) == ("meter.comm", "CX001")


def test_no_field_names_a_card_a_login_or_what_a_person_typed() -> None:
    refused = news("session.refused", token="…B2C3", reason="the card …B2C3 is not known")
    connected = news("ocpp.disconnected", None, cause="wss://anna:secret@host/x?sig=1 did not answer", queued=0)
    restart = news("restart.ordered", None, what="service", reason="Herr Maier rief an")

    found = [value for one in (refused, connected, restart) for _, value in fields_of(one)]

    for word in ("B2C3", "anna", "secret", "sig=1", "Maier"):
        assert not any(word in value for value in found)
    assert "EVSE_CAUSE" not in dict(fields_of(restart))
