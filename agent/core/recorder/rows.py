"""Steps of sessions as rows of small numbers: what changed since the row before, so that a thousand of them pack well.

A row is [connector, kind, time, wall, check, payload], and where there are some, effects and keys. `kind` is the place
of the event's class, or SAMPLE for an ordinary reading of the meter, whose payload is the difference to the one before.
Times are nanoseconds since the row before, `wall` milliseconds by which the wall clock moved against the monotonic one.
A number that does not fit its grid (a clock of another kind, a meter with more digits) stands as it is: nothing is
rounded, since a replay has to be exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from agent.core.identity import ConnectorId, TransactionKey
from agent.core.quantities import MeterSample
from agent.core.recorder.codec import Codec, Plain
from agent.core.recorder.schema import Unreadable
from agent.core.session.effects import SessionEffect
from agent.core.session.events import MeterSampled, SessionEvent
from agent.core.time import Instant
from agent.values import frozen, mutable

SAMPLE = -1
NS = 1e9
LARGEST = 1e9
SCALES = (1, 10, 100, 1000)
"""Parts of a volt, an ampere, a watt or a hertz that a meter tells. Each of its values has its own, found as it comes:
one that needs a finer one stands as it is, and those after it are told by that."""


@frozen(kw_only=True)
class Recorded:
    """One step: what went in, and what came of it. `check` is a digest of the session after it; None: it failed.

    `keys` are the names of transactions that were drawn in it.
    """

    connector: ConnectorId
    event: SessionEvent
    now: Instant
    check: int | None = None
    effects: tuple[SessionEffect, ...] = ()
    keys: tuple[TransactionKey, ...] = ()


@mutable
class _Sight:
    """What the last reading of one connector showed, each value in the parts of its scale; the register in Wh."""

    last: list[int] = field(default_factory=lambda: [0] * 8)
    scales: list[int] = field(default_factory=lambda: [1] * 8)
    register_wh: int = 0

    def difference(self, place: int, value: float | None) -> Plain:
        """What a row holds of a value."""
        if value is None:
            return None
        scale = self.scales[place]
        parts = round(value * scale) if isinstance(value, float) and abs(value) < LARGEST else None
        if parts is not None and parts / scale == value:
            moved, self.last[place] = parts - self.last[place], parts
            return moved
        self._refine(place, value)
        return [value]

    def value(self, place: int, plain: Plain) -> float | None:
        """The value again."""
        if plain is None:
            return None
        if isinstance(plain, list):
            [value] = plain
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                raise Unreadable(f"{value!r:.20} stands in the recording where a reading should")
            self._refine(place, value)
            return value
        self.last[place] += int(plain)
        return self.last[place] / self.scales[place]

    def _refine(self, place: int, value: float) -> None:
        """Both ends do it after the same value."""
        if not isinstance(value, float) or not abs(value) < LARGEST:
            return
        scale = next((one for one in SCALES if round(value * one) / one == value), SCALES[-1])
        self.scales[place] = max(self.scales[place], scale)
        self.last[place] = round(value * self.scales[place])


class Rows:
    """Writes or reads the rows of one block; both ends remember the row before. All of one boot of the controller."""

    def __init__(self, codec: Codec, boot_id: str) -> None:
        self._codec = codec
        self._places = {name: place for place, name in enumerate(codec.names)}
        self._boot_id = boot_id
        self._at_ns = 0
        self._wall_ms = 0
        self._sights: dict[int, _Sight] = {}

    def written(self, step: Recorded, check: int | None) -> list[Plain]:
        """The row of a step, whose `now` is of this boot."""
        event, codec = step.event, self._codec
        time, wall = self._moved(step.now)
        sample = self._sample(step.connector, event) if isinstance(event, MeterSampled) else None
        cls = type(event)
        kind = SAMPLE if sample is not None else self._places[cls.__qualname__]
        payload = sample if sample is not None else codec.write(cls, event)
        row = [step.connector, kind, time, wall, check, payload]
        if step.effects or step.keys:
            row += [effects_written(codec, step.effects), list(step.keys)]
        return row

    def read(self, row: Plain, events: Mapping[str, type]) -> Recorded:
        """The step of a row; `events` are the classes of events by name. Raises Unreadable."""
        try:
            connector, kind, time, wall, check, payload, *more = row
            now = self._instant(time, wall)
            if kind == SAMPLE:
                event: SessionEvent = MeterSampled(sample=self._sample_read(connector, payload))
            else:
                event = self._codec.read(_known(events, self._codec.names[kind]), payload)
            effects, keys = more or ([], [])
            return Recorded(
                connector=ConnectorId(connector),
                event=event,
                now=now,
                check=check,
                effects=self._codec.read(tuple[SessionEffect, ...], effects),
                keys=tuple(TransactionKey(str(key)) for key in keys),
            )
        except Unreadable:
            raise
        except (TypeError, ValueError, IndexError, OverflowError) as error:
            raise Unreadable(f"a row of the recording cannot be one: {error}") from error

    # Time.

    def _moved(self, now: Instant) -> tuple[Plain, Plain]:
        at_ns = round(now.monotonic_s * NS)
        time: Plain = at_ns - self._at_ns if at_ns / NS == now.monotonic_s else [now.monotonic_s]
        self._at_ns = at_ns
        return time, self._wall(now)

    def _wall(self, now: Instant) -> Plain:
        if now.utc_ms is None:
            return None
        wall_ms = now.utc_ms - round(now.monotonic_s * 1000)
        moved, self._wall_ms = wall_ms - self._wall_ms, wall_ms
        return moved

    def _instant(self, time: Plain, wall: Plain) -> Instant:
        if isinstance(time, list):
            monotonic_s = float(time[0])
            self._at_ns = round(monotonic_s * NS)
        else:
            self._at_ns += int(time)
            monotonic_s = self._at_ns / NS
        if wall is None:
            return Instant(monotonic_s, None, self._boot_id)
        self._wall_ms += int(wall)
        return Instant(monotonic_s, self._wall_ms + round(monotonic_s * 1000), self._boot_id)

    # An ordinary reading.

    def _sample(self, connector: int, event: MeterSampled) -> Plain:
        """None where it is none of the ordinary ones, or was taken in another boot."""
        sample = event.sample
        at = sample.at
        if event.purpose is not None or at.boot_id != self._boot_id or not _is_whole(sample.register_wh):
            return None
        at_ns = round(at.monotonic_s * NS)
        time: Plain = self._at_ns - at_ns if at_ns / NS == at.monotonic_s else [at.monotonic_s]
        wall = None if at.utc_ms is None else at.utc_ms - round(at.monotonic_s * 1000) - self._wall_ms
        sight = self._sights.setdefault(connector, _Sight())
        values = (sample.power_w, *sample.voltages_v, *sample.currents_a, sample.frequency_hz)
        register: Plain = None
        if sample.register_wh is not None:
            register, sight.register_wh = sample.register_wh - sight.register_wh, sample.register_wh
        return [time, wall, register, *(sight.difference(place, one) for place, one in enumerate(values))]

    def _sample_read(self, connector: int, plain: Plain) -> MeterSample:
        time, wall, register, *values = plain
        at_ns = self._at_ns - int(time) if not isinstance(time, list) else 0
        monotonic_s = float(time[0]) if isinstance(time, list) else at_ns / NS
        utc_ms = None if wall is None else self._wall_ms + int(wall) + round(monotonic_s * 1000)
        sight = self._sights.setdefault(connector, _Sight())
        if register is not None:
            sight.register_wh += int(register)
        power, u1, u2, u3, i1, i2, i3, frequency = (sight.value(place, one) for place, one in enumerate(values))
        return MeterSample(
            at=Instant(monotonic_s, utc_ms, self._boot_id),
            register_wh=None if register is None else sight.register_wh,
            power_w=power,
            voltages_v=(u1, u2, u3),
            currents_a=(i1, i2, i3),
            frequency_hz=frequency,
        )


def _is_whole(register_wh: object) -> bool:
    return register_wh is None or type(register_wh) is int


def effects_written(codec: Codec, effects: Iterable[SessionEffect]) -> list[Plain]:
    """As they stand in a row: what of a decision is compared word for word."""
    written: list[Plain] = codec.write(tuple[SessionEffect, ...], tuple(effects))
    return written


def _known(events: Mapping[str, type], name: str) -> Any:
    if name not in events:
        raise Unreadable(f"{name} of the recording is unknown to this version; play it with the one that wrote it")
    return events[name]
