"""What a circuit can carry, in plain numbers. Which factors and limits count is told by the country's file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.values import frozen

PHASES = ("L1", "L2", "L3")


def continuous_current_a(breaker_a: float, *, continuous_factor: float, breaker_factor: float) -> float:
    """The most that may flow for hours through a breaker.

    `continuous_factor` is the country's (1.0 by IEC, 0.8 by the NEC), `breaker_factor` the planner's for neighbours
    and heat in the same enclosure.
    """
    return breaker_a * continuous_factor * breaker_factor


def voltage_drop_percent(
    current_a: float,
    *,
    length_m: float,
    section_mm2: float,
    resistivity_ohm_mm2_per_m: float,
    voltage_v: float,
    phases: int,
) -> float:
    """Drop along a cable at full current (IEC 60364-5-52, annex G), in percent of `voltage_v`.

    With three phases that is the voltage to neutral; with one, the voltage between the two conductors that carry the
    current there and back. A car draws at a power factor of nearly 1, so reactance is left out.
    """
    ways = 1 if phases == 3 else 2
    return 100 * ways * resistivity_ohm_mm2_per_m * length_m / section_mm2 * current_a / voltage_v


def carried_by(section_mm2: float, table: Sequence[tuple[float, float]]) -> float | None:
    """Amperes of the largest tabled section that is not above `section_mm2`; None below the first.

    `table` holds (mm², A). Nothing is interpolated: a section between two rows counts as the smaller one.
    """
    fitting = [current_a for section, current_a in sorted(table) if section <= section_mm2]
    return fitting[-1] if fitting else None


@frozen(kw_only=True)
class Load:
    """What one charger draws from a feeder. `phase` of a single-phase one; "" where nobody said which."""

    current_a: float
    phases: int
    phase: str = ""


def sums_by_phase(loads: Iterable[Load]) -> tuple[float, float, float]:
    """Amperes on L1, L2, L3. A single-phase load of unknown place counts on every phase, which is never too little."""
    sums = [0.0, 0.0, 0.0]
    for load in loads:
        for place, phase in enumerate(PHASES):
            if load.phases == 3 or load.phase in ("", phase):
                sums[place] += load.current_a
    return sums[0], sums[1], sums[2]
