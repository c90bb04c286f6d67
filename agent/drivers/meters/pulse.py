"""A meter that gives pulses, as by its S0 output: `driver = "pulse"` under `meter`, on a bus of kind "gpio".

    [connector.meter]
    driver = "pulse"
    bus = "gpio"
    line = "GPIO17"
    pulses_per_kwh = 1000
    counts_in = "/var/lib/evse-agent/meter1.count"

The register is the pulses that this program has seen. The count goes on in the file `counts_in` after a restart.

Power is made from the time between pulses, so it is an average over that time, and where no pulse comes it only falls
as fast as the wait allows: at 1000 pulses for a kWh a car that has stopped still seems to take up to 60 W a minute
later. Direction, voltages and currents there are none: what is fed back counts as drawn where the meter pulses for it.

Wiring: S0 (EN 62053-31) plus to the line, minus to ground; an optocoupler in between where the cable leaves the
  cabinet. The chip pulls the open line up unless `bias` says otherwise; `active_low = false` where a pulse is high.
Quirks:

- No meter for billing. What flows while the program does not run, or the line is away, is missing in its register for
  ever: that stays behind the meter's own display and never gets ahead of it. A loss of power takes back the last half
  a minute of the count, and the register falls by that.
- A broken wire and no load look the same: nothing comes.
- S0 pulses are 30 ms long at least, those of a light-emitting diode down to 2 ms: then `debounce_ms = 1`.
- Pulses that would be more power than `max_current_a` allows are not counted, and told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

from agent.clock import Clock
from agent.core.quantities import MeterSample
from agent.drivers.aside import Aside, StillBusy
from agent.drivers.buses.gpio import GpioBus
from agent.drivers.gpio.lines import Absent, Bias, Edge, InputLine, LineName
from agent.drivers.interfaces import Bus
from agent.drivers.meters.pulses import WS_PER_KWH, CountFile, CountLost, PulseTrain
from agent.drivers.meters.sample import HEADROOM, MAINS_HIGH_V, PHASES
from agent.errors import DriverImplausible, DriverUnavailable
from agent.tables import Within
from agent.values import frozen

log = logging.getLogger(__name__)

T = TypeVar("T")

BUS_KINDS = ("gpio",)
FILE_WITHIN_S = 2.0
CLOSES_WITHIN_S = 0.5
NOMINAL_V = 230.0
EVENTS = 1024
"""Changes that the kernel keeps while nobody looks."""


@frozen(kw_only=True)
class Options:
    """`pulses_per_kwh` stands on the meter's plate. `debounce_ms`: a level counts once it held for so long."""

    bus: str
    line: LineName
    pulses_per_kwh: Annotated[int, Within(1, 100_000)]
    counts_in: Path
    active_low: bool = True
    bias: Bias = Bias.PULL_UP
    debounce_ms: Annotated[int, Within(0, 100, "ms")] = 10
    max_current_a: Annotated[float, Within(1, 1000, "A")] = 63.0

    def __post_init__(self) -> None:
        if not self.counts_in.is_absolute():
            raise ValueError(f"counts_in: {self.counts_in} is no absolute path; write one, as /var/lib/evse-agent/…")
        spacing_ms = 1000 * WS_PER_KWH / self.pulses_per_kwh / (len(PHASES) * NOMINAL_V * self.max_current_a)
        if spacing_ms < 2 * self.debounce_ms:
            raise ValueError(
                f"debounce_ms: at {self.max_current_a:g} A a pulse comes every {spacing_ms:.1f} ms, and two times "
                f"{self.debounce_ms} ms do not fit in; write less, or the max_current_a that there really is"
            )


class PulseMeter:
    """A `Meter`."""

    def __init__(self, name: str, bus: GpioBus, options: Options, clock: Clock) -> None:
        self.name = f"{name}, line {options.line}"
        self._options = options
        self._clock = clock
        highest_w = HEADROOM * len(PHASES) * MAINS_HIGH_V * options.max_current_a
        self._train = PulseTrain(options.pulses_per_kwh, highest_w)
        self._file = CountFile(options.counts_in, options.pulses_per_kwh)
        self._aside = Aside()
        self._before: int | None = None
        """Pulses of earlier runs; None until the file was read."""
        self._kept = 0
        """Pulses of this run that are in the file."""
        self._told_too_fast = 0
        line = InputLine(
            line=options.line,
            active_low=options.active_low,
            bias=options.bias,
            debounce_s=options.debounce_ms / 1000,
        )
        self._line = bus.inputs(self.name, [line], self._on_edges, self._on_level, buffer=EVENTS)

    async def open(self) -> None:
        """Read the file; where that fails each reading tries again. The bus asks for the line."""
        with suppress(DriverUnavailable):
            await self._earlier()

    async def aclose(self) -> None:
        """Keep the count on the disk. The bus lets go of the line."""
        if self._before is None or self._train.count == self._kept:
            return
        total = self._before + self._train.count
        with suppress(CountLost, TimeoutError, StillBusy):
            await self._aside.call(partial(self._file.save, total, flush=True), CLOSES_WITHIN_S)
            self._kept = self._train.count

    async def read(self) -> MeterSample:
        """The pulses up to now. DriverUnavailable: no line, or no file. DriverImplausible: pulses that are none."""
        self._line.require()
        before = await self._earlier()
        if (too_fast := self._train.too_fast - self._told_too_fast) > 0:
            self._told_too_fast = self._train.too_fast
            raise DriverImplausible(
                self.name,
                f"{too_fast} pulses came faster than {self._options.max_current_a:g} A make them, and were not "
                "counted; check pulses_per_kwh on the meter's plate, debounce_ms and the cable",
            )
        at, seen = self._clock.now(), self._train.count
        power_w = self._train.power_w(asyncio.get_running_loop().time())
        if seen != self._kept:
            # What is told is kept first: after a restart no register is lower than one that was told.
            await self._with_file(partial(self._file.save, before + seen))
            self._kept = seen
        register_wh = (before + seen) * 1000 // self._options.pulses_per_kwh
        return MeterSample(at=at, register_wh=register_wh, power_w=power_w)

    async def _earlier(self) -> int:
        if self._before is None:
            self._before = await self._with_file(self._file.load)
            log.info("pulses are counted on", extra={"meter": self.name, "pulses": self._before})
        return self._before

    async def _with_file(self, work: Callable[[], T]) -> T:
        try:
            return await self._aside.call(work, FILE_WITHIN_S)
        except CountLost as error:
            raise DriverUnavailable(self.name, str(error)) from error
        except (TimeoutError, StillBusy) as error:
            what = f"{self._file.path} takes longer than {FILE_WITHIN_S:g} s; check the disk"
            raise DriverUnavailable(self.name, what) from error

    def _on_edges(self, edges: tuple[Edge, ...]) -> None:
        for edge in edges:
            if edge.after_gap:
                self._train.gap()
            if edge.active:
                self._train.pulse(edge.at_s)

    def _on_level(self) -> None:
        if isinstance(self._line.level.value, Absent):
            self._train.gap()


def create(name: str, options: Options, buses: Mapping[str, Bus], *, clock: Clock) -> PulseMeter:
    """Raises ConfigError where the line has a user already."""
    bus = buses[options.bus]
    assert isinstance(bus, GpioBus)
    return PulseMeter(name, bus, options, clock)
