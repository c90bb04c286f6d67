"""Which readings of the meter go on record: those of the interval, and those at the marks of the clock."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from agent.connector.ports import Ledger, SamplingSettings
from agent.core.facts import MeterReadings, TransactionSampled
from agent.core.identity import ConnectorId, TransactionKey
from agent.core.quantities import Measurand, MeterSample, ReadingContext
from agent.core.readings import readings_of
from agent.core.session.model import Session, SessionPhase
from agent.core.time import Instant
from agent.errors import StoreError, TransactionOver
from agent.values import frozen

log = logging.getLogger(__name__)

CLOCK_MOVES_S = 1.0
"""A disciplined clock gains no more than this on the monotonic one between two readings; one that was set may."""

Due = list[tuple[TransactionSampled, bool]]
"""What is to be recorded, and whether it is told by itself; else the stop carries it along."""


@frozen
class Recorded:
    """What is on record now: whether something new waits to be told, and the register of the running transaction."""

    is_told: bool
    register_wh: int | None


NOTHING_RECORDED = Recorded(is_told=False, register_wh=None)


class Sampler:
    """Which samples are recorded and told: the interval from the transaction's start, and the marks of the clock."""

    def __init__(self, connector: ConnectorId, ledger: Ledger, settings: SamplingSettings) -> None:
        self._connector = connector
        self._ledger = ledger
        self._settings = settings
        self._next_sample_s: float | None = None
        self._last_look: Instant | None = None
        """The last reading whose time of day was known."""

    def transaction_began(self, now_s: float) -> None:
        """Start the interval anew (also when a transaction goes on after a restart)."""
        interval_s = self._settings.sample_interval_s
        self._next_sample_s = now_s + interval_s if interval_s > 0 else None

    def transaction_ended(self) -> None:
        """No periodic samples from now on."""
        self._next_sample_s = None

    def wait_s(self, now_s: float, utc_ms: int | None) -> float | None:
        """Seconds to the next mark at which a reading is due; None where nothing is.

        A mark that passed without a reading is left to the ordinary cycle: a meter that fails at once would be asked
        without a pause.
        """
        waits = []
        if self._next_sample_s is not None and self._next_sample_s > now_s:
            waits.append(self._next_sample_s - now_s)
        interval_s = self._settings.aligned_interval_s
        if interval_s > 0 and utc_ms is not None:
            waits.append(interval_s - utc_ms / 1000 % interval_s)
        return min(waits) if waits else None

    async def consider(self, session: Session, sample: MeterSample) -> Recorded:
        """Record what is due at this sample, in one commit where there is more than one thing."""
        settings, due = self._settings, Due()
        sample = believed(session, sample)
        if self._periodic_due(sample):
            measurands = (settings.sampled_measurands, settings.stop_sampled_measurands)
            self._collect(due, session, sample, ReadingContext.PERIODIC, measurands)
        if self._aligned_due(sample):
            measurands = (settings.aligned_measurands, settings.stop_aligned_measurands)
            self._collect(due, session, sample, ReadingContext.CLOCK, measurands)
        if not due or not await self._write(due):
            return NOTHING_RECORDED
        has_register = any(holds_register(fact) for fact, _ in due)
        return Recorded(
            is_told=any(is_told for _, is_told in due),
            register_wh=sample.register_wh if has_register and open_transaction(session) else None,
        )

    async def record_begin(self, session: Session, sample: MeterSample) -> bool:
        """The reading at the begin of a transaction, for the network and for the stop to carry along, where wanted.

        Whether the network is to be told.
        """
        due = Due()
        measurands = (self._settings.start_measurands, self._settings.stop_sampled_measurands)
        self._collect(due, session, believed(session, sample), ReadingContext.BEGIN, measurands)
        return await self._write(due) and any(is_told for _, is_told in due)

    def _periodic_due(self, sample: MeterSample) -> bool:
        now_s = sample.at.monotonic_s
        if self._next_sample_s is None or now_s < self._next_sample_s:
            return False
        interval_s = max(1, self._settings.sample_interval_s)
        missed = (now_s - self._next_sample_s) // interval_s
        self._next_sample_s += (missed + 1) * interval_s
        return self._settings.sample_interval_s > 0

    def _aligned_due(self, sample: MeterSample) -> bool:
        """Time has reached a mark since the last reading; a clock that was set across one has not reached it.

        A reading that comes late, as the meter was silent at the mark, is told with its own time.
        """
        interval_ms, now, last = self._settings.aligned_interval_s * 1000, sample.at, self._last_look
        if interval_ms <= 0 or now.utc_ms is None:
            return False
        self._last_look = now
        if last is None or last.utc_ms is None or now.utc_ms // interval_ms <= last.utc_ms // interval_ms:
            return False
        return now.utc_ms % interval_ms <= (now.since(last) + CLOCK_MOVES_S) * 1000

    def _collect(
        self,
        due: Due,
        session: Session,
        sample: MeterSample,
        context: ReadingContext,
        measurands: tuple[tuple[Measurand, ...], tuple[Measurand, ...]],
    ) -> None:
        """`measurands` for the network at once, and for the stop to carry along."""
        key = open_transaction(session)
        for wanted, is_told in zip(measurands, (True, False), strict=True):
            readings = edge_readings(sample, context, wanted, session.encoded_a)
            if readings.readings and (is_told or key is not None):
                due.append((TransactionSampled(key=key, connector=self._connector, readings=readings), is_told))

    async def _write(self, due: Due) -> bool:
        """Whether it is on record. Handed over at once, so that one commit takes it all."""
        async with asyncio.TaskGroup() as tasks:
            writes = [tasks.create_task(self._record(fact, is_told=is_told)) for fact, is_told in due]
        return all(write.result() for write in writes)

    async def _record(self, fact: TransactionSampled, *, is_told: bool) -> bool:
        try:
            await self._ledger.record_sample(fact, for_network=is_told, for_stop=not is_told)
        except TransactionOver:
            # Its stop was handed over in the same moment and came first. The stop has a reading of its own.
            return False
        except StoreError as error:
            # A sample is not a receipt: it may be lost, and the charge goes on.
            log.warning("sample was not recorded", extra={"connector": self._connector, "error": str(error)})
            return False
        return True


def open_transaction(session: Session) -> TransactionKey | None:
    """The transaction that is on record and not over; a start on its way to the store is none yet."""
    is_open = session.phase in (SessionPhase.CHARGING, SessionPhase.STOPPING)
    return session.transaction.key if is_open and session.transaction is not None else None


def is_undecided(session: Session) -> bool:
    """Whether it goes on is still open, of a charge from before a restart."""
    return session.found is not None and session.phase is SessionPhase.CHARGING


def edge_readings(
    sample: MeterSample, context: ReadingContext, measurands: tuple[Measurand, ...], offered_a: float
) -> MeterReadings:
    """The readings of one sample under `context`."""
    return MeterReadings(at=sample.at, context=context, readings=readings_of(sample, measurands, offered_a))


def believed(session: Session, sample: MeterSample) -> MeterSample:
    """The sample without a register that the session doubts: on record it could outlive the doubt as energy.

    Nor has it one while a charge from before a restart is undecided: that would move the charge's last sign of life.
    """
    counts = sample.register_wh == session.last_register_wh and not is_undecided(session)
    return sample if counts else replace(sample, register_wh=None)


def holds_register(fact: TransactionSampled) -> bool:
    return any(reading.measurand is Measurand.ENERGY_IMPORT_REGISTER for reading in fact.readings.readings)
