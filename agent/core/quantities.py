"""Readings and their units. Registers are integer Wh; currents, voltages and powers are floats."""

from __future__ import annotations

from enum import Enum

from agent.core.time import Instant
from agent.values import frozen


class Phase(Enum):
    """A phase of the supply; the values are OCPP's words for a line current."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"


class Measurand(Enum):
    """What was measured, by the name OCPP 1.6 and 2.0.1 share."""

    ENERGY_IMPORT_REGISTER = "Energy.Active.Import.Register"
    POWER_IMPORT = "Power.Active.Import"
    CURRENT_IMPORT = "Current.Import"
    VOLTAGE = "Voltage"
    FREQUENCY = "Frequency"
    CURRENT_OFFERED = "Current.Offered"
    POWER_OFFERED = "Power.Offered"
    TEMPERATURE = "Temperature"


class ReadingContext(Enum):
    """Why a reading was taken, by the name OCPP 1.6 and 2.0.1 share."""

    PERIODIC = "Sample.Periodic"
    CLOCK = "Sample.Clock"
    BEGIN = "Transaction.Begin"
    END = "Transaction.End"
    TRIGGER = "Trigger"
    OTHER = "Other"
    INTERRUPTION_BEGIN = "Interruption.Begin"
    INTERRUPTION_END = "Interruption.End"


@frozen
class Reading:
    """One value of one measurand. Units: Wh (int), W, A, V, Hz, Celsius."""

    measurand: Measurand
    value: float
    phase: Phase | None = None


@frozen(kw_only=True)
class MeterSample:
    """One coherent reading of a meter. A value the meter does not give is None, never 0 (field-problems.md, rule 5).

    `at` is the time of reception. Per-phase tuples are L1, L2, L3; `power_w` is positive towards the car.
    """

    at: Instant
    register_wh: int | None
    power_w: float | None = None
    voltages_v: tuple[float | None, float | None, float | None] = (None, None, None)
    currents_a: tuple[float | None, float | None, float | None] = (None, None, None)
    frequency_hz: float | None = None


@frozen(kw_only=True)
class MeterIdentity:
    """Who a meter says it is, and by what its register counts, Wh; "" and None: it does not tell."""

    model: str
    serial_number: str = ""
    firmware: str = ""
    step_wh: float | None = None
