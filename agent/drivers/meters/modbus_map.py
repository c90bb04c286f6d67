"""Any meter with a register map: `driver = "modbus_map"` under `meter`, with `map` and `address`.

The meter is asked who it is before anything it says is used, and again after each silence: another model at the
address gives plausible numbers of the wrong kind. Then one plan of block reads is used, the longest that the unit
answers; published limits of a read's length are wrong for part of the field (meters.md section 1).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Annotated

from agent.clock import Clock
from agent.core.quantities import MeterSample
from agent.drivers.interfaces import Bus
from agent.drivers.meters.maps import MeterMap, Value, known_maps, load_map
from agent.drivers.meters.sample import USED, Implausible, check_sum, sample_of
from agent.drivers.modbus.block import Block
from agent.drivers.modbus.exchange import Refused
from agent.drivers.modbus.line import Device, Line, Unanswered
from agent.errors import DriverError, DriverImplausible, DriverRejected, DriverUnavailable
from agent.tables import Within, nearest
from agent.values import frozen

log = logging.getLogger(__name__)

BUS_KINDS = ("modbus_rtu", "modbus_tcp")


@frozen(kw_only=True)
class Options:
    """`map` is a file of maps/, `address` the unit on the bus."""

    bus: str
    map: str
    address: Annotated[int, Within(1, 247, because="the addresses Modbus has; the meter's display or label tells its")]

    def __post_init__(self) -> None:
        if self.map not in known_maps():
            raise ValueError(f'map: there is no map "{self.map}"{nearest(self.map, known_maps())}')


class ModbusMeter:
    """A `Meter`. One reading is one pass of the plan, stamped when its last answer arrived."""

    def __init__(self, name: str, line: Line, meter: MeterMap, device: Device, *, clock: Clock) -> None:
        self.name = name
        self._line = line
        self._map = meter
        self._device = device
        self._clock = clock
        self._where = f"address {device.unit} on {line.name}"
        self._is_identified = False
        self._serial_number: Value = None
        self._plan = 0
        self._looks_like: str | None = None
        """What the stranger at the address was found to be; asked once."""

    async def open(self) -> None:
        """Nothing to prepare: every reading tries the line."""

    async def aclose(self) -> None:
        """A meter is only read."""

    async def read(self) -> MeterSample:
        """One coherent sample.

        DriverUnavailable: no answer, or none now. DriverRejected: it refuses what its map says it has.
        DriverImplausible: another meter than configured, or values outside of physics.
        """
        is_met = not self._is_identified
        try:
            if is_met:
                await self._identify()
            values = await self._read_plan(may_shorten=is_met)
            return sample_of(values, self._map, self._clock.now())
        except Implausible as error:
            raise DriverImplausible(self.name, f"{self._where} tells {error}") from error
        except Unanswered as error:
            self._is_identified = False
            raise DriverUnavailable(self.name, str(error)) from error
        except Refused as error:
            raise self._refused(error) from error

    # --- who it is

    async def _identify(self) -> None:
        try:
            values = await self._read_blocks(self._map.identity_blocks)
        except Refused as error:
            if not error.is_permanent:
                raise
            raise await self._stranger(f"it answers the question for its model with {error}") from error
        model = next((model for model in self._map.models if model.fits(values.get(model.point))), None)
        if model is None:
            point = self._map.models[0].point
            raise await self._stranger(f"its {point} reads {_shown(values.get(point))}")
        self._check_serial_number(values.get("serial_number"))
        self._is_identified = True
        self._looks_like = None
        log.info("meter identified", extra={"meter": self.name, "model": model.name, "serial": self._serial_number})

    def _check_serial_number(self, serial_number: Value) -> None:
        """The register of another meter is another register: no transaction may go on over an exchange."""
        known = self._serial_number
        if known is not None and serial_number is not None and known != serial_number:
            raise DriverImplausible(
                self.name,
                f"{self._where} has serial number {serial_number}, and until now it was {known}; "
                "if the meter was exchanged on purpose, restart the agent",
            )
        self._serial_number = serial_number if known is None else known

    async def _stranger(self, why: str) -> DriverImplausible:
        """The error for another meter than configured, with what it seems to be."""
        if self._looks_like is None:
            self._looks_like = await self._recognised()
        advice = "check address and map in the board file"
        if self._looks_like:
            advice = f'it looks like {self._looks_like}: check the address, or write map = "{self._looks_like}"'
        return DriverImplausible(self.name, f"{self._where} is no {self._map.id}: {why}; {advice}")

    async def _recognised(self) -> str:
        """The id of the first other map that knows the device; empty where none does."""
        for id in known_maps():
            if id == self._map.id:
                continue
            other = load_map(id)
            try:
                values = await self._read_blocks(other.identity_blocks, other)
            except (Refused, Unanswered):
                continue
            if any(model.fits(values.get(model.point)) for model in other.models):
                return id
        return ""

    # --- what it says

    async def _read_plan(self, *, may_shorten: bool) -> Mapping[str, Value]:
        """Every value of the plan; a shorter one where the device knows itself and not this length of a read."""
        while True:
            try:
                return await self._read_blocks(self._map.plans[self._plan], only=USED)
            except Refused as error:
                if not error.is_permanent or not self._shorten(str(error)):
                    raise
            except Unanswered as error:
                if not (may_shorten and error.was_silence and self._shorten("silence")):
                    raise

    def _shorten(self, why: str) -> bool:
        """Go over to the next plan; after the last one begin with the first again, and say no."""
        self._plan = (self._plan + 1) % len(self._map.plans)
        if self._plan:
            log.info("meter is read in shorter blocks", extra={"meter": self.name, "because": why})
        return self._plan > 0

    async def _read_blocks(
        self, blocks: tuple[Block, ...], of: MeterMap | None = None, *, only: frozenset[str] | None = None
    ) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for block in blocks:
            found = (of or self._map).values(block, await self._line.read(self._device, block), only)
            check_sum(found)
            values.update(found)
        return values

    def _refused(self, error: Refused) -> DriverError:
        if error.is_permanent:
            return DriverRejected(self.name, f"{self._where} answers with {error}; check the map in the board file")
        return DriverUnavailable(self.name, f"{self._where} answers with {error}; if that stays, restart the meter")


def create(name: str, options: Options, buses: Mapping[str, Bus], *, clock: Clock) -> ModbusMeter:
    """The meter at `options.address`, not yet asked."""
    line = buses[options.bus]
    assert isinstance(line, Line)
    meter = load_map(options.map)
    device = Device(unit=options.address, pause_s=meter.pause_s, answer_timeout_s=meter.answer_timeout_s)
    return ModbusMeter(f"{name}, address {options.address}", line, meter, device, clock=clock)


def _shown(value: Value) -> str:
    return f"0x{value:04X}" if isinstance(value, int) else "nothing" if value is None else str(value)
