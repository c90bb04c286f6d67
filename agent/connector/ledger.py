"""What a connector needs of the records of transactions: the port that `agent/store/ledger.py` fills."""

from __future__ import annotations

from typing import Protocol

from agent.core.facts import TransactionSampled, TransactionStarted, TransactionStopped
from agent.core.identity import PlugIdentity, TransactionKey
from agent.core.schedule.profile import ChargingProfile
from agent.core.session.effects import RecordJudgement, RecordStopDecision
from agent.core.time import Instant


class Ledger(Protocol):
    """Records of transactions. Every method returns after its commit and raises StoreError where there was none."""

    async def record_start(
        self, fact: TransactionStarted, plug: PlugIdentity | None, profile: ChargingProfile | None
    ) -> None: ...

    async def record_stop_decision(self, decision: RecordStopDecision) -> None: ...

    async def record_checkpoint(self, key: TransactionKey, register_wh: int, at: Instant) -> None: ...

    async def record_plug(self, key: TransactionKey, plug: PlugIdentity | None) -> None: ...

    async def record_judgement(self, judgement: RecordJudgement) -> None: ...

    async def record_sample(self, fact: TransactionSampled, *, for_network: bool, for_stop: bool) -> None: ...

    async def record_stop(self, fact: TransactionStopped) -> None: ...
