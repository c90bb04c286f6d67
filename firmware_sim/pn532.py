"""A PN532 as its makers' manual describes it from the outside: UART, low-power start, one command at a time.

It sleeps until edges on its line wake it, and does nothing for anybody who has not configured its SAM. Out of the
box it looks for a card until one comes. Real chips differ between revisions in what they do while they are not
configured: this one is strict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import reduce

from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Alarm, Timeline
from firmware_sim.token_reader import uid_of

OCTET_S = 10 / 115_200
HOST, CHIP = 0xD4, 0xD5
WAKE = 0x55
ACKNOWLEDGED = bytes.fromhex("0000ff00ff00")
NOT_ACKNOWLEDGED = bytes.fromhex("0000ffff0000")
SYNTAX_ERROR = bytes.fromhex("0000ff01ff7f8100")
NONSENSE = bytes.fromhex("fc00ff8013e07e00ff03fdd54b01ff")
"""What another baud rate makes of its frames; some of it looks like the beginning of one."""

ACK_AFTER_S = 0.001
ANSWER_AFTER_S = 0.002
ABORT_US = 8_000
"""So long after an abort it hears no command (nfc-tools/libnfc issue 167)."""
TRY_S = 0.012
"""One search for a card."""
FOR_EVER = 0xFF
HELD_S = 0.6
"""A person holds a card before a reader for about that long."""
UID_OCTETS = (4, 7, 10)
VERSION = bytes((0x32, 0x01, 0x06, 0x07))


class Power(Enum):
    """What it is ready for."""

    OFF = "off"
    ASLEEP = "asleep"
    AWAKE = "awake"
    CONFIGURED = "configured"
    STUCK = "stuck"
    """Only a loss of power helps."""


class Pn532:
    """`garbage`, `refuses`, `late_s` and `chunk_octets` are ways to misbehave, on while they are set."""

    def __init__(self, timeline: Timeline, open_wire: Callable[[Callable[[bytes], None]], SerialWire]) -> None:
        self.garbage = False
        self.refuses = False
        self.late_s = 0.0
        self.chunk_octets = 0
        self.lacks: frozenset[int] = frozenset()
        """Codes of commands that a clone does not know."""
        self.version = VERSION
        self.power = Power.ASLEEP
        self.obeyed: list[int] = []
        """The code of every command that it carried out."""
        self._timeline = timeline
        self._uid: bytes | None = None
        self._taken_away = Alarm(timeline, self._take_away)
        self._heard = bytearray()
        self._running: list[Alarm] = []
        self._searching = False
        self._tries = FOR_EVER
        self._deaf_until_us = 0
        self.wire = open_wire(self._received)

    def present(self, token: str) -> None:
        """A card is held before it for a moment."""
        uid = uid_of(token)
        if len(uid) not in UID_OCTETS:
            raise ValueError(f"token: {token!r} has {len(uid)} octets; a card of ISO 14443 has 4, 7 or 10")
        self._uid = uid
        self._taken_away.set(HELD_S)
        if self._searching:
            self._searching = False
            self._answer(self._found())

    def lose_power(self) -> None:
        """Its supply is off until `gain_power`."""
        self._halt(Power.OFF)

    def gain_power(self) -> None:
        """It starts as from the factory: asleep, searching without an end."""
        self._halt(Power.ASLEEP)
        self._tries = FOR_EVER

    def get_stuck(self) -> None:
        """Its firmware halts."""
        self._halt(Power.STUCK)

    def _halt(self, power: Power) -> None:
        self._end_command()
        self._heard.clear()
        self.power = power

    def _take_away(self) -> None:
        self._uid = None

    def _end_command(self) -> None:
        for alarm in self._running:
            alarm.clear()
        self._running.clear()
        self._searching = False

    def _received(self, octets: bytes) -> None:
        if self.power in (Power.OFF, Power.STUCK):
            return
        if self.power is Power.ASLEEP:
            if WAKE not in octets:
                return
            self.power = Power.AWAKE
        self._heard += octets
        while (command := self._next_command()) is not None:
            self._take(command)

    def _next_command(self) -> bytes | None:
        """Codes and parameters of the next sound frame; empty for the host's own acknowledgement, an abort."""
        while (start := self._heard.find(b"\x00\xff")) >= 0:
            del self._heard[:start]
            if len(self._heard) < 4:
                return None
            if self._heard[2:4] == b"\x00\xff":
                del self._heard[:4]
                return b""
            end = 4 + self._heard[2] + 1
            if (self._heard[2] + self._heard[3]) % 256 == 0 and len(self._heard) < end:
                return None
            frame = bytes(self._heard[:end])
            if (frame[2] + frame[3]) % 256 == 0 and sum(frame[4:]) % 256 == 0 and frame[4] == HOST:
                del self._heard[:end]
                return frame[5:-1]
            del self._heard[:2]
        del self._heard[:-1]
        return None

    def _take(self, command: bytes) -> None:
        # A new command ends the one that is under way, and so does an acknowledgement of the host.
        self._end_command()
        now_us = self._timeline.now_us()
        if not command:
            self._deaf_until_us = now_us + ABORT_US
            return
        if now_us < self._deaf_until_us:
            return
        if self.refuses:
            self._later(ACK_AFTER_S, NOT_ACKNOWLEDGED)
            return
        if self.power is Power.AWAKE and command[0] != 0x14:
            return
        self._later(ACK_AFTER_S, ACKNOWLEDGED)
        self._carry_out(command)

    def _carry_out(self, command: bytes) -> None:
        deed = self._deeds().get(command[0])
        if deed is None or command[0] in self.lacks:
            self._later(ACK_AFTER_S + ANSWER_AFTER_S, SYNTAX_ERROR)
            return
        self.obeyed.append(command[0])
        deed(command[1:])

    def _deeds(self) -> Mapping[int, Callable[[bytes], None]]:
        return {
            0x02: self._tell_version,
            0x14: self._set_sam,
            0x32: self._set_radio,
            0x4A: self._list,
            0x52: self._free,
        }

    def _tell_version(self, _parameters: bytes) -> None:
        self._answer(bytes((0x03,)) + self.version)

    def _set_sam(self, _parameters: bytes) -> None:
        self.power = Power.CONFIGURED
        self._answer(bytes((0x15,)))

    def _set_radio(self, parameters: bytes) -> None:
        if parameters[0] == 5:
            self._tries = parameters[3]
        self._answer(bytes((0x33,)))

    def _free(self, _parameters: bytes) -> None:
        self._answer(bytes((0x53, 0x00)))

    def _list(self, _parameters: bytes) -> None:
        if self._uid is not None:
            self._answer(self._found())
        elif self._tries == FOR_EVER:
            self._searching = True
        else:
            self._answer(bytes((0x4B, 0x00)), after_s=(self._tries + 1) * TRY_S)

    def _found(self) -> bytes:
        assert self._uid is not None
        sense = 0x0004 if len(self._uid) == 4 else 0x0044
        select = 0x08 if len(self._uid) == 4 else 0x00
        return bytes((0x4B, 1, 1, sense >> 8, sense & 255, select, len(self._uid))) + self._uid

    def _answer(self, answer: bytes, after_s: float = ANSWER_AFTER_S) -> None:
        body = bytes((CHIP,)) + answer
        checksum = reduce(lambda total, octet: (total - octet) % 256, body, 0)
        frame = b"\x00\x00\xff" + bytes((len(body), 256 - len(body))) + body + bytes((checksum, 0))
        self._later(ACK_AFTER_S + after_s, frame)

    def _later(self, after_s: float, frame: bytes) -> None:
        """Send it in its time, unless something else is commanded before."""
        alarm = Alarm(self._timeline, lambda: self._send(frame))
        alarm.set(after_s)
        self._running.append(alarm)

    def _send(self, frame: bytes) -> None:
        octets = NONSENSE if self.garbage else frame
        step = self.chunk_octets or len(octets)
        for start in range(0, len(octets), step):
            piece = octets[start : start + step]
            after_s = self.late_s + (start + len(piece)) * OCTET_S
            self._timeline.after(after_s, lambda piece=piece: self.wire.send(piece))  # type: ignore[misc]
