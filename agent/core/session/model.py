"""A session: one connector from plug to plug, and everything its decisions depend on."""

from __future__ import annotations

from dataclasses import field
from enum import Enum

from agent.core.availability import NO_BOOKINGS, Bookings, StatusDebounce
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import OpenTransaction, Signature, SignedEdge, SignedIdentity, SignedValue, StopReason
from agent.core.faults.register import FaultRegister
from agent.core.identity import ConnectorId, IdToken, PlugIdentity, TransactionKey
from agent.core.limits import BroughtProfile, Limits
from agent.core.quantities import MeterSample
from agent.core.session.effects import RecordStart, RecordStop, SessionEffect, SetStanding, Signal
from agent.core.session.energy import MAX_POWER_W, Doubt
from agent.core.time import LONG_AGO, Instant
from agent.values import frozen


class SessionPhase(Enum):
    """Where a session stands. Power may be permitted in CHARGING only."""

    IDLE = "idle"
    """No plug, nobody recognised."""
    AUTHORIZED = "authorized"
    """Somebody was accepted; waiting for the plug."""
    PLUGGED = "plugged"
    """A plug is in; nobody was accepted yet."""
    STARTING = "starting"
    """Plugged and accepted; the start is being read and recorded."""
    CHARGING = "charging"
    """A transaction is open: energy is offered, or paused by a limit or by the car."""
    STOPPING = "stopping"
    """The stop was decided; waiting for the contactor to open, for the last register and for its record."""
    FINISHING = "finishing"
    """The transaction is over, or nobody came in time; the plug is still in."""
    CABLE_LEFT = "cable_left"
    """The car has left, and its cable is still in our socket: for whoever owns it to take away."""


BUSY = frozenset({SessionPhase.STARTING, SessionPhase.CHARGING, SessionPhase.STOPPING})
"""A charge is under way: what takes a connector out of service waits for its end."""
WITH_TRANSACTION = frozenset({SessionPhase.CHARGING, SessionPhase.STOPPING})
"""What bars the next charge does nothing to the one that runs."""


@frozen(kw_only=True)
class SessionSettings:
    """What the site and the network may tune (OCPP 1.6 keys of ocpp16.md section 15). A time-out of 0 never ends.

    `rated_power_w`: what the connector's hardware can let through, W; bounds what flowed while nobody looked.
    `signature`: whether the meter is to sign begin and end; OFF also where it cannot and need not. `evse_id` is signed
    along.
    """

    connection_timeout_s: float = 120.0
    stop_on_ev_disconnect: bool = True
    unlock_on_ev_disconnect: bool = True
    stop_on_invalid_id: bool = True
    max_energy_on_invalid_id_wh: int = 0
    resume_after_restart: bool = True
    free_vend_token: IdToken | None = None
    has_lock: bool = False
    rated_power_w: float = MAX_POWER_W
    minimum_status_duration_s: float = 0.0
    signature: Signature = Signature.OFF
    signed_identity: SignedIdentity = SignedIdentity.TOKEN
    evse_id: str = ""


@frozen(kw_only=True)
class Transaction:
    """The open transaction of a session; while STARTING it is on its way to the store.

    `deauthorized`: the network refused it after the start, and it gets nothing any more. `plug` is the insertion it
    belongs to.
    """

    key: TransactionKey
    token: IdToken
    started_at: Instant
    start_wh: int
    group: IdToken | None = None
    deauthorized: bool = False
    refused_at_wh: int | None = None
    """The register when the network refused it, from which its allowance counts (MaxEnergyOnInvalidId)."""
    plug: PlugIdentity | None = None
    checkpoint_wh: int = 0
    """The last register on record; no later record of this transaction may be below it."""
    checkpoint_at: Instant = LONG_AGO
    """When it was put on record or handed to the store; LONG_AGO where that failed."""
    recorded_at: Instant = LONG_AGO
    """Up to when what flowed is on record for certain."""
    is_unrecorded: bool = False
    """That is too long ago: no power until a register is on record again."""
    offer_begun_at: Instant | None = None
    """When it was last offered a current after none; None before the first time, and after a restart."""
    limit_is_known: bool = False
    """The network's profiles were asked about this very charge; before that it is offered nothing."""
    signed: SignedValue | None = None
    """What the meter signed at its begin; its end is signed too then."""


class StopStage(Enum):
    """How far a stop has come."""

    OPENING = "opening"
    """Nothing is offered any more; the contactor has not opened yet."""
    READING = "reading"
    """Waiting for the last register."""
    SIGNING = "signing"
    """Register and time are final; the meter is to sign what it began to sign."""
    RECORDING = "recording"
    """Register and time are final; the record is being written, as often as it takes."""


@frozen(kw_only=True)
class PendingStop:
    """A stop that was decided and is being carried out."""

    reason: StopReason
    decided_at: Instant
    token: IdToken | None = None
    stage: StopStage = StopStage.OPENING
    stage_since: Instant = LONG_AGO
    register_wh: int | None = None
    """Final once SIGNING or RECORDING."""
    ended_at: Instant | None = None
    """The end as it is told to the network; final then, too."""
    on_record: bool = False
    """The decision is durable."""


@frozen(kw_only=True)
class Signing:
    """A signature that is due of the meter, and what became of it.

    `ask_at`: monotonic seconds at which the meter is asked, or asked again; None while an answer is awaited, and once
    it is over. `why`: what stood in the way last, in words.
    """

    key: TransactionKey
    edge: SignedEdge
    since: Instant
    ask_at: float | None
    value: SignedValue | None = None
    why: str = ""
    is_over: bool = False


@frozen(kw_only=True)
class FoundTransaction:
    """A transaction from before the restart. Undecided until the pilot board says which plug is in."""

    record: OpenTransaction
    kernel_restarted: bool


@frozen(kw_only=True)
class Loan:
    """The connector is lent: `by` is who has it, and for what, as a person is told. Two of them never are the same."""

    by: str
    since: Instant


class RefusalCause(Enum):
    """What stood in the way of whoever was turned away; only UNWELCOME is about the token itself."""

    UNWELCOME = "unwelcome"
    ELSEWHERE = "elsewhere"
    """The token is good, and charges somewhere else."""
    UNASKED = "unasked"
    """Nobody could be asked, or nobody answered."""
    BUSY = "busy"
    """A charge was under way here."""
    RESERVED = "reserved"
    """The connector is kept for somebody else."""
    BARRED = "barred"
    """No charge may begin here, whoever wants it (starting.bars_new_charge)."""
    METER = "meter"
    STORE = "store"
    LOCK = "lock"


@frozen(kw_only=True)
class Refusal:
    """Why somebody was turned away last, in words."""

    token: IdToken
    why: str
    cause: RefusalCause
    at: Instant


@frozen(kw_only=True)
class Outputs:
    """What the world was last told, beside permission and offer; the next step only utters what differs.

    `unsure`: an order to the pilot board or the lock failed, so all of them are given again at `retry_at`.
    """

    locked: bool = False
    unsure: bool = True
    retry_at: float = 0.0
    """Monotonic seconds before which nothing that failed is repeated."""
    status: StatusDebounce = field(default_factory=StatusDebounce)
    status_before: StatusDebounce = field(default_factory=StatusDebounce)
    """`status` before the last step, to return to where telling it was not tried."""
    shown: Signal | None = None
    standing: SetStanding = SetStanding()
    plug_unrecorded: bool = False
    judgement_unrecorded: bool = False
    availability_unrecorded: bool = False
    issued: tuple[SessionEffect, ...] = field(default=(), repr=False, compare=False)
    """The effects of the last step, in order: after a failure the rest of them was not tried."""


@frozen(kw_only=True)
class Session:
    """The whole state of one connector. A value: every change makes a new one."""

    connector: ConnectorId
    phase: SessionPhase = SessionPhase.IDLE
    phase_since: Instant = LONG_AGO
    settings: SessionSettings = field(default_factory=SessionSettings)

    pilot: PilotState = PilotState.UNKNOWN
    pilot_since: Instant = LONG_AGO
    plug: PlugIdentity | None = None
    cable_in: bool | None = None
    """A cable is in our socket, with or without a car at its end; None where nobody can tell."""
    board_boot_id: str | None = None
    board_heard: bool = False
    """The pilot board has reported at least once."""
    board_lost: bool = False
    contactor: ContactorState = ContactorState.UNKNOWN
    contactor_since: Instant = LONG_AGO

    last_sample: MeterSample | None = None
    last_register_wh: int | None = None
    """The highest register seen, kept over silence of the meter; never falls (energy.py rules on exchange)."""
    last_register_at: Instant | None = None
    """When it was read; of a register of the record, from when on power can have flowed that is not in it."""
    is_register_of_record: bool = False
    """It is the record's of a transaction from before the restart, and no reading since has been believed."""
    doubt: Doubt | None = None
    meter_lost_since: Instant | None = None
    meter_lost_why: str = ""
    """What was wrong with its last answer, or that there was none."""
    backwards_since: Instant | None = None
    """Since when power seems to flow out of the car."""

    token: IdToken | None = None
    group: IdToken | None = None
    accepted_by: str = ""
    """Who accepted `token`, in words."""
    asked: IdToken | None = None
    """The token whose authorisation is being asked for."""
    asked_at: Instant = LONG_AGO
    remote_start_id: int | None = None
    brought: tuple[BroughtProfile, ...] = ()
    """Of the tokens that are accepted or asked for."""
    refusal: Refusal | None = None
    acknowledged: Signal | None = None
    """ACCEPTED or REFUSED, shown for a moment to the person who presented a token."""
    acknowledged_at: Instant = LONG_AGO
    start_not_before: float = 0.0
    """Monotonic seconds before which free vending does not try again after a start that failed."""
    held_for: IdToken | None = None
    """The cable stays locked until this token is shown again: after an invalid id, or where the car left and the site
    does not want the cable let go by that alone (ocpp16.md section 5)."""

    transaction: Transaction | None = None
    recording: RecordStart | RecordStop | None = None
    """Handed to the store in the last step; the next event tells that it is durable, unless it is its EffectFailed."""
    read_again_at: float | None = None
    """Monotonic seconds at which a reading that failed, or that did not come, is ordered anew."""
    record_again_at: float | None = None
    """Monotonic seconds at which a record that is not kept yet is tried again."""
    record_refused: bool = False
    """Of `record_again_at`: the store refused it; else an order before it in its step failed, and it was left out."""
    pending_stop: PendingStop | None = None
    signing: Signing | None = None
    found: FoundTransaction | None = None

    bookings: Bookings = NO_BOOKINGS
    """What is reserved here, for whom."""

    limits: Limits = field(default_factory=Limits)
    faults: FaultRegister = field(default_factory=FaultRegister)
    operative: bool = True
    inoperative_when_idle: bool = False
    """ChangeAvailability to Inoperative was scheduled for the end of the running transaction."""

    loan: Loan | None = None
    """Somebody else moves the devices (lending.py)."""

    ends: bool = False
    """The program is ending: no power is due from here on, whatever else happens."""

    permitted: bool = False
    """The last PermitPower that was given."""
    offered_a: float = 0.0
    """The last OfferCurrent that was given; 0 is a pause."""
    board_offered_a: float | None = None
    """What the pilot board says it encodes; None while it says nothing."""
    offered_at: Instant | None = None
    """When the offer changed last."""
    outputs: Outputs = field(default_factory=Outputs)
    wake_at: float | None = None
    """Monotonic seconds at which the core wants a Tick; the shell owns no timer."""

    @property
    def encoded_a(self) -> float:
        """What the car is offered, as far as is known: never above what the board says, nor above what was ordered."""
        return self.offered_a if self.board_offered_a is None else min(self.offered_a, self.board_offered_a)

    @property
    def is_out_of_service(self) -> bool:
        """No charge begins here. One that is under way goes on, and it is not out before that has ended."""
        return self.phase not in WITH_TRANSACTION and (not self.operative or self.inoperative_when_idle)

    @property
    def store_refuses(self) -> bool:
        """The disk did not take the record that a charge waits for."""
        return self.record_again_at is not None and self.record_refused

    @property
    def cable_stays(self) -> bool:
        """Our socket would still be taken without the car. Where nobody reads that, what the lock holds is there."""
        return self.held_for is not None if self.cable_in is None else self.cable_in

    @property
    def board_speaks(self) -> bool:
        """The pilot board was heard and is not silent."""
        return self.board_heard and not self.board_lost


def initial(
    connector: ConnectorId,
    settings: SessionSettings,
    now: Instant,
    *,
    operative: bool = True,
    limits: Limits | None = None,
    faults: FaultRegister | None = None,
) -> Session:
    """The session of a connector after a start of the program.

    `operative` and `faults` (the latched ones) are what the store kept. A transaction found in the ledger must be the
    first event after this.
    """
    return Session(
        connector=connector,
        settings=settings,
        phase_since=now,
        pilot_since=now,
        contactor_since=now,
        operative=operative,
        limits=limits or Limits(),
        faults=faults or FaultRegister(),
    )
