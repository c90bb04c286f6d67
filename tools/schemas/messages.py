"""Every message on the broker (docs/mqtt.md), by its kind. Those that the charger says begin with a head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypedDict
from typing import NotRequired as Maybe

from agent.core.availability import ConnectorStatus
from agent.core.health.model import Verdict
from agent.core.limits import LimitSource
from agent.core.schedule.profile import ProfilePurpose
from agent.event_kinds import EventField
from agent.events import EVENTS
from agent.telemetry import topics
from agent.telemetry.levels import SESSION_EVENT
from tools.schemas.health import Health
from tools.schemas.shape import Schema, others, rule, schema_of, value_schema
from tools.schemas.words import Count, Day, EventName, Hash, Port, TimeQuality, Versions

Scalar = str | float | bool
STAMP = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"
NOBODY = {"not": {"pattern": "token|group"}}
QUARTERS = rule(minItems=96, maxItems=96)
PHASES = rule(minItems=1, maxItems=3)


class Head(TypedDict):
    boot_id: str
    """this boot of the controller; t_mono_ms counts inside it"""
    seq: Count
    """counts the messages of this connection; the birth is 0, a gap is a loss"""
    t_mono_ms: Count
    """of the boot's monotonic clock when it happened; told later where there was no link"""
    time_quality: TimeQuality
    time: Maybe[Annotated[str, rule(pattern=STAMP)]]
    """when it happened, RFC 3339, UTC, milliseconds; absent while the time is not known"""


class BirthVersions(Versions):
    """What runs here."""

    board_firmware: Maybe[str]
    """of the pilot boards"""


class Birth(Head):
    """the birth"""

    online: Annotated[bool, rule(const=True)]
    session: str
    """random name of this connection"""
    nonce: str
    """random; an order may name it in place of a time while the charger's clock is not known"""
    versions: BirthVersions
    serial_number: str
    vendor: str
    model: str
    board: str
    ports: list[Port]
    schema: Annotated[int, rule(const=topics.SCHEMA)]
    orders: bool
    """orders are taken at cmd"""
    health_every_s: Maybe[float]
    """a health document comes at least so often; longer without any word, and it is silent"""


class LastWord(TypedDict):
    """the last word, or the will"""

    online: Annotated[bool, rule(const=False)]
    session: str
    """of the connection that ended"""
    reason: Maybe[str]
    """why it ended in order; absent where the broker says it, by the will"""


class HealthMessage(Head, Health):
    """The whole charger at one moment: what evsectl health shows. Retained. Below 64 KiB."""


class PortLimit(TypedDict):
    """The limit that decides."""

    current_a: Annotated[float, rule(minimum=0)]
    owner: LimitSource
    """whose limit decides"""
    detail: str
    """the profile, key or sensor behind it"""


class PortFlexibility(TypedDict):
    """what could be shed or raised now (docs/load-profile.md)"""

    shed_w: Count
    """what a pause takes off"""
    shed_to_minimum_w: Maybe[Count]
    """what 6 A takes off; absent: not known"""
    raise_w: Maybe[Count]
    """what a higher limit brings at the most; absent: not known"""
    raise_by: Maybe[ProfilePurpose]
    """purpose of the charging profile that holds back"""
    until: Maybe[str]
    """when a profile in force changes what is allowed, RFC 3339, UTC; absent where none does within a day"""


class PortStatus(Head):
    """What one port is and does, on change. Retained."""

    port: Port
    state: ConnectorStatus
    """status word of OCPP 1.6"""
    verdict: Verdict
    """can one charge here"""
    reasons: list[str]
    """keys of the reasons of the verdict, the weightiest first"""
    headline: str
    """one sentence for a person"""
    charging: bool
    """power flows"""
    offered_a: Maybe[Annotated[float, rule(minimum=0)]]
    """current the car is offered; 0 is a pause"""
    limit: Maybe[PortLimit]
    flexibility: Maybe[PortFlexibility]
    """what could be shed or raised now; absent where nothing is charged, nor paused by the central system"""
    faults: list[str]
    """ids of docs/faults.md that are present, most severe first"""


class PortMeter(Head):
    """A reading of one port's meter. Not retained."""

    port: Port
    register_wh: int
    """energy register"""
    power_w: Maybe[float]
    """active power"""
    currents_a: Maybe[Annotated[list[float], PHASES]]
    """by phase"""
    voltages_v: Maybe[Annotated[list[float], PHASES]]
    """by phase"""
    charging: bool
    """power flows"""
    temp_c: Maybe[float]
    """the hottest sensor of the port"""


class Event(Head):
    """One event of docs/events.md, without whatever names a person."""

    event: EventName
    port: Maybe[Port]
    fields: Annotated[dict[str, Scalar], rule(propertyNames=NOBODY)]
    """those of docs/events.md"""
    lost: Maybe[Annotated[int, rule(minimum=1)]]
    """events that were dropped since the last one that was sent"""
    lost_to_rate: Maybe[Annotated[int, rule(minimum=1)]]
    """of those, how many because too many came at once; the others found no room while there was no link"""


@others(Scalar)
class Session(Head):
    """One record a session, at its end: the fields of the event session.recorded."""

    port: Port


@others(Scalar)
class Outage(Head):
    """Begin and end of an outage: the fields of outage.begun and outage.ended."""

    port: Port
    edge: Literal["begun", "ended"]
    """which of the two"""


class Load(Head):
    """Load of the station on one day, by quarters of an hour. Once a day; not in the thrifty profile."""

    day: Day
    step_s: Annotated[int, rule(const=900)]
    mean_w: Annotated[list[float | None], QUARTERS]
    """mean active power of each step; null where nothing was recorded"""
    peak_w: Annotated[list[float | None], QUARTERS]
    """highest one"""


class Order(TypedDict):
    """An order to the charger: the signed envelope. At most 16 KiB. Never retained."""

    v: Annotated[int, rule(const=1)]
    id: Annotated[str, rule(pattern="^[0-9a-f]{32}$")]
    device: str
    verb: str
    """as docs/remote-actions.md has it"""
    args: dict[str, Scalar]
    """those of the verb at the charger"""
    issued: Maybe[str]
    expires: Maybe[str]
    nonce: Maybe[str]
    """of the birth, in place of a time"""
    key_id: str
    case: Maybe[str]
    """the support case"""
    signature: Annotated[str, rule(pattern="^[0-9a-f]{128}$")]


class Blob(TypedDict):
    """a file that is sent at blob/<id>/<k>"""

    id: str
    bytes: Count
    """of the whole"""
    chunks: Annotated[int, rule(minimum=1)]
    """how many"""
    sha256: Hash
    content_type: str
    name: str


class Refusal(TypedDict):
    """why not"""

    key: str
    """for programs"""
    text: str
    """for people"""


class Result(Head):
    """What became of an order."""

    id: str
    """of the order"""
    verb: Maybe[str]
    kind: Literal["ack", "progress", "result", "refused", "failed"]
    body: Maybe[dict[str, Any]]
    """of a result, and of each part in progress: answers/<action>.schema.json"""
    passed: Maybe[bool]
    """of a result: false where what was looked at is not in order"""
    reason: Maybe[Refusal]
    """of refused and failed"""
    case: Maybe[str]
    blob: Maybe[Blob]


def _of_events(*names: str) -> Schema:
    """The fields of these events that may leave; always there are those that each of them has."""
    named = {field.name: _of_field(field) for name in names for field in EVENTS[name].fields}
    always = [field.name for field in EVENTS[names[0]].fields if not field.may_be_absent and _is_in_all(field, names)]
    return {"properties": named, "required": always}


def _is_in_all(field: EventField, names: Iterable[str]) -> bool:
    needed = ({one.name for one in EVENTS[name].fields if not one.may_be_absent} for name in names)
    return all(field.name in one for one in needed)


def _of_field(field: EventField) -> Schema:
    kind = value_schema(float if field.unit else Scalar)
    return {**kind, "description": f"{field.meaning} [{field.unit}]" if field.unit else field.meaning}


def _with(table: type, more: Schema) -> Schema:
    found = schema_of(table)
    found["properties"] |= more["properties"]
    found["required"] += more["required"]
    return {**found, "propertyNames": NOBODY}


def _state() -> Schema:
    """Whether the charger is connected, and who it is. Retained."""
    return {"description": _state.__doc__, "oneOf": [schema_of(Birth), schema_of(LastWord)]}


TABLES: Mapping[str, type] = {
    topics.HEALTH: HealthMessage,
    topics.PORT_STATUS: PortStatus,
    topics.PORT_METER: PortMeter,
    topics.EVENT: Event,
    topics.LOAD: Load,
    topics.COMMAND: Order,
    topics.RESULT: Result,
}


def schemas() -> dict[str, Schema]:
    """Of each kind of message."""
    return {kind: schema_of(table) for kind, table in TABLES.items()} | {
        topics.STATE: _state(),
        topics.SESSION: _with(Session, _of_events(SESSION_EVENT)),
        topics.OUTAGE: _with(Outage, _of_events("outage.begun", "outage.ended")),
    }
