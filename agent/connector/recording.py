"""The effects that put something on record: each returns after its commit, or raises StoreError."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import assert_never

from agent.connector.ports import Keeper, Neighbours
from agent.connector.sampling import edge_readings
from agent.core.facts import TransactionStopped
from agent.core.quantities import ReadingContext
from agent.core.session.effects import (
    RecordAvailability,
    RecordCheckpoint,
    RecordJudgement,
    RecordPlug,
    RecordStart,
    RecordStop,
    RecordStopDecision,
)
from agent.core.session.model import Session
from agent.errors import StoreError

log = logging.getLogger(__name__)

RecordEffect = (
    RecordStart | RecordStopDecision | RecordCheckpoint | RecordStop | RecordPlug | RecordJudgement | RecordAvailability
)


async def record(neighbours: Neighbours, session: Session, effect: RecordEffect) -> None:
    """Carry out one of them; what the network is to be told is announced once it is durable."""
    ledger = neighbours.ledger
    match effect:
        case RecordStart():
            await ledger.record_start(effect.fact, effect.plug, effect.profile)
            neighbours.listener.facts_recorded()
        case RecordStopDecision():
            await ledger.record_stop_decision(effect)
        case RecordCheckpoint():
            await ledger.record_checkpoint(effect.key, effect.register_wh, effect.at)
        case RecordStop():
            await ledger.record_stop(_with_last_reading(neighbours, session, effect.fact))
            neighbours.listener.facts_recorded()
        case RecordPlug():
            await ledger.record_plug(effect.key, effect.plug)
        case RecordJudgement():
            await ledger.record_judgement(effect)
        case RecordAvailability():
            await neighbours.keeper.record_operative(session.connector, effect.operative)
        case _:
            assert_never(effect)


def _with_last_reading(neighbours: Neighbours, session: Session, fact: TransactionStopped) -> TransactionStopped:
    """The stop and, where the network wants it, the reading at its end; a sample of another register is none."""
    sample, measurands = session.last_sample, neighbours.sampling.stop_sampled_measurands
    if sample is None or sample.register_wh != fact.register_wh or not measurands:
        return fact
    end = edge_readings(sample, ReadingContext.END, measurands, session.encoded_a)
    return replace(fact, history=(end,)) if end.readings else fact


async def keep_faults(keeper: Keeper, session: Session) -> None:
    """The faults that outlive a restart, on record. What cannot be kept is told; the reaction to it does not wait."""
    try:
        await keeper.record_latched_faults(session.connector, session)
    except StoreError as error:
        log.warning("faults were not put on record", extra={"connector": session.connector, "error": str(error)})
