"""What of one connector is explained by another: the supply they share, and the card that went elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from agent.core.control_pilot import MIN_OFFER_A
from agent.core.explain.reason import Effect, Evidence, Reason
from agent.core.explain.scene import Scene
from agent.core.explain.sharing import Portion, SharedSupply, Standing
from agent.core.identity import ConnectorId, IdToken
from agent.core.limits import LimitSource, offerable
from agent.core.session.model import Session, SessionPhase
from agent.core.session.occupancy import TAKEN, place_of
from agent.core.time import Instant

SUPPLY = f"limit.{LimitSource.SUPPLY.value}"


def share(scene: Scene) -> Iterator[Reason]:
    """A share of less than a car can use."""
    shared, limit = scene.shared, scene.session.limits.named(LimitSource.SUPPLY)
    if shared is None or limit is None or offerable(limit.current_a) > 0:
        return
    own = shared.of(scene.session.connector)
    yield Reason(
        key=SUPPLY,
        effect=Effect.WAITS if own.standing is Standing.OUT else Effect.PAUSES,
        what=_why_nothing(shared, own),
        evidence=evidence_of_supply(shared, own.connector),
        since=own.since or limit.since,
        next_step=_what_frees(scene, shared, own),
    )


def _why_nothing(shared: SharedSupply, own: Portion) -> str:
    pool = f"the {shared.current_a:g} A that {len(shared.claims)} connectors share"
    if shared.current_a < MIN_OFFER_A:
        return f"{pool} are less than the {MIN_OFFER_A:g} A that a car needs"
    others = [one for one in shared.portions if one.connector != own.connector]
    having = [one for one in others if one.standing is Standing.HAS]
    who = named(one.connector for one in having) or "another connector"
    if own.standing is Standing.IS_NEXT:
        return f"{MIN_OFFER_A:g} A of {pool} are about to be free: {who} {_verb(having, 'gives', 'give')} way"
    has = _who_has(shared, having, pool) or _who_is_next(others, pool)
    if own.standing is Standing.WAITS:
        return f"{has}; this charge waits for its turn, as a car needs at least {MIN_OFFER_A:g} A"
    return f"{has}; a charge that begins here waits for its turn, as a car needs at least {MIN_OFFER_A:g} A"


def _who_has(shared: SharedSupply, having: Sequence[Portion], pool: str) -> str:
    taken_a = sum(one.share_a for one in having)
    part = "all of" if taken_a >= shared.current_a else f"{taken_a:g} A of"
    return f"{named(one.connector for one in having)} {_verb(having, 'has', 'have')} {part} {pool}" if having else ""


def _who_is_next(others: Sequence[Portion], pool: str) -> str:
    """For the seconds in which nobody has a share yet."""
    coming = [one for one in others if one.standing is Standing.IS_NEXT]
    who = named(one.connector for one in coming) or "another connector"
    return f"{who} {_verb(coming, 'is', 'are')} about to get a share of {pool}"


def _what_frees(scene: Scene, shared: SharedSupply, own: Portion) -> str:
    if own.standing is Standing.IS_NEXT:
        return "wait a few seconds; a car that was offered more has to follow first"
    ending = shared.who_would_free_it(own.connector)
    raised = f"raise the limit to {shared.enough_a(own.connector):g} A or more: {shared.detail} ({shared.owner.value})"
    if not ending:
        return raised
    if lent := lent_to(scene, ending):
        return f"{lent}; or {raised}"
    return f"let the charge at {named(ending)} end, or wait for the turn to change; or {raised}"


def evidence_of_supply(shared: SharedSupply, connector: ConnectorId) -> Evidence:
    """Who has how much of it, the connector itself first."""
    own = shared.of(connector)
    rows: list[tuple[str, str | float]] = [
        ("limit_a", own.share_a),
        ("shared_a", shared.current_a),
        ("set_by", shared.detail),
    ]
    for one in shared.portions:
        if one.connector != connector:
            rows.append((f"connector_{one.connector}_a", one.share_a))
            if one.since is not None:
                rows.append((f"connector_{one.connector}_for_s", round(shared.now.since(one.since))))
    if shared.turns_at is not None:
        rows.append(("turns_change_in_s", round(shared.turns_at.since(shared.now))))
    return tuple(rows)


def named(connectors: Iterable[ConnectorId]) -> str:
    """ "connector 1", "connectors 1 and 3"; "" for none."""
    numbers = [str(one) for one in connectors]
    if len(numbers) < 2:
        return f"connector {numbers[0]}" if numbers else ""
    return f"connectors {', '.join(numbers[:-1])} and {numbers[-1]}"


def _verb(of: Sequence[object], one: str, several: str) -> str:
    return several if len(of) > 1 else one


def lent_to(scene: Scene, connectors: Iterable[ConnectorId]) -> str:
    """What is waited for where somebody moves the devices of one of these, whose charge nobody can end; "" nowhere."""
    chosen = tuple(connectors)
    lent = [one.loan.by for one in scene.others if one.connector in chosen and one.loan is not None]
    return f"wait until this is done at {named(chosen)}: {', '.join(lent)}" if lent else ""


def also_at(scene: Scene, fault_id: str) -> Evidence:
    """Where the same is wrong at other connectors: something that they share is likelier then."""
    same = [one.connector for one in scene.others if one.faults.find(fault_id) is not None]
    return (("also_at", named(same)),) if same else ()


def also_silent(scene: Scene) -> Evidence:
    """The same of meters: several on one line that are silent together point at the line."""
    same = [one.connector for one in scene.others if one.meter_lost_since is not None]
    return (("also_at", named(same)),) if same else ()


def card_taken_elsewhere(scene: Scene, since: Instant) -> tuple[Session, IdToken] | None:
    """Who took the card that was shown last at the reader of all, since this plug came in."""
    if not scene.reader_is_shared:
        return None
    found = [
        (one, token)
        for one in scene.others
        # A charge may be from before a restart of the controller, whose clock began anew.
        if (token := _accepted(one)) is not None and (at := _at(one)).boot_id == since.boot_id and at.since(since) >= 0
    ]
    return max(found, key=lambda pair: _at(pair[0]).monotonic_s, default=None)


def _accepted(session: Session) -> IdToken | None:
    return session.token if session.phase in TAKEN and session.phase is not SessionPhase.STOPPING else None


def _at(session: Session) -> Instant:
    """When somebody was accepted there, as far as it shows."""
    return session.transaction.started_at if session.transaction is not None else session.phase_since


def charges_with(scene: Scene, token: IdToken) -> ConnectorId | None:
    """The connector at which this very card charges, or waits for its plug."""
    for one in scene.others:
        running = one.transaction
        if one.phase in TAKEN and token in (one.token, running.token if running is not None else None):
            return one.connector
    return None


def why_others_are_taken(scene: Scene) -> str:
    """ "connector 2 in use, connector 3 faulted", as a reservation of any connector sees them; "" for none."""
    return ", ".join(f"connector {one.connector} {place_of(one).occupancy.value}" for one in scene.others)
