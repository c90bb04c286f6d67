"""The S0 output of a meter: a contact that closes to ground for each piece of energy."""

from __future__ import annotations

from firmware_sim.gpio_chip import GpioChip
from firmware_sim.timeline import Timeline

CLOSED_S = 0.03
"""EN 62053-31: at least so long."""
WS_PER_KWH = 3_600_000


class PulseOutput:
    """On one line of a chip, which it only pulls down. `pulses` are those of its life, seen or not."""

    def __init__(self, timeline: Timeline, chip: GpioChip, line: str, pulses_per_kwh: int) -> None:
        self.pulses = 0
        self.bounces = 0
        """How often the contact opens and closes again within a millisecond before it rests."""
        self.closed_s = CLOSED_S
        self._timeline = timeline
        self._chip = chip
        self._line = line
        self._pulse_ws = WS_PER_KWH / pulses_per_kwh
        self._power_w = 0.0
        self._collected_ws = 0.0
        self._since_us = timeline.now_us()
        self._turn = 0
        chip.wire(line, None)

    def draw(self, power_w: float) -> None:
        """So much flows from now on."""
        self._collect()
        self._power_w = power_w
        self._turn += 1
        self._plan()

    def give(self, pulses: int, every_s: float) -> None:
        """Pulses without energy, as a motor cable beside it makes them."""
        for number in range(pulses):
            self._timeline.after(number * every_s, self._close)

    def _collect(self) -> None:
        now_us = self._timeline.now_us()
        self._collected_ws += self._power_w * (now_us - self._since_us) / 1e6
        self._since_us = now_us

    def _plan(self) -> None:
        if self._power_w > 0:
            turn = self._turn
            self._timeline.after((self._pulse_ws - self._collected_ws) / self._power_w, lambda: self._due(turn))

    def _due(self, turn: int) -> None:
        if turn != self._turn:
            return
        self._collect()
        self._collected_ws -= self._pulse_ws
        self.pulses += 1
        self._close()
        self._plan()

    def _close(self) -> None:
        for bounce in range(self.bounces):
            self._timeline.after(0.001 * bounce, lambda: self._chip.wire(self._line, False))
            self._timeline.after(0.001 * bounce + 0.0005, lambda: self._chip.wire(self._line, None))
        self._timeline.after(0.001 * self.bounces, lambda: self._chip.wire(self._line, False))
        self._timeline.after(0.001 * self.bounces + self.closed_s, lambda: self._chip.wire(self._line, None))
