"""Facts that must not be lost: told in the order of recording, one at a time, each until it was answered. Pure.

The ledger is the queue; here is only its head and what the network said about it. An answered error uses up an attempt
(TransactionMessageAttempts, OCPP 1.6 errata); silence and a broken connection never do, so a network that is away for
days loses nothing (ocpp16.md section 6, rule 3). Nothing behind the head leaves before the head is settled: the answer
to a start is on record before any message that needs its transaction id.

The one exception is a fact that the network is silent about while it answers other CALLs. After as many of these
silences as there are attempts it is set aside (`unanswered.py`): a start with all of its transaction, which needs its
id; a sample or a stop alone, since a receipt must not wait for a reading. To learn whether the network is alive, a
heartbeat leaves after each silence before anything else.
"""

from __future__ import annotations

from collections.abc import Callable

from agent.core.facts import QueuedFact
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import FactAnswer, Payload
from agent.ocpp_client.rpc.calls import Answer, Outcome, Refusal, Silence
from agent.ocpp_client.station.unanswered import Unanswered
from agent.values import frozen

BUSY_CODES = frozenset({"RpcFrameworkError"})
"""Some central systems refuse a CALL that crossed one of theirs: "again later", not "invalid"."""
BUSY_WAIT_S = 1.0
BUSY_PATIENCE = 20
"""So many of these in a row count as an error after all (proposed): nobody is that busy."""
READ_AGAIN_AFTER_S = 30.0
"""After the store refused to keep an answer, or could not be read: the disk may have room again."""


@frozen
class Settle:
    """The fact was told; `answer` is to be acted on, then the fact settled. It is not told again in this run."""

    queued: QueuedFact
    answer: FactAnswer


@frozen
class CountAttempt:
    queued: QueuedFact


@frozen
class Abandon:
    queued: QueuedFact
    why: str


@frozen
class TellAgain:
    """Nothing was learnt; the same fact goes out again when it is due."""


Verdict = Settle | CountAttempt | Abandon | TellAgain


@frozen(kw_only=True)
class Patience:
    """The network's settings as they are now. 0 attempts means one."""

    attempts: int
    retry_interval_s: float

    @property
    def most(self) -> int:
        return max(1, self.attempts)


class Outbox:
    """The oldest fact and its fate. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.head: QueuedFact | None = None
        self.needs_head = True
        """Call `asking`, ask the ledger for its oldest fact and hand it to `took`."""
        self.transmissions = 0
        """How often the head left since it became the head."""
        self.due_s = 0.0
        """The head does not leave before; where there is none, the ledger is not asked before."""
        self.is_doubted = False
        """The network was silent about the head: whether it answers anything is to be found out first."""
        self.unanswered = Unanswered()
        self._unkept: Settle | None = None
        self._lates: dict[int, Answer] = {}
        self._busy = 0

    def recorded(self) -> None:
        """The ledger holds something new; behind a head it can wait."""
        self.needs_head = self.needs_head or self.head is None

    def forget(self) -> None:
        """Ask the ledger anew: what happened to the head is not known for sure (a new connection)."""
        self.needs_head = True
        self.is_doubted = False
        self.unanswered.all_are_due()
        self._busy = 0

    def wants_head(self, now_s: float) -> bool:
        """Whether the ledger is to be asked now."""
        if self.head is not None:
            return self.needs_head
        again_s = self.unanswered.due_s()
        return self.due_s <= now_s and (self.needs_head or (again_s is not None and again_s <= now_s))

    def wake_at_s(self) -> float | None:
        """When there is something to do by time alone."""
        return self.due_s if self.head is not None or self.due_s > 0.0 else self.unanswered.due_s()

    def asking(self) -> None:
        """The ledger is being asked; what is recorded from now on may be missing in its answer."""
        self.needs_head = False

    def took(self, queued: QueuedFact | None) -> None:
        """The ledger's oldest fact that is not set aside; where nothing else waits, one that is."""
        is_same = self.head is not None and queued is not None and self.head.seq == queued.seq
        self.head = queued
        if not is_same:
            self.transmissions, self.due_s, self.is_doubted, self._busy = 0, 0.0, False, 0
            kept = self.unanswered.aside() | ({queued.seq} if queued is not None else set())
            self._lates = {seq: answer for seq, answer in self._lates.items() if seq in kept}
        self._unkept = self.waits_to_be_kept()

    def left(self) -> None:
        """The head was sent."""
        self.transmissions += 1

    def late(self, seq: int, answer: Answer) -> None:
        """An answer to an earlier transmission of fact `seq` came after all."""
        if self._unkept is not None and self._unkept.queued.seq == seq:
            return
        is_head = self.head is not None and self.head.seq == seq
        if self.unanswered.make_due(seq) or is_head:
            self._lates[seq] = answer
        if is_head:
            self.due_s, self.is_doubted = 0.0, False

    def take_late(self) -> Answer | None:
        """The late answer to the head, once: it settles the head without another transmission."""
        return None if self.head is None else self._lates.pop(self.head.seq, None)

    def waits_to_be_kept(self) -> Settle | None:
        """What the network answered to the head, where the store refused it: to be settled when the head is due."""
        is_heads = self.head is not None and self._unkept is not None and self._unkept.queued.seq == self.head.seq
        return self._unkept if is_heads else None

    def proven(self, patience: Patience, now_s: float) -> QueuedFact | None:
        """The network answered something else: the silence was about the head. The head, where it is now set aside."""
        if self.head is None or not self.is_doubted:
            return None
        self.is_doubted = False
        was_aside = self.head.seq in self.unanswered.aside()
        silences = self.unanswered.count(self.head.seq)
        if silences >= patience.most and self.unanswered.set_aside(self.head.seq, now_s):
            self.needs_head = True
            return None if was_aside else self.head
        self.due_s = now_s + patience.retry_interval_s * min(silences, patience.most)
        return None

    def judge(
        self, outcome: Outcome, read: Callable[[QueuedFact, Payload], FactAnswer], patience: Patience, now_s: float
    ) -> Verdict:
        """What follows from the outcome of the head's latest transmission, or from a late answer to it."""
        assert self.head is not None, "only a head is sent"
        late = self.take_late()
        if late is not None and not isinstance(outcome, Answer):
            outcome = late
        match outcome:
            case Silence():
                self.is_doubted = True
                return TellAgain()
            case Refusal(code, _) if code in BUSY_CODES and self._busy < BUSY_PATIENCE:
                self._busy += 1
                self.due_s = now_s + BUSY_WAIT_S
                return TellAgain()
            case Refusal(code, description):
                return self._refused(self.head, f"{code}: {description}".removesuffix(": "), patience, now_s)
            case Answer(payload):
                try:
                    return Settle(self.head, read(self.head, payload))
                except PeerViolation as violation:
                    return self._refused(self.head, violation.what, patience, now_s)

    def _refused(self, queued: QueuedFact, why: str, patience: Patience, now_s: float) -> Verdict:
        used = queued.attempts + 1
        self._busy = 0
        if used >= patience.most:
            return Abandon(queued, f"refused {used} times, at last with {why}")
        self.due_s = now_s + patience.retry_interval_s * used
        return CountAttempt(queued)

    def answered(self) -> bool:
        """The network said something about the head; whether it had been set aside."""
        self.is_doubted = False
        return self.head is not None and self.unanswered.answered(self.head.seq)

    def unread(self, now_s: float) -> None:
        """The store could not be asked: ask again later. The queue is as it was, so what was answered stays known."""
        self.head, self.transmissions, self.is_doubted = None, 0, False
        self.unkept(now_s)

    def settled(self) -> None:
        """The ledger has taken note of a verdict; its oldest fact may be another one, or know one attempt more."""
        self._unkept = None
        self.needs_head = True

    def unkept(self, now_s: float, told: Settle | None = None) -> None:
        """The store could not take note: a fact that was `told` is settled later, another one goes out again."""
        self._unkept = told or self._unkept
        self.due_s = now_s + READ_AGAIN_AFTER_S
        self.needs_head = True
