"""What the board counts at its own generator's output: frequency and duty over gates of one second.

A gate in which the duty changed shows the mean of both; the next one is right again (pilot-board-hardware.md 3).
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.pilot_circuit import Drive, Generator
from firmware_sim.timeline import US_PER_S, Alarm, Timeline

GATE_US = US_PER_S
NOMINAL_MHZ = 1_000_000


class GeneratorCapture:
    """`changed` is called when a gate brought another result. None while PWM does not run or was not counted yet."""

    def __init__(self, timeline: Timeline, changed: Callable[[], None]) -> None:
        self._timeline = timeline
        self._changed = changed
        self._gate = Alarm(timeline, self._close_gate)
        self._drive = Drive.X1
        self._duty = 0
        self._gate_began_us = 0
        self._counted_until_us = 0
        self._high = 0
        self._true_mhz = NOMINAL_MHZ
        self._duty_error = 0
        self.mhz: int | None = None
        """0.001 Hz."""
        self.duty: int | None = None
        """1/10000."""

    def watch(self, generator: Generator) -> None:
        """The generator does something else from now on."""
        if generator.drive is not Drive.X2:
            self._drive = generator.drive
            self._gate.clear()
            self.mhz = self.duty = None
            return
        now_us = self._timeline.now_us()
        if self._drive is not Drive.X2:
            self._drive = Drive.X2
            self._duty = generator.duty
            self._open_gate(now_us)
            return
        if generator.duty != self._duty:
            self._count(now_us)
            self._duty = generator.duty
            self._gate.set((self._end_of_gate_us() - now_us) / US_PER_S)

    def drift(self, *, mhz: int = NOMINAL_MHZ, duty_error: int = 0) -> None:
        """A wrong crystal or driver: that frequency, and so much more duty than ordered."""
        self._true_mhz, self._duty_error = mhz, duty_error
        if self._drive is Drive.X2:
            self._open_gate(self._timeline.now_us())

    def _open_gate(self, now_us: int) -> None:
        self._gate_began_us = self._counted_until_us = now_us
        self._high = 0
        self._gate.set(GATE_US / US_PER_S)

    def _end_of_gate_us(self) -> int:
        return self._gate_began_us + GATE_US

    def _close_gate(self) -> None:
        """The alarm may come late on a busy machine; a counter in hardware ends its gate in time all the same."""
        self._count(self._timeline.now_us())
        if self.duty != self._duty + self._duty_error:
            self._gate.set((self._end_of_gate_us() - self._timeline.now_us()) / US_PER_S)

    def _count(self, now_us: int) -> None:
        """Up to now. Gates follow each other without a gap, also those in which nothing happened and nobody looked."""
        gates = (now_us - self._gate_began_us) // GATE_US
        if gates:
            mixed = self._high + self._duty * (self._end_of_gate_us() - self._counted_until_us)
            counted = round(mixed / GATE_US) if gates == 1 else self._duty
            self._gate_began_us += gates * GATE_US
            self._counted_until_us, self._high = self._gate_began_us, 0
            self._show(counted + self._duty_error)
        self._high += self._duty * (now_us - self._counted_until_us)
        self._counted_until_us = now_us

    def _show(self, duty: int) -> None:
        if (self.mhz, self.duty) != (self._true_mhz, duty):
            self.mhz, self.duty = self._true_mhz, duty
            self._changed()
