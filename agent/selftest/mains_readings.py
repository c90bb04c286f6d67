"""What looks at the supply here: the board where it measures, else the meter; the outcome says which it was."""

from __future__ import annotations

from collections.abc import Mapping

from agent.config.countries import country_of
from agent.core.commissioning.model import Quantity, broken, not_applicable
from agent.core.quantities import MeterSample
from agent.drivers.board_service import BoardDescription
from agent.errors import DriverError
from agent.selftest.bench import Bench
from agent.selftest.ending import Ended
from agent.selftest.judging.mains import FREQUENCY_HZ, MainsReading

METERING = "metering"
BY_BOARD, BY_METER = "the pilot board", "the meter"
NOBODY = "Nothing in this charger measures the supply"


def nominal_v(bench: Bench) -> float:
    """Of the country, between what a single-phase charger is connected to, or to neutral."""
    voltages = country_of(bench.config.site.country).voltages
    return voltages.single_v if bench.config.board.phases == 1 else voltages.three_v


def nominal_hz(described: BoardDescription | None, seen_hz: float) -> int:
    """What the board is made for; where it does not say, the one of the two that is nearer."""
    told = None if described is None else described.configuration.get("nominal_hz")
    return (
        told if isinstance(told, int) and told in FREQUENCY_HZ else min(FREQUENCY_HZ, key=lambda hz: abs(hz - seen_hz))
    )


async def described(bench: Bench) -> BoardDescription | None:
    """The board with its readings, where it measures the supply; None where it does not. Raises DriverError."""
    if bench.board is None:
        return None
    description = await bench.board.describe()
    return description if METERING in description.capabilities else None


async def look(bench: Bench) -> MainsReading:
    """Now, by the better of the two instruments. Ends the check where neither gives a voltage."""
    count = bench.config.phases
    try:
        description = await described(bench)
        if description is not None:
            return of_board(description.measures, count)
        reading = of_meter(await bench.read_meter(), count)
    except DriverError as error:
        raise Ended(
            broken(f"The supply could not be measured: {error.what}.", "Mend that first (ST505, ST506), then repeat.")
        ) from error
    if not any(volts is not None for volts in reading.voltages_v):
        why = f"{NOBODY}: its board does not, and its meter tells no voltage. The installer's readings have to do."
        raise Ended(not_applicable(why))
    return reading


async def looks(bench: Bench, times: int, every_s: float) -> list[MainsReading]:
    """So many of them, each with a wait behind it. Ends the check where neither gives a voltage."""
    readings = []
    for _ in range(times):
        readings.append(await look(bench))
        await bench.wait(every_s)
    return readings


def of_board(measures: Mapping[str, Quantity], count: int) -> MainsReading:
    order = measures.get("rotation_ok")
    return MainsReading(
        instrument=BY_BOARD,
        voltages_v=tuple(number(measures, f"voltage_l{phase}_v") for phase in range(1, count + 1)),
        frequency_hz=number(measures, "mains_hz"),
        is_in_order=order if isinstance(order, bool) else None,
        earth_neutral_v=number(measures, "earth_neutral_v"),
    )


def of_meter(sample: MeterSample, count: int) -> MainsReading:
    return MainsReading(instrument=BY_METER, voltages_v=sample.voltages_v[:count], frequency_hz=sample.frequency_hz)


def board_currents_a(measures: Mapping[str, Quantity], count: int) -> tuple[float | None, ...]:
    return tuple(number(measures, f"current_l{phase}_a") for phase in range(1, count + 1))


def number(measures: Mapping[str, Quantity], name: str) -> float | None:
    value = measures.get(name)
    return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
