"""Which fault a pilot board tripped for. Its record names none; the agent knows what it heard of at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.moments import age_s
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Reaction
from agent.core.identity import ConnectorId
from agent.core.time import Instant

if TYPE_CHECKING:
    from agent.control.ports import StationPort

HEARD_WITHIN_S = 5.0
"""From a trip until the agent hears of it, over a link that has to find its words again."""
CLOCKS_DIFFER_S = 1.0
"""The agent's clock and the board's, and the way of a status."""
NEWS_AT_MOST = 1_000


async def faults_of_trip(station: StationPort, connector: ConnectorId, trip_age_s: float) -> tuple[str, ...]:
    """The faults that the board raised then, the most severe of the present ones first; empty where none was heard."""
    now = station.now()
    present = station.session(connector).faults.faults
    seen = [fault.kind.id for fault in present if _is_of(fault.first_seen, trip_age_s, now)]
    for news in await station.journal.events(NEWS_AT_MOST):
        if news.name == "fault.raised" and news.connector == connector and _is_of(news.at, trip_age_s, now):
            seen.append(str(dict(news.fields)["id"]))
    return tuple(dict.fromkeys(id for id in seen if _trips_a_board(id)))


def _is_of(at: Instant, trip_age_s: float, now: Instant) -> bool:
    age = age_s(at, now)
    return age is not None and trip_age_s - HEARD_WITHIN_S <= age <= trip_age_s + CLOCKS_DIFFER_S


def _trips_a_board(id: str) -> bool:
    kind = CATALOGUE.get(id)
    return kind is not None and "mcu" in kind.owner and kind.reaction in (Reaction.OPEN, Reaction.X1)
