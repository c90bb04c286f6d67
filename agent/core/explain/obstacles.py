"""What keeps a current from flowing, from the pilot board that is silent to the car that does not ask."""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.explain.change import MEND_STORAGE
from agent.core.explain.clearing import next_step
from agent.core.explain.neighbours import also_at, named
from agent.core.explain.power_path import power_path
from agent.core.explain.reason import Effect, Part, Reason
from agent.core.explain.scene import Scene
from agent.core.faults.causes import causes_first, is_unread
from agent.core.faults.model import BOARD_SILENT, Fault, Reaction
from agent.core.limits import Limit, LimitSource, offerable
from agent.core.session.model import WITH_TRANSACTION, Session, SessionPhase, StopStage, Transaction

STAGES = {
    StopStage.OPENING: "the contactor is to open",
    StopStage.READING: "the last register is being read",
    StopStage.SIGNING: "the meter is to sign the end",
    StopStage.RECORDING: "the end is being put on record",
}
NOBODYS_WISH = (LimitSource.PILOT_BOARD, LimitSource.THERMAL, LimitSource.FAILSAFE)
"""They follow from something else, and their detail says from what."""
MAY_STAY_CLOSED = (
    "this one is for the laboratory, and may give power on: switch the supply off where a car must get none"
)


def _board(scene: Scene) -> Iterator[Reason]:
    session = scene.session
    if session.board_lost:
        fault = session.faults.find(BOARD_SILENT)
        yield Reason(
            key="board.silent",
            effect=Effect.BLOCKS,
            what=f"the {scene.controller} does not answer; {scene.ends_power or MAY_STAY_CLOSED}",
            evidence=(*(fault.evidence if fault else ()), *also_at(scene, BOARD_SILENT)),
            since=session.pilot_since,
            next_step=f"check the cable and the supply of the {scene.controller}; it is asked again all the time",
        )
    elif not session.board_heard:
        yield Reason(
            key="board.starting",
            effect=Effect.WAITS,
            what=f"the {scene.controller} has not reported since the start",
            since=session.phase_since,
            next_step=f"wait a few seconds; then check the cable and the supply of the {scene.controller}",
        )


def _program(scene: Scene) -> Iterator[Reason]:
    """The agent itself stands in the way: it ends, it lent the connector, or its disk takes no record."""
    session = scene.session
    if session.ends:
        yield Reason(
            key="ending",
            effect=Effect.BLOCKS,
            what="the charger is about to end its program, and offers nothing before the next start",
            next_step="wait a minute; a charge that was running goes on then",
        )
    if session.loan is not None:
        yield Reason(
            key="lent",
            effect=Effect.BLOCKS,
            what=f"the connector is out of service for a moment: {session.loan.by}",
            since=session.loan.since,
            next_step="wait until that is done",
        )
    if session.store_refuses:
        edge = "end" if session.phase is SessionPhase.STOPPING else "start"
        yield Reason(
            key="store.fails",
            effect=Effect.BLOCKS,
            what=f"the disk does not take the record of the {edge}; it is tried again every few seconds",
            since=session.phase_since,
            next_step=MEND_STORAGE,
        )


def _faults(scene: Scene) -> Iterator[Reason]:
    session = scene.session
    for fault in causes_first(session.faults.faults):
        if session.board_lost and fault.kind.id == BOARD_SILENT:
            continue
        detail = dict(fault.evidence).get("detail")
        seen = f": {detail}" if detail else ""
        told = ", as far as is known: its input cannot be read" if is_unread(fault) else seen
        count = (("count", fault.count),) if fault.count > 1 else ()
        yield Reason(
            key=f"fault.{fault.kind.id}",
            effect=_effect(fault, session),
            what=f"fault {fault.kind.id}: {fault.kind.meaning}{told}",
            evidence=(*fault.evidence, *count, *also_at(scene, fault.kind.id)),
            since=fault.first_seen,
            next_step=next_step(fault),
        )


def _effect(fault: Fault, session: Session) -> Effect:
    match fault.kind.reaction:
        case Reaction.OPEN | Reaction.X1:
            return Effect.BLOCKS
        case Reaction.BLOCK:
            # It bars the next charge; a running one goes on.
            return Effect.NOTE if session.phase in WITH_TRANSACTION else Effect.BLOCKS
        case Reaction.DERATE:
            return Effect.LIMITS
        case Reaction.NONE:
            return Effect.NOTE


def _service(scene: Scene) -> Iterator[Reason]:
    if not scene.session.is_out_of_service:
        return
    if scene.firmware_waits:
        charging = scene.charging_elsewhere
        until = f"once no car charges any more at {named(charging)}" if charging else "now"
        yield Reason(
            key="firmware.waits",
            effect=Effect.BLOCKS,
            what=f"new firmware is installed {until}, and no charge begins before",
            next_step=f"let the charge at {named(charging)} end"
            if charging
            else "wait until the agent has started anew",
        )
    else:
        yield Reason(
            key="out_of_service",
            effect=Effect.BLOCKS,
            what="the connector is out of service",
            next_step="the central system took it out (ChangeAvailability), and puts it back",
        )


def _stop(scene: Scene) -> Iterator[Reason]:
    session, stop = scene.session, scene.session.pending_stop
    if stop is None:
        return
    evidence: list[tuple[str, str | int]] = [("reason", stop.reason.value), ("stage", stop.stage.value)]
    evidence.append(("contactor", session.contactor.value))
    if stop.register_wh is not None:
        evidence.append(("register_wh", stop.register_wh))
    yield Reason(
        key="stopping",
        effect=Effect.BLOCKS,
        what=f"the charge is being stopped ({stop.reason.value}): {STAGES[stop.stage]}",
        evidence=tuple(evidence),
        since=stop.decided_at,
        next_step="wait; when it does not come to an end, look at the storage: evsectl health"
        if stop.stage is StopStage.RECORDING
        else "wait a few seconds",
    )


def _limit(scene: Scene) -> Iterator[Reason]:
    """Each that allows too little: to raise one of two is no help."""
    entries = scene.session.limits.entries
    if not entries:
        yield Reason(
            key="limit.none",
            effect=Effect.PAUSES,
            what=scene.session.limits.effective().detail,
            next_step="wait a few seconds; the limits are told at the start",
        )
    for limit in sorted(entries, key=lambda entry: entry.current_a):
        is_share = scene.shared is not None and limit.source is LimitSource.SUPPLY
        if offerable(limit.current_a) <= 0 and not is_share:
            yield _too_low(limit)


def _too_low(limit: Limit) -> Reason:
    cause = f": {limit.detail}" if limit.source in NOBODYS_WISH and limit.detail else ""
    return Reason(
        key=f"limit.{limit.source.value}",
        effect=Effect.PAUSES,
        what=f"{limit.source.words} allows {limit.current_a:g} A, and a car needs at least 6 A{cause}",
        evidence=(("limit_a", limit.current_a), ("set_by", limit.detail)),
        since=limit.since,
        next_step=f"raise it where it comes from: {limit.detail}" if limit.detail else "",
    )


def _in_a_charge(scene: Scene) -> Iterator[Reason]:
    session = scene.session
    if session.phase is not SessionPhase.CHARGING or session.board_lost:
        return
    if session.found is not None:
        yield Reason(
            key="after_restart",
            effect=Effect.WAITS,
            what=f"a charge from before the restart waits for the {scene.controller} to say which car is there",
            evidence=(("register_wh", session.found.record.last_wh),),
            since=session.phase_since,
            next_step=f"wait a few seconds; then check the cable and the supply of the {scene.controller}",
        )
        return
    if session.transaction is not None and session.transaction.deauthorized:
        yield Reason(
            key="deauthorized",
            effect=Effect.BLOCKS,
            what=f"the central system refused {session.transaction.token.masked} after the start",
            since=session.refusal.at if session.refusal else None,
            next_step="stop with the card or unplug; ask the operator about the card",
        )
    elif session.transaction is not None and session.transaction.refused_at_wh is not None:
        yield _refused_so_far(session, session.transaction)
    if session.transaction is not None and session.transaction.is_unrecorded:
        yield Reason(
            key="unrecorded",
            effect=Effect.PAUSES,
            what="the register of the running charge is not on record, so nothing more may flow",
            evidence=(("recorded_wh", session.transaction.checkpoint_wh),),
            next_step="wait a few seconds; then look at the storage (evsectl health), and the register of the meter",
        )
    if session.transaction is not None and not session.transaction.limit_is_known:
        yield Reason(
            key="limit.unasked",
            effect=Effect.WAITS,
            what="nobody has told yet what the charging profiles leave to this charge",
            since=session.phase_since,
            next_step="wait a few seconds",
        )
    yield from power_path(scene)


def _refused_so_far(session: Session, transaction: Transaction) -> Reason:
    """A refused charge that still gets what the network allows it."""
    allowed_wh = session.settings.max_energy_on_invalid_id_wh
    drawn_wh = (session.last_register_wh or 0) - (transaction.refused_at_wh or 0)
    return Reason(
        key="refused",
        effect=Effect.NOTE,
        what=f"the central system refused {transaction.token.masked}, and allows it {allowed_wh} Wh after that",
        evidence=(("drawn_wh", max(0, drawn_wh)), ("allowed_wh", allowed_wh)),
        since=session.refusal.at if session.refusal else None,
        next_step="ask the operator about the card; MaxEnergyOnInvalidId says how much it still gets",
    )


PARTS: tuple[Part, ...] = (_board, _program, _faults, _service, _stop, _limit, _in_a_charge)
