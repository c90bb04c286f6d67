"""What a meter's readings tell of the supply: voltage and frequency beyond what a grid may have. Pure.

EN 50160, 4.2: nominal voltage ±10 %, frequency ±1 %. A reading is a moment, or a mean over the meter's own window: what
is over between two of them is not seen.
"""

from __future__ import annotations

from agent.core.quantities import MeterSample
from agent.core.wear.model import Wear
from agent.values import frozen

SAG_BELOW, SWELL_ABOVE = 0.9, 1.1
RETURNS_BY = 0.02
"""Of the nominal voltage, so that one that swings about a limit is one event (IEC 61000-4-30, 5.4.1: usually 2 %)."""
GONE_BELOW = 0.6
"""What is below is no sag: a phase that is missing, a meter behind the open contactor, or one that reads to neutral
where the nominal voltage is that between two legs."""
NOMINAL_HZ = (50.0, 60.0)
OFF_BY, ON_AGAIN_BY = 0.01, 0.008


@frozen(kw_only=True)
class SupplySeen:
    """What lasts by the last reading."""

    is_low: bool = False
    is_high: bool = False
    is_off_frequency: bool = False


def looked(
    wear: Wear, meter: str, seen: SupplySeen, sample: MeterSample, *, nominal_v: float, phases: int
) -> tuple[Wear, SupplySeen]:
    """After one reading more. `phases`: so many of the meter's carry current here; of others it reads what it likes.

    With the first voltage or frequency that it tells, what is counted of them is 0, and not unknown any more.
    """
    shares = [volts / nominal_v for volts in sample.voltages_v[:phases] if volts is not None]
    present = [share for share in shares if share >= GONE_BELOW]
    if present:
        wear = wear.at_least(meter, "sags", 0).at_least(meter, "swells", 0)
        wear, is_low = _sag(wear, meter, seen.is_low, min(present))
        wear, is_high = _swell(wear, meter, seen.is_high, max(present))
        seen = SupplySeen(is_low=is_low, is_high=is_high, is_off_frequency=seen.is_off_frequency)
    if sample.frequency_hz is not None:
        hz = sample.frequency_hz
        off_by = min(abs(hz - nominal) / nominal for nominal in NOMINAL_HZ)
        is_off = off_by > (ON_AGAIN_BY if seen.is_off_frequency else OFF_BY)
        wear = wear.at_least(meter, "off_frequency", 0)
        wear = wear.more(meter, "off_frequency", int(is_off and not seen.is_off_frequency))
        seen = SupplySeen(is_low=seen.is_low, is_high=seen.is_high, is_off_frequency=is_off)
    return wear, seen


def _sag(wear: Wear, meter: str, was_low: bool, share: float) -> tuple[Wear, bool]:
    is_low = share < SAG_BELOW + (RETURNS_BY if was_low else 0.0)
    if share < SAG_BELOW:
        wear = wear.more(meter, "sags", int(not was_low)).at_least(meter, "deepest_sag_percent", _percent(1 - share))
    return wear, is_low


def _swell(wear: Wear, meter: str, was_high: bool, share: float) -> tuple[Wear, bool]:
    is_high = share > SWELL_ABOVE - (RETURNS_BY if was_high else 0.0)
    if share > SWELL_ABOVE:
        wear = wear.more(meter, "swells", int(not was_high))
        wear = wear.at_least(meter, "highest_swell_percent", _percent(share - 1))
    return wear, is_high


def _percent(share: float) -> int:
    return round(100 * share)
