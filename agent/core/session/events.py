"""What can happen to a session: facts in the past tense."""

from __future__ import annotations

from enum import Enum

from agent.core.availability import Bookings
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import OpenTransaction, SignedEdge, SignedValue, StopReason
from agent.core.faults.model import Witness
from agent.core.identity import IdToken, PlugIdentity, TransactionKey
from agent.core.limits import LimitSource
from agent.core.quantities import MeterSample
from agent.core.schedule.profile import ChargingProfile
from agent.core.session.effects import ReadPurpose, SessionEffect
from agent.core.session.model import Loan, SessionSettings
from agent.values import frozen


class AuthorizationStatus(Enum):
    """The answer to "may this token charge?"; OCPP 1.6 and 2.0.1 words where both have them."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    CONCURRENT_TX = "ConcurrentTx"
    UNREACHABLE = "Unreachable"
    """Nobody could be asked, and the offline rules refuse."""


@frozen(kw_only=True)
class PilotChanged:
    """The pilot board reported. `plug` is None while nothing is plugged in.

    `board_boot_id` names the board's boot also where there is no plug: a restart without a car has to be seen as well.
    `cable_in`: whether there is a cable in our socket; None where the board cannot tell, and where there is no socket.
    """

    state: PilotState
    plug: PlugIdentity | None
    high_v: float | None = None
    board_boot_id: str | None = None
    cable_in: bool | None = None


@frozen(kw_only=True)
class OfferReported:
    """The pilot board encodes `offered_a` now, and by itself would let no more than `limit_a` be offered.

    None for `limit_a`: it has no say in it. `detail` names its reason.
    """

    offered_a: float
    limit_a: float | None = None
    detail: str = ""


@frozen
class ContactorReported:
    state: ContactorState


@frozen(kw_only=True)
class MeterSampled:
    """A reading arrived; `purpose` says which ReadMeter asked for it, None is the ordinary cycle."""

    sample: MeterSample
    purpose: ReadPurpose | None = None


@frozen(kw_only=True)
class MeterSigned:
    """The outcome of SignBegin or SignEnd. Without a `value`, `why` says in words what stood in the way."""

    key: TransactionKey
    edge: SignedEdge
    value: SignedValue | None
    why: str = ""


@frozen(kw_only=True)
class RegisterRecorded:
    """A sample of the running transaction is on record with this register: as good as a checkpoint."""

    register_wh: int


@frozen
class TokenPresented:
    """A person showed a token here (reader, CLI)."""

    token: IdToken


@frozen(kw_only=True)
class AuthorizationDecided:
    """The answer to RequestAuthorization. `detail` says in words who decided and why."""

    token: IdToken
    status: AuthorizationStatus
    group: IdToken | None = None
    detail: str = ""


@frozen(kw_only=True)
class StartRequested:
    """The network, or a person by CLI, asks to start with `token`; `authorize` false means it is already accepted.

    `profile` is for the charge that comes of it, and for no other.
    """

    token: IdToken
    authorize: bool
    remote_start_id: int | None = None
    profile: ChargingProfile | None = None


@frozen(kw_only=True)
class StopRequested:
    reason: StopReason
    token: IdToken | None = None


@frozen(kw_only=True)
class LimitChanged:
    """One source of the offered current changed; None withdraws its limit. `detail` names the cause.

    `transaction` is the charge that ran when the NETWORK's limit was found. Where another one runs by the time it is
    heard, it does not count: that one gets a word of its own.
    """

    source: LimitSource
    current_a: float | None
    detail: str = ""
    transaction: TransactionKey | None = None


@frozen
class AvailabilityRequested:
    """`is_lasting` False: for this run of the program; after a restart counts what is on record."""

    operative: bool
    is_lasting: bool = True


@frozen
class BookingsChanged:
    """Other reservations concern this connector now, or are over."""

    bookings: Bookings


@frozen(kw_only=True)
class TransactionJudged:
    """The network answered to the recorded start."""

    key: TransactionKey
    status: AuthorizationStatus
    group: IdToken | None = None


@frozen(kw_only=True)
class FaultObserved:
    """A condition of the catalogue appeared (`present`) or went away. `id` is the catalogue's, e.g. "cp.diode".

    Going away ends it for this `witness` alone.
    """

    id: str
    present: bool
    evidence: tuple[tuple[str, str | int | float | bool], ...] = ()
    witness: Witness = Witness.OWNER


@frozen
class FaultReleased:
    """An authorised person at the charger cleared a latched fault. It stays where that is not theirs to decide."""

    id: str


@frozen(kw_only=True)
class DriverLost:
    """An interface of this connector stopped answering: "pilot_board", "meter", "token_reader"."""

    interface: str
    detail: str


@frozen
class DriverReturned:
    interface: str


@frozen
class SettingsChanged:
    settings: SessionSettings


@frozen(kw_only=True)
class TransactionFound:
    """The ledger holds an open transaction of this connector from before the restart.

    `kernel_restarted`: the kernel's boot id is another one than at the last record.
    """

    record: OpenTransaction
    kernel_restarted: bool


@frozen
class UnlockRequested:
    """The network wants the cable let go, whoever it is kept for."""


@frozen
class LoanRequested:
    """Somebody wants to move the devices for a while; the session shows whether they were lent."""

    loan: Loan


@frozen
class LoanEnded:
    loan: Loan


@frozen
class ProgramEnds:
    """The program is about to end in order: nothing is permitted any more, and a running charge stays open."""


@frozen(kw_only=True)
class EffectFailed:
    """An effect could not be carried out; the effects after it in the same step were not tried."""

    effect: SessionEffect
    error: str


@frozen
class Tick:
    """`wake_at` was reached."""


SessionEvent = (
    PilotChanged
    | OfferReported
    | ContactorReported
    | MeterSampled
    | MeterSigned
    | RegisterRecorded
    | TokenPresented
    | AuthorizationDecided
    | StartRequested
    | StopRequested
    | LimitChanged
    | AvailabilityRequested
    | BookingsChanged
    | TransactionJudged
    | FaultObserved
    | FaultReleased
    | DriverLost
    | DriverReturned
    | SettingsChanged
    | TransactionFound
    | UnlockRequested
    | LoanRequested
    | LoanEnded
    | ProgramEnds
    | EffectFailed
    | Tick
)
