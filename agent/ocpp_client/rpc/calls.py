"""Our CALLs: one outstanding, a deadline each, and answers that come late, twice or to nothing. Pure.

A CALL that was given up is remembered for a while under its id: its answer may still come, also over another
connection's worth of waiting, and is then not lost (csms-expectations.md section 2).
"""

from __future__ import annotations

from collections import OrderedDict
from enum import IntEnum

from agent.errors import ProtocolMisuse
from agent.ocpp_client.adapter import Payload, WireCall
from agent.ocpp_client.rpc.frames import CallError, CallResult
from agent.values import frozen

REMEMBERED_IDS = 64


class Lane(IntEnum):
    """Which of our CALLs goes first. Answers to the network's CALLs are not here: they never wait for ours."""

    BOOT = 1
    TRIGGERED = 2
    AUTHORIZE = 3
    STATUS = 4
    NOTICE = 5
    FACT = 6
    HEARTBEAT = 7


@frozen
class Turn:
    """One CALL to make. `about` names what it is about for whoever takes the answer, also a late one.

    `body` is the payload as JSON, where it was written ahead.
    """

    lane: Lane
    call: WireCall
    about: object = None
    body: str = ""


@frozen
class Answer:
    """The peer's CALLRESULT."""

    payload: Payload


@frozen
class Refusal:
    """The peer's CALLERROR, or an answer that made no sense. `code` is the peer's raw text."""

    code: str
    description: str = ""


@frozen
class Silence:
    """No answer within the deadline; one may still come."""


Outcome = Answer | Refusal | Silence


@frozen
class Outstanding:
    message_id: str
    turn: Turn
    sent_s: float
    deadline_s: float


@frozen
class Settled:
    """An answer and the CALL it belongs to. `is_late`: the CALL had been given up before."""

    outstanding: Outstanding
    outcome: Answer | Refusal
    round_trip_s: float
    is_late: bool = False


class Calls:
    """What we asked and did not hear about yet. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.outstanding: Outstanding | None = None
        self._given_up: OrderedDict[str, Outstanding] = OrderedDict()

    def begin(self, message_id: str, turn: Turn, *, now_s: float, timeout_s: float) -> Outstanding:
        """`turn` leaves now. Raises ProtocolMisuse while another CALL is unanswered."""
        if self.outstanding is not None:
            waits = self.outstanding.turn.call.action
            raise ProtocolMisuse(f"{turn.call.action} while {waits} is unanswered")
        self.outstanding = Outstanding(message_id, turn, now_s, now_s + timeout_s)
        return self.outstanding

    def hear(self, frame: CallResult | CallError, now_s: float) -> Settled | None:
        """The CALL that `frame` answers; None for an answer to nothing, or a second one to the same CALL."""
        current = self.outstanding
        if current is not None and current.message_id == frame.message_id:
            self.outstanding = None
            return Settled(current, _outcome(frame), now_s - current.sent_s)
        late = self._given_up.pop(frame.message_id, None)
        return None if late is None else Settled(late, _outcome(frame), now_s - late.sent_s, is_late=True)

    def give_up(self) -> Outstanding | None:
        """The outstanding CALL is not waited for any more: its deadline passed, or the connection is gone."""
        given_up, self.outstanding = self.outstanding, None
        if given_up is not None:
            self._given_up[given_up.message_id] = given_up
            if len(self._given_up) > REMEMBERED_IDS:
                self._given_up.popitem(last=False)
        return given_up


def _outcome(frame: CallResult | CallError) -> Answer | Refusal:
    if isinstance(frame, CallResult):
        return Answer(frame.payload)
    return Refusal(frame.code, frame.description)
