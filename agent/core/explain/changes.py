"""What could be changed so that a charge begins, and who can change it: the candidates of one scene.

Each is something that a person, the central system or time does to the world, never a step past a rule of the session.
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.control_pilot import PilotState
from agent.core.explain.change import MEND_STORAGE, Change, Kind
from agent.core.explain.fault_changes import OUT_FOR_S, matters, of_faults
from agent.core.explain.links import MENDERS, Who, place_of_wait
from agent.core.explain.scene import NetworkState, Scene
from agent.core.explain.site_changes import of_limits, of_service
from agent.core.explain.waiting import OBSTACLES
from agent.core.faults.model import Recovery
from agent.core.session.model import RefusalCause, Session, SessionPhase
from agent.core.time import LONG_AGO

LEFT_TO_AGENT = frozenset({"", "nothing", "fault", "permit", "offer", "car", "x1", "steady"})
"""What the pilot board waits for and gets by itself, once the session or the car goes on; faults are told apart."""


AT_SHARED_READER = "; the connectors share the reader, and the plug that came in last is taken first"


def candidates(scene: Scene) -> tuple[Change, ...]:
    """All that could matter in this scene; applied together they start the charge, and most are not needed."""
    parts = (_of_program, _of_board, of_faults, of_service, of_limits, _of_plug, _of_person)
    return tuple(change for part in parts for change in part(scene))


def _of_program(scene: Scene) -> Iterator[Change]:
    session = scene.session
    if session.ends:
        yield Change(kind=Kind.PROGRAM, who=Who.WAIT, what="wait until the agent has started anew, a minute or so")
    if session.loan is not None:
        yield Change(kind=Kind.LOAN, who=Who.WAIT, what=f"wait until this is done: {session.loan.by}")
    if store_fails(session):
        yield Change(
            kind=Kind.STORE,
            who=Who.INSTALLER,
            what=MEND_STORAGE,
        )
    if needs_network(scene):
        yield _network_back(scene.network)


def _network_back(network: NetworkState) -> Change:
    if network.connected:
        state = "accept this charger" if network.is_unaccepted else "answer"
        who, step = Who.BACKEND, ""
    else:
        state, who = "be reachable again", MENDERS.get(network.found_at, Who.OPERATOR)
        step = f": {network.found_next}" if network.found_next else ""
    what = f"the central system has to {state}, because it alone knows the card{step}"
    return Change(kind=Kind.NETWORK, who=who, what=what)


def _of_board(scene: Scene) -> Iterator[Change]:
    session, board = scene.session, scene.board
    if not session.board_speaks:
        starts = not session.board_heard and not session.board_lost
        yield Change(
            kind=Kind.BOARD,
            who=Who.WAIT if starts else Who.INSTALLER,
            what=f"wait for the {scene.controller} to report"
            if starts
            else f"bring back the {scene.controller}: its cable, its supply, then the part itself",
        )
    word = board_waits_for(scene)
    if word:
        place = place_of_wait(word)
        says = OBSTACLES[word].next_step if word in OBSTACLES else "see: evsectl board info"
        yield Change(kind=Kind.BOARD_CLOSES, subject=word, who=place[1] if place else Who.SUPPORT, what=says)
    if board_pauses(session):
        limit = "" if board is None or board.limit_a is None else f", which allows {board.limit_a:g} A"
        yield Change(
            kind=Kind.BOARD_LIMIT, who=Who.SUPPORT, what=f"end the pause of the {scene.controller} itself{limit}"
        )
    if session.refusal is not None and session.refusal.cause is RefusalCause.LOCK:
        yield Change(kind=Kind.LOCK, who=Who.DRIVER, what="push the plug in fully, so that the lock can move")


def _of_plug(scene: Scene) -> Iterator[Change]:
    session = scene.session
    is_in = session.pilot.plugged or (session.pilot is not PilotState.A and session.plug is not None)
    if not is_in:
        where = ", or to the cable in the socket" if session.phase is SessionPhase.CABLE_LEFT else ""
        first = any(one.kind.recovery is Recovery.UNPLUG and matters(one, session) for one in session.faults.faults)
        later = f", {OUT_FOR_S:g} s after the fault is gone and not before" if first else ""
        more = (("after_s", OUT_FOR_S),) if first else ()
        yield Change(kind=Kind.PLUG_IN, who=Who.DRIVER, what=f"plug a car in{where}{later}", more=more)
    else:
        yield Change(kind=Kind.REPLUG, who=Who.DRIVER, what=f"unplug, and plug in again after {OUT_FOR_S:g} s")
    if car_is_unwilling(session):
        yield Change(
            kind=Kind.CAR_ASKS, who=Who.DRIVER, what="let the car ask: end its timer or its charge limit, or it is full"
        )
    if session.phase in (SessionPhase.STARTING, SessionPhase.CHARGING):
        what = "end the running charge (RemoteStopTransaction), so that another can begin"
        yield Change(kind=Kind.STOP, who=Who.BACKEND, what=what)


def _of_person(scene: Scene) -> Iterator[Change]:
    session = scene.session
    if session.asked is not None and session.phase is not SessionPhase.CHARGING:
        yield Change(kind=Kind.ACCEPT, who=Who.BACKEND, what="accept the card that was asked about")
    booked = next(iter(session.bookings.binding), None)
    if session.settings.free_vend_token is not None and booked is None:
        return
    if booked is None and not scene.reads_cards and scene.network.connected:
        what = "start from afar (RemoteStartTransaction), or: evsectl start"
        yield Change(kind=Kind.REMOTE_START, who=Who.BACKEND, what=what)
        return
    shared = AT_SHARED_READER if scene.reader_is_shared else ""
    if booked is None:
        yield Change(kind=Kind.PRESENT_CARD, who=Who.DRIVER, what=f"show a card that is accepted here{shared}")
        return
    ends = None if scene.now.utc_ms is None else scene.now.plus((booked.expires_ms - scene.now.utc_ms) / 1000)
    others = "; others can once the reservation is over" if ends is not None else ""
    yield Change(
        kind=Kind.PRESENT_CARD,
        who=Who.DRIVER,
        what=f"show the card that the reservation is for{others}{shared}",
        until=ends,
        more=(("reservation", booked.id),),
    )


# What is known to be wrong in a scene without a fault of the catalogue for it.


def store_fails(session: Session) -> bool:
    """The disk refused the last record that mattered."""
    transaction, refusal = session.transaction, session.refusal
    if session.store_refuses or (refusal is not None and refusal.cause is RefusalCause.STORE):
        return True
    meter_speaks = session.meter_lost_since is None
    return (
        transaction is not None
        and transaction.is_unrecorded
        and transaction.checkpoint_at is LONG_AGO
        and meter_speaks
        and not session.is_register_of_record
    )


def needs_network(scene: Scene) -> bool:
    """Nobody is known here, or the last token could not be judged here, and who could is away."""
    refusal, network = scene.session.refusal, scene.network
    if network.is_in_the_way:
        return True
    if refusal is None or refusal.cause is not RefusalCause.UNASKED or not network.configured:
        return False
    is_mute = network.last_answer_s is not None and network.last_answer_s > scene.now.since(refusal.at)
    return not network.connected or network.is_unaccepted or is_mute


def board_waits_for(scene: Scene) -> str:
    """What keeps the pilot board from closing, beyond what the session or the car gives it; "" is nothing."""
    session, board = scene.session, scene.board
    if board is None or session.phase is not SessionPhase.CHARGING or not session.pilot.asks_for_power:
        return ""
    return "" if board.waits_for in LEFT_TO_AGENT else board.waits_for


def board_pauses(session: Session) -> bool:
    """Ordered to offer, it offers nothing."""
    return (
        session.board_offered_a is not None and session.permitted and session.offered_a > 0 >= session.board_offered_a
    )


def car_is_unwilling(session: Session) -> bool:
    """It is offered a current, and does not ask."""
    return session.phase is SessionPhase.CHARGING and session.pilot is PilotState.B and session.encoded_a > 0
