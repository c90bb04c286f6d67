"""The meter's only reader: the ordinary cycle, fresh readings on request, signatures, the marks of recorded samples."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from agent.connector.ports import Ledger, Meter, SamplingSettings, Stamp
from agent.connector.signing import SigningOrder, carried_out
from agent.core.facts import MeterReadings, TransactionSampled
from agent.core.identity import ConnectorId, TransactionKey
from agent.core.quantities import Measurand, MeterSample, ReadingContext
from agent.core.readings import readings_of
from agent.core.session.effects import ReadMeter, ReadPurpose
from agent.core.session.events import DriverLost, DriverReturned, EffectFailed, MeterSampled, SessionEvent
from agent.core.session.model import Session, SessionPhase
from agent.core.time import Instant
from agent.errors import DriverError, StoreError
from agent.values import frozen

log = logging.getLogger(__name__)

ACTIVE_CYCLE_S = 1.0
IDLE_CYCLE_S = 5.0
"""Without a plug nothing can be drawn: the meter is only watched for being there."""
TIMER_LATE_S = 0.1
"""By so much a timer may ring late, and the next reading is due as if it had not: a cycle is a second and no more."""
CLOCK_MOVES_S = 1.0
"""A disciplined clock gains no more than this on the monotonic one between two readings; one that was set may."""
LOST_AFTER = 3
"""Failed cycles in a row until the meter counts as lost (field-problems.md, rule 8)."""


class MeterWatch:
    """Reads one meter, never two requests at once. What it learns goes to the connector as events."""

    def __init__(
        self, meter: Meter, post: Callable[[SessionEvent], None], due_at: Callable[[float], float], vital: Stamp
    ) -> None:
        """`due_at` tells when the reading after one that began at its argument is due, both loop time.

        `vital` is stamped at each reading, whether or not the meter answers.
        """
        self._meter = meter
        self._post = post
        self._due_at = due_at
        self._vital = vital
        self._wanted: list[ReadPurpose] = []
        self._to_sign: list[SigningOrder] = []
        self._wake = asyncio.Event()
        self._failures = 0

    def request(self, purpose: ReadPurpose) -> None:
        """A fresh reading, begun after this call; its outcome is MeterSampled or EffectFailed with this purpose."""
        self._wanted.append(purpose)
        self._wake.set()

    def sign(self, order: SigningOrder) -> None:
        """Have the meter sign, before it is read again; the outcome is MeterSigned. Some give no reading meanwhile."""
        if order not in self._to_sign:
            self._to_sign.append(order)
        self._wake.set()

    def nudge(self) -> None:
        """The cycle may have become shorter: look again."""
        self._wake.set()

    async def run(self) -> None:
        """Read for ever. Ends only by cancellation."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            self._vital.stamp(loop.time())
            while self._to_sign:
                self._post(await carried_out(self._meter, self._to_sign[0]))
                del self._to_sign[0]
            wanted, self._wanted = self._wanted, []
            await self._read(wanted)
            due = self._due_at(began)
            while not self._wanted and not self._to_sign and due > loop.time():
                await self._sleep_until(due)
                # Woken before its time the cycle may have become shorter; a mark reached is not asked for again.
                due = min(due, self._due_at(began))
            now = loop.time()
            began = due if due <= now < due + TIMER_LATE_S else now

    async def _sleep_until(self, due: float) -> None:
        loop = asyncio.get_running_loop()
        self._wake.clear()
        timer = loop.call_at(due, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()

    async def _read(self, wanted: list[ReadPurpose]) -> None:
        try:
            sample = await self._meter.read()
        except DriverError as error:
            self._failed(error, wanted)
            return
        if self._failures >= LOST_AFTER:
            self._post(DriverReturned("meter"))
        self._failures = 0
        purposes: list[ReadPurpose | None] = [*wanted] or [None]
        for purpose in purposes:
            self._post(MeterSampled(sample=sample, purpose=purpose))

    def _failed(self, error: DriverError, wanted: list[ReadPurpose]) -> None:
        self._failures += 1
        if self._failures == LOST_AFTER:
            self._post(DriverLost(interface="meter", detail=error.what))
        for purpose in wanted:
            self._post(EffectFailed(effect=ReadMeter(purpose), error=error.what))


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
