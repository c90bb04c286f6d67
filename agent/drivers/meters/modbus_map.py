"""Any meter with a register map: `driver = "modbus_map"` under `meter`, with `map` and `address`.

A SunSpec device may have several meters: `number` counts them from 1, in the order of its models.

Wiring: in front of the contactor, so that it is fed at all times and sees what flows when nothing should; else it is
silent between two charges. Its line settings are the bus's. Each family's terminals are on its label.

Quirks: of each family below; all of them count a cut-off cable, a foreign model at the address and values outside of
physics as no reading, never as zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from agent.clock import Clock
from agent.drivers.interfaces import Bus
from agent.drivers.meters.map_files import SUFFIX, is_file, load_any
from agent.drivers.meters.maps import MeterMap, known_maps
from agent.drivers.meters.modbus_meter import ModbusMeter
from agent.drivers.modbus.line import Device, Line
from agent.errors import ConfigError
from agent.tables import Among, Within
from agent.values import frozen

BUS_KINDS = ("modbus_rtu", "modbus_tcp")


@frozen(kw_only=True)
class Options:
    """`map` is the name of a file of maps/, or the path of one of your own, from the folder of the board file.

    `address` is the unit on the bus, `number` the meter among those of a SunSpec device.
    """

    bus: str
    map: Annotated[str, Among(known_maps, "map", SUFFIX)]
    address: Annotated[int, Within(1, 247, because="the addresses Modbus has; the meter's display or label tells its")]
    number: Annotated[int, Within(1, 10)] = 1

    def __post_init__(self) -> None:
        if (is_file(self.map) or self.number > 1) and not _usable(self.map).sunspec_models and self.number > 1:
            raise ValueError("number: only SunSpec devices have several meters; leave it out")


def _usable(map: str) -> MeterMap:
    """Raises ValueError with all that is wrong with the file."""
    try:
        return load_any(map)
    except ConfigError as error:
        lines = "".join(f"\n  {line}" for line in error.problems)
        raise ValueError(f"map: this file cannot be used:{lines}") from error


def phases(options: Options) -> int:
    """How many phases its map reads."""
    return load_any(options.map).phases


def create(name: str, options: Options, buses: Mapping[str, Bus], *, clock: Clock) -> ModbusMeter:
    """The meter at `options.address`, not yet asked."""
    line = buses[options.bus]
    assert isinstance(line, Line)
    meter = load_any(options.map)
    device = Device(unit=options.address, pause_s=meter.pause_s, answer_timeout_s=meter.answer_timeout_s)
    return ModbusMeter(f"{name}, address {options.address}", line, meter, device, number=options.number, clock=clock)
