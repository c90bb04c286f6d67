"""A meter behind a register map: who it is, one plan of blocks, and what is believed of them.

The meter is asked who it is before anything it says is used, and again after each silence: another model at the
address gives plausible numbers of the wrong kind. Then one plan of block reads is used, the longest that the unit
answers; published limits of a read's length are wrong for part of the field (meters.md section 1).
"""

from __future__ import annotations

import logging
from typing import Protocol

from agent.clock import Clock
from agent.core.quantities import MeterIdentity, MeterSample
from agent.drivers.meters.interview import Interview, Met, Stranger
from agent.drivers.meters.maps import MeterMap, Value
from agent.drivers.meters.sample import Heard, Implausible, is_blank, sample_from
from agent.drivers.meters.stillness import Stillness, after, check_moves
from agent.drivers.modbus.answers import Refused
from agent.drivers.modbus.block import Block
from agent.drivers.modbus.line import Device, Unanswered
from agent.errors import DriverError, DriverImplausible, DriverRejected, DriverUnavailable

log = logging.getLogger(__name__)


class Registers(Protocol):
    """What a meter is read through; a `Line` is one."""

    name: str

    async def read(self, device: Device, block: Block) -> tuple[int, ...]: ...


class ModbusMeter:
    """A `Meter`. One reading is one pass of the plan, stamped when its last answer arrived."""

    def __init__(
        self, name: str, line: Registers, meter: MeterMap, device: Device, *, number: int, clock: Clock
    ) -> None:
        self.name = name
        self._line = line
        self._map = meter
        self._device = device
        self._number = number
        self._clock = clock
        self._where = f"address {device.unit} on {line.name}"
        self._met: Met | None = None
        """None until the device has said who it is, and after each silence."""
        self._serial_number: Value = None
        self._still: Stillness | None = None
        self._step_wh: float | None = None
        """Of its register, as it told it last."""
        self._plan = 0
        self._recognised: dict[str, str] = {}
        """By what the device at the address is not the configured one: the map that knows it. Looked for once."""

    @property
    def met(self) -> Met | None:
        """Who the device is, and its map with the addresses of the wire; None until it has said so."""
        return self._met

    def identity(self) -> MeterIdentity | None:
        """`IdentifiedMeter`."""
        if self._met is None:
            return None
        told = {name: "" if value is None else str(value) for name, value in self._met.values.items()}
        return MeterIdentity(
            model=self._met.model,
            serial_number=told.get("serial_number", ""),
            firmware=told.get("firmware", ""),
            step_wh=self._step_wh or self._met.meter.step_wh,
        )

    async def open(self) -> None:
        """Nothing to prepare: every reading tries the line."""

    async def aclose(self) -> None:
        """A meter is only read."""

    async def read(self) -> MeterSample:
        """One coherent sample.

        DriverUnavailable: no answer, or none now. DriverRejected: it refuses what its map says it has.
        DriverImplausible: another meter than configured, or values outside of physics.
        """
        is_new = self._met is None
        try:
            met = self._met or await self._meet()
            return await self._reading(met.meter, is_new=is_new)
        except Implausible as error:
            self._look_again()
            raise DriverImplausible(self.name, f"{self._where} tells {error}") from error
        except Unanswered as error:
            self._met = self._still = None
            raise DriverUnavailable(self.name, str(error)) from error
        except Refused as error:
            raise self._refused(error) from error

    async def _reading(self, meter: MeterMap, *, is_new: bool) -> MeterSample:
        sample = self._sample(await self._read_plan(meter, may_shorten=is_new), meter)
        if not is_new and is_blank(sample):
            # So tells a meter that is waking up, or has lost its measuring part; then its model is a zero, too.
            await self._meet()
        return sample

    def _sample(self, heard: Heard, meter: MeterMap) -> MeterSample:
        sample = sample_from(heard, meter, self._clock.now())
        self._still = after(self._still, heard, sample.at)
        self._step_wh = meter.register_step_wh(heard)
        check_moves(self._still, sample, self._step_wh)
        return sample

    # --- who it is

    async def _meet(self) -> Met:
        """Raises DriverImplausible for another device than configured; Refused and Unanswered where that may pass."""
        interview = Interview(lambda block: self._line.read(self._device, block))
        try:
            met = await interview.meet(self._map, self._number)
        except Stranger as stranger:
            raise await self._told(stranger, interview) from stranger
        self._check_serial_number(met.values.get("serial_number"))
        self._met = met
        self._recognised.clear()
        log.info("meter identified", extra={"meter": self.name, "model": met.model, "serial": self._serial_number})
        return met

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

    async def _told(self, stranger: Stranger, interview: Interview) -> DriverImplausible:
        """The error for another device than configured, with what it seems to be."""
        why = str(stranger)
        if why not in self._recognised:
            self._recognised[why] = stranger.looks_like or await interview.recognise(self._map)
        advice = "check address and map in the board file"
        if found := self._recognised[why]:
            advice = f'it looks like {found}: check the address, or write map = "{found}"'
        return DriverImplausible(self.name, f"{self._where} is no {self._map.id}: {why}; {advice}")

    # --- what it says

    async def _read_plan(self, meter: MeterMap, *, may_shorten: bool) -> Heard:
        """Every block of the plan; a shorter one where the device knows itself and not this length of a read."""
        while True:
            try:
                return {block: await self._line.read(self._device, block) for block in meter.plans[self._plan]}
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

    def _look_again(self) -> None:
        """A SunSpec model moves when another is added in front of it; what stands in its place now may be anything."""
        if self._map.sunspec_models:
            self._met = None

    def _refused(self, error: Refused) -> DriverError:
        if error.is_permanent:
            self._look_again()
            return DriverRejected(self.name, f"{self._where} answers with {error}; check the map in the board file")
        return DriverUnavailable(self.name, f"{self._where} answers with {error}; if that stays, restart the meter")
