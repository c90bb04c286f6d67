"""Tells notices, and the ledger's facts: has the oldest rendered, and acts on what the network said."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from agent.core.facts import QueuedFact, TransactionSampled, TransactionStarted, TransactionStopped
from agent.errors import PeerViolation, ProtocolMisuse, StoreError
from agent.ocpp_client.adapter import Adapter, FactAnswer
from agent.ocpp_client.ports import ClientSettings, LedgerPort, StationPort
from agent.ocpp_client.rpc.calls import Answer, Lane, Outcome, Turn
from agent.ocpp_client.rpc.frames import body_text
from agent.ocpp_client.station.noticing import NoNotices, NoticesPort, Noticing
from agent.ocpp_client.station.outbox import Abandon, CountAttempt, Outbox, Patience, Settle, TellAgain, Verdict
from agent.ocpp_client.station.pacing import Pace, Pacing, at_the_earliest

log = logging.getLogger(__name__)


Notices = NoticesPort
"""What a teller is given to tell beside facts."""


class Teller:
    """Facts one after the other. Nothing here raises StoreError: what could not be kept is kept later.

    A fact that was answered is not told again for that, since the network would open a second transaction; only a
    program that ended before the answer was on record tells it again. So an answer is put on record when it comes, a
    late one too, and waits for nothing else.
    """

    def __init__(
        self,
        adapter: Adapter,
        station: StationPort,
        ledger: LedgerPort,
        settings: ClientSettings,
        notices: NoticesPort | None = None,
        *,
        between: Callable[[float, float], float] | None = None,
    ) -> None:
        self.outbox = Outbox()
        self._pacing = Pacing(between or at_the_earliest)
        self.noticing = Noticing(adapter, notices or NoNotices())
        self._adapter = adapter
        self._station = station
        self._ledger = ledger
        self._settings = settings
        self._ahead: Turn | None = None

    def queued(self) -> int:
        """Facts waiting to be told."""
        return self._ledger.queued()

    def connected(self) -> None:
        """A new connection is open."""
        self.outbox.forget()
        self.noticing.connected()
        self._pacing.connected()

    def left(self, now_s: float) -> None:
        """The latest `turn` was sent."""
        self.outbox.left()
        self._pacing.left(now_s)

    def look_ahead(self) -> None:
        """While the answer to the latest `turn` is awaited: make ready what is told next, where that is known.

        It leaves when its turn comes and not before; a sample whose transaction or attempts changed is made anew then.
        """
        head = self.outbox.head
        queued = None if head is None else self._ledger.behind(head.seq)
        if queued is None or not isinstance(queued.fact, TransactionSampled):
            return
        try:
            call = self._adapter.render(queued)
            self._ahead = None if call is None else Turn(Lane.FACT, call, queued, body_text(call.payload))
        except ProtocolMisuse:
            self._ahead = None  # its own turn finds the same, and acts on it

    def wake_at_s(self) -> float | None:
        """When there is a fact to tell, or to ask the ledger for, by time alone."""
        due_s, paced_s = self.outbox.wake_at_s(), self._pacing.until_s
        return due_s if paced_s is None else max(paced_s, due_s or 0.0)

    async def turn(self, now_s: float) -> Turn | None:
        """The next fact to send; None where nothing is to be told now."""
        if not self._pacing.may_tell(self._ledger.queued(), self._pace(), now_s):
            return None
        while (head := await self._head(now_s)) is not None:
            if self.outbox.due_s > now_s:
                return None
            if (told := self.outbox.waits_to_be_kept()) is not None:
                await self._settle(told, now_s)
            else:
                if self._ahead is not None and self._ahead.about is head:
                    return self._ahead
                try:
                    call = self._adapter.render(head)
                except ProtocolMisuse as mistake:
                    await self._follow(Abandon(head, f"cannot be told: {mistake}"), now_s)
                    continue
                if call is not None:
                    return Turn(Lane.FACT, call, head)
                await self._keep(head, self._ledger.settle(head.seq), now_s)
        return None

    async def took(self, outcome: Outcome, now_s: float) -> None:
        """The outcome of the latest `turn`; when this returns it is on record."""
        await self._follow(self._judged(outcome, now_s), now_s)

    def proven(self, now_s: float) -> None:
        """The network answered a CALL that was about no fact."""
        aside = self.outbox.proven(self._patience(), now_s)
        if aside is not None:
            log.warning("a fact is not answered and was set aside", extra={"seq": aside.seq})
            self._station.fact_set_aside(aside.fact)

    async def noticed(self, turn: Turn, outcome: Outcome, now_s: float) -> None:
        """The outcome of a turn of `noticing`; when this returns it is on record."""
        await self.noticing.took(turn, outcome, now_s, self._settings.transaction_message_retry_interval_s)

    async def late(self, turn: Turn, answer: Answer, now_s: float) -> None:
        """An answer to an earlier `turn` came after all; when this returns it is on record.

        One that cannot be read tells nothing, as a late refusal does not.
        """
        queued = turn.about
        assert isinstance(queued, QueuedFact), "turns of this lane are made here"
        try:
            read = self._adapter.read_fact(queued, answer.payload)
        except PeerViolation as violation:
            log.warning("a late answer could not be read", extra={"seq": queued.seq, "what": violation.what})
            return
        if (told := self.outbox.late(queued, read)) is None:
            return
        if self.outbox.unanswered.answered(queued.seq):
            self._station.fact_answered_after_all(queued.fact)
        await self._follow(told, now_s)

    async def _head(self, now_s: float) -> QueuedFact | None:
        while self.outbox.wants_head(now_s):  # again, where a late answer settled something meanwhile
            self.outbox.asking()
            try:
                self.outbox.took(await self._next_fact(now_s))
            except StoreError as error:
                log.warning("the queue could not be read", extra={"error": str(error)})
                self.outbox.unread(now_s)
        return self.outbox.head

    async def _next_fact(self, now_s: float) -> QueuedFact | None:
        unanswered = self.outbox.unanswered
        aside, resting = unanswered.aside(), unanswered.resting(now_s)
        found = await self._ledger.next_fact(aside)
        if found is None and resting != aside:
            found = await self._ledger.next_fact(resting)
            if found is None:
                unanswered.forget_due(now_s)
        return found

    def _pace(self) -> Pace:
        return Pace(starts_within_s=self._settings.replay_starts_within_s, pause_s=self._settings.replay_pause_s)

    def _patience(self) -> Patience:
        return Patience(
            attempts=self._settings.transaction_message_attempts,
            retry_interval_s=self._settings.transaction_message_retry_interval_s,
        )

    def _judged(self, outcome: Outcome, now_s: float) -> Verdict:
        verdict = self.outbox.judge(outcome, self._adapter.read_fact, self._patience(), now_s)
        if not self.outbox.is_doubted and (head := self.outbox.head) is not None and self.outbox.answered():
            self._station.fact_answered_after_all(head.fact)
        return verdict

    async def _follow(self, verdict: Verdict, now_s: float) -> None:
        match verdict:
            case TellAgain():
                return
            case Settle(queued, answer):
                # First, because a crash in between repeats the fact and with it the verdict on the token.
                self._pass_on(queued, answer)
                await self._settle(verdict, now_s)
            case CountAttempt(queued):
                await self._keep(queued, self._ledger.record_attempt(queued.seq), now_s)
            case Abandon(queued, why):
                await self._keep(queued, self._ledger.abandon(queued.seq, why), now_s)

    def _pass_on(self, queued: QueuedFact, answer: FactAnswer) -> None:
        if answer.judged is None:
            return
        match queued.fact:
            case TransactionStarted(key=key, token=token):
                self._station.token_judged(token, answer.judged)
                self._station.transaction_judged(key, answer.judged)
            case TransactionStopped(token=token) if token is not None:
                self._station.token_judged(token, answer.judged)
            case TransactionStopped() | TransactionSampled():
                return

    async def _settle(self, told: Settle, now_s: float) -> None:
        # Noted first: the line may end, and this with it, while the disk takes its time.
        first = self.outbox.told(told)
        await self._keep(first.queued, self._ledger.settle(first.queued.seq, first.answer.remote_id), now_s)

    async def _keep(self, queued: QueuedFact, commit: Awaitable[None], now_s: float) -> None:
        try:
            await commit
        except StoreError as error:
            log.warning("an answer of the network could not be kept", extra={"error": str(error)})
            self.outbox.unkept(now_s)
        else:
            self.outbox.settled(queued.seq)
