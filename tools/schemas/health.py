"""The health document: what `evsectl health` shows, and the message `health` behind its head (docs/health.md).

Where the document is too large the last entries of lists go, and the last keys of `network` and of a port's
`flexibility` (`agent/core/health/document.py`): so nothing in these two tables is always there.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict
from typing import NotRequired as Maybe

from agent.core.explain.sharing import Standing
from agent.core.health.document import EXPENDABLE
from agent.core.network_check.local import Medium, Scope
from agent.core.runs import RunEnd, RunReason
from tools.schemas.health_port import Aged, CanCharge, Flexibility, PortHealth, Reason, Temperature
from tools.schemas.shape import others, rule
from tools.schemas.words import (
    Count,
    EventFields,
    EventName,
    Moment,
    Port,
    SupplyFacts,
    TimeQuality,
    Versions,
)

Losses = Annotated[dict[str, Count], rule(description="how often the link ended, or was not made, by cause")]


class AllVersions(Versions):
    """What runs here."""

    python: str
    kernel: str
    boards: dict[str, str]
    """firmware of each port's pilot board, by the number of the port"""


class Identity(TypedDict):
    """Who this charger is."""

    serial_number: str
    vendor: str
    model: str
    board: str
    """the board file"""
    country: str
    site_ref: Maybe[str]
    """the order of the plan"""
    versions: AllVersions


class Part(Aged):
    """What one port has of it."""

    port: Port
    standing: Standing
    share_a: float
    offered_a: float
    what: str


class Supply(SupplyFacts):
    """A supply that ports share: who set it, and who has how much."""

    turns_in_s: Maybe[int]
    """until those who have to wait change"""
    parts: list[Part]


class Clock(TypedDict):
    """The time of day, and what is behind it."""

    quality: TimeQuality
    utc: Maybe[Moment]
    set_by_s: Maybe[float]
    """by how much it was set last in this run"""
    offset_s: Maybe[float]
    """how far the central system's clock is ahead"""


class LinkSlot(TypedDict):
    """One address of the central system."""

    number: Count
    endpoint: str
    failures: Count
    why: Maybe[str]
    """of the last failure"""


class Link(TypedDict):
    """The way to the central system."""

    endpoint: str
    losses: Losses
    slots: list[LinkSlot]


class Way(TypedDict):
    """By what the world is reached: of the default route. No address is told."""

    interface: str
    medium: Medium
    address_kind: Scope
    """who its own address is good with"""
    ip_version: Literal[4, 6]
    level_dbm: Maybe[float]
    """of a Wi-Fi"""
    rate_mbit: Maybe[float]
    """of a Wi-Fi"""
    modem: Maybe[str]
    """its state, in the word of ModemManager, as all that follows"""
    sim: Maybe[str]
    """"ready", or what is wrong with the card"""
    registration: Maybe[str]
    operator: Maybe[str]
    technology: Maybe[str]
    signal_percent: Maybe[int]
    """of a scale of ModemManager's own"""
    not_looked_at: Maybe[str]
    """why nothing is known of the modem"""


class Network(Aged):
    """The central system, as `evsectl ocpp status` has it."""

    configured: Maybe[bool]
    connected: Maybe[bool]
    cause: Maybe[str]
    """why not"""
    found: Maybe[str]
    """what the charger's own look at its network came to while it was away"""
    passed_over: Maybe[str]
    """another address that was not taken, and why"""
    registration: Maybe[str]
    """the status of its BootNotification; "" before"""
    host: Maybe[str]
    identity: Maybe[str]
    """the charger's name there"""
    last_answer_s: Maybe[float]
    """since it answered last"""
    reconnects: Maybe[Count]
    slot: Maybe[int]
    """of the address in use"""
    rtt_s: Maybe[float]
    """of the last ping"""
    way: Maybe[Way]
    link: Maybe[Link]


class Storage(TypedDict):
    """The disk that holds the store."""

    free_bytes: Maybe[int]
    total_bytes: Maybe[int]
    written_bytes: Maybe[int]
    """what this run made it write"""
    wear_percent: Maybe[int]
    """of its life that is used; an eMMC tells it"""
    pre_eol: Maybe[Literal["normal", "warning", "urgent"]]
    """how much of its reserve is left; an eMMC tells it"""
    device: Maybe[str]


class Certificate(TypedDict):
    """One that ends."""

    kind: str
    """whose it is, and of which slot"""
    subject: str
    ends: Moment
    days: int
    """until then"""


class Queues(TypedDict):
    """Records that wait."""

    facts: Count
    """for the central system"""
    unanswered: Count
    """of these, sent and without an answer"""
    security_events: Count
    mqtt: Maybe[Count]
    """messages for the broker"""


class Broker(TypedDict):
    """The link to the broker, where there is a health channel."""

    connected: bool
    cause: Maybe[str]
    """why it is not connected"""
    connections: Count
    waiting: Count
    """messages"""
    waiting_bytes: Count
    dropped: Count
    """messages that found no room, or came too fast"""
    sent: Count
    ignored: Count
    """messages from the broker that were no order for this charger"""


class Process(TypedDict):
    """The program itself."""

    rss_kb: Maybe[int]
    """memory it holds"""
    threads: Maybe[int]
    cpu_s: Maybe[float]
    rss_trend_kb_per_day: Maybe[float]
    """the slope of hourly samples of the last day; absent in the first four hours"""
    uptime_s: int


class Boot(TypedDict):
    """One run of the program."""

    boot_id: str
    """the boot of the controller that it was in"""
    started: Maybe[Moment]
    age_s: Maybe[float]
    """since its start"""
    reason: RunEnd | RunReason
    """why it began: the end of the run before, or the words of a beginning"""
    version: str
    ended: Maybe[RunEnd]
    stuck: Maybe[str]
    """vital parts that made no progress"""
    crash: Maybe[str]
    """one line of what it left"""


class Resets(TypedDict):
    """As this agent saw them."""

    watchdog: Count
    brownout: Count
    other: Count


class Board(TypedDict):
    """A pilot board that reports."""

    port: Port
    answering: bool
    firmware: Maybe[str]
    resets: Maybe[Resets]


@others(float)
class Device(TypedDict):
    """Everything on a wire: its counters since the start stand beside these, a unit ends their names."""

    name: str
    answering: bool
    detail: Maybe[str]
    """what to check"""


class Commissioned(Aged):
    """Whether it is in service."""

    in_service: bool
    why: Maybe[str]
    """why not"""
    job: Maybe[int]
    """number of the commissioning that it rests on"""


class EventMoment(TypedDict):
    """When, as far as it is known."""

    utc: Maybe[Moment]
    age_s: Maybe[float]


class Event(TypedDict):
    """One of the newest on record."""

    name: EventName
    at: EventMoment
    connector: Maybe[Port]
    fields: EventFields


LeftOut: Any = TypedDict("LeftOut", dict.fromkeys(EXPENDABLE, Maybe[Count]))  # type: ignore[misc]


class Support(TypedDict):
    """Reserved for the support case."""


class Health(TypedDict):
    """The whole charger at one moment."""

    identity: Identity
    verdict: CanCharge
    reasons: list[Reason]
    ports: list[PortHealth]
    flexibility: Flexibility
    supply: Maybe[Supply]
    """where connectors share it"""
    clock: Clock
    network: Network
    storage: Storage
    certificates: list[Certificate]
    """the first to end comes first"""
    queues: Queues
    broker: Maybe[Broker]
    temps: list[Temperature]
    """of sensors that concern all ports"""
    process: Process
    boots: list[Boot]
    """the last ten, the newest first"""
    boards: list[Board]
    devices: list[Device]
    notices: list[str]
    """standing warnings"""
    commissioned: Commissioned
    support: Support
    events: Annotated[list[Event], rule(maxItems=50)]
    left_out: Maybe[LeftOut]
    """where something had no room: how many entries of which list"""
