"""One CALL outstanding, whatever is answered when."""

from __future__ import annotations

import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.strategies import DataObject, booleans, data, floats, integers, sampled_from

from agent.errors import ProtocolMisuse
from agent.ocpp_client.adapter import WireCall
from agent.ocpp_client.rpc.calls import REMEMBERED_IDS, Answer, Calls, Lane, Refusal, Turn
from agent.ocpp_client.rpc.frames import CallError, CallResult


class AnyAnswers(RuleBasedStateMachine):
    """Against two plain dictionaries: what is outstanding and what was given up."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = Calls()
        self.now_s = 0.0
        self.number = 0
        self.outstanding: str | None = None
        self.given_up: list[str] = []
        self.answered: list[str] = []

    @rule(seconds=floats(0.0, 100.0))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds

    @precondition(lambda self: self.outstanding is None)
    @rule(lane=sampled_from(Lane))
    def a_call_leaves(self, lane: Lane) -> None:
        self.number += 1
        self.outstanding = f"id-{self.number}"
        turn = Turn(lane, WireCall("Heartbeat", {}), about=self.number)

        begun = self.calls.begin(self.outstanding, turn, now_s=self.now_s, timeout_s=30.0)

        assert begun.deadline_s == self.now_s + 30.0

    @precondition(lambda self: self.outstanding is not None)
    @rule()
    def a_second_call_is_refused(self) -> None:
        with pytest.raises(ProtocolMisuse):
            self.calls.begin("other", Turn(Lane.BOOT, WireCall("X", {})), now_s=self.now_s, timeout_s=1.0)

    @precondition(lambda self: self.outstanding is not None)
    @rule(is_error=booleans())
    def it_is_answered(self, is_error: bool) -> None:
        assert self.outstanding is not None
        frame = CallError(self.outstanding, "GenericError") if is_error else CallResult(self.outstanding, {})

        settled = self.calls.hear(frame, self.now_s)

        assert settled is not None and not settled.is_late
        assert isinstance(settled.outcome, Refusal if is_error else Answer)
        assert settled.outstanding.turn.about == self.number
        assert settled.round_trip_s == self.now_s - settled.outstanding.sent_s
        self.answered.append(self.outstanding)
        self.outstanding = None

    @rule()
    def it_is_given_up(self) -> None:
        given_up = self.calls.give_up()

        assert (given_up.message_id if given_up else None) == self.outstanding
        if self.outstanding is not None:
            self.given_up = [*self.given_up, self.outstanding][-REMEMBERED_IDS:]
            self.outstanding = None

    @precondition(lambda self: self.given_up)
    @rule(picked=data())
    def a_late_answer_comes(self, picked: DataObject) -> None:
        late = picked.draw(sampled_from(self.given_up))

        settled = self.calls.hear(CallResult(late, {}), self.now_s)

        assert settled is not None and settled.is_late
        assert settled.outstanding.message_id == late
        self.given_up.remove(late)
        self.answered.append(late)

    @rule(number=integers(1_000_000))
    def an_answer_to_nothing_comes(self, number: int) -> None:
        assert self.calls.hear(CallResult(f"id-{number}", {}), self.now_s) is None

    @precondition(lambda self: self.answered)
    @rule(picked=data())
    def an_answer_comes_twice(self, picked: DataObject) -> None:
        assert self.calls.hear(CallResult(picked.draw(sampled_from(self.answered)), {}), self.now_s) is None

    @invariant()
    def what_is_outstanding_is_known(self) -> None:
        waiting = self.calls.outstanding
        assert (waiting.message_id if waiting else None) == self.outstanding


TestAnyAnswers = AnyAnswers.TestCase
