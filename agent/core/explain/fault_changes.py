"""What could end the faults of a scene, and who can; the gravest and the roots first."""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.explain.change import Change, Kind
from agent.core.explain.clearing import CLEAR_AT_BOARD, UNREAD, clearing_command
from agent.core.explain.links import Link, Who, place_of_fault
from agent.core.explain.scene import READER, Scene
from agent.core.explain.surroundings import MEND_METER
from agent.core.faults.causes import causes_first, is_unread
from agent.core.faults.model import BOARD_SILENT, Fault, Reaction, Recovery
from agent.core.faults.releasing import is_kept_by_board
from agent.core.session.model import Session
from agent.core.signatures import Signature

SIGNATURE, METER = "meter.signature", "meter.comm"
EMERGENCY_STOP = "safety.emergency_stop"
"""It ends by releasing the button, and then by unplugging."""
OUT_FOR_S = 10.0
"""How long a plug has to be out that clears a fault: it counts after 2 s, and a residual module is tested in it."""
BARS = (Reaction.OPEN, Reaction.X1, Reaction.BLOCK)


def of_faults(scene: Scene) -> Iterator[Change]:
    for fault in causes_first(scene.session.faults.faults):
        if matters(fault, scene.session):
            yield _clearing(fault, scene)
    if scene.session.meter_lost_since is not None and scene.session.faults.find(METER) is None:
        what = f"bring back the meter: {MEND_METER}"
        yield Change(kind=Kind.CLEAR_FAULT, subject=METER, who=Who.INSTALLER, what=what)


def matters(fault: Fault, session: Session) -> bool:
    """Whether somebody has to do something about this fault before a charge can begin."""
    id, recovery, is_gone = fault.kind.id, fault.kind.recovery, fault.condition_gone_since is not None
    if id == SIGNATURE:
        return session.settings.signature is Signature.REQUIRED
    if id == READER:
        return True
    if id == BOARD_SILENT and not session.board_speaks:
        # Said as what it is, a board that has to come back.
        return False
    if fault.kind.reaction not in BARS:
        return False
    return not is_gone or recovery in (Recovery.SERVICE, Recovery.POWER_CYCLE)


def _clearing(fault: Fault, scene: Scene) -> Change:
    kind, gone = fault.kind, fault.condition_gone_since is not None
    who = place_of_fault(kind.id)[1]
    if is_unread(fault):
        who, what = Who.INSTALLER, UNREAD
    elif kind.id == EMERGENCY_STOP:
        what = "release the emergency stop; unplugging acknowledges it"
    elif kind.recovery is Recovery.SERVICE:
        is_kept = is_kept_by_board(fault)
        who = Who.SUPPORT if gone and not is_kept else Who.INSTALLER
        how = CLEAR_AT_BOARD if is_kept else clearing_command(kind.id)
        what = how if gone else f"{kind.remedy}; then: {how}"
    elif gone:
        what = f"power-cycle the {scene.controller}"
    else:
        what = kind.remedy
    return Change(
        kind=Kind.CLEAR_FAULT,
        subject=kind.id,
        who=who,
        what=f"end the fault {kind.id}: {what}",
        more=(("recovery", kind.recovery.value),),
    )


def is_pilot_fault(fault: Fault) -> bool:
    """While it is present the pilot cannot be read."""
    return place_of_fault(fault.kind.id)[0] is Link.PILOT


def is_present(session: Session, id: str) -> bool:
    """Its condition is, and not only the fault that is left of it."""
    fault = session.faults.find(id)
    return fault is not None and fault.condition_gone_since is None


def signature_is_missed(session: Session) -> bool:
    """No charge begins without one, and the meter gives none."""
    return session.settings.signature is Signature.REQUIRED and session.faults.find(SIGNATURE) is not None
