"""How a change is made in a trial: as the world would make it, by events."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace

from agent.core.control_pilot import PilotState
from agent.core.explain.change import Change, Kind
from agent.core.explain.fault_changes import EMERGENCY_STOP, OUT_FOR_S, is_pilot_fault
from agent.core.explain.trial import Trial
from agent.core.facts import StopReason
from agent.core.faults.model import BOARD_SILENT, Fault, Recovery, Witness
from agent.core.limits import Limit, LimitSource
from agent.core.session.events import (
    AuthorizationDecided,
    AuthorizationStatus,
    AvailabilityRequested,
    DriverReturned,
    FaultObserved,
    FaultReleased,
    LimitChanged,
    LoanEnded,
    MeterSampled,
    StartRequested,
    StopRequested,
    Tick,
    TokenPresented,
)
from agent.core.session.model import BUSY, Session
from agent.core.session.starting import bars_new_charge

RAISED_TO_A = 16.0
UNREAD = (PilotState.UNKNOWN, PilotState.E, PilotState.F)
OTHER_BOOT = "in thought, started anew"
Passing = Generator[None, None, None]


def apply(trial: Trial, change: Change) -> Passing:
    """Make it; where a person would have to wait first, time passes."""
    if change.kind in PATIENT:
        yield from PATIENT[change.kind](trial)
    elif change.kind in AT_ONCE:
        AT_ONCE[change.kind](trial, change)


def _program(trial: Trial, _: Change) -> None:
    # The next run of the program has a session of its own, and nothing that ends it.
    trial.session = replace(trial.session, ends=False)


def _loan(trial: Trial, _: Change) -> None:
    if trial.session.loan is not None:
        trial.feed(LoanEnded(trial.session.loan))


def _limits_told(trial: Trial, _: Change) -> None:
    trial.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=RAISED_TO_A))


def _store(trial: Trial, _: Change) -> None:
    trial.well.store = True


def _network(trial: Trial, _: Change) -> None:
    trial.well.judges = True


def _lock(trial: Trial, _: Change) -> None:
    trial.well.lock = True


def _board_closes(trial: Trial, _: Change) -> None:
    trial.well.board_closes = True


def _board_offers(trial: Trial, _: Change) -> None:
    trial.well.board_offers = True


def _car_asks(trial: Trial, _: Change) -> None:
    trial.well.car_asks = True


def _board(trial: Trial, _: Change) -> None:
    trial.well.board = True
    trial.feed(DriverReturned("pilot_board"))
    silent = trial.session.faults.find(BOARD_SILENT)
    if silent is not None:
        # What switches the contactor or cuts it off sits in the same box.
        _goes_away(trial, silent)
    _pilot_is_read(trial)


def _pilot_is_read(trial: Trial) -> None:
    """What was plugged in before is plugged in still."""
    session = trial.session
    if session.pilot not in UNREAD and session.board_heard:
        return
    of_transaction = session.transaction.plug if session.transaction is not None else None
    plug = session.plug or of_transaction
    boot_id = plug.board_boot_id if plug is not None else None
    trial.pilot_reads(PilotState.A if plug is None else PilotState.B, plug, boot_id)


def _clear_fault(trial: Trial, change: Change) -> None:
    match change.subject:
        case "meter.comm":
            trial.well.meter = True
            trial.feed(DriverReturned("meter"))
        case "meter.signature":
            trial.well.signs = True
        case "reader.failed":
            trial.well.reads_cards = True
        case "mcu.comm":
            _board(trial, change)
    fault = trial.session.faults.find(change.subject)
    if fault is not None and _needs_unplugging(trial, fault):
        trial.is_released = True
    elif fault is not None:
        _goes_away(trial, fault)


def _needs_unplugging(trial: Trial, fault: Fault) -> bool:
    """The pilot board tells of its button until the plug comes out; a wire that Linux reads tells of it as it is."""
    return fault.kind.id == EMERGENCY_STOP and Witness.OWNER in fault.witnesses and trial.session.pilot.plugged


def _goes_away(trial: Trial, fault: Fault) -> None:
    """Its condition does, and whoever may end it does."""
    id = fault.kind.id
    for witness in sorted(fault.witnesses, key=lambda one: one.value):
        trial.feed(FaultObserved(id=id, present=False, witness=witness))
    if fault.kind.recovery is Recovery.SERVICE:
        trial.feed(FaultReleased(id))
    if fault.kind.recovery is Recovery.POWER_CYCLE:
        state = trial.session.pilot
        plug = trial.another_plug(OTHER_BOOT) if state.plugged else None
        trial.pilot_reads(state, plug, OTHER_BOOT)
    if is_pilot_fault(fault):
        _pilot_is_read(trial)


def _in_service(trial: Trial, _: Change) -> None:
    trial.feed(AvailabilityRequested(True))


def _firmware(trial: Trial, _: Change) -> None:
    trial.feed(AvailabilityRequested(True, is_lasting=False))


def _other_ends(trial: Trial, _: Change) -> None:
    trial.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=RAISED_TO_A))


def _raise_limit(trial: Trial, change: Change) -> None:
    source, transaction = LimitSource(change.subject), trial.session.transaction
    if source is LimitSource.NETWORK and trial.of_next_charge is not None:
        trial.of_next_charge = RAISED_TO_A, ""
    key = transaction.key if transaction is not None and source is LimitSource.NETWORK else None
    share = trial.session.limits.named(LimitSource.SUPPLY)
    if source is LimitSource.CHARGE_POINT_MAX and share is not None and _is_parted(trial.session, share):
        trial.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=RAISED_TO_A, detail=share.detail))
    trial.feed(LimitChanged(source=source, current_a=RAISED_TO_A, transaction=key))


def _is_parted(session: Session, share: Limit) -> bool:
    """What the connectors share is the station's own limit, and rises with it (station/current_limits.py)."""
    of_station = session.limits.named(LimitSource.CHARGE_POINT_MAX)
    return of_station is not None and of_station.detail != "" and share.detail.startswith(of_station.detail)


def _stop(trial: Trial, _: Change) -> None:
    trial.feed(StopRequested(reason=StopReason.REMOTE))


def _accept(trial: Trial, _: Change) -> None:
    if trial.session.asked is not None:
        trial.feed(AuthorizationDecided(token=trial.session.asked, status=AuthorizationStatus.ACCEPTED))


def _plug_in(trial: Trial) -> Passing:
    trial.well.car_asks = True
    if any(_ends_unplugged(fault) for fault in trial.session.faults.faults):
        # It ends by itself while nobody is plugged in yet.
        yield from _stay_out(trial)
    trial.pilot_reads(PilotState.B, trial.another_plug())


def _replug(trial: Trial) -> Passing:
    if not (yield from trial.until(_lets_go)):
        return
    trial.pilot_reads(PilotState.A, None)
    released = trial.session.faults.find(EMERGENCY_STOP) if trial.is_released else None
    if released is not None:
        _goes_away(trial, released)
    yield from _stay_out(trial)
    trial.pilot_reads(PilotState.B, trial.another_plug())


def _ends_unplugged(fault: Fault) -> bool:
    return fault.kind.recovery is Recovery.UNPLUG and fault.condition_gone_since is not None


def _stay_out(trial: Trial) -> Passing:
    """As long as a plug has to be out that clears a fault."""
    out_until = trial.now.monotonic_s + OUT_FOR_S
    while (wake_at := trial.session.wake_at) is not None and wake_at < out_until and not trial.is_exhausted:
        trial.reach(wake_at)
        trial.feed(Tick())
        yield
    trial.reach(out_until)
    trial.feed(Tick())


def _present_card(trial: Trial) -> Passing:
    yield from trial.until(_may_be_asked)
    if trial.well.reads_cards and not _is_taken(trial.session):
        trial.feed(TokenPresented(trial.card))


def _remote_start(trial: Trial) -> Passing:
    yield from trial.until(_may_be_asked)
    if not _is_taken(trial.session):
        trial.feed(StartRequested(token=trial.card, authorize=True))


def _is_taken(session: Session) -> bool:
    return session.phase in BUSY or session.token is not None


def _lets_go(session: Session) -> bool:
    """Nothing holds the plug: a lock keeps it for as long as a charge is under way."""
    return not (session.settings.has_lock and session.outputs.locked)


def _may_be_asked(session: Session) -> bool:
    """A person looks at the charger, and shows the card once nothing stands against it."""
    return bars_new_charge(session) is None and session.phase not in BUSY


def meter_is_read(trial: Trial) -> None:
    """The ordinary cycle of the meter, once."""
    if trial.well.meter:
        trial.feed(MeterSampled(sample=trial.sample()))


def profiles_are_told(trial: Trial) -> None:
    """To a charge that nobody has told them of yet."""
    transaction = trial.session.transaction
    if transaction is not None and not transaction.limit_is_known:
        trial.feed(trial.network_says(transaction.key))


AT_ONCE: Mapping[Kind, Callable[[Trial, Change], None]] = {
    Kind.PROGRAM: _program,
    Kind.LOAN: _loan,
    Kind.LIMITS_TOLD: _limits_told,
    Kind.STORE: _store,
    Kind.NETWORK: _network,
    Kind.BOARD: _board,
    Kind.CLEAR_FAULT: _clear_fault,
    Kind.LOCK: _lock,
    Kind.FIRMWARE: _firmware,
    Kind.IN_SERVICE: _in_service,
    Kind.OTHER_ENDS: _other_ends,
    Kind.RAISE_LIMIT: _raise_limit,
    Kind.BOARD_LIMIT: _board_offers,
    Kind.BOARD_CLOSES: _board_closes,
    Kind.STOP: _stop,
    Kind.ACCEPT: _accept,
    Kind.CAR_ASKS: _car_asks,
}
PATIENT: Mapping[Kind, Callable[[Trial], Passing]] = {
    Kind.REPLUG: _replug,
    Kind.PLUG_IN: _plug_in,
    Kind.REMOTE_START: _remote_start,
    Kind.PRESENT_CARD: _present_card,
}
"""By people, who see what happens and wait for it."""
