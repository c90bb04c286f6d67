"""What a charge waits for before it begins: somebody who is accepted, a car, a register, a record."""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.control_pilot import PilotState
from agent.core.explain import turned_away
from agent.core.explain.links import Link
from agent.core.explain.neighbours import card_taken_elsewhere, share, why_others_are_taken
from agent.core.explain.reason import Effect, Part, Reason
from agent.core.explain.scene import Scene
from agent.core.session.deadlines import connection_timeout_at
from agent.core.session.model import SessionPhase
from agent.core.session.occupancy import TAKEN
from agent.core.session.starting import bars_new_charge

F_UNEXPLAINED = "wait ten seconds; if it stays, see what the pilot board holds: evsectl board info"
"""The board shows it and the agent knows no reason: one of the two has not heard the other yet."""


def _authorization(scene: Scene) -> Iterator[Reason]:
    session = scene.session
    if session.asked is not None and session.phase is not SessionPhase.CHARGING:
        offline = scene.network.configured and not scene.network.connected
        yield Reason(
            key="authorization.waiting",
            effect=Effect.WAITS,
            what=f"nobody has answered yet whether {session.asked.masked} may charge",
            since=session.asked_at,
            next_step="the central system is not connected, so the rules for that case decide" if offline else "wait",
        )
    elif session.phase is SessionPhase.PLUGGED:
        yield _nobody_accepted(scene)


def _reserved(scene: Scene) -> Iterator[Reason]:
    """Who may charge here alone, while nobody does."""
    session = scene.session
    if session.phase in TAKEN:
        return
    for one in session.bookings.binding:
        left_s = () if scene.now.utc_ms is None else (("ends_in_s", max(0, one.expires_ms - scene.now.utc_ms) // 1000),)
        group = f" and whoever is of its group {one.group.masked}" if one.group is not None else ""
        others = why_others_are_taken(scene)
        last = (
            f"as the last free one ({others}), the connector is" if others else "as the last free one, the connector is"
        )
        place = "the connector is" if one.connector is not None else last
        yield Reason(
            key="reserved",
            effect=Effect.WAITS,
            what=f"{place} reserved for {one.token.masked}{group}",
            evidence=(("reservation", one.id), *left_s),
            next_step="show that token; others use another connector, or wait until the reservation is over",
        )


def _nobody_accepted(scene: Scene) -> Reason:
    session, refusal = scene.session, scene.session.refusal
    if session.settings.free_vend_token is not None and refusal is None:
        what = "a car is plugged in and needs nobody's permission; the start is about to begin"
        return Reason(key="free_vending", effect=Effect.WAITS, what=what, since=session.phase_since, next_step="wait")
    if refusal is not None:
        return Reason(
            key="refused",
            effect=Effect.WAITS,
            what=f"nobody is accepted; the last one was refused ({refusal.token.masked}): {refusal.why}",
            evidence=_waits(scene),
            since=refusal.at,
            next_step=turned_away.next_step(refusal, scene),
            at=turned_away.link(refusal, scene),
        )
    taken = card_taken_elsewhere(scene, session.phase_since)
    went = "" if taken is None else f"; {taken[1].masked}, shown since, counts for connector {taken[0].connector}"
    return Reason(
        key="nobody_accepted",
        effect=Effect.WAITS,
        what=f"a car is plugged in, but nobody was accepted yet{went}{_nobody_can_be(scene)}",
        evidence=_waits(scene),
        since=session.phase_since,
        next_step=_once_nothing_bars("show a card, or: evsectl start --token TOKEN", scene),
    )


def _nobody_can_be(scene: Scene) -> str:
    """Why nobody will be, however long one waits."""
    if scene.reads_cards:
        return ""
    afar = "" if scene.network.connected else ", and no central system is connected that could start from afar"
    return f": the card reader does not answer{afar}"


def _waits(scene: Scene) -> tuple[tuple[str, int], ...]:
    """How much longer it waits for a car or for somebody, where that ends."""
    ends_at = connection_timeout_at(scene.session)
    return () if ends_at is None else (("waits_another_s", round(max(0.0, ends_at - scene.now.monotonic_s))),)


def _before_a_charge(scene: Scene) -> Iterator[Reason]:
    session = scene.session
    match session.phase:
        case SessionPhase.IDLE if session.board_speaks:
            yield _no_plug(scene)
        case SessionPhase.IDLE | SessionPhase.PLUGGED | SessionPhase.STOPPING | SessionPhase.CHARGING:
            return
        case SessionPhase.AUTHORIZED:
            token = session.token.masked if session.token else "a token"
            yield Reason(
                key="no_plug",
                effect=Effect.WAITS,
                what=f"{token} was accepted by {session.accepted_by or 'somebody'}; no car is plugged in yet",
                evidence=_waits(scene),
                since=session.phase_since,
                next_step="plug the car in",
            )
        case SessionPhase.STARTING:
            yield Reason(
                key="starting",
                effect=Effect.WAITS,
                what="the start waits for its record"
                if session.recording or session.record_again_at
                else "the start waits for a fresh register of the meter",
                since=session.phase_since,
                next_step="wait a few seconds; then check the meter: its wiring, its address",
                at=Link.HARDWARE if session.recording or session.record_again_at else Link.METER,
            )
        case SessionPhase.FINISHING:
            yield Reason(
                key="finished",
                effect=Effect.WAITS,
                what="the last charge is over, or nobody was accepted in time; the plug is still in",
                since=session.phase_since,
                next_step=_once_nothing_bars("show a card to begin again, or unplug", scene),
            )
        case SessionPhase.CABLE_LEFT:
            yield Reason(
                key="cable_left",
                effect=Effect.WAITS,
                what="no car is plugged in; a cable is still in the socket",
                since=session.phase_since,
                next_step="take the cable out of the socket, or plug a car in",
            )


def _once_nothing_bars(step: str, scene: Scene) -> str:
    """Nobody is sent to do in vain, or beside a danger, what something stands against."""
    bar = bars_new_charge(scene.session)
    return f"{bar}: end that first, then {step}" if bar else step


def _no_plug(scene: Scene) -> Reason:
    session, bar = scene.session, bars_new_charge(scene.session)
    if scene.board is not None and scene.board.shows_f:
        what = "state F is shown: a car that comes is not served"
        next_step = f"{bar}: end that first, then plug a car in" if bar else F_UNEXPLAINED
    elif session.pilot is not PilotState.A:
        what = f"no car is recognised: the pilot reads {session.pilot.value}"
        next_step = "unplug and look at the connector; then read the faults"
    else:
        what = "no car is plugged in"
        next_step = _once_nothing_bars("plug a car in", scene)
    return Reason(key="no_plug", effect=Effect.WAITS, what=what, since=session.pilot_since, next_step=next_step)


PARTS: tuple[Part, ...] = (_reserved, _authorization, _before_a_charge, share)
