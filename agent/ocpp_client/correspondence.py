"""Everything between us and the network that outlives a connection: what is said next, and what follows from answers.

The one place where the priorities of our CALLs stand. It touches no socket; `conversation.py` does.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace

from agent.core.availability import StatusReport
from agent.core.identity import IdToken
from agent.core.time import Instant
from agent.errors import AgentError, PeerViolation, ProtocolMisuse, StoreError
from agent.ocpp_client.adapter import Adapter, BootAnswer, Payload, Registration, WireCall
from agent.ocpp_client.ports import AuthorizationAnswer, ClientSettings, LedgerPort, StationPort
from agent.ocpp_client.rpc.calls import Answer, Lane, Outcome, Settled, Silence, Turn
from agent.ocpp_client.station import registration, statuses, telling
from agent.values import frozen

log = logging.getLogger(__name__)

MOST_ASKED = 64
"""Triggered calls, and questions about tokens, that may wait. More are refused: a peer may trigger without end."""


Notices = telling.Notices


async def _nobody_waits() -> None:
    return


@frozen
class Question:
    """Somebody waits to hear whether `token` may charge. None for an answer: nobody could be asked."""

    token: IdToken
    answer: asyncio.Future[AuthorizationAnswer | None]


WhatCame = Outcome | None
"""Of one CALL. None: it did not leave, or the connection ended before its answer."""


@frozen
class Errand:
    """Somebody waits for what comes of one CALL."""

    outcome: asyncio.Future[WhatCame]

    def settle(self, outcome: WhatCame) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class Correspondence:
    """Owned by the client; used by one conversation at a time."""

    def __init__(
        self,
        adapter: Adapter,
        station: StationPort,
        ledger: LedgerPort,
        settings: ClientSettings,
        *,
        notices: telling.Notices | None = None,
        between: Callable[[float, float], float] | None = None,
    ) -> None:
        self.standing = registration.Standing()
        self.statuses = statuses.Statuses()
        self.teller = telling.Teller(adapter, station, ledger, settings, notices, between=between)
        self.changed = asyncio.Event()
        """Set when `next_turn` may have a new answer."""
        self.adapter = adapter
        self.settings = settings
        self._station = station
        self.when_accepted: Callable[[], Awaitable[None]] = _nobody_waits
        """Awaited between the network's acceptance and the first thing that is told because of it."""
        self._triggered: deque[Turn] = deque()
        self._questions: deque[Turn] = deque()
        self._errands: deque[Turn] = deque()
        self._sent_errand: Errand | None = None
        self._boot_action = adapter.boot(station.identity).action
        self._heartbeat_action = adapter.heartbeat().action

    def connected(self) -> None:
        """A new connection is open."""
        self.standing = self.standing.connected()
        self.teller.connected()

    def moved(self) -> None:
        """The connection that opens leads elsewhere than the one before: nobody there knows this charger yet."""
        self.standing = registration.Standing()

    def line_lost(self) -> None:
        """The connection is gone, and with it what belonged to the moment."""
        self.standing = self.standing.connected()
        self.statuses.line_lost()
        self._drop_errands()
        self._triggered.clear()
        for turn in self._questions:
            self._answer(turn, None)
        self._questions.clear()

    def trigger(self, call: WireCall) -> None:
        """The network asked for `call`."""
        if len(self._triggered) < MOST_ASKED:
            self._triggered.append(Turn(Lane.TRIGGERED, call))
            self.changed.set()

    def tell_anew(self, report: StatusReport, now: Instant) -> None:
        """The network asked for this status. It takes its place among the others: none comes behind a newer one.

        Before registration is accepted nothing else is told, and everything is told anew behind it.
        """
        if self.standing.may_send and self.statuses.asked(report.connector, now):
            self.changed.set()
        else:
            self.trigger(self.adapter.status(report))

    def send(self, call: WireCall, errand: Errand, *, is_triggered: bool) -> bool:
        """Make `call` when it is its turn; False where too many wait."""
        queue, lane = (self._triggered, Lane.TRIGGERED) if is_triggered else (self._errands, Lane.NOTICE)
        if len(queue) >= MOST_ASKED:
            return False
        queue.append(Turn(lane, call, errand))
        self.changed.set()
        return True

    def ask(self, question: Question) -> Turn | None:
        """Ask about a token as soon as it is our turn; None where too many ask, or the version cannot carry it."""
        if len(self._questions) >= MOST_ASKED:
            return None
        try:
            turn = Turn(Lane.AUTHORIZE, self.adapter.authorize(question.token), question)
        except ProtocolMisuse as mistake:
            log.warning("a token cannot be asked about", extra={"why": str(mistake)})
            return None
        self._questions.append(turn)
        self.changed.set()
        return turn

    def withdraw(self, turn: Turn) -> None:
        """Nobody waits for the answer any more; what has left already is still listened to, for the cache."""
        if turn in self._questions:
            self._questions.remove(turn)

    async def next_turn(self, now: Instant) -> Turn | None:
        """The CALL to make now, by priority."""
        boot_at_s = self.standing.boot_at_s()
        if boot_at_s is not None and boot_at_s <= now.monotonic_s:
            return Turn(Lane.BOOT, self.adapter.boot(self._station.identity))
        if self._triggered and self.standing.may_answer:
            return self._triggered.popleft()
        if not self.standing.may_send:
            return None
        if self._questions:
            return self._questions.popleft()
        report = self.statuses.next(self.settings.minimum_status_duration_s, now)
        if report is not None:
            return Turn(Lane.STATUS, self.adapter.status(report), report)
        if self._errands:
            return self._errands.popleft()
        notice = await self.teller.noticing.turn(now.monotonic_s)
        if notice is not None:
            return notice
        if self.teller.outbox.is_doubted:
            return Turn(Lane.HEARTBEAT, self.adapter.heartbeat())
        return await self.teller.turn(now.monotonic_s) or self._heartbeat(now)

    def wake_at_s(self) -> float | None:
        """When `next_turn` has a new answer by time alone; None: never."""
        if not self.standing.may_send:
            return self.standing.boot_at_s()
        times = (
            self.statuses.wake_at_s(self.settings.minimum_status_duration_s),
            self.teller.noticing.wake_at_s(),
            self.teller.wake_at_s(),
            self.standing.heartbeat_at_s(self.settings.heartbeat_interval_s),
        )
        return min((time for time in times if time is not None), default=None)

    def left(self, turn: Turn, now_s: float) -> None:
        """`turn` is on its way."""
        self.standing = self.standing.called(now_s)
        self._sent_errand = turn.about if isinstance(turn.about, Errand) else None
        if turn.lane is Lane.FACT:
            self.teller.left(now_s)

    def look_ahead(self, turn: Turn) -> None:
        """`turn` was sent, and nothing is to be done until it is answered."""
        if turn.lane is Lane.FACT:
            self.teller.look_ahead()

    async def took(self, turn: Turn, outcome: Outcome, now_s: float) -> None:
        """What came of `turn`. When this returns everything that must be durable is."""
        if not isinstance(outcome, Silence):
            self.standing = self.standing.answered()
            if turn.lane is not Lane.FACT:
                self.teller.proven(now_s)
        match turn.lane, turn.about:
            case _, Errand() as errand:
                errand.settle(outcome)
            case Lane.FACT, _:
                await self.teller.took(outcome, now_s)
            case Lane.STATUS, StatusReport() as report:
                if not isinstance(outcome, Silence):
                    self.statuses.delivered(report)
            case Lane.AUTHORIZE, _:
                self._authorized(turn, outcome)
            case Lane.NOTICE, _:
                await self.teller.noticed(turn, outcome, now_s)
            case _ if turn.call.action == self._boot_action:
                await self._booted(outcome, now_s)
            case _ if turn.call.action == self._heartbeat_action:
                self._clock_heard(outcome, now_s)
            case _:
                return

    async def took_late(self, settled: Settled, now_s: float) -> None:
        """An answer to a CALL that had been given up. A time of day in it is stale and not used.

        When this returns what must be durable of it is: the program may end before anything else is answered.
        """
        turn, outcome = settled.outstanding.turn, settled.outcome
        self.standing = self.standing.answered()
        match turn.lane, turn.about, outcome:
            case Lane.FACT, _, Answer() as answer:
                await self.teller.late(turn, answer, now_s)
            case Lane.STATUS, StatusReport() as report, _:
                self.statuses.delivered(report)
            case Lane.AUTHORIZE, _, _:
                self._authorized(turn, outcome)
            case _, Errand(), _:
                return  # whoever waited was told of the silence
            case Lane.NOTICE, _, _:
                await self.teller.noticed(turn, outcome, now_s)
            case _, _, Answer(payload) if turn.call.action == self._boot_action and not self.standing.may_send:
                await self._boot_answered(payload, now_s, is_late=True)
            case _:
                return
        self.changed.set()

    def _drop_errands(self) -> None:
        for turn in (*self._triggered, *self._errands):
            if isinstance(turn.about, Errand):
                turn.about.settle(None)
        self._errands.clear()
        if self._sent_errand is not None:
            self._sent_errand.settle(None)

    def _heartbeat(self, now: Instant) -> Turn | None:
        due_s = self.standing.heartbeat_at_s(self.settings.heartbeat_interval_s)
        if due_s is None or due_s > now.monotonic_s:
            return None
        return Turn(Lane.HEARTBEAT, self.adapter.heartbeat())

    def _authorized(self, turn: Turn, outcome: Outcome) -> None:
        answer: AuthorizationAnswer | None = None
        if isinstance(outcome, Answer):
            try:
                answer = self.adapter.read_authorize(outcome.payload)
            except PeerViolation as violation:
                log.warning("an authorisation could not be read", extra={"what": violation.what})
        self._answer(turn, answer)

    def _answer(self, turn: Turn, answer: AuthorizationAnswer | None) -> None:
        question = turn.about
        assert isinstance(question, Question), "questions are put by `ask` only"
        if answer is not None:
            self._station.token_judged(question.token, answer)
        if not question.answer.done():
            question.answer.set_result(answer)

    def _clock_heard(self, outcome: Outcome, now_s: float) -> None:
        utc_ms = self.adapter.read_heartbeat(outcome.payload) if isinstance(outcome, Answer) else None
        if utc_ms is not None:
            self._station.clock_told(utc_ms)
            self.standing = self.standing.heartbeat_heard(now_s)

    async def _booted(self, outcome: Outcome, now_s: float) -> None:
        if isinstance(outcome, Answer):
            await self._boot_answered(outcome.payload, now_s)
        else:
            self.standing = self.standing.boot_failed(now_s)

    async def _boot_answered(self, payload: Payload, now_s: float, *, is_late: bool = False) -> None:
        try:
            answer = self.adapter.read_boot(payload)
        except PeerViolation as violation:
            log.warning("the answer to our boot could not be read", extra={"what": violation.what})
            self.standing = self.standing.boot_failed(now_s)
            return
        if answer.status is Registration.ACCEPTED:
            try:
                await self.when_accepted()
            except AgentError as error:
                log.warning("the acceptance could not be kept", extra={"error": str(error)})
                self.standing = self.standing.boot_failed(now_s)
                return
        answer = replace(answer, utc_ms=None) if is_late else answer
        if answer.utc_ms is not None:
            self._station.clock_told(answer.utc_ms)
        self.standing = self.standing.boot_answered(answer, now_s)
        log.info("boot answered", extra={"status": answer.status.value, "interval_s": answer.interval_s})
        if answer.status is Registration.ACCEPTED:
            self.statuses.accepted()
            await self._keep_interval(answer)

    async def _keep_interval(self, answer: BootAnswer) -> None:
        if answer.interval_s <= 0 or answer.interval_s == self.settings.heartbeat_interval_s:
            return
        try:
            await self.settings.keep_heartbeat_interval(answer.interval_s)
        except StoreError as error:
            log.warning("the heartbeat interval could not be kept", extra={"error": str(error)})
