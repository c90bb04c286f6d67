"""Meter readings as compact text. Every row says in which format it is written; old formats stay readable for ever.

Format 1: `[monotonic_s, utc_ms, boot number, context, [[measurand, value], [measurand, value, phase], …]]`
"""

from __future__ import annotations

import json
import sqlite3

from agent.core.facts import MeterReadings
from agent.core.quantities import Measurand, Phase, Reading, ReadingContext
from agent.errors import StoreError
from agent.store import moments

FORMAT = 1


def encoded(connection: sqlite3.Connection, readings: MeterReadings) -> str:
    """The text of `readings` in FORMAT."""
    values = [_value(reading) for reading in readings.readings]
    whole = [*moments.columns(connection, readings.at), readings.context.value, values]
    return json.dumps(whole, separators=(",", ":"))


def decoded(connection: sqlite3.Connection, written_format: int, body: str) -> MeterReadings:
    """What `encoded` wrote; raises StoreError for a format this agent does not know."""
    if written_format != FORMAT:
        raise StoreError(f"readings in format {written_format} are unknown to this agent; install a newer one")
    monotonic_s, utc_ms, boot, context, values = json.loads(body)
    return MeterReadings(
        at=moments.placed(connection, (monotonic_s, utc_ms, boot)),
        context=ReadingContext(context),
        readings=tuple(_reading(*value) for value in values),
    )


def register_of(readings: MeterReadings) -> int | None:
    """The energy register among the readings, in Wh."""
    for reading in readings.readings:
        if reading.measurand is Measurand.ENERGY_IMPORT_REGISTER and reading.phase is None:
            return int(reading.value)
    return None


def _value(reading: Reading) -> list[str | float]:
    value: list[str | float] = [reading.measurand.value, reading.value]
    return value if reading.phase is None else [*value, reading.phase.value]


def _reading(measurand: str, value: float, phase: str | None = None) -> Reading:
    return Reading(Measurand(measurand), value, None if phase is None else Phase(phase))
