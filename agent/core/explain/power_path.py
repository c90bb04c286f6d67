"""Whose move it is in a running charge once everything but the power path agrees: car, contactor, offer."""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.explain.links import place_of_wait
from agent.core.explain.reason import Effect, Reason
from agent.core.explain.scene import Scene, levels
from agent.core.explain.waiting import IN_GENERAL, OBSTACLES
from agent.core.limits import RAISE_AFTER_S
from agent.core.session.offer import is_due_power, next_offer, wanted_offer_a
from agent.core.time import LONG_AGO


def power_path(scene: Scene) -> Iterator[Reason]:
    """Whose move it is once everything but the power path agrees."""
    session, pilot = scene.session, scene.session.pilot
    if pilot is PilotState.A:
        what, next_step = (
            "the car was unplugged; its charge goes on when it returns",
            "plug in again, or stop the charge",
        )
        yield Reason(key="unplugged", effect=Effect.WAITS, what=what, since=session.pilot_since, next_step=next_step)
    elif pilot is PilotState.B and session.encoded_a > 0:
        yield Reason(
            key="car.not_asking",
            effect=Effect.WAITS,
            what="the car is plugged in but does not ask for power (pilot B)",
            evidence=levels(scene),
            since=session.pilot_since,
            next_step="the car is full, waits for its own timer, or is not ready; look into the car",
        )
    elif not pilot.plugged:
        yield Reason(
            key="pilot.unclear",
            effect=Effect.WAITS,
            what=f"the pilot reads {pilot.value}, which is no car that asks",
            evidence=levels(scene),
            since=session.pilot_since,
            next_step="wait a moment; then unplug and look at the connector",
        )
    elif pilot.asks_for_power and session.encoded_a > 0 and session.contactor is not ContactorState.CLOSED:
        # Where nothing is offered it is open for that reason, which is told.
        yield _contactor(scene)
    if is_due_power(session):
        yield from _offer(scene)


def _contactor(scene: Scene) -> Reason:
    session, board = scene.session, scene.board
    obstacle = OBSTACLES.get(board.waits_for) if board else None
    place = place_of_wait(board.waits_for) if board else None
    evidence: list[tuple[str, str | float | bool]] = [("contactor", session.contactor.value)]
    if board and board.waits_for:
        evidence.append(("board_waits_for", board.waits_for))
    return Reason(
        key="contactor.open",
        effect=Effect.WAITS,
        what="the car asks, but the contactor is not closed" + (f": {obstacle.what}" if obstacle else ""),
        evidence=(*evidence, *levels(scene)),
        since=None if session.contactor_since is LONG_AGO else session.contactor_since,
        next_step=obstacle.next_step if obstacle else IN_GENERAL,
        at=place[0] if place else None,
    )


def _offer(scene: Scene) -> Iterator[Reason]:
    session = scene.session
    wanted_a = wanted_offer_a(session)
    if wanted_a <= 0:
        return
    if session.offered_a > 0 and session.permitted:
        if session.encoded_a <= 0:
            yield _board_pauses(scene)
        return
    due_at = next_offer(session, scene.now).due_at
    wait_s = 0.0 if due_at is None else round(due_at - scene.now.monotonic_s, 1)
    yield Reason(
        key="offer.due",
        effect=Effect.WAITS,
        what=f"{wanted_a:g} A are about to be offered; after a pause there is a rest, which spares contactor and car",
        evidence=(("offered_a", session.offered_a), ("wanted_a", wanted_a), ("waits_s", wait_s)),
        since=session.offered_at,
        next_step="wait a few seconds" if wait_s <= RAISE_AFTER_S else f"wait {wait_s:.0f} s",
    )


def _board_pauses(scene: Scene) -> Reason:
    """Ordered, but the board does not encode it."""
    session, board = scene.session, scene.board
    limit = () if board is None or board.limit_a is None else (("board_limit_a", board.limit_a),)
    return Reason(
        key="offer.board",
        effect=Effect.WAITS,
        what=f"{session.offered_a:g} A may be offered, but the {scene.controller} offers nothing",
        evidence=(("ordered_a", session.offered_a), *limit),
        since=session.offered_at,
        next_step=f"wait a few seconds; then read the faults, and what the {scene.controller} allows: evsectl status",
    )
