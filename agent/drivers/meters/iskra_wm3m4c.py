"""An Iskra WM3M4C that signs: `driver = "iskra_wm3m4c"` under `meter`, with `bus` and `address` (33 from the factory).

It is read as `modbus_map` reads it with the map `iskra-wm3m4c`, and signs begin and end of each charge where the site
file says so (`signature` in its section `[meter]`).

Wiring: in front of the contactor. RS-485, 115200 baud, 8N1. The public key is the QR code on the meter's front, which
the customer has to be able to see.

Quirks: the text of an end holds the begin as well, so one text proves a charge. The meter has no clock of its own: it
signs the charger's, always in UTC, and with the word of `time_status` on how good it is. A begin whose charge never
came about stays open in the meter, on its display too, until the next one. While it signs it is not read. Signatures in
its firmware's longer form are brought into the one that verifiers accept; the numbers stay.

What was never met: a real meter. Registers and commands are those of the public manual and of the drivers of others; by
which status a repeated command is refused, and whether the time of a begin survives a power cut, is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated

from agent.clock import Clock
from agent.core.quantities import MeterIdentity, MeterSample
from agent.core.signatures import Identification, SignedValue
from agent.drivers.interfaces import Bus
from agent.drivers.meters.iskra_signing import Signer, TimeStatus
from agent.drivers.meters.maps import load_map
from agent.drivers.meters.modbus_meter import ModbusMeter
from agent.drivers.modbus.line import Device, Line
from agent.errors import DriverError
from agent.tables import Within
from agent.values import frozen

BUS_KINDS = ("modbus_rtu", "modbus_tcp")
MAP = "iskra-wm3m4c"
SIGNS = True
KEY_TRIES = 5
"""A WM3M4 has no key, and must not be asked for it for ever."""


@frozen(kw_only=True)
class Options:
    """`time_status`: "synchronised" only where somebody vouches for the charger's clock; it is signed along."""

    bus: str
    address: Annotated[int, Within(1, 247, because="the addresses Modbus has; the meter's display tells its")]
    time_status: TimeStatus = TimeStatus.INFORMATIVE


def phases(_options: Options) -> int:
    """It measures three."""
    return 3


def create(name: str, options: Options, buses: Mapping[str, Bus], *, clock: Clock) -> SigningWm3m4c:
    """The meter at `options.address`, not yet asked."""
    line = buses[options.bus]
    assert isinstance(line, Line)
    meter = load_map(MAP)
    name = f"{name}, address {options.address}"
    device = Device(unit=options.address, pause_s=meter.pause_s, answer_timeout_s=meter.answer_timeout_s)
    reader = ModbusMeter(name, line, meter, device, number=1, clock=clock)
    return SigningWm3m4c(reader, Signer(name, line, device, clock, options.time_status))


class SigningWm3m4c:
    """A `SigningMeter` and an `IdentifiedMeter`."""

    def __init__(self, reader: ModbusMeter, signer: Signer) -> None:
        self.name = reader.name
        self._reader = reader
        self._signer = signer
        self._public_key = ""
        self._key_tries = KEY_TRIES

    async def open(self) -> None:
        """Nothing to prepare: every reading tries the line."""

    async def aclose(self) -> None:
        """Nothing to leave: what it measures it goes on measuring."""

    async def read(self) -> MeterSample:
        """As `ModbusMeter.read`. The public key is asked for beside the first readings."""
        sample = await self._reader.read()
        if not self._public_key and self._key_tries:
            self._key_tries -= 1
            with suppress(DriverError):
                self._public_key = await self._signer.public_key()
        return sample

    def identity(self) -> MeterIdentity | None:
        return self._reader.identity()

    async def sign_begin(self, identification: Identification) -> SignedValue:
        return self._kept(await self._signer.begin(identification))

    async def sign_end(self, begun: SignedValue) -> SignedValue:
        return self._kept(await self._signer.end(begun))

    def public_key(self) -> str:
        return self._public_key

    def _kept(self, value: SignedValue) -> SignedValue:
        self._public_key = value.public_key or self._public_key
        return value
