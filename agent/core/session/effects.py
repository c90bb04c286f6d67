"""What a session may ask for: wishes in the imperative, carried out in the listed order.

When one fails, the shell skips the rest of that step's effects and feeds `EffectFailed` back before any other event. So
whatever stands behind a `Record…` happens only if the record is durable, and the core knows what was not tried.
`ReadMeter`, `SignBegin`, `SignEnd` and `RequestAuthorization` only order something: their outcome comes later, as an
event of its own.
"""

from __future__ import annotations

from enum import Enum

from agent.core.availability import StatusReport
from agent.core.facts import StopReason, TransactionStarted, TransactionStopped
from agent.core.identity import IdToken, PlugIdentity, TransactionKey
from agent.core.schedule.profile import ChargingProfile
from agent.core.signatures import Identification, SignedValue
from agent.core.time import Instant
from agent.values import frozen


class ReadPurpose(Enum):
    """Why the core wants a fresh register."""

    START = "start"
    END = "end"


class Signal(Enum):
    """What the indicator shows: a meaning, never a colour."""

    AVAILABLE = "available"
    PREPARING = "preparing"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CHARGING = "charging"
    PAUSED = "paused"
    FINISHING = "finishing"
    UNAVAILABLE = "unavailable"
    FAULT = "fault"
    OFFLINE = "offline"
    UPDATE = "update"


@frozen
class OfferCurrent:
    """0 pauses (x1); otherwise 6…80 A."""

    current_a: float
    reason: str = ""


@frozen
class PermitPower:
    """A permission, not a command: the board closes when the car asks."""

    permitted: bool


@frozen(kw_only=True)
class SetStanding:
    """Levels. `operative`: somebody may charge here, else a car that comes is shown that it cannot (state F).
    `held_open`: the contactor opens without waiting for the car, and stays open (safety.md section 3, P31)."""

    operative: bool = True
    held_open: bool = False


@frozen
class SetLock:
    locked: bool


@frozen
class RequestAuthorization:
    """Ask local knowledge, then the network; the answer comes back as AuthorizationDecided."""

    token: IdToken


@frozen
class ReadMeter:
    """A fresh reading is wanted; it comes back as MeterSampled with this purpose, or as EffectFailed."""

    purpose: ReadPurpose


@frozen(kw_only=True)
class SignBegin:
    """The meter is to sign its register now, as the begin of this transaction; comes back as MeterSigned."""

    key: TransactionKey
    identification: Identification


@frozen(kw_only=True)
class SignEnd:
    """The meter is to end what it began to sign with `begun`; comes back as MeterSigned."""

    key: TransactionKey
    begun: SignedValue


@frozen(kw_only=True)
class RecordStart:
    """Transaction row, register, the fact for the network, and the profile the charge brings along, in one commit.

    The reservation that the fact names is used up in the same one.

    Once it is durable the shell tells what the network's profiles leave to this charge (LimitChanged), first of all.
    """

    fact: TransactionStarted
    plug: PlugIdentity | None
    profile: ChargingProfile | None = None


@frozen(kw_only=True)
class RecordStopDecision:
    """That this transaction is to end, so that a restart in the middle does not charge on."""

    key: TransactionKey
    reason: StopReason
    token: IdToken | None
    at: Instant


@frozen(kw_only=True)
class RecordCheckpoint:
    """The register so far: what a restart falls back on where the meter cannot say."""

    key: TransactionKey
    register_wh: int
    at: Instant


@frozen(kw_only=True)
class RecordStop:
    """Row closed and the fact queued, in one commit."""

    fact: TransactionStopped


@frozen(kw_only=True)
class RecordPlug:
    """A resumed transaction goes on under this plug identity."""

    key: TransactionKey
    plug: PlugIdentity | None


@frozen(kw_only=True)
class RecordJudgement:
    """The network's word on the running transaction: a restart must forget neither a refusal nor the group."""

    key: TransactionKey
    group: IdToken | None
    deauthorized: bool
    refused_at_wh: int | None = None


@frozen
class RecordAvailability:
    """Operative or not, kept over restarts."""

    operative: bool


@frozen
class ReportStatus:
    report: StatusReport


@frozen
class Show:
    signal: Signal


@frozen(kw_only=True)
class Tell:
    """News for journal, watch and telemetry, of the table in agent/events.py; fields carry units in their names."""

    name: str
    fields: tuple[tuple[str, str | int | float | bool | None], ...] = ()


SessionEffect = (
    OfferCurrent
    | PermitPower
    | SetStanding
    | SetLock
    | RequestAuthorization
    | ReadMeter
    | SignBegin
    | SignEnd
    | RecordStart
    | RecordStopDecision
    | RecordCheckpoint
    | RecordStop
    | RecordPlug
    | RecordJudgement
    | RecordAvailability
    | ReportStatus
    | Show
    | Tell
)
