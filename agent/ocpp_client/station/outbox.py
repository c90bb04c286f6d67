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
    """Nothing was learnt; what is the head goes out when it is due."""


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
        self._told: dict[int, Settle] = {}
        """By place in the ledger: answered, and not on record yet. Whatever else happens, none of them leaves again."""
        self._head_is_told = False
        """The head was answered, and perhaps settled since: what else comes of it is no news."""
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
        is_same = queued is not None and self._is_head(queued)
        self.head = queued
        if not is_same:
            self.transmissions, self.due_s, self.is_doubted, self._busy = 0, 0.0, False, 0
            self._head_is_told = False
        aside = self.unanswered.aside()
        # What is older and not aside is in the ledger no more.
        still = {seq for seq in self._told if seq in aside or (queued is not None and seq >= queued.seq)}
        self._told = {seq: self._told[seq] for seq in still}

    def left(self) -> None:
        """The head was sent."""
        self.transmissions += 1

    def told(self, settle: Settle) -> Settle:
        """To be called before the ledger is asked to settle it. What is to be settled: the first answer there was."""
        if self._is_head(settle.queued):
            self._head_is_told = True
        return self._told.setdefault(settle.queued.seq, settle)

    def late(self, queued: QueuedFact, answer: FactAnswer) -> Settle | None:
        """An answer to an earlier transmission of `queued` came after all; None where it is settled already."""
        is_head = self._is_head(queued)
        is_open = not self._head_is_told if is_head else queued.seq in self.unanswered.aside()
        if not is_open or queued.seq in self._told:
            return None
        if is_head:
            self.due_s, self.is_doubted = 0.0, False
        return self.told(Settle(queued, answer))

    def waits_to_be_kept(self) -> Settle | None:
        """What the network answered to the head, where it is not on record: to be settled when the head is due."""
        return None if self.head is None else self._told.get(self.head.seq)

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
        """What follows from the outcome of the head's latest transmission."""
        assert self.head is not None, "only a head is sent"
        if self._head_is_told:
            return TellAgain()
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

    def settled(self, seq: int) -> None:
        """The ledger has taken note of a verdict; its oldest fact may be another one, or know one attempt more."""
        self._told.pop(seq, None)
        self.needs_head = True

    def unkept(self, now_s: float) -> None:
        """The store could not take note: a fact that was told is settled later, another one goes out again."""
        self.due_s = now_s + READ_AGAIN_AFTER_S
        self.needs_head = True

    def _is_head(self, queued: QueuedFact) -> bool:
        return self.head is not None and self.head.seq == queued.seq
