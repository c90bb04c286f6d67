"""Words for tests of the store: transactions, samples and moments in short."""

from __future__ import annotations

from agent.core.facts import Fact, MeterReadings, StopReason, TransactionSampled, TransactionStarted, TransactionStopped
from agent.core.identity import ConnectorId, IdToken, PlugIdentity, TransactionKey
from agent.core.quantities import Measurand, Phase, Reading, ReadingContext
from agent.core.time import Instant
from agent.store.ledger import Ledger

BOOT = "3f0c6f0e-5a8e-4f6e-9d55-6c1f6c0a7b11"
ONE = ConnectorId(1)
TWO = ConnectorId(2)
CARD = IdToken("04A2B3C4D5E6F7")
PLUG = PlugIdentity("board-boot-7", 3)
NOON_UTC_MS = 1_790_000_000_000


def moment(seconds: float = 0, *, boot: str = BOOT, trusted: bool = True) -> Instant:
    """`seconds` after a noon; `trusted` False is a wall clock nobody believes."""
    return Instant(1000.0 + seconds, NOON_UTC_MS + round(seconds * 1000) if trusted else None, boot)


def key(number: int) -> TransactionKey:
    return TransactionKey(f"{number:032x}")


def started(number: int, connector: ConnectorId = ONE, register_wh: int = 1000) -> TransactionStarted:
    return TransactionStarted(
        key=key(number), connector=connector, at=moment(number), token=CARD, register_wh=register_wh
    )


def sampled(number: int | None, register_wh: int = 1500, after_s: float = 60) -> TransactionSampled:
    readings = (
        Reading(Measurand.ENERGY_IMPORT_REGISTER, register_wh),
        Reading(Measurand.CURRENT_IMPORT, 15.9, Phase.L1),
    )
    return TransactionSampled(
        key=None if number is None else key(number),
        connector=ONE,
        readings=MeterReadings(at=moment(after_s), context=ReadingContext.PERIODIC, readings=readings),
    )


def at_a_mark(register_wh: int = 1500, connector: ConnectorId = ONE, *, trusted: bool = True) -> TransactionSampled:
    """A reading of an idle connector at a mark of the clock."""
    readings = MeterReadings(
        at=moment(900, trusted=trusted),
        context=ReadingContext.CLOCK,
        readings=(Reading(Measurand.ENERGY_IMPORT_REGISTER, register_wh),),
    )
    return TransactionSampled(key=None, connector=connector, readings=readings)


def stopped(number: int, connector: ConnectorId = ONE, register_wh: int = 2000) -> TransactionStopped:
    return TransactionStopped(
        key=key(number),
        connector=connector,
        at=moment(3600),
        register_wh=register_wh,
        reason=StopReason.LOCAL,
        token=CARD,
    )


async def drained(ledger: Ledger) -> list[Fact]:
    """Every fact in order; the network gives the id 5 to each start."""
    facts = []
    while (queued := await ledger.next_fact()) is not None:
        facts.append(queued.fact)
        await ledger.settle(queued.seq, 5)
    return facts
