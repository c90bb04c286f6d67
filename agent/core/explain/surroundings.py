"""What surrounds a charge: the last start, the program's own ends, the clock, notices; and a central system that alone
could say who may charge.
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.asking import NOBODY_KNOWN, was_let_in
from agent.core.crash_loop import CrashLoop
from agent.core.explain.links import place_of_fault
from agent.core.explain.reason import Effect, Part, Reason
from agent.core.explain.scene import Scene
from agent.core.faults.catalogue import CATALOGUE
from agent.core.link_figures import MEND_CLOCK, wrong_clock
from agent.core.session.model import Session
from agent.core.visits.model import Attempt, Mark

MEND_METER = (
    "where it answers, compare its make with the board file; where it is silent, check its wires, address and supply"
)
LOOK_AT_NETWORK = "look which layer of the way fails: evsectl network check"
MEND_LOOP = (
    "send support a bundle, with what each of them left: evsectl bundle; support mends what it died of, or goes back "
    "to the release before"
)
HAVE_IT_ACCEPTED = "ask the operator to accept this charger"


def failed_start(failed: Attempt | None, session: Session) -> Iterator[Reason]:
    """While the fault itself, being present, does not say so."""
    if failed is not None and session.faults.find(failed.code) is None:
        fault = CATALOGUE[failed.code]
        yield Reason(
            key="start.failed",
            effect=Effect.NOTE,
            what=f"the last start failed: {failed.code}: {fault.meaning}",
            since=failed.at(Mark.UNPLUGGED),
            next_step=f"the next one may fail alike: {fault.remedy}",
            at=place_of_fault(failed.code)[0],
        )


def crash_loop(loop: CrashLoop | None) -> Iterator[Reason]:
    """Bars no charge between two ends: one that was running goes on after each start."""
    if loop is not None:
        what = f"the program started anew {loop.starts} times within an hour after ends that were not in order"
        yield Reason(
            key="crash_loop",
            effect=Effect.NOTE,
            what=f"{what}, and while it is away no charge begins; the last: {loop.last}",
            evidence=(("starts", loop.starts), ("within_s", round(loop.within_s)), ("died_of", loop.died_of)),
            since=loop.since,
            next_step=MEND_LOOP,
        )


def _crash_loop(scene: Scene) -> Iterator[Reason]:
    return crash_loop(scene.crash_loop)


def _failed_start(scene: Scene) -> Iterator[Reason]:
    return failed_start(scene.failed_start, scene.session)


def _without_its_word(scene: Scene) -> Effect:
    """It keeps the next charge from beginning where it alone can say who may charge, and nobody was let in before."""
    return Effect.BLOCKS if scene.network.is_in_the_way and not was_let_in(scene.session) else Effect.NOTE


def _meanwhile(scene: Scene) -> str:
    if _without_its_word(scene) is Effect.BLOCKS:
        return f", and {NOBODY_KNOWN}"
    return "; charging goes on, and what happens is told later"


def _network(scene: Scene) -> Iterator[Reason]:
    network = scene.network
    if not network.configured:
        what = "no central system is configured; this charger decides alone"
        yield Reason(key="network.none", effect=Effect.NOTE, what=what)
    elif not network.connected:
        cause = f" ({network.why_away})" if network.why_away else ""
        yield Reason(
            key="network.offline",
            effect=_without_its_word(scene),
            what=f"the central system is not connected{cause}{_meanwhile(scene)}",
            evidence=(("host", network.host), ("queued_facts", network.queued_facts)),
            since=network.since,
            next_step=network.found_next or LOOK_AT_NETWORK,
        )
    elif network.is_unaccepted:
        yield Reason(
            key="network.not_accepted",
            effect=_without_its_word(scene),
            what=network.answer_to_registration + (_meanwhile(scene) if network.is_in_the_way else ""),
            evidence=(("queued_facts", network.queued_facts),),
            since=network.since,
            next_step=HAVE_IT_ACCEPTED,
        )
    elif network.passed_over:
        yield Reason(
            key="network.other_address",
            effect=Effect.NOTE,
            what=f"the central system is reached at {network.host}, not where it is preferred ({network.passed_over})",
            next_step="nothing, the charger returns at a quiet moment; or see: evsectl ocpp status",
        )


def _clock(scene: Scene) -> Iterator[Reason]:
    wrong = wrong_clock(scene.network.clock_ahead_s)
    if wrong and scene.now.utc_ms is not None:
        yield Reason(
            key="clock.wrong",
            effect=Effect.NOTE,
            what=f"{wrong}; records are dated by it, and profiles begin and end by it",
            next_step=MEND_CLOCK,
        )


def _standing(scene: Scene) -> Iterator[Reason]:
    for notice in scene.notices:
        yield Reason(key="notice", effect=Effect.NOTE, what=notice)
    if scene.now.utc_ms is None:
        yield Reason(
            key="clock.unknown",
            effect=Effect.NOTE,
            what="the time of day is not known yet; records are dated later",
            next_step="wait for the central system or a time server",
        )


PARTS: tuple[Part, ...] = (_failed_start, _crash_loop, _network, _clock, _standing)
