"""Keeps each attempt to charge, from plug to plug: follows the sessions, judges what is over, and tells of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from agent.bus import News
from agent.core.identity import ConnectorId, IdToken
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.core.uptime.model import Cause, CauseClass
from agent.core.visits.follow import Following, followed
from agent.core.visits.model import Attempt, Mark
from agent.core.visits.outcome import failed_start, judged
from agent.errors import StoreError
from agent.station.station import Station
from agent.store.attempts import Attempts
from agent.values import frozen

log = logging.getLogger(__name__)

SAME_VISIT_S = 300.0
"""Attempts with shorter gaps are one visit, unless another driver came (operations reference, section 4)."""


@frozen(kw_only=True)
class Left:
    """Who left last, and when; the token is held in memory alone. `attempt` is numbered once it is on record."""

    at: Instant
    token: IdToken | None


class AttemptKeeper:
    """One object a run. `gap` tells why the program was away before it, None where it was not."""

    def __init__(self, station: Station, gap: Callable[[], tuple[Cause, Instant] | None]) -> None:
        self._station = station
        self.kept = Attempts(station.store.writer)
        self._gap = gap
        self._found = {one.port: one for one in self.kept.open}
        self._following: dict[int, Following] = {}
        self._token: dict[int, IdToken] = {}
        self._numbers: dict[tuple[int, Instant], int] = {}
        self._left: Left | None = None
        self._visit = 0
        self._is_telling = False
        self._told: list[News] = []
        self.failed: dict[int, Attempt] = {}
        """By port: the last start that a fault of the charger kept from coming about, until one does."""
        for over in self.kept.latest:
            self._note(over)
        for stale in self.kept.open:
            if self._found[stale.port] is not stale:
                self._over(stale, Following(), self._closed_at(stale))

    def begin_telling(self) -> None:
        """From now on somebody hears; first what happened before."""
        self._is_telling = True
        for news in self._told:
            self._station.publish(news)
        self._told.clear()

    def session_changed(self, session: Session) -> None:
        """After a step of a session; returns at once and does not fail."""
        port, now = int(session.connector), self._station.clock.now()
        if port in self._found and not self._take_up(session):
            return
        before = self._following.get(port, _NOTHING)
        following, over = followed(before, session, now)
        if following is before:
            return
        self._following[port] = following
        if session.token is not None:
            self._token[port] = session.token
        if over is not None:
            self._over(over, before, now)
        elif following.attempt is not None and _began_to_flow(before.attempt, following.attempt):
            self.failed.pop(port, None)
            is_same = self._is_same_visit(following.attempt, self._token.get(port))
            self._station.deeds.do("begin of an attempt", partial(self._keep, following.attempt, is_same))

    def _take_up(self, session: Session) -> bool:
        """Whether it is known by now what became of the attempt that the last run left open."""
        port = int(session.connector)
        if not session.board_speaks or session.found is not None:
            return False
        found = self._found.pop(port)
        self._numbers[port, found.began] = found.number
        transaction = session.transaction
        if session.pilot.plugged and transaction is not None and transaction.key == found.transaction:
            self._following[port] = Following(attempt=found)
        else:
            self._over(found, Following(attempt=found), self._closed_at(found))
        return True

    def _closed_at(self, found: Attempt) -> Instant:
        """The last sign of life before the gap; nobody saw the car after it."""
        gap = self._gap()
        return gap[1] if gap is not None else self._station.clock.now()

    def _over(self, attempt: Attempt, last: Following, now: Instant) -> None:
        port, token = attempt.port, self._token.pop(attempt.port, None)
        gap = None
        if not attempt.is_over:
            attempt = replace(attempt, marks=(*attempt.marks, (Mark.UNPLUGGED, now)))
            why = self._gap()
            gap = None if why is None else (why[0].key, why[0].of)
        is_same = self._is_same_visit(attempt, token)
        self._left = Left(at=now, token=token)
        self._station.deeds.do(f"attempt at port {port}", partial(self._conclude, attempt, last, gap, is_same))

    def _is_same_visit(self, attempt: Attempt, token: IdToken | None) -> bool:
        left = self._left
        if left is None or left.at.boot_id != attempt.began.boot_id:
            return False
        is_other = token is not None and left.token is not None and token != left.token
        return not is_other and attempt.began.since(left.at) < SAME_VISIT_S

    # What is kept.

    async def _keep(self, attempt: Attempt, is_same: bool) -> None:
        number = self._numbers.get((attempt.port, attempt.began), 0)
        kept = await self.kept.keep(replace(attempt, number=number, visit=self._visit if is_same else 0))
        self._numbers[attempt.port, attempt.began] = kept.number

    async def _conclude(
        self, attempt: Attempt, last: Following, gap: tuple[str, CauseClass] | None, is_same: bool
    ) -> None:
        is_test = await self._is_tested()
        attempt = judged(attempt, last, is_test=is_test, gap=gap)
        number = self._numbers.pop((attempt.port, attempt.began), attempt.number)
        visit = attempt.visit or (self._visit if is_same and self._visit else number)
        attempt = await self.kept.keep(replace(attempt, number=number, visit=visit))
        self._visit = attempt.visit
        self._note(attempt)
        self._tell(attempt)

    def _note(self, over: Attempt) -> None:
        failed = failed_start(self.failed.pop(over.port, None), over)
        if failed is not None:
            self.failed[over.port] = failed

    async def _is_tested(self) -> bool:
        try:
            return (await self._station.store.commissioning.milestones.commissioning()).is_open
        except StoreError as error:
            log.warning("not known whether a charge is a test, so it counts as one", extra={"error": str(error)})
            return True

    def _tell(self, attempt: Attempt) -> None:
        start_s, plugged_s = attempt.charge_start_s, _plugged_s(attempt)
        fields: dict[str, str | int | float | bool | None] = {
            "attempt": attempt.number,
            "plugged_s": plugged_s,
            "energy_wh": attempt.energy_wh,
            "peak_power_w": round(attempt.peak_power_w, 1),
            "offered_a": attempt.offered_a,
            "start": attempt.start.value,
            "end": attempt.end.value,
            "excluded": attempt.excluded,
            "failure_class": attempt.failure.value,
            "code": attempt.code,
            "mrec": attempt.mrec,
            "charge_start_s": None if start_s is None else round(start_s, 1),
            "stop_reason": attempt.stop_reason,
            "authorization": attempt.method,
        }
        news = News(
            name="session.recorded",
            at=self._station.clock.now(),
            connector=ConnectorId(attempt.port),
            fields=tuple(fields.items()),
        )
        if self._is_telling:
            self._station.publish(news)
        else:
            self._told.append(news)


_NOTHING = Following()


def _began_to_flow(before: Attempt | None, now: Attempt) -> bool:
    flowed = before is not None and before.at(Mark.ENERGY) is not None
    return not flowed and now.at(Mark.ENERGY) is not None


def _plugged_s(attempt: Attempt) -> float | None:
    end = attempt.at(Mark.UNPLUGGED)
    passed_ms = None if end is None else end.ms_since(attempt.began)
    return None if passed_ms is None else round(passed_ms / 1000, 1)
