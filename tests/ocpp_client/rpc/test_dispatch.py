"""The network's CALLs: every one is answered as its version wants, and none is performed twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import PeerViolation, StoreFull
from agent.ocpp_client.adapter import Answered, Handler, Payload, Registration
from agent.ocpp_client.rpc.dispatch import BURST, PER_SECOND, Dispatcher, Reply
from agent.ocpp_client.rpc.frames import Call, Garbage
from agent.ocpp_client.station.registration import Standing
from firmware_sim.virtual_loop import run
from tests.ocpp_client.plain import PlainAdapter, PlainStation

ACCEPTED = Standing(status=Registration.ACCEPTED)
PENDING = Standing(status=Registration.PENDING)
REJECTED = Standing(status=Registration.REJECTED)


class Desk:
    def __init__(self, handlers: Mapping[str, Handler] | None = None) -> None:
        self.adapter = PlainAdapter(PlainStation(), handlers)
        self.dispatcher = Dispatcher(self.adapter)

    def ask(
        self,
        action: str,
        payload: Payload | None = None,
        *,
        standing: Standing = ACCEPTED,
        at_s: float = 0.0,
        message_id: str = "1",
    ) -> Reply | None:
        return run(self.dispatcher.answer(Call(message_id, action, payload or {}), standing, at_s))

    def answer(self, action: str, payload: Payload | None = None, **how: Any) -> list[Any]:
        reply = self.ask(action, payload, **how)
        assert reply is not None
        frame: list[Any] = json.loads(reply.text)
        return frame


def test_a_command_is_handed_to_its_handler() -> None:
    assert Desk().answer("ClearCache") == [3, "1", {"status": "Accepted"}]


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("SelfDestruct", {}, "NotImplemented"),
        ("UpdateFirmware", {}, "NotSupported"),
        ("TriggerMessage", {}, "ProtocolError"),
        ("ClearCache", {"please": True}, "FormationViolation"),
    ],
)
def test_what_cannot_be_carried_out_is_answered_with_the_versions_code(
    action: str, payload: Payload, code: str
) -> None:
    desk = Desk()

    assert desk.answer(action, payload)[:3] == [4, "1", code]
    assert desk.adapter.performed == []


def test_a_repeated_command_gets_the_same_answer_and_is_not_performed_again() -> None:
    desk = Desk()

    first, again = desk.answer("ClearCache"), desk.answer("ClearCache")

    assert first == again
    assert desk.adapter.performed == ["ClearCache"]


def test_a_repeated_command_is_told_from_another_one_under_a_used_id() -> None:
    desk = Desk()

    replies = [desk.ask("ClearCache"), desk.ask("ClearCache"), desk.ask("Reset")]

    assert [reply.repeats for reply in replies if reply] == ["", "ClearCache", ""]


def test_a_repeated_reset_acts_once_and_a_repeated_trigger_sends_once() -> None:
    desk = Desk()
    payload = {"requestedMessage": "Heartbeat"}

    replies = [desk.ask("TriggerMessage", payload, message_id="t") for _ in range(2)]
    resets = [desk.ask("Reset", message_id="r") for _ in range(2)]

    assert [len(reply.then) for reply in replies if reply] == [1, 0]
    assert [reply.act is not None for reply in resets if reply] == [True, False]


def test_another_command_under_a_used_id_is_performed() -> None:
    desk = Desk()
    desk.answer("Reset", {"type": "Soft"})

    desk.answer("ClearCache")

    assert desk.adapter.performed == ["ClearCache"]


def test_before_acceptance_only_what_is_allowed_is_performed() -> None:
    desk = Desk()

    allowed = desk.answer("ClearCache", standing=PENDING, message_id="1")
    refused = desk.answer("RemoteStartTransaction", standing=PENDING, message_id="2")

    assert allowed[2] == {"status": "Accepted"}
    assert refused[2] == {"status": "Rejected"}
    assert desk.adapter.performed == ["ClearCache"]


def test_a_command_that_breaks_its_schema_is_an_error_also_while_pending() -> None:
    assert Desk().answer("TriggerMessage", standing=PENDING)[2] == "ProtocolError"


def test_a_rejected_charger_answers_nothing() -> None:
    desk = Desk()

    assert desk.ask("ClearCache", standing=REJECTED) is None
    assert desk.dispatcher.refuse(Garbage("x", "1"), REJECTED, 0.0) is None
    assert desk.adapter.performed == []


def test_a_handlers_no_is_passed_on_and_a_failed_store_is_an_internal_error() -> None:
    async def says_no(_payload: Payload) -> Answered:
        raise PeerViolation("PropertyConstraintViolation", "connectorId is unknown")

    async def cannot_write(_payload: Payload) -> Answered:
        raise StoreFull("no space in /var/lib")

    async def hangs(_payload: Payload) -> Answered:
        await asyncio.sleep(1e6)
        raise AssertionError("nobody waits that long")

    desk = Desk({"No": says_no, "Full": cannot_write, "Hangs": hangs})

    assert desk.answer("No", message_id="1") == [4, "1", "PropertyConstraintViolation", "connectorId is unknown", {}]
    assert desk.answer("Full", message_id="2")[2] == "InternalError"
    assert "/var/lib" not in desk.answer("Full", message_id="3")[3]
    assert desk.answer("Hangs", message_id="4")[2] == "InternalError"


def test_an_answer_of_ours_that_cannot_be_written_is_an_internal_error() -> None:
    async def broken(_payload: Payload) -> Answered:
        return Answered({"n": float("nan")})

    assert Desk({"Broken": broken}).answer("Broken")[2] == "InternalError"


def test_a_frame_whose_id_is_known_is_refused_by_it_and_any_other_is_not_answered_in_1_6() -> None:
    desk = Desk()

    reply = desk.dispatcher.refuse(Garbage("a CALL whose payload is no object", "7"), ACCEPTED, 0.0)

    assert reply is not None
    assert json.loads(reply.text)[:3] == [4, "7", "FormationViolation"]
    assert desk.dispatcher.refuse(Garbage("a frame that is not JSON"), ACCEPTED, 0.0) is None


@given(st.lists(st.floats(0.0, 2.0), min_size=1, max_size=300))
def test_commands_are_limited_to_a_burst_and_a_rate(pauses_s: list[float]) -> None:
    desk, now_s = Desk(), 0.0
    for number, pause_s in enumerate(pauses_s):
        now_s += pause_s
        desk.answer("ClearCache", at_s=now_s, message_id=str(number))

    assert len(desk.adapter.performed) <= BURST + PER_SECOND * now_s + 1e-6
    assert len(desk.adapter.performed) >= min(len(pauses_s), BURST)


def test_a_flood_is_refused_in_words() -> None:
    desk = Desk()
    answers = [desk.answer("ClearCache", message_id=str(number)) for number in range(BURST + 1)]

    assert answers[-1][:3] == [4, str(BURST), "GenericError"]
