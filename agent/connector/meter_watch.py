"""The meter's only reader: the ordinary cycle, fresh readings on request, signatures in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agent.connector.ports import Meter, Stamp
from agent.connector.signing import SigningOrder, carried_out
from agent.core.session.effects import ReadMeter, ReadPurpose
from agent.core.session.events import DriverLost, DriverReturned, EffectFailed, MeterSampled, SessionEvent
from agent.errors import DriverError

ACTIVE_CYCLE_S = 1.0
IDLE_CYCLE_S = 5.0
"""Without a plug nothing can be drawn: the meter is only watched for being there."""
TIMER_LATE_S = 0.1
"""By so much a timer may ring late, and the next reading is due as if it had not: a cycle is a second and no more."""
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
