"""A temperature sensor whose last word is kept, for people: a second reader would get in the way of the first."""

from __future__ import annotations

from agent.drivers.interfaces import TemperatureSample, TemperatureSensor
from agent.errors import DriverError


class RememberedSensor:
    """A `TemperatureSensor`. `latest` is what the last reading gave, None before the first."""

    def __init__(self, sensor: TemperatureSensor) -> None:
        self.name = sensor.name
        self.latest: TemperatureSample | DriverError | None = None
        self._sensor = sensor

    async def open(self) -> None:
        await self._sensor.open()

    async def aclose(self) -> None:
        await self._sensor.aclose()

    async def read(self) -> TemperatureSample:
        """As the sensor itself."""
        try:
            self.latest = sample = await self._sensor.read()
        except DriverError as error:
            self.latest = error
            raise
        return sample
