"""Keeps the load profile of this charger: hears every reading, and writes the running day down, not too often.

An idle hour is not written: a day without a charge costs a handful of writes, and a power cut in it at most the hours
since the last one, which then are a gap unless the register shows that nothing flowed.
"""

from __future__ import annotations

import asyncio
import logging

from agent.core.identity import ConnectorId
from agent.core.load_profile.days import Day, PortDay, with_quarter, with_station_peak
from agent.core.load_profile.quarters import NOTHING, QUARTER_MS, QUARTERS, Quarter, Running, sampled
from agent.core.quantities import MeterSample
from agent.core.session.model import Session
from agent.errors import StoreError
from agent.station.station import Station

log = logging.getLogger(__name__)

CONCLUDES_WITHIN_S = 1.0
TURN_S = 3600.0
IDLE_TURNS = 6
"""Hours in which nothing flowed are written so many at a time."""
FRESH_S = 30.0
"""A power that is older counts for nothing when all connectors are added up."""


class LoadKeeper:
    """One object a run."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._rows = station.store.upkeep.load_days
        self._seen: dict[ConnectorId, MeterSample] = {}
        self._running: dict[int, Running] = {}
        self._powers: dict[int, tuple[float, float]] = {}
        self._peak: tuple[int, int] | None = None
        """The running quarter, and the most that all connectors drew together in it."""
        self._days: dict[int, Day] = {}
        self._unwritten: set[int] = set()
        self._is_restored = False
        self._flowed = False
        self._turns = 0

    def session_changed(self, session: Session) -> None:
        """After a step of a session; returns at once."""
        sample, connector = session.last_sample, session.connector
        if sample is None or sample is self._seen.get(connector) or not self._is_restored:
            return
        self._seen[connector] = sample
        if sample.register_wh != session.last_register_wh:
            return  # Doubted: it may be garbled, or of another meter (core/session/energy.py).
        port = int(connector)
        self._running[port], over = sampled(self._running.get(port, NOTHING), sample)
        for quarter in over:
            self._put(port, quarter)
        self._add_up(port, sample)

    async def run(self) -> None:
        """Go on where the last run ended, then write each hour what is worth it, for ever."""
        await self._restore()
        while True:
            await asyncio.sleep(TURN_S)
            self._turns += 1
            if self._flowed or self._turns >= IDLE_TURNS:
                await self.flush()

    async def flush(self) -> None:
        """Write what is not on record; what cannot be written is tried again an hour later."""
        self._turns, self._flowed = 0, False
        for number in sorted(self._unwritten):
            try:
                await self._rows.keep(self._with_running(self._days[number]))
            except StoreError as error:
                log.warning("load profile was not written", extra={"error": str(error)})
                return
            self._unwritten.discard(number)
        today = self._today()
        self._days = {number: day for number, day in self._days.items() if number in (today - 1, today)}

    async def conclude(self) -> None:
        """The last word of this run; CONCLUDES_WITHIN_S at most."""
        try:
            async with asyncio.timeout(CONCLUDES_WITHIN_S):
                if self._peak is not None:
                    # The next run knows nothing of the moments of this one.
                    self._put_peak(*self._peak)
                if self._is_restored and (today := self._today()):
                    self._days[today] = self._day(today)
                    self._unwritten.add(today)
                    await self.flush()
        except TimeoutError:
            log.warning("load profile was not written in time", extra={"limit_s": CONCLUDES_WITHIN_S})

    async def days(self, first: int, last: int) -> tuple[Day, ...]:
        """From one day to another, both included, the running one with what is known by now. Raises StoreError."""
        found = {day.number: day for day in await self._rows.days(first, last)}
        found |= {number: day for number, day in self._days.items() if first <= number <= last}
        return tuple(found[number] for number in sorted(found))

    # Inside.

    async def _restore(self) -> None:
        try:
            newest = await self._rows.newest()
        except StoreError as error:
            log.warning("load profile begins anew", extra={"error": str(error)})
            newest = None
        if newest is not None:
            self._days[newest.number] = newest
            self._running = {port: one.running for port, one in newest.ports.items()}
        self._is_restored = True

    def _put(self, port: int, quarter: Quarter) -> None:
        number = quarter.number // QUARTERS
        self._days[number] = with_quarter(self._day(number), port, quarter)
        self._unwritten.add(number)
        self._flowed |= bool(quarter.energy_wh)

    def _add_up(self, port: int, sample: MeterSample) -> None:
        """What all connectors draw at this moment, where all of them tell it."""
        if sample.power_w is None or sample.at.utc_ms is None:
            self._powers.pop(port, None)
            return
        now_s, quarter = sample.at.monotonic_s, sample.at.utc_ms // QUARTER_MS
        self._powers[port] = now_s, max(0.0, sample.power_w)
        powers = [power_w for at_s, power_w in self._powers.values() if now_s - at_s <= FRESH_S]
        if self._peak is not None and self._peak[0] != quarter:
            self._put_peak(*self._peak)
            self._peak = None
        if len(powers) == len(self._station.connectors):
            total_w = round(sum(powers))
            if self._peak is None or total_w > self._peak[1]:
                self._peak = quarter, total_w

    def _put_peak(self, quarter: int, peak_w: int) -> None:
        number = quarter // QUARTERS
        self._days[number] = with_station_peak(self._day(number), quarter, peak_w)
        self._unwritten.add(number)

    def _day(self, number: int) -> Day:
        ports = {int(connector): PortDay() for connector in self._station.connectors}
        return self._days.get(number) or Day(number=number, ports=ports)

    def _today(self) -> int:
        """By the last reading that had a time of day; 0 before the first."""
        return max(((one.number or 0) // QUARTERS for one in self._running.values()), default=0)

    def _with_running(self, day: Day) -> Day:
        """With where each connector stands, so that the next run goes on from there."""
        if day.number != self._today():
            return day
        ports = {port: one.at(self._running.get(port, NOTHING)) for port, one in day.ports.items()}
        return Day(number=day.number, ports=ports, peak_w=day.peak_w)
