"""Clock-aligned samples and a clock that is set: a mark that time has reached is told, and no other."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.connector.sampling import CLOCK_MOVES_S, NOTHING_RECORDED, Recorded, Sampler
from agent.core.facts import TransactionSampled
from agent.core.identity import ConnectorId
from agent.core.quantities import MeterSample
from agent.core.session.model import SessionSettings, initial
from agent.core.time import Instant
from agent.errors import StoreError, TransactionOver
from tests.connector.fakes import FakeLedger, FakeSampling

CONNECTOR = ConnectorId(1)
NOON_MS = 1_800_000_000_000
INTERVAL_S = 900

steps = st.lists(
    st.tuples(
        st.sampled_from([1.0, 1.0, 5.0, 60.0, 4_000.0]) | st.floats(0.5, 2_000),
        st.sampled_from([0.0, 0.0, 0.0, 3_600.0, -3_600.0]) | st.floats(-100_000, 100_000),
    ),
    max_size=40,
)


async def told(readings: list[Instant]) -> list[Instant]:
    """The moments of the readings that are told as those of a mark."""
    ledger = FakeLedger()
    sampler = Sampler(CONNECTOR, ledger, FakeSampling(aligned_interval_s=INTERVAL_S))
    session = replace(initial(CONNECTOR, SessionSettings(), readings[0]), last_register_wh=7)
    for at in readings:
        await sampler.consider(session, MeterSample(at=at, register_wh=7))
    return [sample.readings.at for sample in ledger.samples]


def mark_of(at: Instant) -> int:
    assert at.utc_ms is not None
    return at.utc_ms // (INTERVAL_S * 1000)


@given(steps)
@settings(max_examples=60)
def test_whatever_is_told_was_read_when_its_mark_was_reached_and_no_mark_is_missed(
    steps: list[tuple[float, float]],
) -> None:
    readings, set_by_s = [Instant(1_000.0, NOON_MS, "boot")], [0.0]
    for passes_s, jump_s in steps:
        readings.append(replace(at := readings[-1].plus(passes_s), utc_ms=(at.utc_ms or 0) + round(jump_s * 1000)))
        set_by_s.append(jump_s)

    samples = asyncio.run(told(readings))

    before = dict(zip(readings[1:], readings, strict=False))
    for at in samples:
        assert at.utc_ms is not None
        late_s = at.utc_ms % (INTERVAL_S * 1000) / 1000
        assert late_s <= at.since(before[at]) + CLOCK_MOVES_S, "sampled at no mark, but where the clock was set to"
    undisturbed = [at for at, jump_s in zip(readings, set_by_s, strict=True) if jump_s == 0 and at in before]
    reached = [at for at in undisturbed if mark_of(at) > mark_of(before[at])]
    assert set(reached) <= set(samples)


def test_a_clock_set_forward_over_a_mark_tells_nothing_before_the_next_one() -> None:
    first = Instant(1_000.0, NOON_MS + 100_000, "boot")
    jumped = replace(first.plus(1), utc_ms=NOON_MS + 3_600_000 + 400_000)
    at_mark = jumped.plus(500)

    assert asyncio.run(told([first, jumped, jumped.plus(1), at_mark])) == [at_mark]


class LedgerThatRefuses(FakeLedger):
    def __init__(self, why: StoreError) -> None:
        super().__init__()
        self._why = why

    async def record_sample(self, fact: TransactionSampled, *, for_network: bool, for_stop: bool) -> None:
        raise self._why


@pytest.mark.parametrize(
    ("why", "warnings"), [(TransactionOver("transaction t is not open"), 0), (StoreError("no space left"), 1)]
)
def test_a_sample_that_its_own_stop_overtook_is_nothing_to_warn_of(
    why: StoreError, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    at = Instant(1_000.0, NOON_MS - 500, "boot")
    session = replace(initial(CONNECTOR, SessionSettings(), at), last_register_wh=7)

    async def sampled() -> list[Recorded]:
        sampler = Sampler(CONNECTOR, LedgerThatRefuses(why), FakeSampling(aligned_interval_s=INTERVAL_S))
        return [await sampler.consider(session, MeterSample(at=each, register_wh=7)) for each in (at, at.plus(1))]

    assert asyncio.run(sampled()) == [NOTHING_RECORDED, NOTHING_RECORDED]
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == warnings
