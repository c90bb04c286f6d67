"""How much the supply gives way under a load: resistance and drop, from the figures of ST508 (ST511). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.core.commissioning.model import Measured, Outcome, failed, passed, skipped, warned
from agent.selftest.judging.limits import CATALOGUE, all_told, outside
from agent.selftest.judging.mains import PHASES
from agent.values import frozen

WARN_OHM, MOST_OHM = 0.6, 1.0
LEAST_STEP_A = 4.0
"""Below this the mains' own wandering of some tenths of a volt is most of what would be measured."""


@frozen(kw_only=True)
class SupplyStep:
    """One phase without load and with it. `step_a` is what came on."""

    phase: int
    rest_v: float
    load_v: float
    step_a: float

    @property
    def ohm(self) -> float:
        """Of line and neutral together where one phase is loaded; of the line alone where three are, evenly."""
        return (self.rest_v - self.load_v) / self.step_a


def steps(evidence: Mapping[str, object]) -> tuple[SupplyStep, ...]:
    """Of the phases that were loaded in ST508, by its figures."""
    columns = [evidence.get(name) for name in ("rest_v", "load_v", "load_a")]
    if not all(isinstance(column, list | tuple) for column in columns):
        return ()
    rows = zip(*columns, strict=False)
    found = []
    for phase, (rest_v, load_v, load_a) in enumerate(rows, 1):
        if all(isinstance(value, int | float) for value in (rest_v, load_v, load_a)) and load_a >= LEAST_STEP_A:
            found.append(SupplyStep(phase=phase, rest_v=rest_v, load_v=load_v, step_a=load_a))
    return tuple(found)


def supply(found: Sequence[SupplyStep], rated_a: float, drop_percent: float, drop_source: str) -> Outcome:
    """Resistance of everything before the charger, and what it takes of the voltage at the rated current (ST511)."""
    if not found:
        return skipped(
            f"No phase had a load of {LEAST_STEP_A:g} A in ST508, so the supply's resistance cannot be told.",
            "Repeat ST508 with a load of 1 kW or more on one phase.",
        )
    ohms = tuple(
        Measured(
            name=f"{PHASES[step.phase - 1]} resistance",
            value=round(step.ohm, 3),
            unit="Ω",
            high=MOST_OHM,
            source=f"{CATALOGUE} ST511",
        )
        for step in found
    )
    drops = tuple(
        Measured(
            name=f"{PHASES[step.phase - 1]} drop at {rated_a:g} A",
            value=round(100 * step.ohm * rated_a / step.rest_v, 2),
            unit="%",
            high=drop_percent,
            source=drop_source,
        )
        for step in found
    )
    measured = (*ohms, *drops)
    if outside(ohms):
        return failed(
            f"The supply gives way under load: {all_told(outside(ohms))}.",
            "Switch off. Tighten every terminal from the meter board to the charger, and look for one that is dark or "
            "smells: such a place burns at full current. Then repeat.",
            *measured,
            cause="mains.undervoltage",
        )
    if outside(drops) or any(step.ohm > WARN_OHM for step in found):
        return warned(
            f"The supply gives way more than it should: {all_told((*ohms, *outside(drops)))}.",
            "Check the terminals, and the cable's section against its length (ST104). What lies before the house "
            "counts in this figure, too: the loop impedance of ST903 tells the share.",
            *measured,
            cause="mains.undervoltage",
        )
    return passed(f"The supply is stiff: {all_told(measured)}.", *measured)
