"""The fewest changes that would start a charge, found by trying: the core itself is asked, on a copy of the session.

All candidates are made at once; then one after another is left out, and stays out where the charge begins without it.
What is left is minimal: without any single one of it no charge begins. That it begins in the world as well is tested by
simulation, reason by reason (tests/simulation/test_explain_cases.py).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from agent.core.explain.applying import apply, meter_is_read, profiles_are_told
from agent.core.explain.change import DROPPED_FIRST, NONE_KNOWN, Change, Kind, waiting
from agent.core.explain.changes import (
    board_pauses,
    board_waits_for,
    candidates,
    car_is_unwilling,
    needs_network,
    store_fails,
)
from agent.core.explain.explain import current_can_flow
from agent.core.explain.fault_changes import METER, is_present, signature_is_missed
from agent.core.explain.scene import Scene
from agent.core.explain.trial import Trial, Well
from agent.core.identity import IdToken
from agent.core.session.events import Tick
from agent.core.session.model import RefusalCause

CARD_IN_THOUGHT = IdToken("a card in thought")

Searching = Generator[None, None, tuple[Change, ...]]


def would_start(scene: Scene) -> tuple[Change, ...]:
    """The changes, in the order in which they are made; () while a current can flow."""
    search = searching(scene)
    while True:
        try:
            next(search)
        except StopIteration as found:
            changes: tuple[Change, ...] = found.value
            return changes


def searching(scene: Scene) -> Searching:
    """The same in small portions, below a millisecond each, for whoever has other things to do meanwhile."""
    if current_can_flow(scene.session):
        return ()
    untouched = _trial(scene)
    if (yield from _starts(untouched, ())):
        return (waiting(untouched.now),)
    chosen = candidates(scene)
    if not (yield from _starts(_trial(scene), chosen)):
        return (NONE_KNOWN,)
    chosen = yield from _pruned(scene, chosen)
    return tuple(sorted(chosen, key=_place))


def _pruned(scene: Scene, chosen: Sequence[Change]) -> Searching:
    """Without what is not needed; until nothing more can be left out."""
    kept, is_smaller = tuple(chosen), True
    while is_smaller:
        is_smaller = False
        for change in sorted(kept, key=_dropping):
            fewer = tuple(one for one in kept if one is not change)
            if (yield from _starts(_trial(scene), fewer)):
                kept, is_smaller = fewer, True
    return kept


def starts_with(scene: Scene, changes: Sequence[Change]) -> bool:
    """Whether these would start it."""
    trying = _starts(_trial(scene), changes)
    while True:
        try:
            next(trying)
        except StopIteration as found:
            return bool(found.value)


def _starts(trial: Trial, changes: Sequence[Change]) -> Generator[None, None, bool]:
    for change in sorted(changes, key=_place):
        yield from apply(trial, change)
        yield
    meter_is_read(trial)
    profiles_are_told(trial)
    trial.feed(Tick())
    return (yield from trial.until(current_can_flow))


def _trial(scene: Scene) -> Trial:
    """The scene as it is: what it shows to be wrong does not work."""
    session = scene.session
    booked = next(iter(session.bookings.binding), None)
    card = CARD_IN_THOUGHT if booked is None else booked.token
    said = scene.of_next_charge
    of_next_charge = None if said is None else (said.current_a, said.detail)
    return Trial(session, scene.now, card, _well(scene), of_next_charge=of_next_charge)


def _well(scene: Scene) -> Well:
    session, refusal = scene.session, scene.session.refusal
    return Well(
        board=session.board_speaks,
        store=not store_fails(session),
        meter=session.meter_lost_since is None and not is_present(session, METER),
        signs=not signature_is_missed(session),
        lock=refusal is None or refusal.cause is not RefusalCause.LOCK,
        board_closes=not board_waits_for(scene),
        board_offers=not board_pauses(session),
        car_asks=not car_is_unwilling(session),
        judges=not needs_network(scene),
        reads_cards=scene.reads_cards,
    )


def _place(change: Change) -> int:
    return list(Kind).index(change.kind)


def _dropping(change: Change) -> int:
    kinds = [kind.value for kind in DROPPED_FIRST]
    return kinds.index(change.kind.value) if change.kind in DROPPED_FIRST else len(kinds)
