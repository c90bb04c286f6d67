"""One turn of a session: the state as it changes while one event is worked off, and what is said on the way.

A turn lives for one call of `step` and never leaves it; what goes in and what comes out are values.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import Protocol

from agent.core.faults.model import Witness
from agent.core.faults.register import Evidence, FaultRegister
from agent.core.identity import IdToken, TransactionKey
from agent.core.session.deadlines import READING_TAKES_S
from agent.core.session.effects import ReadMeter, ReadPurpose, RequestAuthorization, SessionEffect, Signal, Tell
from agent.core.session.model import Refusal, RefusalCause, Session, SessionPhase
from agent.core.time import Instant
from agent.values import mutable


class KeySource(Protocol):
    """Where names of new transactions come from; `agent.ids.Ids` is one."""

    def transaction_key(self) -> TransactionKey: ...


@mutable
class Turn:
    """The session so far, and what was said: news first, then records, orders with a later outcome last."""

    session: Session
    now: Instant
    keys: KeySource
    news: list[SessionEffect] = field(default_factory=list)
    records: list[SessionEffect] = field(default_factory=list)
    orders: list[SessionEffect] = field(default_factory=list)

    def enter(self, phase: SessionPhase) -> None:
        """The session is in `phase` from now on."""
        self.session = replace(
            self.session, phase=phase, phase_since=self.now, read_again_at=None, record_again_at=None
        )

    def tell(self, name: str, **fields: str | int | float | bool | None) -> None:
        """Say to whoever listens that something happened."""
        self.news.append(Tell(name=name, fields=tuple(fields.items())))

    def read_meter(self, purpose: ReadPurpose) -> None:
        """Order a fresh reading; it is ordered anew should nothing come of it."""
        self.session = replace(self.session, read_again_at=self.now.monotonic_s + READING_TAKES_S)
        self.orders.append(ReadMeter(purpose))

    def ask_for(self, token: IdToken, remote_start_id: int | None = None) -> None:
        """Order the authorisation of `token`."""
        self.session = replace(self.session, asked=token, asked_at=self.now, remote_start_id=remote_start_id)
        self.orders.append(RequestAuthorization(token))

    def acknowledge(self, signal: Signal) -> None:
        """Show a person for a moment what came of a token."""
        self.session = replace(self.session, acknowledged=signal, acknowledged_at=self.now)

    def refuse(self, token: IdToken, why: str, cause: RefusalCause) -> None:
        """Turn somebody away and say why."""
        self.session = replace(self.session, refusal=Refusal(token=token, why=why, cause=cause, at=self.now))
        self.acknowledge(Signal.REFUSED)
        self.tell("session.refused", token=token.masked, reason=why)

    def observe(self, id: str, *, present: bool, evidence: Evidence = (), witness: Witness = Witness.OWNER) -> None:
        """A condition of the fault catalogue was seen, or seen to be gone."""
        faults = self.session.faults
        self.know_faults(faults.observe(id, present=present, evidence=evidence, now=self.now, witness=witness))

    def know_faults(self, faults: FaultRegister) -> None:
        """The register is `faults` now; what is gone or new is told, in this order: one that came anew is both."""
        before = self.session.faults
        if before is faults:
            return
        self.session = replace(self.session, faults=faults)
        new = [one for one in faults.faults if before.find(one.kind.id) is None and not one.is_recalled]
        for id in before.not_over:
            if id not in faults.not_over or any(fault.kind.id == id for fault in new):
                self.tell("fault.cleared", id=id)
        for fault in new:
            words = ", ".join(f"{name} {value}" for name, value in fault.evidence)
            self.tell("fault.raised", id=fault.kind.id, severity=fault.kind.severity.value, evidence=words)
