"""Why a connector is or is not charging, and why it offers what it offers."""

from __future__ import annotations

from typing import Literal, TypedDict
from typing import NotRequired as Maybe

from agent.core.explain.chain import LinkState
from agent.core.explain.change import Kind
from agent.core.explain.links import Link, Who
from agent.core.explain.reason import Effect
from agent.core.explain.sharing import Standing
from agent.core.limits import LimitSource
from tools.schemas.shape import others
from tools.schemas.words import At, Evidence, Port, SupplyFacts


class LinkSeen(TypedDict):
    """One link of the chain that a charge hangs on."""

    link: Link
    state: LinkState
    what: str
    evidence: Evidence
    since: Maybe[At]


class Reason(TypedDict):
    """Strongest first."""

    key: str
    """for programs"""
    link: Link | None
    effect: Effect
    what: str
    evidence: Evidence
    since: At | None
    next_step: str


@others(str | float)
class Do(TypedDict):
    """The same for a program; further facts stand beside these, a unit ends the name of each that has one."""

    kind: Kind
    subject: Maybe[str]
    """a fault's id, a limit's source, a word of the pilot board"""


class Change(TypedDict):
    """One that would start a charge."""

    change: str
    who: Who
    do: Do
    until: Maybe[At]
    """when it comes by itself"""


class Portion(TypedDict):
    """What one connector has of a shared supply."""

    connector: Port
    standing: Standing
    share_a: float
    offered_a: float
    what: str
    since: Maybe[At]


class Supply(SupplyFacts):
    """A supply that connectors share."""

    turns_at: Maybe[At]
    """when those who have to wait change"""
    connectors: list[Portion]


class Limit(TypedDict):
    """What one source allows."""

    source: LimitSource
    current_a: float
    detail: str
    since: At | None
    decides: bool


class Profile(TypedDict):
    """The charging profile that decides."""

    id: int
    until: At | None


class Next(TypedDict):
    """What time brings, as far as this charger alone decides it."""

    at: At
    in_s: int
    allowed_a: float
    profile: int | None


class Explained(TypedDict):
    """One connector: of `explain` the chain and what goes with it, of `explain current` its limits."""

    connector: Port
    supply: Maybe[Supply]
    """where connectors share it"""
    charging: Maybe[bool]
    headline: Maybe[str]
    chain: Maybe[list[LinkSeen]]
    reasons: Maybe[list[Reason]]
    would_start: Maybe[list[Change]]
    """any one of them is enough"""
    allowed_a: Maybe[float]
    offered_a: Maybe[float]
    decides: Maybe[LimitSource | None]
    detail: Maybe[str]
    limits: Maybe[list[Limit]]
    """the lowest first"""
    profile: Maybe[Profile | None]
    next: Maybe[Next | None]
    ahead_s: Maybe[int | None]
    """so far was looked"""
    share: Maybe[str]
    """what it means that none of a shared supply is left here"""


class Explain(TypedDict):
    """Connector by connector."""

    what: Maybe[Literal["current"]]
    connectors: list[Explained]


ANSWERS = {"": Explain}
