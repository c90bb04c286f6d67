"""From a meter's values to one sample, or to the words why they cannot be true. Pure.

Bounds of meters.md section 5. A meter is fed by the mains it measures, so at least one of its voltages is a mains
voltage: zeros everywhere, a swapped word order and a wrong map all end here, before a number of them is used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from agent.core.quantities import MeterSample
from agent.core.time import Instant
from agent.drivers.meters.decode import WordOrder
from agent.drivers.meters.maps import IMPORT, MeterMap, Value
from agent.drivers.modbus.block import Block

Heard = Mapping[Block, tuple[int, ...]]
"""Blocks of registers as they were answered, each of one moment."""

PHASES = ("l1", "l2", "l3")
USED = frozenset(
    {IMPORT, "power_total", "frequency", "sunspec_model"}
    | {f"{quantity}_{phase}" for quantity in ("voltage", "current", "power") for phase in PHASES}
)
"""The points a sample is made of, and the one that tells a SunSpec model; a meter gives many more."""
MAINS_LOW_V = 80.0
MAINS_HIGH_V = 300.0
FREQUENCY_LOW_HZ = 45.0
FREQUENCY_HIGH_HZ = 65.0
TEN_TIMES_ABOVE_HZ = 100.0
"""Some Eastron units give the frequency ten times too large."""
HEADROOM = 1.3
"""Above what the meter is made for."""
SUM_TOLERANCE_W = 30.0
SUM_TOLERANCE = 0.03
APPARENT_TOLERANCE = 0.1
"""Voltage, current and power of one answer need not be of one period of the mains."""


class Kind(Protocol):
    """What bounds a meter's values: its points by name, and how much it can measure."""

    @property
    def points(self) -> Collection[str]: ...

    @property
    def max_current_a(self) -> float: ...

    @property
    def power_slack_w(self) -> float: ...


class Implausible(ValueError):
    """Physics rules these values out; the text says which and why."""


class NoMains(Implausible):
    """No phase has a mains voltage."""


def sample_from(heard: Heard, meter: MeterMap, at: Instant) -> MeterSample:
    """One sample of the blocks of a plan. Raises Implausible, with what to set where the words are swapped."""
    blocks = [meter.values(block, registers, USED) for block, registers in heard.items()]
    values = {name: value for found in blocks for name, value in found.items()}
    if meter.sunspec_models and values.get("sunspec_model") not in meter.sunspec_models:
        raise Implausible("another SunSpec model where the meter was; it is looked for again")
    _check_words(values, heard, meter)
    for found in blocks:
        check_sum(found)
        check_apparent(found, meter)
    return sample_of(values, meter, at)


def _check_words(values: Mapping[str, Value], heard: Heard, meter: MeterMap) -> None:
    """Voltages that are a mains only in the other order of words give it away, and before anything else is told."""
    try:
        _check_voltages(_phases(values, "voltage"), meter)
    except NoMains as error:
        turned = [
            value
            for block, registers in heard.items()
            for value in _phases(meter.turned().values(block, registers, USED), "voltage")
            if value is not None
        ]
        if not _has_mains(turned):
            raise
        raise words_swapped(turned, meter) from error


def words_swapped(turned: Sequence[float], meter: MeterMap) -> Implausible:
    """The error for voltages that are a mains when they are read in the other order of words: `turned`."""
    first = "high" if meter.word_order is WordOrder.BIG else "low"
    return Implausible(
        f"voltages that are a mains only with their words swapped ({_listed(turned)}); "
        f"set the meter's register order so that the {first} word comes first"
    )


def sample_of(values: Mapping[str, Value], meter: Kind, at: Instant) -> MeterSample:
    """One sample of values. A value the meter does not give is None. Raises Implausible."""
    voltages = _phases(values, "voltage")
    currents = _phases(values, "current")
    power_w = _number(values, "power_total")
    frequency_hz = _frequency(values)
    _check_voltages(voltages, meter)
    _check_bounds("current", currents, HEADROOM * meter.max_current_a, "A")
    highest_w = HEADROOM * len(PHASES) * MAINS_HIGH_V * meter.max_current_a
    _check_bounds("power", (power_w, *_phases(values, "power")), highest_w, "W")
    if frequency_hz is not None and not FREQUENCY_LOW_HZ <= frequency_hz <= FREQUENCY_HIGH_HZ:
        raise Implausible(f"a frequency of {frequency_hz:g} Hz; check the map in the board file")
    register_wh = _number(values, IMPORT)
    if register_wh is not None and register_wh < 0:
        raise Implausible(f"an import register of {register_wh:g} Wh; check the map in the board file")
    return MeterSample(
        at=at,
        register_wh=None if register_wh is None else int(register_wh),
        power_w=power_w,
        voltages_v=voltages,
        currents_a=currents,
        frequency_hz=frequency_hz,
    )


def is_blank(sample: MeterSample) -> bool:
    """Nothing but zeros, of a meter that has no voltages to prove itself by: it may be new, or not be measuring."""
    measured = (sample.register_wh, sample.power_w, *sample.voltages_v, *sample.currents_a)
    return not any(measured)


def check_sum(values: Mapping[str, Value]) -> None:
    """Phases and total of one request, so of one moment, must agree. Raises Implausible."""
    total_w, phases_w = _number(values, "power_total"), _phases(values, "power")
    if total_w is None or None in phases_w:
        return
    sum_w = sum(power_w for power_w in phases_w if power_w is not None)
    if abs(sum_w - total_w) > SUM_TOLERANCE * abs(total_w) + SUM_TOLERANCE_W:
        raise Implausible(f"a power of {total_w:g} W, and phases that add up to {sum_w:g} W; check the wiring")


def check_apparent(values: Mapping[str, Value], meter: Kind) -> None:
    """On no phase of one request is the power above U·I. Raises Implausible.

    Below it may be: a car that only stands by takes hardly any real power.
    """
    triples = zip(*(_phases(values, quantity) for quantity in ("voltage", "current", "power")), PHASES, strict=True)
    for voltage_v, current_a, power_w, phase in triples:
        if voltage_v is None or current_a is None or power_w is None:
            continue
        apparent_va = abs(voltage_v * current_a)
        if abs(power_w) > apparent_va * (1 + APPARENT_TOLERANCE) + meter.power_slack_w:
            raise Implausible(
                f"a power of {power_w:g} W on {phase.upper()}, where {voltage_v:g} V and {current_a:g} A make "
                f"{apparent_va:.4g} VA at most; check the map in the board file and the meter's transformers"
            )


def _check_voltages(voltages: tuple[float | None, ...], meter: Kind) -> None:
    if "voltage_l1" not in meter.points:
        return
    if not _has_mains(voltages):
        told = _listed(voltages)
        raise NoMains(f"voltages that are no mains ({told}); check the meter's supply and the map in the board file")
    # Below the mains is no error: cars induce 40…130 V on the phases they leave idle.
    _check_bounds("voltage", voltages, MAINS_HIGH_V, "V")


def _has_mains(voltages: Sequence[float | None]) -> bool:
    return any(voltage is not None and MAINS_LOW_V <= voltage <= MAINS_HIGH_V for voltage in voltages)


def _listed(voltages: Sequence[float | None]) -> str:
    return ", ".join(f"{voltage:.4g} V" for voltage in voltages if voltage is not None) or "none"


def _check_bounds(what: str, values: tuple[float | None, ...], highest: float, unit: str) -> None:
    for value in values:
        if value is not None and abs(value) > highest:
            raise Implausible(f"a {what} of {value:g} {unit}, above {highest:g} {unit}; check the map and the meter")


def _frequency(values: Mapping[str, Value]) -> float | None:
    frequency_hz = _number(values, "frequency")
    if frequency_hz is not None and frequency_hz > TEN_TIMES_ABOVE_HZ:
        return frequency_hz / 10
    return frequency_hz


def _phases(values: Mapping[str, Value], quantity: str) -> tuple[float | None, float | None, float | None]:
    one, two, three = (_number(values, f"{quantity}_{phase}") for phase in PHASES)
    return one, two, three


def _number(values: Mapping[str, Value], name: str) -> float | None:
    value = values.get(name)
    return None if isinstance(value, str) else value
