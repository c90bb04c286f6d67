"""What the pilot board reports: the plug comes and goes, the board restarts, the contactor moves."""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import StopReason
from agent.core.identity import PlugIdentity
from agent.core.session import restart, starting, stopping
from agent.core.session.authorizing import forgotten
from agent.core.session.events import ContactorReported, PilotChanged
from agent.core.session.model import Session, SessionPhase
from agent.core.session.turn import Turn

WITH_PLUG = (SessionPhase.PLUGGED, SessionPhase.STARTING, SessionPhase.FINISHING)


def pilot_changed(turn: Turn, event: PilotChanged) -> None:
    """A level of the pilot; also the sign that the board is there."""
    before = turn.session
    _hear_board(turn, event)
    _take_level(turn, event)
    is_found = turn.session.found is not None and turn.session.phase is SessionPhase.CHARGING
    if not is_found and _is_another_run(before, turn.session):
        # A board that has just started reads nothing yet. Whatever it reads next, nobody saw a car leave.
        stopping.begin(turn, StopReason.POWER_LOSS)
    if event.state is PilotState.UNKNOWN:
        if is_found and restart.board_is_another_run(turn.session):
            # Whatever is plugged in, it is no car that this board knows to be the same: a board that reads nothing
            # (a dead converter) would keep the transaction open for ever.
            restart.decide(turn)
        return
    if is_found:
        restart.decide(turn)
        return
    was_in = before.plug is not None or before.pilot.plugged or before.phase in WITH_PLUG
    is_other = before.plug is not None and event.plug is not None and before.plug != event.plug
    # A board that started anew counts anew what is plugged in: for the session another plug, for a log no news.
    is_seen = not (is_other and _is_of_another_run(before.plug, turn.session))
    if was_in and (event.state is PilotState.A or is_other):
        _removed(turn, is_seen=is_seen)
    if event.state.plugged and (is_other or not was_in):
        _inserted(turn, is_seen=is_seen)


def _hear_board(turn: Turn, event: PilotChanged) -> None:
    session = turn.session
    if session.board_lost:
        turn.session = replace(session, board_lost=False)
        turn.observe("mcu.comm", present=False)
    boot_id = event.board_boot_id or (event.plug.board_boot_id if event.plug else None)
    if boot_id is None or boot_id == turn.session.board_boot_id:
        return
    known_boot_id = turn.session.board_boot_id
    if known_boot_id is not None:
        # It forgot what it was told, and whatever only a restart of it clears.
        turn.session = replace(turn.session, outputs=replace(turn.session.outputs, unsure=True, retry_at=0.0))
        turn.know_faults(turn.session.faults.power_cycled())
    turn.session = replace(turn.session, board_boot_id=boot_id)
    if known_boot_id is not None or restart.board_is_another_run(turn.session):
        turn.tell("board.restarted", boot_id=boot_id)


def _take_level(turn: Turn, event: PilotChanged) -> None:
    session = turn.session
    since = session.pilot_since if session.pilot is event.state and session.board_heard else turn.now
    plug = session.plug
    if event.state is PilotState.A:
        plug = None
    elif event.state.plugged:
        plug = event.plug
    # A board that reads nothing yet has not looked for a cable either.
    cable_in = session.cable_in if event.state is PilotState.UNKNOWN else event.cable_in
    turn.session = replace(
        session, pilot=event.state, pilot_since=since, plug=plug, cable_in=cable_in, board_heard=True
    )


def _is_another_run(before: Session, after: Session) -> bool:
    """The board has started anew, now or since it counted the plug that the session is of."""
    is_new = before.board_boot_id is not None and before.board_boot_id != after.board_boot_id
    return is_new or _is_of_another_run(before.plug, after)


def _is_of_another_run(plug: PlugIdentity | None, session: Session) -> bool:
    return plug is not None and session.board_boot_id not in (None, plug.board_boot_id)


def _removed(turn: Turn, *, is_seen: bool) -> None:
    if is_seen:
        turn.tell("plug.removed")
    session = turn.session
    match session.phase:
        case SessionPhase.CHARGING:
            if session.settings.stop_on_ev_disconnect:
                stopping.begin(turn, StopReason.EV_DISCONNECTED)
        case SessionPhase.PLUGGED | SessionPhase.STARTING | SessionPhase.FINISHING:
            held_for = None if session.settings.unlock_on_ev_disconnect else session.held_for
            turn.session = replace(forgotten(session), held_for=held_for)
            # Whether a cable is left is for `mind_cable`.
            turn.enter(SessionPhase.CABLE_LEFT)
        case SessionPhase.IDLE | SessionPhase.AUTHORIZED | SessionPhase.STOPPING | SessionPhase.CABLE_LEFT:
            pass


def mind_cable(turn: Turn) -> None:
    """A socket is free for the next one once the cable has left it too, by itself or by never having been seen."""
    session = turn.session
    if session.phase is SessionPhase.CABLE_LEFT and not session.cable_stays:
        turn.session = replace(session, held_for=None)
        turn.enter(SessionPhase.IDLE)


def _inserted(turn: Turn, *, is_seen: bool) -> None:
    if is_seen:
        turn.tell("plug.inserted")
    session = turn.session
    match session.phase:
        case SessionPhase.IDLE | SessionPhase.CABLE_LEFT:
            turn.enter(SessionPhase.PLUGGED)
        case SessionPhase.AUTHORIZED:
            starting.begin(turn)
        case SessionPhase.CHARGING if session.transaction is not None:
            # The EV side was unplugged and is back, and the site wants such a transaction to go on.
            transaction = replace(session.transaction, plug=session.plug)
            # A permission is for one plug. Where it left and came back unseen, nothing else would give it anew.
            outputs = replace(session.outputs, plug_unrecorded=True, unsure=True, retry_at=0.0)
            turn.session = replace(session, transaction=transaction, outputs=outputs)
        case _:
            pass


def contactor_reported(turn: Turn, event: ContactorReported) -> None:
    """A level of the contactor."""
    session = turn.session
    if session.contactor is event.state:
        return
    turn.session = replace(session, contactor=event.state, contactor_since=turn.now)
    if event.state is ContactorState.CLOSED:
        turn.tell("contactor.closed")
    elif session.contactor is ContactorState.CLOSED:
        turn.tell("contactor.opened", state=event.state.value)


def board_lost(turn: Turn, detail: str) -> None:
    """The pilot board does not answer: what it does is unknown, and its lease ends whatever it was permitted."""
    turn.session = replace(
        turn.session,
        board_lost=True,
        board_offered_a=None,
        pilot=PilotState.UNKNOWN,
        pilot_since=turn.now,
        contactor=ContactorState.UNKNOWN,
        contactor_since=turn.now,
    )
    turn.observe("mcu.comm", present=True, evidence=(("detail", detail),))


def board_returned(turn: Turn) -> None:
    """It answers again; what it says comes as levels."""
    turn.session = replace(turn.session, board_lost=False)
    turn.observe("mcu.comm", present=False)
