"""The body of `evsectl explain` for one connector, the same at every door; and the scene that it is drawn from."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from agent.config.controllers import controller_of, ends_power_of
from agent.control.current import LOOKS_AHEAD_S, OF_PROFILES
from agent.control.moments import told
from agent.control.sharing import supply_body, supply_of
from agent.core.explain.explain import explain
from agent.core.explain.scene import Scene, with_its_part
from agent.core.explain.would_start import searching
from agent.core.limits import offerable

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.core.explain.chain import LinkSeen
    from agent.core.explain.change import Change
    from agent.core.explain.reason import Reason
    from agent.core.identity import ConnectorId
    from agent.core.time import Instant


def scene_of(station: StationPort, connector: ConnectorId, allows_again_at: Instant | None = None) -> Scene:
    """The connector as it is now. Returns at once; reasons and chain need no more than this."""
    from agent.control.standing import notices

    shared = supply_of(station)
    return Scene(
        session=with_its_part(station.session(connector), shared),
        network=station.network(),
        now=station.now(),
        shared=shared,
        others=tuple(station.session(one) for one in station.connectors() if one != connector),
        firmware_waits=station.firmware_waits(),
        board=station.board(connector),
        notices=tuple(notices(station)),
        controller=controller_of(station.config.board, connector),
        ends_power=ends_power_of(station.config.board, connector),
        allows_again_at=allows_again_at,
        reader_is_shared="token_reader" in station.config.board.drivers and len(station.connectors()) > 1,
        of_next_charge=station.limit_of_next_charge(connector),
        failed_start=station.failed_start(connector),
        crash_loop=station.agent().crash_loop,
    )


async def explanation_body(station: StationPort, connector: ConnectorId) -> dict[str, Any]:
    """Reasons, chain and the changes that would start a charge. Leaves the loop free between its steps."""
    scene = scene_of(station, connector, await _allows_again_at(station, connector))
    explanation, now = explain(scene), scene.now
    return {
        "connector": int(connector),
        "charging": explanation.charging,
        "headline": explanation.headline,
        "chain": [_link(one, now) for one in explanation.chain],
        "reasons": [_reason(one, now) for one in explanation.reasons],
        "would_start": [_change(one, now) for one in await _searched(scene)],
        **({} if scene.shared is None else {"supply": supply_body(scene.shared)}),
    }


async def _searched(scene: Scene) -> tuple[Change, ...]:
    search = searching(scene)
    while True:
        try:
            next(search)
        except StopIteration as found:
            changes: tuple[Change, ...] = found.value
            return changes
        await asyncio.sleep(0)


async def _allows_again_at(station: StationPort, connector: ConnectorId) -> Instant | None:
    """When a profile that allows nothing now will allow 6 A again by itself."""
    limits = station.session(connector).limits
    if not any(one.source in OF_PROFILES and offerable(one.current_a) <= 0 for one in limits.entries):
        return None
    schedule = await station.composite_schedule(connector, LOOKS_AHEAD_S)
    later = (one for one in schedule.periods if one.start_s > 0 and offerable(one.current_a) > 0)
    first = next(later, None) if schedule.start_ms is not None else None
    return None if first is None else station.now().plus(first.start_s)


def _link(one: LinkSeen, now: Instant) -> dict[str, Any]:
    since = told(one.since, now)
    body = {"link": one.link.value, "state": one.state.value, "what": one.what, "evidence": dict(one.evidence)}
    return body if since is None else body | {"since": since}


def _reason(reason: Reason, now: Instant) -> dict[str, Any]:
    return {
        "key": reason.key,
        "link": reason.link.value if reason.link is not None else None,
        "effect": reason.effect.value,
        "what": reason.what,
        "evidence": dict(reason.evidence),
        "since": told(reason.since, now),
        "next_step": reason.next_step,
    }


def _change(change: Change, now: Instant) -> dict[str, Any]:
    body = {"change": change.what, "who": change.who.value, "do": change.do}
    return body if change.until is None else body | {"until": told(change.until, now)}
