"""Orders as news: what was taken, turned away and done, for the log of events and for the support case it was for."""

from __future__ import annotations

import logging
from collections.abc import Callable

from agent.bus import Bus, News
from agent.control.peer import Caller
from agent.core.rate import Rate
from agent.core.time import Instant
from agent.logs import NEWS
from agent.values import frozen

log = logging.getLogger(__name__)

QUIET_S = 60.0
"""Strangers' payloads are told at once, then with a count: nobody wears the flash out with them."""


@frozen(kw_only=True)
class Stranger:
    """What was turned away before anybody proved who sent it. `what`: a key for programs."""

    what: str
    via: str
    verb: str = ""
    key: str = ""


class Telling:
    """One a door."""

    def __init__(self, bus: Bus, now: Callable[[], Instant]) -> None:
        self._bus, self.now = bus, now
        self._refusals = Rate(10, 10.0).bucket()
        self._count = 0
        self._quiet_until_s = float("-inf")

    def accepted(self, verb: str, caller: Caller) -> None:
        self._tell(News(name="order.accepted", at=self.now(), fields=_fields(verb=verb, **_who(caller))))

    def refused(self, verb: str, caller: Caller, why: str) -> None:
        """To whoever proved who it is; an order that is sent again and again is not told each time."""
        now = self.now()
        if not self._refusals.take(now.monotonic_s):
            self.turned_away(Stranger(what=why, via=caller.via, verb=verb, key=caller.key))
            return
        self._tell(News(name="order.refused", at=now, fields=_fields(verb=verb[:40], why=why, **_who(caller))))

    def turned_away(self, stranger: Stranger) -> None:
        now = self.now()
        self._count += 1
        if now.monotonic_s < self._quiet_until_s:
            return
        fields = _fields(
            why=stranger.what, via=stranger.via, count=self._count, verb=stranger.verb[:40], key=stranger.key[:40]
        )
        self._tell(News(name="order.refused", at=now, fields=fields))
        self._count, self._quiet_until_s = 0, now.monotonic_s + QUIET_S

    def done(self, verb: str, caller: Caller, outcome: str, began: Instant) -> None:
        now = self.now()
        took_s = round(now.since(began), 3)
        fields = _fields(verb=verb, outcome=outcome, took_s=took_s, **_who(caller))
        self._tell(News(name="order.done", at=now, fields=fields))
        if caller.case:
            fields = _fields(case=caller.case, verb=verb, outcome=outcome, took_s=took_s)
            self._tell(News(name="support.acted", at=now, fields=fields))

    def _tell(self, news: News) -> None:
        self._bus.tell(news)
        log.info(news.name, extra=dict(news.fields) | {NEWS: news})


def _fields(**given: str | float) -> tuple[tuple[str, str | float], ...]:
    """Those that say something."""
    return tuple((name, value) for name, value in given.items() if value != "")


def _who(caller: Caller) -> dict[str, str]:
    return {"via": caller.via, "id": caller.order_id, "key": caller.key, "case": caller.case}
