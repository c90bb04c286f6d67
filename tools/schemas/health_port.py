"""One port in the health document, and what the document says of it."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict
from typing import NotRequired as Maybe

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import ContactorState
from agent.core.faults.model import Severity
from agent.core.health.model import Verdict
from agent.core.heat.places import HeatPlace
from agent.core.limits import LimitSource
from agent.core.schedule.profile import ProfilePurpose
from tools.schemas.shape import rule
from tools.schemas.words import Count, Evidence, Moment, Month, Port

CanCharge = Annotated[Verdict, rule(description="can one charge here")]
Lock = Literal["none", "unlocked", "locked", "moving", "fault"]


class Aged(TypedDict):
    """Since when, as far as each is known."""

    since: Maybe[Moment]
    age_s: Maybe[float]
    """since then, by a clock that needs no time of day"""


class Reason(Aged):
    """Why the verdict is what it is."""

    key: str
    """for programs: the table of docs/health.md"""
    text: str
    remedy: Maybe[str]
    severity: Maybe[Severity]
    """of a fault"""
    port: Maybe[Port]
    """where it is of one port alone"""


class Limit(Aged):
    """What one source allows."""

    owner: LimitSource
    current_a: float
    detail: str
    """the profile, key or sensor behind it"""
    decides: bool
    """the offer is made by this one"""
    share: Maybe[str]
    """what it means that none of a shared supply is left here"""


class Fault(Aged):
    """One that is present."""

    id: str
    """of docs/faults.md"""
    severity: Severity
    meaning: str
    count: Count
    """how often it came while it was listed here; a restart of the program adds nothing"""
    evidence: Evidence
    remedy: str
    clearable: bool
    """by `evsectl faults clear`, now"""


class Contactor(TypedDict):
    """Its counts are those since this agent runs here."""

    state: ContactorState
    operations: Maybe[Count]
    """closings"""
    under_load: Maybe[Count]
    """openings with more than 1 A"""


class Temperature(TypedDict):
    """One sensor."""

    place: HeatPlace
    key: str
    """its table in the board file"""
    temp_c: float


class Uptime(TypedDict):
    """This month so far (docs/uptime.md)."""

    month: Month
    percent: Maybe[float]
    outage_min: float
    excluded_min: float
    recorded_min: float


class Flexibility(TypedDict):
    """What could be shed or raised now (docs/load-profile.md)."""

    drawn_w: Maybe[int]
    shed_w: Maybe[Count]
    """what a pause takes off"""
    shed_to_minimum_w: Maybe[Count]
    """what 6 A takes off"""
    raise_w: Maybe[Count]
    """what a higher limit brings at the most"""
    shed_by: Maybe[ProfilePurpose]
    """purpose of the charging profile that would do it"""
    raise_by: Maybe[ProfilePurpose]
    """purpose of the charging profile that holds back"""
    shift: Maybe[Literal["unknown"]]
    """how much may wait: no car tells"""
    until: Maybe[Moment]
    """when a profile in force changes what is allowed; absent where none does within a day"""


class PortHealth(TypedDict):
    """One port."""

    port: Port
    verdict: CanCharge
    reasons: list[Reason]
    state: ConnectorStatus
    """status word of OCPP 1.6"""
    state_since: Maybe[Moment]
    state_age_s: Maybe[float]
    headline: str
    """one sentence for a person, as `explain` has it"""
    charging: bool
    """power flows"""
    offered_a: float
    """current the car is offered; 0 is a pause"""
    limits: list[Limit]
    faults: list[Fault]
    register_wh: Maybe[int]
    power_w: Maybe[float]
    """active power"""
    session_energy_wh: Maybe[int]
    """of the transaction that runs"""
    lock: Maybe[Lock]
    contactor: Contactor
    temps: list[Temperature]
    uptime: Maybe[Uptime]
    flexibility: Flexibility
