"""What piles up in weeks without a network: charges of two hours, a sample a minute, two connectors in turn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from agent.core.facts import MeterReadings, StopReason, TransactionSampled, TransactionStarted, TransactionStopped
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.quantities import MeterSample, ReadingContext
from agent.core.readings import MEASURABLE, readings_of
from agent.core.time import Instant
from agent.store.ledger import Ledger
from agent.store.store import open_store
from tools.simulate.clock import EPOCH_MS

CONNECTORS = (ConnectorId(1), ConnectorId(2))
SAMPLES_A_CHARGE = 120
SAMPLE_EVERY_S = 60
FACTS_A_CHARGE = SAMPLES_A_CHARGE + 2
KEPT_FOR_THE_STOP_EVERY = 15
"""Every so many samples one goes into the message of the stop, too."""
CHARGE_EVERY_S = 4500
WH_A_SAMPLE = 184
DAYS_AGO = 80
"""When it began, before the time of the simulated world: 100,000 facts are 43 days."""

Charge = tuple[TransactionStarted, tuple[TransactionSampled, ...], TransactionStopped]


async def fill(folder: Path, facts: int) -> int:
    """Record at least so many facts, whole charges, as the connectors would; how many there are now. Not flushed."""
    store = open_store(folder, inline=True, flush=False)
    try:
        for start, samples, stop in islice(_charges(), -(-facts // FACTS_A_CHARGE)):
            await _record(store.ledger, start, samples, stop)
        return store.ledger.queued()
    finally:
        await store.aclose()


def sample(key: TransactionKey, connector: ConnectorId, at: Instant, register_wh: int) -> TransactionSampled:
    """All that a charger with one meter can tell, at 11 kW."""
    taken = MeterSample(
        at=at,
        register_wh=register_wh,
        power_w=11_040.0,
        voltages_v=(230.0, 230.0, 230.0),
        currents_a=(16.0, 16.0, 16.0),
        frequency_hz=50.0,
    )
    told = MeterReadings(at=at, context=ReadingContext.PERIODIC, readings=readings_of(taken, MEASURABLE, 16.0))
    return TransactionSampled(key=key, connector=connector, readings=told)


async def _record(
    ledger: Ledger, start: TransactionStarted, samples: tuple[TransactionSampled, ...], stop: TransactionStopped
) -> None:
    await ledger.record_start(start, None)
    for number, one in enumerate(samples):
        await ledger.record_sample(one, for_network=True, for_stop=number % KEPT_FOR_THE_STOP_EVERY == 0)
    await ledger.record_stop(stop)


def _charges() -> Iterator[Charge]:
    for number in count():
        key, token = TransactionKey(f"{number:08x}-5eed-4bad-8bad-0123456789ab"), IdToken(f"04A1B2C3{number:06X}")
        connector, begins_s = CONNECTORS[number % len(CONNECTORS)], number * CHARGE_EVERY_S
        first_wh = number // len(CONNECTORS) * (SAMPLES_A_CHARGE + 1) * WH_A_SAMPLE
        samples = tuple(
            sample(key, connector, _moment(begins_s + place * SAMPLE_EVERY_S), first_wh + place * WH_A_SAMPLE)
            for place in range(1, SAMPLES_A_CHARGE + 1)
        )
        ends_s, last_wh = begins_s + (SAMPLES_A_CHARGE + 1) * SAMPLE_EVERY_S, first_wh + SAMPLES_A_CHARGE * WH_A_SAMPLE
        yield (
            TransactionStarted(key=key, connector=connector, at=_moment(begins_s), token=token, register_wh=first_wh),
            samples,
            TransactionStopped(
                key=key,
                connector=connector,
                at=_moment(ends_s),
                register_wh=last_wh,
                reason=StopReason.LOCAL,
                token=token,
            ),
        )


def _moment(second: int) -> Instant:
    return Instant(float(second), EPOCH_MS - DAYS_AGO * 86_400_000 + second * 1000, "a boot before")
