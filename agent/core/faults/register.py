"""Which faults are present: raise, count, hold, latch, clear, and the strongest reaction of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field, replace

from agent.core.faults.catalogue import fault_kind
from agent.core.faults.model import Fault, FaultKind, Reaction, Recovery, Severity, Witness
from agent.core.time import Instant
from agent.values import frozen

Evidence = tuple[tuple[str, str | int | float | bool], ...]

UNPLUGGED_FOR_S = 2.0
"""Pilot state A must last this long before it counts as an unplugging that clears (faults.md section 1, recovery U)."""

RECALLED_WITHIN_S = 75.0
"""From the start of the program on. What stands is seen by then: the slowest, a reader or a board that is silent, after
30 s, and what is looked at once a minute after 60 s. What comes later came anew."""

_SEVERITY_ORDER = {severity: place for place, severity in enumerate(Severity)}
_REACTION_ORDER = {reaction: place for place, reaction in enumerate(Reaction)}


class StillPresent(ValueError):
    """A fault cannot be cleared while its condition is there."""


@frozen(kw_only=True)
class LatchedFault:
    """A fault as it outlives a restart: plain values only."""

    id: str
    first_seen: Instant
    last_seen: Instant
    count: int
    evidence: Evidence


@frozen(kw_only=True)
class StandingFault:
    """A fault whose condition somebody saw when the program was there last."""

    id: str
    first_seen: Instant
    count: int
    witnesses: frozenset[Witness]


@frozen
class FaultRegister:
    """The faults of one connector, most severe first, then by code. Every change makes a new register.

    `count` of a fault is how often its condition came while it was listed, and a restart of the program adds nothing to
    it: what stood before and is seen within RECALLED_WITHIN_S of the start (one that only a person may clear: at any
    time, unless it was seen to be gone) is the same occurrence, with its first moment and its count. One that ended and
    came again while the program was away cannot be told from it, and is counted once. What nobody saw by then is over.

    An id that the catalogue does not know is our own mistake and raises KeyError.
    """

    faults: tuple[Fault, ...] = ()
    remembered: tuple[StandingFault, ...] = ()
    """What stood when the program ended, and was neither seen nor missed since it began."""
    recalled_until_s: float = 0.0
    """Monotonic seconds up to which those of them count that are not listed as latched."""
    reaction: Reaction = field(init=False, compare=False)
    """The strongest reaction of all present faults."""
    wake_at: float | None = field(init=False, compare=False)
    """Monotonic seconds at which `tick` will clear something, or give up what is only remembered."""

    def __post_init__(self) -> None:
        reactions = (fault.kind.reaction for fault in self.faults)
        object.__setattr__(self, "reaction", min(reactions, key=_REACTION_ORDER.__getitem__, default=Reaction.NONE))
        lapses = [] if all(map(self._is_listed, self.remembered)) else [self.recalled_until_s]
        object.__setattr__(self, "wake_at", min((*_due_times(self.faults), *lapses), default=None))

    @classmethod
    def restored(
        cls, latched: Iterable[LatchedFault], now: Instant, standing: Iterable[StandingFault] = ()
    ) -> FaultRegister:
        """The register after a restart. Whether a condition is still there is unknown until somebody observes it.

        `standing`: of the run before. None of it is a fault before it is seen again, but for what is latched.
        """
        faults = _sorted(_restore(record, now) for record in latched)
        return cls(faults, tuple(standing), now.monotonic_s + RECALLED_WITHIN_S)

    @property
    def ids(self) -> tuple[str, ...]:
        """Present faults, most severe first."""
        return tuple(fault.kind.id for fault in self.faults)

    @property
    def not_over(self) -> tuple[str, ...]:
        """What came and is not known to be over: the present faults, then those that are only remembered."""
        return tuple(dict.fromkeys((*self.ids, *(record.id for record in self.remembered))))

    @property
    def unplug_clears(self) -> bool:
        """Whether `unplugged` would clear anything."""
        return any(fault.kind.recovery is Recovery.UNPLUG and _gone(fault) for fault in self.faults)

    def find(self, id: str) -> Fault | None:
        """The present fault of this id."""
        return next((fault for fault in self.faults if fault.kind.id == id), None)

    def latched(self) -> tuple[LatchedFault, ...]:
        """What must outlive a restart: everything that only an authorised person may clear."""
        return tuple(_latch(fault) for fault in self.faults if fault.kind.recovery is Recovery.SERVICE)

    def standing(self) -> tuple[StandingFault, ...]:
        """What the run after this one has to know to count nothing twice: what is seen now, or may still be."""
        seen = (_stand(fault) for fault in self.faults if fault.witnesses)
        return (*seen, *self.remembered)

    def observe(
        self, id: str, *, present: bool, evidence: Evidence, now: Instant, witness: Witness = Witness.OWNER
    ) -> FaultRegister:
        """The register after `witness` saw the condition of fault `id`, or saw it to be gone.

        A fault is raised once a transition: seeing it again refreshes the evidence, and only a return is counted. It is
        gone when nobody sees it any more; who never saw it has no say in that.
        """
        kind = fault_kind(id)
        known, record = self.find(id), self._remembered(id)
        if present:
            before = record if record is not None and self._recalls(record, now) else None
            fault = (
                _seen_again(known, evidence, now, witness, is_new=before is None)
                if known
                else _raised(kind, evidence, now, witness, before)
            )
            return self._knows(record, None)._with(fault)
        if record is not None:
            return self._knows(record, _missed(record, witness))
        if known is None or witness not in known.witnesses:
            return self
        if known.witnesses > {witness}:
            return self._with(replace(known, witnesses=known.witnesses - {witness}))
        if known.power_was_cycled:
            return self._without(lambda fault: fault is known)
        return self._with(replace(known, condition_gone_since=now, witnesses=frozenset()))

    def tick(self, now: Instant) -> FaultRegister:
        """Clears the automatic ones whose condition has been absent for their hold time; forgets what nobody saw."""
        if self.wake_at is None or now.monotonic_s < self.wake_at:
            return self
        return self._lapsed(now)._without(lambda fault: _hold_is_over(fault, now))

    def unplugged(self) -> FaultRegister:
        """Clears what unplugging clears; the caller saw state A for UNPLUGGED_FOR_S."""
        return self._without(lambda fault: fault.kind.recovery is Recovery.UNPLUG and _gone(fault))

    def power_cycled(self) -> FaultRegister:
        """Clears what a restart of the board clears: what is gone now, the rest once it is seen to be gone."""
        faults = (_cycled(fault) for fault in self.faults)
        kept = tuple(fault for fault in faults if not (fault.power_was_cycled and _gone(fault)))
        return self if kept == self.faults else replace(self, faults=kept)

    def service_clear(self, id: str) -> FaultRegister:
        """Clears one fault for an authorised person; raises StillPresent while its condition is there."""
        fault_kind(id)
        known = self.find(id)
        if known is not None and not _gone(known):
            raise StillPresent(f"{id} cannot be cleared: its condition is still present; {known.kind.remedy}")
        return self._knows(self._remembered(id), None)._without(lambda fault: fault.kind.id == id)

    def _remembered(self, id: str) -> StandingFault | None:
        return next((record for record in self.remembered if record.id == id), None)

    def _recalls(self, record: StandingFault, now: Instant) -> bool:
        return self._is_listed(record) or now.monotonic_s <= self.recalled_until_s

    def _is_listed(self, record: StandingFault) -> bool:
        """Only what is latched is listed before it is seen again."""
        return self.find(record.id) is not None

    def _lapsed(self, now: Instant) -> FaultRegister:
        if now.monotonic_s < self.recalled_until_s:
            return self
        kept = tuple(filter(self._is_listed, self.remembered))
        return self if kept == self.remembered else replace(self, remembered=kept)

    def _knows(self, record: StandingFault | None, instead: StandingFault | None) -> FaultRegister:
        """The same register with `instead` in place of `record`."""
        if record is instead:
            return self
        others = (one for one in self.remembered if one is not record)
        return replace(self, remembered=(*others, instead) if instead is not None else tuple(others))

    def _with(self, changed: Fault) -> FaultRegister:
        others = (fault for fault in self.faults if fault.kind is not changed.kind)
        return replace(self, faults=_sorted((*others, changed)))

    def _without(self, cleared: Callable[[Fault], bool]) -> FaultRegister:
        kept = tuple(fault for fault in self.faults if not cleared(fault))
        return self if len(kept) == len(self.faults) else replace(self, faults=kept)


def _sorted(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: (_SEVERITY_ORDER[fault.kind.severity], fault.kind.code)))


def _due_times(faults: tuple[Fault, ...]) -> list[float]:
    return [
        fault.condition_gone_since.monotonic_s + fault.kind.hold_s
        for fault in faults
        if fault.kind.recovery is Recovery.AUTOMATIC and fault.condition_gone_since is not None
    ]


def _hold_is_over(fault: Fault, now: Instant) -> bool:
    since = fault.condition_gone_since
    if fault.kind.recovery is not Recovery.AUTOMATIC or since is None:
        return False
    # The same sum as in _due_times: a difference could round below the hold time at the very instant of waking.
    return now.monotonic_s >= since.monotonic_s + fault.kind.hold_s


def _gone(fault: Fault) -> bool:
    return fault.condition_gone_since is not None


def _cycled(fault: Fault) -> Fault:
    return replace(fault, power_was_cycled=True) if fault.kind.recovery is Recovery.POWER_CYCLE else fault


def _raised(kind: FaultKind, evidence: Evidence, now: Instant, witness: Witness, before: StandingFault | None) -> Fault:
    return Fault(
        kind=kind,
        first_seen=now if before is None else before.first_seen,
        last_seen=now,
        count=1 if before is None else before.count,
        evidence=evidence,
        witnesses=frozenset({witness}),
        is_recalled=before is not None,
    )


def _seen_again(fault: Fault, evidence: Evidence, now: Instant, witness: Witness, *, is_new: bool) -> Fault:
    """`is_new`: where nobody saw it meanwhile, it has returned."""
    return replace(
        fault,
        last_seen=now,
        count=fault.count + (_gone(fault) and is_new),
        evidence=evidence,
        condition_gone_since=None,
        power_was_cycled=False,
        witnesses=fault.witnesses | {witness},
    )


def _stand(fault: Fault) -> StandingFault:
    return StandingFault(id=fault.kind.id, first_seen=fault.first_seen, count=fault.count, witnesses=fault.witnesses)


def _missed(record: StandingFault, witness: Witness) -> StandingFault | None:
    """What is left of it once `witness` does not see it; None where nobody else had."""
    if witness not in record.witnesses:
        return record
    left = record.witnesses - {witness}
    return replace(record, witnesses=left) if left else None


def _latch(fault: Fault) -> LatchedFault:
    return LatchedFault(
        id=fault.kind.id,
        first_seen=fault.first_seen,
        last_seen=fault.last_seen,
        count=fault.count,
        evidence=fault.evidence,
    )


def _restore(record: LatchedFault, now: Instant) -> Fault:
    return Fault(
        kind=fault_kind(record.id),
        first_seen=record.first_seen,
        last_seen=record.last_seen,
        count=record.count,
        evidence=record.evidence,
        condition_gone_since=now,
        witnesses=frozenset(),
    )
