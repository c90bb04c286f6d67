"""Groups of lines as they are held from the kernel: one request for each group, made anew whenever the chip returns."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from agent.drivers.gpio.chip import FoundChip, offsets_of, why_no_chip, why_no_lines
from agent.drivers.gpio.lines import Absent, Bias, Edge, InputLine, LineName, LinesLevel, OutputLine, Values
from agent.drivers.level import Level
from agent.drivers.wire import ReopenPace, WireLost

log = logging.getLogger(__name__)

CONSUMER_AT_MOST = 31
"""Characters that the kernel keeps (GPIO_MAX_NAME_SIZE with its final zero)."""
READINGS_AT_MOST = 8
"""Of a full buffer in one turn of the loop: a line that never rests must not starve everything else."""
NS_PER_S = 1_000_000_000

EdgesSeen = Callable[[tuple[Edge, ...]], None]
LevelSeen = Callable[[], None]


class Held:
    """What both kinds have in common. `level` is theirs to tell, `user` the driver that errors name.

    `on_level` is called after each change of the level: for who has no task of its own to follow it.
    """

    def __init__(self, user: str, names: Sequence[LineName], on_level: LevelSeen) -> None:
        self.user = user
        self.names = tuple(names)
        self._on_level = on_level
        self.level: Level[LinesLevel] = Level(None)
        self.pace = ReopenPace()
        self.losses = 0
        self._chip: FoundChip | None = None
        self._request: Any = None
        self._offsets: tuple[int, ...] = ()

    @property
    def is_held(self) -> bool:
        return self._request is not None

    def require(self) -> Values:
        """The values of now. Raises DriverUnavailable while the lines cannot be used."""
        match self.level.value:
            case Absent() as absent:
                raise absent.error(self.user)
            case None:
                raise Absent("the bus is not open yet; check again in a moment").error(self.user)
            case values:
                return values

    def begin(self, chip: FoundChip) -> None:
        """Ask for the lines. Raises WireLost, and nothing is held then."""
        self._offsets = offsets_of(chip, self.names)
        try:
            self._request = chip.library.request_lines(
                chip.path, config=self._config(chip), consumer=f"evse-agent {self.user}"[:CONSUMER_AT_MOST],
                event_buffer_size=self._event_buffer(),
            )  # fmt: skip
            self._chip = chip
            values = self._first_values()
        except OSError as error:
            self._release()
            raise WireLost(why_no_lines(chip, zip(self.names, self._offsets, strict=True), error)) from error
        asyncio.get_running_loop().add_reader(self._request.fd, self._on_readable)
        self.pace.succeeded()
        self._tell_level(values)

    def look(self) -> None:
        """Ask for the values: whether the chip is still there, and what an event may have failed to tell."""
        raise NotImplementedError

    def end(self, why: str) -> None:
        """Let go of the lines."""
        self._release()
        self._tell_level(Absent(why))

    def counts(self) -> dict[str, float]:
        """For the statistics of the bus."""
        return {"losses": self.losses}

    def lose(self, why: str) -> None:
        """They are gone: `why` is for a person."""
        self.losses += self.is_held
        if self.level.value != Absent(why):
            log.warning("lines are lost", extra={"driver": self.user, "lines": " ".join(self.names), "reason": why})
        self.pace.failed(why)
        self.end(why)

    def _tell_level(self, level: LinesLevel) -> None:
        if level != self.level.value:
            self.level.set(level)
            self._on_level()

    def _lose_to(self, error: OSError) -> str:
        why = "the chip is gone" if self._chip is None else why_no_chip(self._chip.path, error)
        self.lose(why)
        return why

    def _release(self) -> None:
        request, self._request = self._request, None
        if request is not None:
            asyncio.get_running_loop().remove_reader(request.fd)
            with suppress(OSError):
                request.release()

    def _config(self, chip: FoundChip) -> dict[int, Any]:
        raise NotImplementedError

    def _event_buffer(self) -> int | None:
        return None

    def _first_values(self) -> Values:
        raise NotImplementedError

    def _on_readable(self) -> None:
        raise NotImplementedError

    def _read(self) -> Values:
        return tuple(bool(value.value) for value in self._request.get_values(list(self._offsets)))


class Outputs(Held):
    """Lines that are driven, all in one step. `level` holds what they were set to last, which is no look at a load.

    Whenever they are asked for, at first and after each loss, they begin with their safe values: whoever wants
    something else follows `level`, and sets it again.
    """

    def __init__(self, user: str, lines: Sequence[OutputLine], on_level: LevelSeen) -> None:
        super().__init__(user, [one.line for one in lines], on_level)
        self._lines = tuple(lines)

    @property
    def safe(self) -> Values:
        return tuple(one.safe for one in self._lines)

    def set(self, *values: bool) -> None:
        """One value for each line. Raises DriverUnavailable; then nothing is kept for later."""
        self.require()
        try:
            self._drive(values)
        except OSError as error:
            raise Absent(self._lose_to(error)).error(self.user) from error
        self._tell_level(values)

    def look(self) -> None:
        """Some chips cannot read what they drive: only that one has left counts."""
        try:
            self._read()
        except OSError as error:
            if error.errno == errno.ENODEV:
                self._lose_to(error)

    def _drive(self, values: Values) -> None:
        assert self._chip is not None
        word = self._chip.library.line.Value
        of_lines = zip(self._offsets, values, strict=True)
        self._request.set_values({offset: word.ACTIVE if value else word.INACTIVE for offset, value in of_lines})

    def _release(self) -> None:
        # The level after a release is nobody's promise.
        if self._request is not None:
            with suppress(OSError):
                self._drive(self.safe)
        super()._release()

    def _config(self, chip: FoundChip) -> dict[int, Any]:
        return {offset: _output(chip, line) for offset, line in zip(self._offsets, self._lines, strict=True)}

    def _first_values(self) -> Values:
        return self.safe

    def _on_readable(self) -> None:
        """Outputs have no events: the kernel says that the chip has left."""
        self._lose_to(OSError(errno.ENODEV, "the chip has left"))


class Inputs(Held):
    """Lines that are watched. `level` holds their values, the one of the start included; `edges` hears each change."""

    def __init__(
        self, user: str, lines: Sequence[InputLine], edges: EdgesSeen, on_level: LevelSeen, *, buffer: int
    ) -> None:
        super().__init__(user, [one.line for one in lines], on_level)
        self._lines = tuple(lines)
        self._edges = edges
        self._buffer = buffer
        self._seen: dict[int, int] = {}
        self.heard = self.dropped = 0

    def begin(self, chip: FoundChip) -> None:
        self._seen = {}
        super().begin(chip)

    def look(self) -> None:
        """Events first: they are older than a value that is read now."""
        try:
            self._take()
            if self.is_held:
                self._tell_level(self._read())
        except OSError as error:
            self._lose_to(error)

    def counts(self) -> dict[str, float]:
        return {**super().counts(), "edges": self.heard, "dropped_edges": self.dropped}

    def _config(self, chip: FoundChip) -> dict[int, Any]:
        return {offset: _input(chip, line) for offset, line in zip(self._offsets, self._lines, strict=True)}

    def _event_buffer(self) -> int | None:
        return self._buffer

    def _first_values(self) -> Values:
        return self._read()

    def _on_readable(self) -> None:
        try:
            self._take()
        except OSError as error:
            self._lose_to(error)

    def _take(self) -> None:
        """Read what has come; without a look whether there is something, reading would wait."""
        for _ in range(READINGS_AT_MOST):
            if self._request is None or not self._request.wait_edge_events(0):
                return
            self._tell(tuple(self._edge(event) for event in self._request.read_edge_events(self._buffer)))

    def _tell(self, edges: tuple[Edge, ...]) -> None:
        # What was dropped may have been the last word.
        values = self._read() if any(edge.after_gap for edge in edges) else self._after(edges)
        self.heard += len(edges)
        self._tell_level(values)
        self._edges(edges)

    def _after(self, edges: tuple[Edge, ...]) -> Values:
        values = list(self.require())
        for edge in edges:
            values[edge.place] = edge.active
        return tuple(values)

    def _edge(self, event: Any) -> Edge:
        assert self._chip is not None
        before = self._seen.get(event.line_offset, 0)
        self._seen[event.line_offset] = event.line_seqno
        missed = event.line_seqno - before - 1
        self.dropped += missed
        return Edge(
            place=self._offsets.index(event.line_offset),
            active=event.event_type is self._chip.library.EdgeEvent.Type.RISING_EDGE,
            at_s=event.timestamp_ns / NS_PER_S,
            after_gap=missed > 0,
        )


def _output(chip: FoundChip, line: OutputLine) -> Any:
    """The initial value is a part of the request, so that there is no moment with another one."""
    words = chip.library.line
    return chip.library.LineSettings(
        direction=words.Direction.OUTPUT,
        active_low=line.active_low,
        drive=words.Drive.OPEN_DRAIN if line.open_drain else words.Drive.PUSH_PULL,
        output_value=words.Value.ACTIVE if line.safe else words.Value.INACTIVE,
    )


def _input(chip: FoundChip, line: InputLine) -> Any:
    words = chip.library.line
    bias = {
        Bias.NONE: words.Bias.AS_IS,
        Bias.PULL_UP: words.Bias.PULL_UP,
        Bias.PULL_DOWN: words.Bias.PULL_DOWN,
    }
    return chip.library.LineSettings(
        direction=words.Direction.INPUT,
        edge_detection=words.Edge.BOTH,
        bias=bias[line.bias],
        active_low=line.active_low,
        debounce_period=timedelta(seconds=line.debounce_s),
    )
