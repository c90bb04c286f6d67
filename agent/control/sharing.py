"""The supply that connectors share, as every reply tells it, and as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agent.control.moments import told
from agent.core.explain.sharing import shared_supply

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.core.explain.sharing import Portion, SharedSupply


def supply_of(station: StationPort) -> SharedSupply | None:
    """What the connectors share, and who has how much of it; None at a single one."""
    sessions = tuple(station.session(one) for one in station.connectors())
    return shared_supply(sessions, station.config.site.supply_current_a, station.now())


def facts_of(shared: SharedSupply) -> dict[str, Any]:
    """What holds for all of them, without times; `what` are words for people."""
    return {
        "what": shared.what,
        "current_a": shared.current_a,
        "owner": shared.source.value,
        "detail": shared.detail,
        "who": shared.owner.value,
    }


def facts_of_portion(one: Portion) -> dict[str, Any]:
    """What holds for one of them, without times and without its number."""
    return {
        "standing": one.standing.value,
        "share_a": one.share_a,
        "offered_a": one.offered_a,
        "what": one.what,
    }


def supply_body(shared: SharedSupply) -> dict[str, Any]:
    """`turns_at` is there while somebody waits, and `since` where it matters."""
    turns_at = told(shared.turns_at, shared.now)
    return {
        **facts_of(shared),
        **({} if turns_at is None else {"turns_at": turns_at}),
        "connectors": [
            {
                "connector": int(one.connector),
                **facts_of_portion(one),
                **({} if (since := told(one.since, shared.now)) is None else {"since": since}),
            }
            for one in shared.portions
        ],
    }


def show_supply(body: Mapping[str, Any], page: Page) -> None:
    from agent.control.render import Tone, duration

    turns = body.get("turns_at") or {}
    left = "" if turns.get("age_s") is None else f"; the next change is in {duration(-turns['age_s'])}"
    page.line(f"{body['what']}{left} [{body['who']}]", Tone.STRONG)
    for one in body["connectors"]:
        since = page.since(one.get("since"))
        page.line(f"  {one['what']}" + (f", {since}" if since else ""))
