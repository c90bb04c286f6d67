"""What the place around a connector could change: its service, its limits, and the others that share its supply."""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.explain.change import Change, Kind
from agent.core.explain.links import LIMITS, Who
from agent.core.explain.neighbours import lent_to, named
from agent.core.explain.scene import Scene
from agent.core.explain.sharing import SharedSupply, Standing
from agent.core.limits import Limit, LimitSource, offerable
from agent.core.supply import FOLLOWED_AFTER_S


def of_service(scene: Scene) -> Iterator[Change]:
    session = scene.session
    if session.operative and not session.inoperative_when_idle:
        return
    if scene.firmware_waits:
        charging = scene.charging_elsewhere
        first = f"let the charge at {named(charging)} end, and " if charging else ""
        yield Change(
            kind=Kind.FIRMWARE,
            who=Who.DRIVER if charging else Who.WAIT,
            subject=",".join(str(one) for one in charging),
            what=f"{first}wait until the new firmware is installed and the agent has started anew",
        )
    else:
        yield Change(
            kind=Kind.IN_SERVICE,
            who=Who.BACKEND,
            what="put the connector back in service (ChangeAvailability, Operative)",
        )


def of_limits(scene: Scene) -> Iterator[Change]:
    entries = scene.session.limits.entries
    if not entries:
        yield Change(kind=Kind.LIMITS_TOLD, who=Who.WAIT, what="wait until the limits are told, a few seconds")
    granted = _granted(scene)
    for entry in entries if granted is None else (*entries, granted):
        if offerable(entry.current_a) > 0 or (granted is not None and _is_replaced(entry, granted)):
            continue
        if scene.shared is not None and entry.source is LimitSource.SUPPLY and (freed := _freed(scene, scene.shared)):
            yield freed
            continue
        source, who = entry.source, LIMITS[entry.source][1]
        is_timed = source in (LimitSource.NETWORK, LimitSource.CHARGE_POINT_MAX) and entry is not granted
        until = scene.allows_again_at if is_timed else None
        words = f"{source.words} ({entry.detail})" if entry.detail else source.words
        yield Change(
            kind=Kind.RAISE_LIMIT,
            subject=source.value,
            who=who if until is None else Who.WAIT,
            what=_raising(source, words, scene)
            if until is None
            else f"wait until the charging profile allows 6 A: {words}",
            until=until,
            more=(("limit_a", entry.current_a), ("least_a", 6.0)),
        )


def _freed(scene: Scene, shared: SharedSupply) -> Change | None:
    """What others have to do about a share that is too small; None where they cannot help."""
    own = shared.of(scene.session.connector)
    more = (("limit_a", own.share_a), ("shared_a", shared.current_a), ("least_a", 6.0))
    if own.standing is Standing.IS_NEXT:
        return Change(
            kind=Kind.RAISE_LIMIT,
            subject=LimitSource.SUPPLY.value,
            who=Who.WAIT,
            what="wait until the other cars have followed, and their share is free",
            until=scene.now.plus(FOLLOWED_AFTER_S),
            more=more,
        )
    ending = shared.who_would_free_it(own.connector)
    if not ending:
        return None
    lent = lent_to(scene, ending)
    what = f"end the charge at {named(ending)} (its driver; or RemoteStopTransaction), whose share is free then"
    return Change(
        kind=Kind.OTHER_ENDS,
        subject=",".join(str(one) for one in ending),
        who=Who.WAIT if lent else Who.DRIVER,
        what=lent or f"{what}, or wait for the turn",
        until=shared.own_turn(own.connector),
        more=more,
    )


def _granted(scene: Scene) -> Limit | None:
    """What a charge that begins now would be allowed, where that is too little and nothing says so yet."""
    said, known = scene.of_next_charge, scene.session.limits.named(LimitSource.NETWORK)
    if said is None or said.current_a is None or offerable(said.current_a) > 0:
        return None
    if known is not None and offerable(known.current_a) <= 0 and (_is_running(scene) or known.detail == said.detail):
        # The change that is named of the limit as it is now.
        return None
    return Limit(source=LimitSource.NETWORK, current_a=said.current_a, detail=said.detail, since=scene.now)


def _is_running(scene: Scene) -> bool:
    return scene.session.transaction is not None


def _is_replaced(entry: Limit, granted: Limit) -> bool:
    """Until a charge begins this profile speaks, and from then on another."""
    return entry.source is granted.source and entry is not granted


def _raising(source: LimitSource, words: str, scene: Scene) -> str:
    if source is LimitSource.THERMAL:
        return f"wait until it has cooled down: {words}"
    if source is LimitSource.CABLE:
        return "use a cable that bears more"
    if source in (LimitSource.NETWORK, LimitSource.CHARGE_POINT_MAX) and scene.now.utc_ms is None:
        return f"raise the limit to 6 A or more: {words}; while the time of day is unknown the strictest period holds"
    if source is LimitSource.FAILSAFE:
        return f"let the central system be heard again, or raise the limit for its silence: {words}"
    return f"raise the limit to 6 A or more: {words}"
