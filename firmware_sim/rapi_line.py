"""The serial line of an OpenEVSE: hears commands, sends what comes of them, and the ways in which that goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware_sim.pilot_board import OpenWire
from firmware_sim.rapi_words import CommandBuffer, Heard, spoken
from firmware_sim.timeline import US_PER_S, Timeline

BITS_PER_OCTET = 10
BAUD = 115_200
THINKS_S = 0.002
"""One turn of the controller's main loop."""
NONSENSE = b"\xff\x00$OK\xfe 17 \x80^ZZ\r\n"
"""What another baud rate makes of a line."""


@dataclass(frozen=True, slots=True)
class Reply:
    """$OK or $NK, and what stands behind it."""

    well: bool
    words: tuple[str, ...] = ()


@dataclass
class RapiLine:
    """`obey` carries a command out. Each of the marks is a way to misbehave, on while it is set."""

    timeline: Timeline
    open_wire: OpenWire
    obey: Callable[[tuple[str, ...]], Reply]
    is_on: bool = False
    deaf: bool = False
    """Hears nothing; what it says unasked it says all the same."""
    mute: bool = False
    """Obeys and says nothing."""
    garbage: bool = False
    echo: bool = False
    """Gives back what it hears, as it does with $FF E 1, or as a line that is looped does."""
    bad_checks: bool = False
    late_s: float = 0.0
    """Answers are that much later than they were due."""
    lacks: frozenset[str] = frozenset()
    """Of "sequence" and "heartbeat": what an old or small build does not have."""
    heard: list[tuple[str, ...]] = field(default_factory=list)
    """Every sound command, for whoever wants to know what was said."""

    def __post_init__(self) -> None:
        self._buffer = CommandBuffer()
        self._busy_until_us = 0
        self.wire = self.open_wire(self._received)

    @property
    def is_well(self) -> bool:
        """None of the marks is set."""
        marks = (self.deaf, self.mute, self.garbage, self.echo, self.bad_checks, self.late_s, self.lacks)
        return not any(marks)

    def busy(self, for_s: float) -> None:
        """It does something else, and reads what came meanwhile when that is done."""
        self._busy_until_us = self.timeline.now_us() + round(for_s * US_PER_S)

    def say(self, *words: str) -> None:
        """Unasked."""
        self._send(spoken(*words))

    def _received(self, octets: bytes) -> None:
        if not self.is_on:
            return
        if self.echo:
            self.wire.send(octets)
        if self.deaf:
            return
        for octet in octets:
            command = self._buffer.put(octet)
            if command is not None:
                self._take(command)

    def _take(self, command: Heard) -> None:
        free_s = max(0.0, (self._busy_until_us - self.timeline.now_us()) / US_PER_S)
        self.timeline.after(free_s + THINKS_S, lambda: self._carry_out(command))

    def _carry_out(self, command: Heard) -> None:
        if not self.is_on:
            return
        if self._busy_until_us > self.timeline.now_us():
            self._take(command)
            return
        if not command.sound:
            self._send(spoken("NK"))
            return
        words, ticket = command.words, command.ticket
        if "sequence" in self.lacks and ticket is not None:
            words, ticket = (*words, f":{ticket}"), None
        self.heard.append(command.words)
        reply = self.obey(words)
        line = spoken("OK" if reply.well else "NK", *reply.words, ticket=ticket)
        if self.late_s:
            self.timeline.after(self.late_s, lambda: self._send(line))
        else:
            self._send(line)

    def _send(self, line: bytes) -> None:
        if not self.is_on or self.mute:
            return
        if self.garbage:
            line = NONSENSE
        elif self.bad_checks:
            line = line[:-3] + (b"00\r" if line[-3:-1] != b"00" else b"01\r")
        self.timeline.after(len(line) * BITS_PER_OCTET / BAUD, lambda: self.wire.send(line))
