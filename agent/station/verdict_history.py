"""Puts on record when the verdict of a port changes, as an event like any other, and reads it back as a history.

A look writes nothing. What is written is a row of the journal for each change that stays, along with what else the
journal has to write then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from agent.bus import News
from agent.core.identity import ConnectorId
from agent.errors import StoreError
from agent.loading import loaded
from agent.station.station import Station

if TYPE_CHECKING:
    from agent.core.health.history import Away, Change, Port, Standing
    from agent.core.health.model import Judgement
    from agent.core.time import Instant
    from agent.station.verdicts import Verdicts

log = logging.getLogger(__name__)

EVENT = "verdict.changed"
LOOKS_EVERY_S = 15.0
ELEMENTS_EVERY = 4
"""Looks: readers, sensors and inputs are asked once a minute how they are."""
MOST_READ = 5_000
"""Of one port, which are among those of the others."""
MOST_REMEMBERED = 500
RUNS_READ = 200
READ_WITHIN_S = 0.01
"""Two clocks are not read in the same instant."""
LONGEST_WHAT = 200
"""Characters. The sentence is there to be recognised; what to do about it stands in health."""


class VerdictHistory:
    """One object a run. `verdicts` gives what judges the ports."""

    def __init__(self, station: Station, verdicts: Callable[[], Verdicts]) -> None:
        self._station, self._verdicts = station, verdicts
        self._ports: dict[int, Port] = {}

    async def run(self) -> None:
        """Look, for ever."""
        await asyncio.sleep(LOOKS_EVERY_S)
        await loaded("agent.station.control_side", "agent.station.verdicts", "agent.core.health.history")
        verdicts = self._verdicts()
        for look in count():
            if look % ELEMENTS_EVERY == 0:
                await verdicts.look_at_elements()
                await verdicts.look_at_files()
            if self._ports or await self._remembered():
                self._look(verdicts)
            await asyncio.sleep(LOOKS_EVERY_S)

    async def changes(self, limit: int, port: int | None = None) -> tuple[Change, ...]:
        """The newest of them on record, oldest first. Raises StoreError."""
        from agent.core.health.history import Change

        found: list[Change] = []
        for news in await self._station.store.logs.journal.named(EVENT, limit if port is None else MOST_READ):
            fields = dict(news.fields)
            standing = _standing(str(fields.get("verdict", "")), str(fields.get("reason", "")))
            if standing is not None and news.connector is not None and port in (None, int(news.connector)):
                stood_s = fields.get("stood_s")
                change = Change(
                    port=int(news.connector),
                    at=news.at,
                    standing=standing,
                    what=str(fields.get("what", "")),
                    unkept=int(fields.get("unkept") or 0),
                    stood_s=float(stood_s) if isinstance(stood_s, int | float) else None,
                )
                found.append(change)
        return tuple(found[-limit:])

    async def told(self, limit: int, port: int | None = None) -> list[dict[str, Any]]:
        """How each port stood from change to change, the newest first, as JSON. Raises StoreError."""
        from agent.control.moments import utc_text
        from agent.core.health.history import stretches
        from agent.station.health_sections import known, told, without_people

        changes, away, now = await self.changes(limit, port), await self._away(), self._station.clock.now()
        return [
            {
                "port": one.change.port,
                "verdict": one.change.standing.verdict.value,
                **told(one.since, now),
                **known(
                    reason=one.change.standing.reason or None,
                    what=without_people(one.change.what) or None,
                    until=None if one.until is None else utc_text(one.until, now),
                    lasted_s=None if one.lasted_ms is None else round(one.lasted_ms / 1000, 1),
                    away_s=round(one.away_ms / 1000, 1) or None,
                    unkept=one.change.unkept or None,
                ),
            }
            for one in stretches(changes, away, now)
        ]

    async def _away(self) -> Sequence[Away]:
        """When the program did not run, oldest first."""
        from agent.core.health.history import Away

        runs = [run for run, _ in await self._station.store.upkeep.runs.newest(RUNS_READ)]
        pairs = zip(reversed(runs[1:]), reversed(runs[:-1]), strict=True)
        return [Away(since=before.alive, until=after.began) for before, after in pairs]

    async def _remembered(self) -> bool:
        """What was told of each port last; False where the store does not say now."""
        from agent.core.health.history import Port

        try:
            newest = {one.port: one.standing for one in await self.changes(MOST_REMEMBERED)}
        except StoreError as error:
            log.warning("verdicts on record could not be read", extra={"error": str(error)})
            return False
        self._ports = {int(one): Port(newest.get(int(one))) for one in self._station.connectors}
        return True

    def _look(self, verdicts: Verdicts) -> None:
        from agent.core.health.history import standing_of

        now = self._station.clock.now()
        runs_s = now.since(self._station.started_at)
        for number, judgement in verdicts.judgements().items():
            unkept = self._ports[number].looked(standing_of(judgement), runs_s)
            if unkept is not None:
                stood_s = _stood_s(judgement, now)
                if stood_s is None:
                    stood_s = self._ports[number].seen_for_s(runs_s)
                fields = _fields(judgement, unkept, stood_s)
                news = News(name="verdict.changed", at=now, connector=ConnectorId(number), fields=fields)
                self._station.publish(news)


def _stood_s(judgement: Judgement, now: Instant) -> float | None:
    """How long the first reason has been there; None where it is not known, and where there is none.

    An age and not a time: it holds where the clock was unknown, and is dated with the event later.
    """
    first = judgement.defects[0] if judgement.defects else None
    stood_ms = None if first is None or first.since is None else _ms_between(first.since, now)
    return None if stood_ms is None or stood_ms < 0 else stood_ms / 1000


def _ms_between(since: Instant, now: Instant) -> int | None:
    """By the clock that dates both, so that the dates agree to the millisecond, unless it was set in between."""
    if since.utc_ms is None or now.utc_ms is None or abs(now.wall_clock_set_by_s(since)) >= READ_WITHIN_S:
        return now.ms_since(since)
    return now.utc_ms - since.utc_ms


def _fields(judgement: Judgement, unkept: int, stood_s: float) -> tuple[tuple[str, str | int | float], ...]:
    first = judgement.defects[0] if judgement.defects else None
    return (
        ("verdict", judgement.verdict.value),
        ("reason", "" if first is None else first.key),
        ("what", "" if first is None else first.text[:LONGEST_WHAT]),
        ("stood_s", round(stood_s, 3)),
        *((("unkept", unkept),) if unkept else ()),
    )


def _standing(verdict: str, reason: str) -> Standing | None:
    """None for a word that this release does not know."""
    from agent.core.health.history import Standing
    from agent.core.health.model import Verdict

    words = {one.value: one for one in Verdict}
    return Standing(verdict=words[verdict], reason=reason) if verdict in words else None
