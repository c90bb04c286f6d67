"""Stands for the Python package `gpiod` (version 2) where there is no GPIO chip: the same names, on a folder.

As far as a charger uses them, with the same arguments, results and errors. The path of a chip is a folder of
gpio_folder.py; what drives its inputs and feels its outputs is firmware_sim/gpio_chip.py, in this process or another.
Nothing here waits: where the kernel would, that is an error.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import TracebackType

from firmware_sim import gpiod_words
from firmware_sim.gpio_folder import (
    CHIP,
    DOOR,
    EVENT,
    FLOATING,
    HIGH,
    LINES,
    LOW,
    MOST_OCTETS,
    SETTING,
    Pads,
    door_address,
    open_socket,
)

line = gpiod_words
__version__ = "2.0 (stand-in)"
EVENTS_FOR_EACH_LINE = 16
"""What the kernel keeps where nobody asks for more."""


class ChipClosedError(Exception):
    """The chip was closed."""


class RequestReleasedError(Exception):
    """The lines were released."""


@dataclass
class LineSettings:
    direction: line.Direction = line.Direction.AS_IS
    edge_detection: line.Edge = line.Edge.NONE
    bias: line.Bias = line.Bias.AS_IS
    drive: line.Drive = line.Drive.PUSH_PULL
    active_low: bool = False
    debounce_period: timedelta = field(default_factory=timedelta)
    event_clock: line.Clock = line.Clock.MONOTONIC
    output_value: line.Value = line.Value.INACTIVE


@dataclass(frozen=True, slots=True)
class ChipInfo:
    name: str
    label: str
    num_lines: int


@dataclass(frozen=True, slots=True)
class LineInfo:
    """What is told of a line; how it is used is left out."""

    offset: int
    name: str
    used: bool
    consumer: str


@dataclass(frozen=True, slots=True)
class EdgeEvent:
    class Type(Enum):
        RISING_EDGE = 1
        FALLING_EDGE = 2

    event_type: Type
    timestamp_ns: int
    line_offset: int
    global_seqno: int
    line_seqno: int


Config = Mapping[int | str | tuple[int | str, ...], LineSettings | None]


def is_gpiochip_device(path: str) -> bool:
    return (Path(path) / DOOR).exists()


def request_lines(
    path: str,
    config: Config,
    consumer: str | None = None,
    event_buffer_size: int | None = None,
    output_values: Mapping[int | str, line.Value] | None = None,
) -> LineRequest:
    with Chip(path) as chip:
        return chip.request_lines(config, consumer, event_buffer_size, output_values)


class Chip:
    """FileNotFoundError where there is none."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._folder = Path(path)
        if not (self._folder / DOOR).exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        told = json.loads((self._folder / CHIP).read_text())
        self._names: list[str] = told["lines"]
        self._info = ChipInfo(told["name"], told["label"], len(self._names))
        self._is_closed = False

    def __enter__(self) -> Chip:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._is_closed = True

    def get_info(self) -> ChipInfo:
        self._check()
        return self._info

    def line_offset_from_id(self, id: str | int) -> int:
        """A name first, then a number written as one."""
        self._check()
        if isinstance(id, str) and id in self._names:
            return self._names.index(id)
        if isinstance(id, str) and not id.isdigit():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), id)
        if int(id) >= len(self._names):
            raise ValueError("line offset of out range")
        return int(id)

    def get_line_info(self, line: int | str) -> LineInfo:
        offset = self.line_offset_from_id(line)
        consumer = _holder(self._folder / LINES / str(offset))
        return LineInfo(offset, self._names[offset], consumer is not None, consumer or "")

    def request_lines(
        self,
        config: Config,
        consumer: str | None = None,
        event_buffer_size: int | None = None,
        output_values: Mapping[int | str, line.Value] | None = None,
    ) -> LineRequest:
        self._check()
        if output_values is not None:
            raise NotImplementedError("output_values: give each line its own output_value")
        settings: dict[int, LineSettings] = {}
        for key, wanted in config.items():
            for one in key if isinstance(key, tuple) else (key,):
                settings[self.line_offset_from_id(one)] = wanted or LineSettings()
        buffer = event_buffer_size or EVENTS_FOR_EACH_LINE * len(settings)
        return LineRequest(self._folder, settings, consumer or "?", buffer)

    def _check(self) -> None:
        if self._is_closed:
            raise ChipClosedError


class LineRequest:
    """Made by a Chip only."""

    def __init__(self, folder: Path, settings: dict[int, LineSettings], consumer: str, buffer: int) -> None:
        self.offsets = list(settings)
        self._settings = settings
        self._events: deque[EdgeEvent] = deque(maxlen=buffer)
        self._is_released = False
        self._locks: list[int] = []
        self._pads = Pads(folder)
        self._socket = open_socket()
        try:
            self._lock(folder, consumer)
            self._drive({offset: one.output_value for offset, one in settings.items() if _is_output(one)})
            self._knock(folder, consumer)
        except OSError:
            self.release()
            raise

    @property
    def fd(self) -> int:
        self._check()
        return self._socket.fileno()

    def fileno(self) -> int:
        return self.fd

    def get_values(self, lines: Iterable[int] | None = None) -> list[line.Value]:
        self._check_chip()
        return [self._value(offset) for offset in (self.offsets if lines is None else lines)]

    def get_value(self, line: int) -> line.Value:
        return self.get_values([line])[0]

    def set_values(self, values: Mapping[int, line.Value]) -> None:
        """Of outputs; all of them in one step."""
        self._check_chip()
        if any(not _is_output(self._settings[offset]) for offset in values):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        levels = self._drive(values)
        try:
            self._socket.send(b"".join(SETTING.pack(offset, level) for offset, level in levels.items()))
        except BlockingIOError:
            pass  # nobody feels it now; the levels themselves are there to see
        except OSError as error:
            raise _gone() from error

    def set_value(self, line: int, value: line.Value) -> None:
        self.set_values({line: value})

    def wait_edge_events(self, timeout: timedelta | float | None = None) -> bool:
        """Whether there is something to read, be it that the chip has left."""
        self._check()
        if timeout not in (0, timedelta()):
            raise BlockingIOError("this would wait; ask with 0 and hear of events by the descriptor")
        return self._collect() or bool(self._events)

    def read_edge_events(self, max_events: int | None = None) -> list[EdgeEvent]:
        self._check()
        has_left = self._collect()
        if not self._events:
            raise _gone() if has_left else BlockingIOError("this would wait; there are no events")
        return [self._events.popleft() for _ in range(min(len(self._events), max_events or len(self._events)))]

    def release(self) -> None:
        if self._is_released:
            return
        self._is_released = True
        self._socket.close()
        for descriptor in self._locks:
            os.close(descriptor)
        self._pads.close()

    # --- below

    def _lock(self, folder: Path, consumer: str) -> None:
        for offset in self.offsets:
            descriptor = os.open(folder / LINES / str(offset), os.O_RDWR)
            self._locks.append(descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY)) from None
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, consumer.encode(), 0)

    def _knock(self, folder: Path, consumer: str) -> None:
        asked = [self._asked(offset, one) for offset, one in self._settings.items()]
        try:
            with door_address(folder) as address:
                self._socket.connect(address)
            self._socket.send(json.dumps({"consumer": consumer, "lines": asked}).encode())
        except OSError as error:
            raise _gone() from error

    def _asked(self, offset: int, settings: LineSettings) -> dict[str, object]:
        """`level`: as it is now, so that nothing that changes before the other side has heard of this is missed."""
        return {
            "line": offset,
            "is_output": _is_output(settings),
            "rising": settings.edge_detection in (line.Edge.RISING, line.Edge.BOTH),
            "falling": settings.edge_detection in (line.Edge.FALLING, line.Edge.BOTH),
            "active_low": settings.active_low,
            "rests_high": settings.bias is line.Bias.PULL_UP,
            "debounce_s": settings.debounce_period.total_seconds(),
            "level": self._level(offset),
        }

    def _drive(self, values: Mapping[int, line.Value]) -> dict[int, int]:
        levels = {
            offset: int(bool(value.value) != self._settings[offset].active_low) for offset, value in values.items()
        }
        for offset, level in levels.items():
            if not self._pads.is_stuck(offset):
                self._pads.set_level(offset, level)
        return levels

    def _level(self, offset: int) -> int:
        level = self._pads.level(offset)
        if level == FLOATING:
            return HIGH if self._settings[offset].bias is line.Bias.PULL_UP else LOW
        return level

    def _value(self, offset: int) -> line.Value:
        return line.Value(int(self._level(offset) != self._settings[offset].active_low))

    def _collect(self) -> bool:
        """Take what has come; the oldest are lost where it is too much. Whether the chip has left."""
        while True:
            try:
                received = self._socket.recv(MOST_OCTETS)
            except BlockingIOError:
                return False
            except OSError:
                return True
            if not received:
                return True
            self._events.extend(_event(received))

    def _check_chip(self) -> None:
        self._check()
        if self._collect():
            raise _gone()

    def _check(self) -> None:
        if self._is_released:
            raise RequestReleasedError


def _event(received: bytes) -> Sequence[EdgeEvent]:
    at_ns, offset, rises, of_all, of_line = EVENT.unpack(received)
    kind = EdgeEvent.Type.RISING_EDGE if rises else EdgeEvent.Type.FALLING_EDGE
    return (EdgeEvent(kind, at_ns, offset, of_all, of_line),)


def _is_output(settings: LineSettings) -> bool:
    return settings.direction is line.Direction.OUTPUT


def _holder(path: Path) -> str | None:
    """Who has the line; None where nobody does."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, MOST_OCTETS, 0).decode()
    finally:
        os.close(descriptor)
    return None


def _gone() -> OSError:
    return OSError(errno.ENODEV, os.strerror(errno.ENODEV))
