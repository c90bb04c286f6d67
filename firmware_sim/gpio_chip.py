"""A GPIO chip and the wires at its lines, as the world has them. The charger's side is gpiod_stand_in.py.

What is asked of the chip is carried out whether or not this side looks: levels are in shared memory. This side hears
of it over the door, and turns changes of its wires into edges with the loop's time.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware_sim.gpio_folder import (
    CHIP,
    DOOR,
    EVENT,
    FLOATING,
    HIGH,
    LINES,
    LOW,
    MOST_OCTETS,
    PADS,
    SETTING,
    Pads,
    door_address,
    open_socket,
)
from firmware_sim.timeline import Alarm, Timeline

UNNAMED_LINES = 28
"""As many as the header of a Raspberry Pi has, with its names."""
MOST_REQUESTS = 64

Feels = Callable[[bool], None]


def _nobody_feels(_is_high: bool) -> None:
    """Nothing hangs on this line."""


@dataclass(slots=True)
class _Line:
    name: str
    wire: int = FLOATING
    """What the outside makes of it."""
    feels: Feels = _nobody_feels
    driven: int = LOW
    """What an output was set to last."""
    felt: bool = False
    holder: _Request | None = None
    stuck_at: int | None = None
    is_cut: bool = False
    lost_edges: int = 0
    """So many of the next ones are counted and not told."""
    settles: Alarm | None = None


@dataclass(slots=True)
class _Asked:
    """How one line is held."""

    is_output: bool
    rising: bool
    falling: bool
    active_low: bool
    rests_high: bool
    debounce_s: float
    told: int
    """The level that was told last."""
    count: int = 0


@dataclass(slots=True, eq=False)
class _Request:
    connection: socket.socket
    lines: dict[int, _Asked] = field(default_factory=dict)
    count: int = 0


class GpioChip:
    """`path` is what a board file names as `chip`. Lines get their wires before `appear`."""

    def __init__(self, timeline: Timeline, path: Path, label: str = "pinctrl-sim") -> None:
        self.path = path
        self.label = label
        self.keeps_levels = True
        """Of outputs that nobody holds any more, as many chips do: the worse case, so the usual one here."""
        self.edges_told = 0
        self._timeline = timeline
        self._lines = [_Line(f"GPIO{number}") for number in range(UNNAMED_LINES)]
        self._pads: Pads | None = None
        self._door: socket.socket | None = None
        self._requests: list[_Request] = []
        self._held_by_others: dict[int, int] = {}

    # --- what the outside does and feels

    def place(self, name: str) -> int:
        """Of the line with this name or number; a name that is new becomes that of one more line."""
        if name in self.names:
            return self.names.index(name)
        if name.isdigit() and int(name) < len(self._lines):
            return int(name)
        self._lines.append(_Line(name))
        return len(self._lines) - 1

    @property
    def names(self) -> list[str]:
        """Of its lines, in their order."""
        return [line.name for line in self._lines]

    def wire(self, name: str, level: bool | None) -> None:
        """What the outside makes of an input: high, low, or nothing, as a wire that is off does."""
        place = self.place(name)
        line = self._lines[place]
        line.wire = FLOATING if level is None else int(level)
        self._wire_changed(place)

    def feel(self, name: str, feels: Feels) -> None:
        """`feels` is called with each change of an output's level, and hears nothing of a line that nobody drives."""
        self._lines[self.place(name)].feels = feels

    def is_high(self, name: str) -> bool:
        """The level of an output; low where nobody drove it yet."""
        return self._lines[self.place(name)].felt

    def holders(self) -> dict[str, str]:
        """By line, who of the charger holds it."""
        return {line.name: "output" if line.holder.lines[place].is_output else "input"
                for place, line in enumerate(self._lines) if line.holder is not None}  # fmt: skip

    # --- what breaks

    def stick(self, name: str, level: bool | None) -> None:
        """The pad stays at this level, whoever drives it; None frees it."""
        place = self.place(name)
        line = self._lines[place]
        line.stuck_at = None if level is None else int(level)
        if self._pads is not None:
            self._pads.set_stuck(place, level is not None)
        if line.holder is None or not line.holder.lines[place].is_output:
            self._wire_changed(place)
            return
        if self._pads is not None:
            self._pads.set_level(place, line.driven if line.stuck_at is None else line.stuck_at)
        self._felt(place, line.driven)

    def cut(self, name: str, cut: bool) -> None:
        """The wire of an input is off, or on again."""
        place = self.place(name)
        self._lines[place].is_cut = cut
        self._wire_changed(place)

    def lose_edges(self, name: str, count: int) -> None:
        """The next so many changes overflow the kernel's buffer."""
        self._lines[self.place(name)].lost_edges = count

    def hold(self, name: str, consumer: str) -> None:
        """Somebody else takes a line that is free, and keeps it until `let_go`, also over a return of the chip."""
        place = self.place(name)
        descriptor = os.open(self.path / LINES / str(place), os.O_RDWR)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, consumer.encode(), 0)
        self._held_by_others[place] = descriptor

    def let_go(self, name: str) -> None:
        os.close(self._held_by_others.pop(self.place(name)))

    # --- how it comes and goes

    def appear(self) -> None:
        """The folder is there, and can be opened as a chip."""
        if self._door is not None:
            return
        self._lay_out()
        self._door = open_socket()
        with door_address(self.path) as address:
            self._door.bind(address)
        self._door.listen(MOST_REQUESTS)
        self._timeline.loop.add_reader(self._door, self._accept)

    def vanish(self) -> None:
        """The chip leaves, as one on a cable does: its outputs have no power any more."""
        if self._door is None:
            return
        self._end_requests()
        self._timeline.loop.remove_reader(self._door)
        self._door.close()
        self._door = None
        (self.path / DOOR).unlink(missing_ok=True)
        for place in range(len(self._lines)):
            self._driven(place, LOW)

    def close(self) -> None:
        """The world ends."""
        self.vanish()
        for descriptor in self._held_by_others.values():
            os.close(descriptor)
        self._held_by_others.clear()
        if self._pads is not None:
            self._pads.close()
            self._pads = None

    def forget_charger(self) -> None:
        """Whoever held lines was killed: its ruins, which may be in this process, reach nothing any more."""
        if self._door is None:
            return
        self._end_requests()
        self._timeline.loop.remove_reader(self._door)
        self._door.close()
        self._door = None
        self.appear()

    def _lay_out(self) -> None:
        """All files anew, so that what still has an old one open does not reach the new."""
        held = {place: os.pread(descriptor, MOST_OCTETS, 0) for place, descriptor in self._held_by_others.items()}
        if self._pads is not None:
            self._pads.close()
        shutil.rmtree(self.path, ignore_errors=True)
        (self.path / LINES).mkdir(parents=True)
        for place, line in enumerate(self._lines):
            (self.path / LINES / str(place)).touch()
            if place in held:
                os.close(self._held_by_others.pop(place))
                self.hold(line.name, held[place].decode())
        told = {"name": "gpiochip0", "label": self.label, "lines": self.names}
        (self.path / CHIP).write_text(json.dumps(told))
        (self.path / PADS).write_bytes(bytes(2 * len(self._lines)))
        self._pads = Pads(self.path)
        for place, line in enumerate(self._lines):
            self._pads.set_level(place, self._outside(line))
            self._pads.set_stuck(place, line.stuck_at is not None)

    # --- requests

    def _accept(self) -> None:
        assert self._door is not None
        try:
            connection, _ = self._door.accept()
        except BlockingIOError:
            return
        connection.setblocking(False)
        request = _Request(connection)
        self._requests.append(request)
        self._timeline.loop.add_reader(connection, self._hear, request)

    def _hear(self, request: _Request) -> None:
        try:
            received = request.connection.recv(MOST_OCTETS)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self._end(request)
        elif not request.lines:
            self._begin(request, json.loads(received))
        else:
            for place, level in SETTING.iter_unpack(received):
                self._driven(place, level)

    def _begin(self, request: _Request, asked: dict[str, Any]) -> None:
        for one in asked["lines"]:
            place, level = one.pop("line"), one.pop("level")
            request.lines[place] = _Asked(**one, told=level)
            self._lines[place].holder = request
            if one["is_output"]:
                self._driven(place, level)
            else:
                self._wire_changed(place)

    def _end(self, request: _Request) -> None:
        self._requests.remove(request)
        self._timeline.loop.remove_reader(request.connection)
        request.connection.close()
        for place, asked in request.lines.items():
            line = self._lines[place]
            line.holder = None
            if line.settles is not None:
                line.settles.clear()
            if asked.is_output and not self.keeps_levels:
                self._driven(place, LOW)

    def _end_requests(self) -> None:
        for request in tuple(self._requests):
            self._end(request)

    # --- levels

    def _driven(self, place: int, level: int) -> None:
        self._lines[place].driven = level
        self._felt(place, level)

    def _felt(self, place: int, level: int) -> None:
        line = self._lines[place]
        is_high = bool(level if line.stuck_at is None else line.stuck_at)
        if is_high != line.felt:
            line.felt = is_high
            line.feels(is_high)

    def _outside(self, line: _Line) -> int:
        if line.stuck_at is not None:
            return line.stuck_at
        wire = FLOATING if line.is_cut else line.wire
        if wire == FLOATING and line.driven:
            return HIGH  # left so by whoever held it
        return wire

    def _wire_changed(self, place: int) -> None:
        """With debouncing in the kernel, a level counts once it has held for so long."""
        line = self._lines[place]
        asked = None if line.holder is None else line.holder.lines[place]
        if asked is None or not asked.debounce_s:
            self._settle(place)
            return
        if line.settles is None:
            line.settles = Alarm(self._timeline, lambda: self._settle(place))
        if self._at_pad(line, asked) == asked.told:
            line.settles.clear()
        else:
            line.settles.set(asked.debounce_s)

    def _settle(self, place: int) -> None:
        line, request = self._lines[place], self._lines[place].holder
        if self._pads is None or (request is not None and request.lines[place].is_output):
            return
        self._pads.set_level(place, self._outside(line))
        if request is None:
            return
        asked = request.lines[place]
        level = self._at_pad(line, asked)
        if level != asked.told:
            asked.told = level
            self._tell(request, place, asked)

    def _at_pad(self, line: _Line, asked: _Asked) -> int:
        level = self._outside(line)
        return (HIGH if asked.rests_high else LOW) if level == FLOATING else level

    def _tell(self, request: _Request, place: int, asked: _Asked) -> None:
        rises = bool(asked.told) != asked.active_low
        if not (asked.rising if rises else asked.falling):
            return
        asked.count += 1
        request.count += 1
        line = self._lines[place]
        if line.lost_edges:
            line.lost_edges -= 1
            return
        event = EVENT.pack(self._timeline.now_us() * 1000, place, rises, request.count, asked.count)
        try:
            request.connection.send(event)
        except OSError:
            return  # its reader is late by hundreds of edges, or gone
        self.edges_told += 1
