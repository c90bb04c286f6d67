"""Every temperature of one connector: the pilot board's thermistors, and the sensors of the charger's computer."""

from __future__ import annotations

from collections.abc import Iterator

from agent.config.model import SensorConfig
from agent.drivers.board_service import BoardDescription
from agent.selftest.bench import Bench
from agent.selftest.judging.warmth import SensorLook
from agent.selftest.mains_readings import number
from agent.selftest.wired import wired

BOARD_PLACES = ("board", "contactor", "terminal", "connector")
CELSIUS = "measured_celsius"


async def look(bench: Bench) -> tuple[SensorLook, ...]:
    """Raises DriverError where the board is silent."""
    description = None if bench.board is None else await bench.board.describe()
    on_board = () if description is None else tuple(of_board(description))
    elements = await bench.elements()
    beside = []
    for config in _sensors(bench):
        reading = elements.get(config.driver.key)
        told = None if reading is None else reading.readings.get(CELSIUS)
        place = config.place.value
        beside.append(
            SensorLook(
                name=f"{place} ({config.driver.key})",
                place=place,
                celsius=None if told is None else round(float(told), 1),
                problem="it has not been read yet" if reading is None else reading.problem,
            )
        )
    return (*on_board, *beside)


def of_board(description: BoardDescription) -> Iterator[SensorLook]:
    """Those that its configuration names as fitted; where it names none, those that tell a temperature."""
    if "temperatures" not in description.capabilities:
        return
    named = str(description.configuration.get("sensors", ""))
    for place in BOARD_PLACES:
        celsius = number(description.measures, f"{place}_celsius")
        is_fitted = place in named.split(", ") if named else celsius is not None
        if is_fitted:
            yield SensorLook(name=f"{place} (pilot board)", place=place, celsius=celsius)


def _sensors(bench: Bench) -> Iterator[SensorConfig]:
    yield from bench.config.board.temperature_sensors
    yield from wired(bench).temperature_sensors
