"""What shapes a charge without stopping it: the limit in force, the meter, the last card, what surrounds it."""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.control_pilot import ContactorState
from agent.core.explain import surroundings
from agent.core.explain.neighbours import also_silent, evidence_of_supply
from agent.core.explain.reason import Effect, Evidence, Part, Reason
from agent.core.explain.scene import Scene
from agent.core.limits import LimitSource
from agent.core.session.deadlines import meter_silence_ends_at
from agent.core.session.model import SessionPhase
from agent.core.session.offer import is_due_power

LITTLE_POWER_W = 50.0
"""Below it a car in state C does not charge in earnest; proposed, above what a meter of class 1 reads at idle."""
FRESH_POWER_S = 120.0


def _limit(scene: Scene) -> Iterator[Reason]:
    limits = scene.session.limits
    effective = limits.effective()
    if effective.current_a <= 0 or effective.source is None:
        return
    winner = limits.named(effective.source)
    others: Evidence = tuple((f"{entry.source.value}_a", entry.current_a) for entry in limits.entries)
    source, shared = effective.source.words, scene.shared
    elsewhere = ""
    if shared is not None and effective.source is LimitSource.SUPPLY:
        rest = [one for one in shared.portions if one.connector != scene.session.connector]
        elsewhere = "".join(f"; {one.what}" for one in rest)
        others += evidence_of_supply(shared, scene.session.connector)[1:]
    yield Reason(
        key=f"limit.{effective.source.value}",
        effect=Effect.LIMITS,
        what=f"{effective.current_a:g} A may be offered; {source} decides: {effective.detail}{elsewhere}",
        evidence=others,
        since=winner.since if winner else None,
    )


def _transaction(scene: Scene) -> Iterator[Reason]:
    session, transaction = scene.session, scene.session.transaction
    if transaction is None or session.phase is not SessionPhase.CHARGING:
        return
    register_wh = session.last_register_wh
    energy = (("energy_wh", register_wh - transaction.start_wh),) if register_wh is not None else ()
    state = "runs" if session.contactor is ContactorState.CLOSED else "is open, without power,"
    by = f", accepted by {session.accepted_by}" if session.accepted_by else ""
    yield Reason(
        key="transaction",
        effect=Effect.NOTE,
        what=f"a charge {state} for {transaction.token.masked}{by}",
        evidence=energy,
        since=transaction.started_at,
    )
    if session.inoperative_when_idle:
        what = "the connector goes out of service when this charge ends"
        yield Reason(key="out_of_service.scheduled", effect=Effect.NOTE, what=what)
    if session.asked is not None:
        what = f"whether {session.asked.masked} may end this charge is being asked"
        yield Reason(key="authorization.waiting", effect=Effect.NOTE, what=what, since=session.asked_at)


def _car_takes_little(scene: Scene) -> Iterator[Reason]:
    session, sample = scene.session, scene.session.last_sample
    if not is_due_power(session) or session.encoded_a <= 0 or not session.pilot.asks_for_power:
        return
    if sample is None or sample.power_w is None:
        return
    is_fresh = (
        scene.now.since(sample.at) <= FRESH_POWER_S and sample.at.monotonic_s > session.contactor_since.monotonic_s
    )
    if is_fresh and sample.power_w < LITTLE_POWER_W:
        yield Reason(
            key="car.takes_little",
            effect=Effect.NOTE,
            what="the car asks for power but takes next to nothing",
            evidence=(("power_w", sample.power_w), ("offered_a", session.encoded_a)),
            since=sample.at,
            next_step="the car is full, warms up or waits for its own timer; look into the car",
        )


def _meter(scene: Scene) -> Iterator[Reason]:
    session = scene.session
    if session.meter_lost_since is None:
        return
    ends_at = meter_silence_ends_at(session)
    why = f": {session.meter_lost_why}" if session.meter_lost_why else ""
    left = () if ends_at is None else (("charge_ends_in_s", round(max(0.0, ends_at - scene.now.monotonic_s))),)
    yield Reason(
        key="meter.silent",
        effect=Effect.NOTE,
        what=f"the meter gives no reading{why}" + ("; a charge nobody measures is ended" if left else ""),
        evidence=(*left, *also_silent(scene)),
        since=session.meter_lost_since,
        next_step=surroundings.MEND_METER,
    )


def _refusal(scene: Scene) -> Iterator[Reason]:
    session, refusal = scene.session, scene.session.refusal
    if refusal is not None and session.phase is not SessionPhase.PLUGGED:
        what = f"the last token was refused ({refusal.token.masked}): {refusal.why}"
        yield Reason(key="refused", effect=Effect.NOTE, what=what, since=refusal.at)
    if session.held_for is not None:
        yield Reason(
            key="cable_held",
            effect=Effect.NOTE,
            what=f"the plug stays locked until {session.held_for.masked} is shown again",
            next_step="show that token",
        )


PARTS: tuple[Part, ...] = (_limit, _transaction, _car_takes_little, _meter, _refusal, *surroundings.PARTS)
