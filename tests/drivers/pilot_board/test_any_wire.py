"""Whatever happens on the link and at its ends, in any order: what is believed, permitted and answered."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.drivers.pilot_board.conversation import (
    ASK_STRANGER_EVERY_S,
    SILENT_AFTER_S,
    Reply,
    Unanswered,
)
from agent.drivers.pilot_board.messages import PUTS
from tests.drivers.pilot_board.pair import LEASE_S, STEP_S, Pair


class AnyWire(RuleBasedStateMachine):
    """Whatever the wire, the board and the agent do: nothing is believed or permitted longer than it may be."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair().begin()
        self.wished_at = self.pair.now
        self.is_open = True
        self.told: list[list[Reply | Unanswered]] = []

    @rule(what=st.sampled_from(PUTS))
    def something_is_put(self, what: str) -> None:
        self.told.append(self.pair.puts(what))

    @rule(other=st.booleans())
    def the_board_is_given_a_firmware_of_some_table(self, other: bool) -> None:
        self.pair.board._table_hash = "3f2a0000" if other else None
        self.the_board_restarts()

    @rule(seconds=st.sampled_from([0.05, 0.3, 1.0, 2.5, 7.0]))
    def time_passes(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.pair.passes(STEP_S)
            self.note()

    @rule(permit=st.booleans(), offer_da=st.sampled_from([0, 60, 160, 320]))
    def the_host_wishes(self, permit: bool, offer_da: int) -> None:
        self.note()
        self.pair.wishes(permit=permit, offer_da=offer_da)
        self.note()

    @rule(carries=st.booleans(), returns=st.booleans())
    def the_wire_changes(self, carries: bool, returns: bool) -> None:
        self.pair.carries, self.pair.returns = carries, returns

    @rule(noise=st.binary(max_size=1200) | st.just(b"\x00") | st.just(b"\x01\x02\x03\x00\x04\x00"))
    def noise_arrives(self, noise: bytes) -> None:
        self.pair.noise = noise
        self.pair.exchange()

    @rule()
    def the_board_restarts(self) -> None:
        self.pair.board.restart(self.pair.now_ms)

    @rule()
    @precondition(lambda self: self.is_open)
    def the_port_vanishes(self) -> None:
        self.pair.talk.end()
        self.is_open = False

    @rule()
    @precondition(lambda self: not self.is_open)
    def the_port_is_back(self) -> None:
        self.pair.begin()
        self.is_open = True

    @rule()
    def all_is_well_for_a_while(self) -> None:
        self.pair.carries = self.pair.returns = True
        if not self.is_open:
            self.the_port_is_back()
        self.pair.noise = b"\x00"

        self.pair.passes(SILENT_AFTER_S + ASK_STRANGER_EVERY_S + 1.0)

        is_stranger = self.pair.board._table_hash is not None
        assert self.pair.talk.is_acknowledged != is_stranger
        assert (self.pair.talk.mismatch is not None) == is_stranger
        assert self.pair.board.lease.is_permitted() == (self.pair.talk.wish.permit and not is_stranger)
        assert all(self.told), "everything that was put has come to something"
        self.note()

    def note(self) -> None:
        """When the host wished power last."""
        if self.pair.talk.wish.permit:
            self.wished_at = self.pair.now

    @invariant()
    def no_permission_outlives_the_wish_and_its_lease(self) -> None:
        if self.pair.board.lease.is_permitted():
            assert self.pair.now - self.wished_at <= LEASE_S + 1e-6

    @invariant()
    def nothing_that_was_put_is_answered_twice(self) -> None:
        assert all(len(told) <= 1 for told in self.told)

    @invariant()
    def a_board_with_another_table_permits_nothing(self) -> None:
        if self.pair.board._table_hash is not None:
            assert not self.pair.board.lease.is_permitted()

    @invariant()
    def no_report_is_older_than_it_may_be(self) -> None:
        if self.pair.talk.report is not None:
            assert self.pair.now - self.pair.talk.believed_at <= SILENT_AFTER_S + STEP_S

    @invariant()
    def the_next_moment_lies_ahead(self) -> None:
        due_at = self.pair.talk.due_at
        assert (due_at is None) == (not self.is_open)
        assert due_at is None or due_at > self.pair.now


TestAnyWire = AnyWire.TestCase
