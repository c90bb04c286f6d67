"""The residual current module: what trips it, how late, its test winding, its faults, and the latch behind it.

Numbers: pilot-board-hardware.md 7. The latch is hardware in the chain of the coil supply: it falls with the module's
output and stands up again only by a pulse of the board, and only while that output is quiet.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable
from math import exp, log

from firmware_sim.timeline import US_PER_S, Alarm, Timeline

DC, AC, ERROR = 1, 2, 4
"""Bits of the firmware's `Inputs.residual`."""

DC_TRIPS_MA = (3.5, 5.5)
AC_TRIPS_MA = (20.0, 29.0)
DC_DELAY_S = ((6.0, 0.5, 5.0), (60.0, 0.06, 0.25), (200.0, 0.02, 0.08))
AC_DELAY_S = ((30.0, 0.06, 0.25), (150.0, 0.01, 0.03))
"""Milliamperes, shortest and longest delay; between two rows both change evenly on a logarithmic scale.

Alternating current: our own numbers, inside the limits of safety.md 4.1."""

TEST_TAKES_S = 0.05
TEST_TRIPS_S = (0.2, 0.8)
CLEARS_S = (0.5, 2.0)
CLEARS_AFTER_TRIP_S = 0.05


def delay_bounds_s(rows: tuple[tuple[float, float, float], ...], ma: float) -> tuple[float, float]:
    """Shortest and longest time to the trip at that current."""
    currents = [row[0] for row in rows]
    at = bisect_left(currents, ma)
    if at == 0:
        return rows[0][1:]
    if at == len(rows):
        return rows[-1][1:]
    low, high = rows[at - 1], rows[at]
    share = (log(ma) - log(low[0])) / (log(high[0]) - log(low[0]))
    shortest, longest = (exp(log(a) + share * (log(b) - log(a))) for a, b in zip(low[1:], high[1:], strict=True))
    return shortest, longest


class _Channel:
    """Direct or alternating current: what flows, whether it has tripped, and when it will."""

    def __init__(self, timeline: Timeline, bit: int, threshold_ma: float, switch: Callable[[int, bool], None]) -> None:
        self.bit = bit
        self.threshold_ma = threshold_ma
        self.flows_ma = 0.0
        self.trips = Alarm(timeline, lambda: switch(bit, True))
        self.clears = Alarm(timeline, lambda: switch(bit, False))

    @property
    def is_above(self) -> bool:
        return self.flows_ma >= self.threshold_ma


class ResidualModule:
    """`changed` is called when its output or the latch changed. `chance` draws this specimen and every delay."""

    def __init__(self, timeline: Timeline, changed: Callable[[], None], chance: random.Random) -> None:
        self._timeline = timeline
        self._changed = changed
        self._chance = chance
        self._dc = _Channel(timeline, DC, chance.uniform(*DC_TRIPS_MA), self._switch)
        self._ac = _Channel(timeline, AC, chance.uniform(*AC_TRIPS_MA), self._switch)
        self._leak_ma = (0.0, 0.0)
        self._live = False
        self._tripped = 0
        self._testing = False
        self._released_us = 0
        self._test_felt = Alarm(timeline, self._feel_test)
        self._dead = self._test_dead = False
        self._stuck = 0
        self.bits = 0
        self.latched = False

    # --- what happens to it

    def leak(self, *, dc_ma: float | None = None, ac_ma: float | None = None) -> None:
        """What leaks behind the contactor from now on; it flows only while the output is live."""
        before_dc_ma, before_ac_ma = self._leak_ma
        self._leak_ma = (before_dc_ma if dc_ma is None else dc_ma, before_ac_ma if ac_ma is None else ac_ma)
        self._flow()

    def output_is(self, *, live: bool) -> None:
        """Voltage behind the contactor came or went."""
        if live != self._live:
            self._live = live
            if any(self._leak_ma):
                self._flow()

    def test(self, on: bool) -> None:
        """Current through the test winding; short pulses are not felt."""
        if on == self._testing:
            return
        self._testing = on
        if on:
            self._test_felt.set(TEST_TAKES_S)
        else:
            self._test_felt.clear()
            self._released_us = self._timeline.now_us()
            self._let_go(self._dc)

    def reset(self) -> None:
        """The board's pulse to the latch."""
        if self.latched and not self.bits & (DC | AC):
            self.latched = False
            self._changed()

    def break_down(self, *, dead: bool | None = None, test_dead: bool | None = None, stuck: int | None = None) -> None:
        """Never trips; its winding is broken; its outputs of these bits are stuck active."""
        self._dead = self._dead if dead is None else dead
        self._test_dead = self._test_dead if test_dead is None else test_dead
        self._stuck = self._stuck if stuck is None else stuck
        self._show()

    # --- how it reacts

    def _flow(self) -> None:
        for channel, leak_ma, rows in (
            (self._dc, self._leak_ma[0], DC_DELAY_S),
            (self._ac, self._leak_ma[1], AC_DELAY_S),
        ):
            flows_ma = leak_ma if self._live else 0.0
            if flows_ma == channel.flows_ma:
                continue
            channel.flows_ma = flows_ma
            channel.trips.clear()
            if channel.is_above:
                channel.clears.clear()
                channel.trips.set(self._chance.uniform(*delay_bounds_s(rows, flows_ma)))
            else:
                self._released_us = self._timeline.now_us()
                self._let_go(channel)

    def _feel_test(self) -> None:
        if not self._test_dead:
            self._dc.clears.clear()
            self._dc.trips.set(self._chance.uniform(*TEST_TRIPS_S) - TEST_TAKES_S)

    def _switch(self, bit: int, tripped: bool) -> None:
        if tripped and self._dead:
            return
        self._tripped = self._tripped | bit if tripped else self._tripped & ~bit
        if tripped:
            self._let_go(self._dc if bit == DC else self._ac)
        self._show()

    def _let_go(self, channel: _Channel) -> None:
        """Whatever made it trip is over: its output clears after a while."""
        is_held = channel.is_above or (channel is self._dc and self._testing)
        if is_held or not self._tripped & channel.bit:
            return
        since_release_s = (self._timeline.now_us() - self._released_us) / US_PER_S
        channel.clears.set(max(CLEARS_AFTER_TRIP_S, self._chance.uniform(*CLEARS_S) - since_release_s))

    def _show(self) -> None:
        bits = self._tripped | self._stuck
        if bits == self.bits:
            return
        self.bits = bits
        if bits & (DC | AC):
            self.latched = True
        self._changed()
