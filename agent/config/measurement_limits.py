"""What an installer's readings are held against: [measurements] of a country file, each rule with its source."""

from __future__ import annotations

from typing import Annotated

from agent.config.circuit import Curve, Earthing
from agent.tables import Within
from agent.values import frozen

Ohms = Annotated[float, Within(0.001, 10_000, "Ω")]
Milliseconds = Annotated[float, Within(1, 60_000, "ms")]


@frozen(kw_only=True)
class Continuity:
    """Of the protective conductor, up to the charger's terminal; between `good_ohm` and `most_ohm` is a warning."""

    good_ohm: Ohms
    most_ohm: Ohms
    least_current_ma: float
    source: str


@frozen(kw_only=True)
class Insulation:
    """Of each conductor against PE. `with_surge_v` will do where surge protection stays connected."""

    least_mohm: float
    test_v: float
    with_surge_v: float
    source: str


@frozen(kw_only=True)
class Tripping:
    """`multiple`: of the rated current, at which a breaker of this curve trips at once."""

    curve: Curve
    multiple: Annotated[float, Within(1, 100)]


@frozen(kw_only=True)
class Loop:
    """Zs ≤ `factor` · U0 / (multiple · rated current). Curves that are not listed need a table of the maker.

    `rcd_may_protect`: an RCD of at most 30 mA may see to the disconnection where the loop is above that limit.
    """

    factor: Annotated[float, Within(0.1, 1)]
    tripping: tuple[Tripping, ...]
    rcd_may_protect: bool
    source: str

    def multiple_of(self, curve: Curve) -> float | None:
        return next((one.multiple for one in self.tripping if one.curve is curve), None)


@frozen(kw_only=True)
class Disconnection:
    """The longest a fault may last, in seconds, by type of supply."""

    tn_s: float
    tt_s: float
    source: str

    def within_s(self, earthing: Earthing) -> float:
        return self.tt_s if earthing is Earthing.TT else self.tn_s


@frozen(kw_only=True)
class RcdTimes:
    """At its rated residual current, and at five times as much; `five_times_ms` None: not asked for here."""

    once_ms: Milliseconds
    source: str
    five_times_ms: Milliseconds | None = None


@frozen(kw_only=True)
class DcTrip:
    """Of what detects direct current: it trips above `low_ma` and at the latest at `high_ma`, within `most_ms`."""

    low_ma: float
    high_ma: float
    most_ms: Milliseconds
    source: str


@frozen(kw_only=True)
class Electrode:
    """R_A times the rated residual current stays below `touch_v`; above `steady_ohm` it changes with the weather."""

    touch_v: float
    steady_ohm: float
    source: str


@frozen(kw_only=True)
class Leakage:
    """Of the protective conductor, while nobody charges."""

    most_ma: float
    source: str


@frozen(kw_only=True)
class CalibrationRule:
    """How long the calibration of an instrument counts."""

    months: Annotated[int, Within(1, 120, "months")]
    source: str


@frozen(kw_only=True)
class MeasurementLimits:
    """The section. `loop` is left out where the place judges no loop by a breaker's curve."""

    continuity: Continuity
    insulation: Insulation
    disconnection: Disconnection
    rcd: RcdTimes
    dc: DcTrip
    electrode: Electrode
    leakage: Leakage
    calibration: CalibrationRule
    loop: Loop | None = None
