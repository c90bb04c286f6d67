"""Uptime of each port, outages, failures, success of charging (docs/uptime.md)."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from agent.core.uptime.model import CauseClass, Exclusion
from tools.schemas.shape import rule
from tools.schemas.words import Count, Moment, Month, Pieces, Port, Share

_OfClass = TypedDict("_OfClass", {"class": CauseClass})
_As = TypedDict("_As", {"as": Exclusion})
Counted = dict[str, Count]


class Minutes(TypedDict):
    """What a stretch of time is made of."""

    recorded_min: float
    outage_min: float
    excluded_min: float
    offline_min: float
    unconnected_min: float
    unconnected_excluded_min: float


class Repairs(TypedDict):
    """From a failure until the port serves again (docs/uptime.md); null: there was none."""

    repaired: Count
    mttr_min: float | None
    """from the failure until it is usable again"""
    detect_min: float | None
    """until the network knew"""
    acknowledged: Count
    """failures that somebody took up"""
    acknowledge_min: float | None
    """until the first act"""
    repair_min: float | None
    """from then on"""
    unattended: Count
    """failures that went without an act"""
    unattended_min: float | None


class MonthFigures(TypedDict):
    """The twelve months that end with it; null: nobody can know."""

    port: Port
    month: Month
    is_partial: bool
    """the record is shorter than twelve months"""
    percent: float | None
    percent_connected: float | None
    """where a charger without its network counts as down"""
    percent_of_recorded: float | None
    availability_percent: float | None
    """nothing excluded"""
    online_percent: float | None
    month_percent: float | None
    """of this month alone"""
    year: Minutes
    alone: Minutes
    """of this month alone"""
    repairs: Repairs


class Reliability(Repairs):
    """Of one port; null: there was none."""

    port: Port
    operating_h: float
    failures: Count
    mtbf_h: float | None


class Excluded(TypedDict):
    """Minutes that do not count."""

    why: Exclusion
    by: str
    """"rule", or "…" from afar"""
    minutes: float


class Outage(_OfClass):
    """One port that could not serve."""

    number: Count
    port: Port
    cause: str
    """a key of docs/uptime.md"""
    evidence: str
    """the cause in a sentence"""
    began: Moment
    ended: Moment | None
    """null: it lasts"""
    minutes: float
    excluded_min: float
    excluded: list[Excluded]
    starts: Count
    """of the program within it"""
    wanted: bool
    """somebody wanted to charge"""
    verdict: Exclusion | Literal[""]
    """what a person said of it"""
    verdict_by: str
    """"…" from afar"""
    verdict_why: str
    """"…" from afar"""


class Rate(TypedDict):
    """How many of how many."""

    share: Share | None
    good: Count
    count: Count
    left_out: Counted
    """by reason, what is in neither"""


class ChargeStart(TypedDict):
    """Plug-in or authorisation to the first energy."""

    count: Count
    median_s: float | None
    p95_s: float | None


class Visits(TypedDict):
    """Success of charging."""

    attempts: Count
    start_success: Rate
    end_success: Rate
    session_success: Rate
    first_time_success: Rate
    charge_start: ChargeStart
    failures: Counted
    """with whom they lie"""
    codes: Counted
    """faults and reasons behind them"""


class Figures(TypedDict):
    """Months oldest first, outages newest first."""

    serial_number: str
    why_not: str
    """why there are no figures"""
    months: list[MonthFigures]
    reliability: list[Reliability]
    outages: list[Outage]
    outages_left_out: Count
    outage_min_by_class: Annotated[dict[str, float], rule(description="by class [min]")]
    unplaced: Count
    """outages whose time nobody knows"""
    moved_boots: Count
    """whose clock was set while they ran"""
    visits: Visits


class Judged(_As):
    """What is on record of an outage now."""

    outage: Count
    by: str
    """"…" from afar"""


ANSWERS = {"": Figures, "sessions": Pieces, "exclude": Judged}
