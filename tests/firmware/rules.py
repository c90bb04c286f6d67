"""One interlock without a board around it: readings go in by hand, and time jumps to wherever the rules ask for it."""

from __future__ import annotations

from collections.abc import Callable

import messages
from faults import Check
from guard import Guard
from interlock import Interlock
from kind import VENTILATION, Kind
from situation import Situation, limiting

LEVELS_MV = {"A": 12_000, "B": 8_980, "C": 6_000, "D": 2_930, "E": 0, "-": 7_500}
CONTACTS_MOVE_MS = 20
WISH_EVERY_MS = 500


class Trouble:
    """A protective function that finds something wrong exactly when the test says so."""

    def __init__(self, reaction: int, recovery: int = 0) -> None:
        self.is_there = False
        self.check = Check(1, reaction, recovery, self._present, lambda situation: {})

    def _present(self, situation: Situation) -> bool:
        return self.is_there


class Rules:
    """Interlock, contacts that follow the coil after 20 ms, and a host that repeats its wish."""

    def __init__(
        self,
        *checks: Check,
        ventilation: bool = False,
        hybrid_blanking: bool | None = None,
        guards: tuple[Guard, ...] = (),
        rated_da: int = 320,
    ) -> None:
        has = VENTILATION if ventilation else 0
        kind = (
            Kind(has=has, rated_da=rated_da)
            if hybrid_blanking is None
            else Kind(has=has, rated_da=rated_da, hybrid_blanking=hybrid_blanking)
        )
        self.interlock = Interlock(0, "power", kind, checks=checks)
        self.situation = self.interlock.situation
        self.situation.guards = guards
        self.situation.limiting = limiting(guards)
        self.offer = self.interlock.offer
        self.now = 0
        self.due = 0
        self.contacts_follow = True
        self.commissioned = True
        self.operative = True
        self.open_at_once = False
        self.insertion: int | None = None
        """The plug that the host permits; None: whichever is in."""
        self._wish: tuple[bool, int] | None = None
        self._sequence = 0
        self._wish_at = 0
        self._contacts_move_at = -1
        inputs = self.situation.inputs
        inputs.high_mv, inputs.low_mv, inputs.samples_high = LEVELS_MV["A"], -12_000, 100
        inputs.mirror_open = inputs.chain_ok = True
        self.step()

    @property
    def energised(self) -> bool:
        return self.situation.contactor.energised

    @property
    def waits_for(self) -> str:
        return messages.WAITS_FOR[self.interlock.waits_for]

    def step(self) -> int:
        """One step at this moment; when the next is due."""
        energised = self.energised
        plug = self._plug()
        self.due = self.interlock.step(self.now)
        if self._wish and self._plug() != plug:
            # A host that wants it for whichever plug says so at once.
            self._say_wish()
            self.due = self.interlock.step(self.now)
        assert self.due > self.now, "the board would never sleep"
        if self.energised != energised:
            self._contacts_move_at = self.now + CONTACTS_MOVE_MS
        return self.due

    def show(self, state: str, low_mv: int = -12_000) -> int:
        """Another level on the pilot, seen at once."""
        self.situation.inputs.high_mv = LEVELS_MV[state]
        self.situation.inputs.low_mv = low_mv
        return self.step()

    def wish(self, permit: bool, offer_da: int) -> int:
        """What the host wants from now on."""
        self._wish = (permit, offer_da)
        self._say_wish()
        return self.step()

    def fall_silent(self) -> None:
        """The host says nothing any more."""
        self._wish = None

    def run(self, milliseconds: int) -> int:
        """Let time pass, from one due moment to the next; when the next is due at the end."""
        end = self.now + milliseconds
        while self.now < end:
            self.now = min(end, self._next_moment())
            if self._wish and self.now >= self._wish_at:
                self._say_wish()
            if self.now == self._contacts_move_at and self.contacts_follow:
                self.situation.inputs.mirror_open = not self.energised
            self.step()
        return self.due

    def until(self, condition: Callable[[], bool], limit_ms: int) -> int:
        """Milliseconds until it holds, looked at every one of them."""
        start = self.now
        while not condition():
            assert self.now - start < limit_ms, f"not within {limit_ms} ms"
            self.run(1)
        return self.now - start

    def charge(self, state: str = "C", offer_da: int = 160) -> None:
        """From nothing to closed contacts that rest."""
        self.prepare(offer_da)
        self.show(state)
        self.run(700)
        assert self.energised
        self.run(1_000)

    def prepare(self, offer_da: int = 160) -> None:
        """A car in B with an offer; nothing but its asking is missing."""
        self.prepare_for("car", offer_da)

    def prepare_for(self, missing: str, offer_da: int = 160) -> None:
        """A car in B with an offer, after all time-outs; this is what closing waits for then."""
        self.show("B")
        self.wish(True, offer_da)
        self.run(10_000)
        assert self.waits_for == missing

    def _say_wish(self) -> None:
        assert self._wish
        self._sequence += 1
        self._wish_at = self.now + WISH_EVERY_MS
        permit, offer_da = self._wish
        self.situation.lease.hear(
            [
                self._sequence, permit, offer_da, False, 0, self._plug(), self.commissioned, self.operative,
                self.open_at_once, None,
            ],
            self.now,
        )  # fmt: skip

    def _plug(self) -> int:
        return self.situation.pilot.insertions if self.insertion is None else self.insertion

    def _next_moment(self) -> int:
        moments = [self.due]
        if self._wish:
            moments.append(self._wish_at)
        if self._contacts_move_at > self.now:
            moments.append(self._contacts_move_at)
        return max(self.now + 1, min(moments))
