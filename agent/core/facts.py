"""Facts about transactions, free of any protocol version: what the ledger keeps and the network is told later."""

from __future__ import annotations

from enum import Enum

from agent.core.identity import ConnectorId, IdToken, PlugIdentity, TransactionKey
from agent.core.quantities import Reading, ReadingContext
from agent.core.signatures import Signature as Signature  # noqa: PLC0414 - words of these facts, for whoever has them
from agent.core.signatures import SignedEdge as SignedEdge  # noqa: PLC0414
from agent.core.signatures import SignedIdentity as SignedIdentity  # noqa: PLC0414
from agent.core.signatures import SignedValue as SignedValue  # noqa: PLC0414
from agent.core.time import Instant
from agent.values import frozen


class StopReason(Enum):
    """Why a transaction ended, in OCPP 2.0.1's words where it has them; each adapter maps to its own list."""

    LOCAL = "Local"
    REMOTE = "Remote"
    EV_DISCONNECTED = "EVDisconnected"
    DEAUTHORIZED = "DeAuthorized"
    EMERGENCY_STOP = "EmergencyStop"
    POWER_LOSS = "PowerLoss"
    REBOOT = "Reboot"
    SOFT_RESET = "SoftReset"
    HARD_RESET = "HardReset"
    UNLOCK_COMMAND = "UnlockCommand"
    FAULT = "Fault"
    OTHER = "Other"


@frozen(kw_only=True)
class MeterReadings:
    """Readings of one moment and one reason, already narrowed to the measurands that were configured then."""

    at: Instant
    context: ReadingContext
    readings: tuple[Reading, ...]


@frozen(kw_only=True)
class TransactionStarted:
    key: TransactionKey
    connector: ConnectorId
    at: Instant
    token: IdToken
    register_wh: int
    remote_start_id: int | None = None
    reservation_id: int | None = None
    signed: SignedValue | None = None
    """What the meter signed of this register; None where none was wanted, or it could not be had."""
    unsigned_because: str = ""
    """Why it could not, in words; "" where it is there, or none was wanted."""


@frozen(kw_only=True)
class TransactionSampled:
    """Readings to tell while a transaction runs, or, with `key` None, outside of any (clock-aligned)."""

    key: TransactionKey | None
    connector: ConnectorId | None
    readings: MeterReadings
    begun: SignedValue | None = None
    """Of the readings at the begin of a transaction, as the ledger adds it: what was signed with its start."""


@frozen(kw_only=True)
class SignedBegin:
    """What was signed at the begin of a transaction, with the register and the time of its start."""

    at: Instant
    register_wh: int
    value: SignedValue


@frozen(kw_only=True)
class TransactionStopped:
    """`token` is the one that stopped it, None where no token did. `history` is what StopTransaction carries along.

    `signed` and `unsigned_because` are those of the end, as a start has them. `begun` is added by the ledger.
    """

    key: TransactionKey
    connector: ConnectorId
    at: Instant
    register_wh: int
    reason: StopReason
    token: IdToken | None = None
    history: tuple[MeterReadings, ...] = ()
    signed: SignedValue | None = None
    unsigned_because: str = ""
    begun: SignedBegin | None = None


Fact = TransactionStarted | TransactionSampled | TransactionStopped


def moment_of(fact: Fact) -> Instant:
    """When it happened."""
    return fact.readings.at if isinstance(fact, TransactionSampled) else fact.at


def kind_of(fact: Fact) -> str:
    """One word, for people."""
    match fact:
        case TransactionStarted():
            return "start"
        case TransactionSampled():
            return "sample"
        case TransactionStopped():
            return "stop"


@frozen(kw_only=True)
class QueuedFact:
    """A fact waiting to be told. `seq` is its place in the one order of recording.

    `remote_id` is the network's id of the transaction, if known. `attempts` counts transmissions the network answered
    with an error. `abandoned_start` says that the start of this transaction was given up, so its id will never be known
    (OCPP 1.6 errata 3.18: -1).
    """

    seq: int
    fact: Fact
    attempts: int = 0
    remote_id: int | None = None
    abandoned_start: bool = False
    started_at: Instant | None = None
    """When its transaction began; None outside of any."""


@frozen(kw_only=True)
class OpenTransaction:
    """A transaction found running in the ledger at start-up."""

    key: TransactionKey
    connector: ConnectorId
    token: IdToken
    started_at: Instant
    start_wh: int
    last_wh: int
    last_at: Instant
    plug: PlugIdentity | None
    kernel_boot_id: str
    remote_id: int | None = None
    stop_requested: StopReason | None = None
    stop_token: IdToken | None = None
    group: IdToken | None = None
    signed: SignedValue | None = None
    """What the meter signed at its begin."""
    deauthorized: bool = False
    """The network refused it after the start: no power until it says otherwise."""
    refused_at_wh: int | None = None
    """The register at which it did; its allowance counts from there."""
