"""A meter that speaks by itself: what has arrived since the question, and what to check where nothing fitting did.

Files are taken in and stamped as they arrive, whoever waits: one that lay in a port's queue would be told as new.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator
from typing import Protocol

from agent.clock import Clock
from agent.core.quantities import MeterSample
from agent.core.time import Instant
from agent.drivers.meters.maps import IMPORT
from agent.drivers.meters.obis import Readout
from agent.drivers.meters.sample import Implausible, check_apparent, check_sum, sample_of
from agent.drivers.meters.stillness import Stillness, after, check_moves
from agent.drivers.serial_device import LineSettings, SerialDevice
from agent.drivers.wire import ReopenPace, WireLost
from agent.errors import DriverImplausible, DriverUnavailable
from agent.values import frozen

log = logging.getLogger(__name__)

PATIENCE_S = 4.5
"""For the next push. Meters push every one to four seconds."""
POWER_SLACK_W = 50.0


class Pushes(Protocol):
    """How one kind of meter writes. `feed` gives each readout, and for a spoilt one a sentence with what to check."""

    what: str
    """What it writes, for messages."""

    def feed(self, received: bytes) -> Iterator[Readout | str]: ...


@frozen(kw_only=True)
class Told:
    """What bounds the values of one readout."""

    points: Collection[str]
    max_current_a: float
    power_slack_w: float = POWER_SLACK_W


class PushedMeter:
    """A `Meter` on a port of its own. A reading is the first push that is complete after the question."""

    def __init__(
        self, name: str, settings: LineSettings, pushes: Pushes, *, max_current_a: float, clock: Clock
    ) -> None:
        self.name = name
        self._settings = settings
        self._pushes = pushes
        self._max_current_a = max_current_a
        self._clock = clock
        self._device = SerialDevice(settings, self._received, self._lost)
        self._pace = ReopenPace()
        self._waiters: list[asyncio.Future[tuple[Readout, Instant]]] = []
        self._heard_bytes = 0
        self._spoilt = ""
        """What was wrong with the latest push."""
        self._meter_id = ""
        self._still: Stillness | None = None

    async def open(self) -> None:
        """Try the port; where it is missing, each reading tries again."""
        try:
            self._open_port()
        except WireLost as error:
            log.warning("meter port is not there", extra={"meter": self.name, "reason": str(error)})

    async def aclose(self) -> None:
        """Let go of the port; a reading under way ends as unavailable."""
        self._device.close()
        self._lost(f"{self._settings.port} was closed")

    async def read(self) -> MeterSample:
        """The next push. DriverUnavailable: none came in time. DriverImplausible: another meter, or no true values."""
        try:
            self._open_port()
            readout, at = await self._next()
        except WireLost as error:
            raise DriverUnavailable(self.name, str(error)) from error
        except TimeoutError as error:
            self._still = None
            raise DriverUnavailable(self.name, self._why_nothing()) from error
        self._check_identity(readout)
        try:
            return self._sample(readout, at)
        except Implausible as error:
            raise DriverImplausible(self.name, f"the meter on {self._settings.port} tells {error}") from error

    def _open_port(self) -> None:
        if self._device.is_open:
            return
        self._pace.check()
        try:
            self._device.open()
        except WireLost as error:
            raise self._pace.failed(str(error)) from error
        self._pace.succeeded()

    async def _next(self) -> tuple[Readout, Instant]:
        self._heard_bytes, self._spoilt = 0, ""
        waiter: asyncio.Future[tuple[Readout, Instant]] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await waiter
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def _received(self, received: bytes) -> None:
        self._heard_bytes += len(received)
        for pushed in self._pushes.feed(received):
            if isinstance(pushed, str):
                self._spoilt = pushed
                continue
            at = self._clock.now()
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result((pushed, at))

    def _lost(self, why: str) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(WireLost(why))

    def _why_nothing(self) -> str:
        port, what = self._settings.port, self._pushes.what
        if self._spoilt:
            return f"on {port}: {self._spoilt}"
        if self._heard_bytes:
            return f"what arrives on {port} is no {what}; check the line settings, often 9600 baud and 8N1"
        return (
            f"nothing arrives on {port}; check that the head sits on the meter's window with its cable down, and that "
            "the meter sends by itself"
        )

    def _check_identity(self, readout: Readout) -> None:
        """The register of another meter is another register: no transaction may go on over an exchange."""
        known = self._meter_id
        if known and readout.meter_id and readout.meter_id != known:
            raise DriverImplausible(
                self.name,
                f"the meter on {self._settings.port} is {readout.meter_id}, and until now it was {known}; "
                "if the meter was exchanged on purpose, restart the agent",
            )
        self._meter_id = known or readout.meter_id

    def _sample(self, readout: Readout, at: Instant) -> MeterSample:
        values = readout.values
        if values.get(IMPORT) is None:
            raise Implausible("no import register (1-0:1.8.0); check that it is a meter for what is drawn")
        told = Told(points=values.keys(), max_current_a=self._max_current_a)
        check_sum(values)
        check_apparent(values, told)
        sample = sample_of(values, told, at)
        self._still = after(self._still, dict(values), at)
        check_moves(self._still, sample, readout.step_wh)
        return sample
