"""What many tables share: moments, ports, faults, measured values."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict
from typing import NotRequired as Maybe

from agent.core.commissioning.model import Verdict as TestVerdict
from agent.core.faults.model import Severity
from agent.core.limits import LimitSource
from tools.schemas.shape import rule

UTC = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$"
Moment = Annotated[str, rule(pattern=UTC, description="RFC 3339, UTC")]
Day = Annotated[str, rule(pattern=r"^\d{4}-\d\d-\d\d$", description="UTC")]
Month = Annotated[str, rule(pattern=r"^\d{4}-\d\d$", description="UTC")]
Port = Annotated[int, rule(minimum=1, description="number of the port, from 1, as the connector's")]
Count = Annotated[int, rule(minimum=0)]
Share = Annotated[float, rule(minimum=0, maximum=1, description="of 1")]
Hash = Annotated[str, rule(pattern="^[0-9a-f]{64}$", description="SHA-256")]
Quantity = str | float | bool | None
"""A reading whose name says what it is; its unit ends that name."""
Evidence = Annotated[
    dict[str, Quantity], rule(description="the figures behind it, by their names; a unit ends each of them")
]
TimeQuality = Annotated[
    Literal["none", "csms", "clock"],
    rule(description="what is behind `time`: nothing, the central system's word, or the controller's own clock"),
]
EventName = Annotated[str, rule(pattern=r"^[a-z_]+\.[a-z_]+$", description="of docs/events.md")]
EventFields = Annotated[dict[str, Quantity], rule(description="those of docs/events.md")]


class At(TypedDict):
    """A moment. Both null: of another boot, and the time is not known."""

    utc: Moment | None
    age_s: float | None
    """how long ago; negative: still to come"""


class Place(TypedDict):
    """A test and where it is done."""

    test: str
    connector: Port | None
    """null: of the charger as a whole"""


class Measured(TypedDict):
    """One value beside what it was held against."""

    name: str
    value: Quantity
    unit: str
    low: float | None
    """in the unit of the value; null: no bound"""
    high: float | None
    """in the unit of the value; null: no bound"""
    source: str
    """where the limit comes from"""


class Outcome(TypedDict):
    """What one attempt of a test found."""

    verdict: TestVerdict
    says: str
    next: str
    """what to do about it"""
    cause: str
    """the id of docs/faults.md that fits best"""
    not_applicable: bool
    measured: list[Measured]


class FaultBody(TypedDict):
    """A fault that is present."""

    id: str
    """of docs/faults.md"""
    severity: Severity
    meaning: str
    since: At | None
    count: Count
    """how often it came since the start of the program"""
    evidence: Evidence
    remedy: str


class Pieces(TypedDict):
    """A text, to be joined."""

    pieces: list[str]


class SupplyFacts(TypedDict):
    """A supply that connectors share: who set it, and who has how much."""

    what: str
    current_a: float
    owner: LimitSource
    detail: str
    who: str
    """who can raise it"""


class Versions(TypedDict):
    """What runs here."""

    agent: str
    firmware: Maybe[str]
    """of the controller's image"""
