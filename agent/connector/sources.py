"""Driver reports to session events. A silent driver becomes DriverLost once, its return DriverReturned."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

from agent.core.control_pilot import ContactorState
from agent.core.faults.catalogue import fault_kind
from agent.core.faults.model import FIRMWARE_MISMATCH, Witness
from agent.core.faults.register import StandingFault
from agent.core.session.events import (
    ContactorReported,
    DriverLost,
    DriverReturned,
    FaultObserved,
    OfferReported,
    PilotChanged,
    SessionEvent,
    TokenPresented,
)
from agent.drivers.interfaces import (
    AssembledContactor,
    Contactor,
    ControlPilot,
    DeviceFault,
    Lock,
    ReportingLock,
    TokenReader,
)
from agent.errors import DriverError

Post = Callable[[SessionEvent], None]

READER_LOST_AFTER_S = 30.0
"""faults.csv, reader.failed."""
READER_BACK_AFTER_S = 2.0
RETRY_WAIT_S = 1.0
"""Between two looks at a driver that reports itself unavailable; the driver has its own pace below."""
SETTLED_AFTER_S = 10.0
"""From the first level of faults on. A board that starts along with this program has looked at everything by then, and
what a driver finds out by itself takes half of it (a controller that does not keep its offer)."""

Remembered = Iterable[StandingFault]


async def follow_pilot(pilot: ControlPilot, post: Post) -> None:
    """Levels of the pilot and of its offer; only what differs from the last one is passed on."""
    last: PilotChanged | None = None
    said: OfferReported | None = None
    lost = False
    while True:
        try:
            async for reading in pilot.states():
                if lost:
                    lost = False
                    post(DriverReturned("pilot_board"))
                level = PilotChanged(
                    state=reading.state,
                    plug=reading.plug,
                    board_boot_id=reading.board_boot_id,
                    cable_in=reading.cable_in,
                )
                if level != last:
                    last = level
                    post(replace(level, high_v=reading.high_v))
                offer = OfferReported(offered_a=reading.offered_a, limit_a=reading.limit_a, detail=reading.limit_detail)
                if offer != said:
                    said = offer
                    post(offer)
        except DriverError as error:
            if not lost:
                post(DriverLost(interface="pilot_board", detail=error.what))
            lost, last, said = True, None, None
        await asyncio.sleep(RETRY_WAIT_S)


async def follow_contactor(contactor: Contactor, post: Post) -> None:
    """Levels of the contactor. Why it is silent is told as a fault, or is the pilot board's to tell."""
    while True:
        try:
            async for state in contactor.states():
                post(ContactorReported(state))
        except DriverError:
            post(ContactorReported(ContactorState.UNKNOWN))
        await asyncio.sleep(RETRY_WAIT_S)


async def follow_faults(
    device: ControlPilot | AssembledContactor | ReportingLock,
    post: Post,
    remembered: Remembered = (),
    witness: Witness = Witness.OWNER,
) -> None:
    """What the device reports as wrong: the difference between two levels, as FaultObserved by `witness`.

    Of `remembered`, what it said before this program began and does not say any more is told as absent, once.
    """
    present: dict[str, DeviceFault] = {}
    missed = _Missed(remembered, witness, post)
    try:
        while True:
            try:
                async for faults in device.faults():
                    now = {fault.id: fault for fault in faults}
                    missed.after(now)
                    for fault in now.values():
                        if present.get(fault.id) != fault:
                            post(FaultObserved(id=fault.id, present=True, evidence=fault.evidence, witness=witness))
                    for gone in [id for id in present if id not in now]:
                        post(FaultObserved(id=gone, present=False, witness=witness))
                    present = now
            except DriverError:
                missed.nobody_knows()
            await asyncio.sleep(RETRY_WAIT_S)
    finally:
        missed.nobody_knows()


async def follow_parts(contactor: AssembledContactor, post: Post, remembered: Remembered = ()) -> None:
    """What the parts of a contactor report as wrong, beside the pilot's device."""
    await follow_faults(contactor, post, remembered, Witness.SWITCH)


async def follow_lock(lock: Lock | None, post: Post, remembered: Remembered = ()) -> None:
    """What a lock reports as wrong, where it is not the pilot's device that does."""
    if isinstance(lock, ReportingLock):
        await follow_faults(lock, post, remembered, Witness.LOCK)


class _Missed:
    """What a device told before this program began, until it tells it again or has not for SETTLED_AFTER_S."""

    def __init__(self, remembered: Remembered, witness: Witness, post: Post) -> None:
        its = (one.id for one in remembered if witness in one.witnesses)
        self._ids = [id for id in its if witness is not Witness.OWNER or _is_told_by_device(id)]
        self._witness = witness
        self._post = post
        self._settles: asyncio.TimerHandle | None = None

    def after(self, level: Iterable[str]) -> None:
        """The device has told all that is wrong now; one that is not understood has told nothing."""
        told = set(level)
        if FIRMWARE_MISMATCH in told:
            self.nobody_knows()
            return
        self._ids = [id for id in self._ids if id not in told]
        if self._ids and self._settles is None:
            self._settles = asyncio.get_running_loop().call_later(SETTLED_AFTER_S, self._tell)

    def nobody_knows(self) -> None:
        """It is away; it settles anew."""
        if self._settles is not None:
            self._settles.cancel()
            self._settles = None

    def _tell(self) -> None:
        for id in self._ids:
            self._post(FaultObserved(id=id, present=False, witness=self._witness))
        self._ids = []


def _is_told_by_device(id: str) -> bool:
    """The other faults of the host are seen by the core, and by whoever looks after the station."""
    return fault_kind(id).owner != "host" or id == FIRMWARE_MISMATCH


async def follow_tokens(reader: TokenReader, post: Post) -> None:
    """Every token shown at a reader, and its silence: lost once it was away for long, back once it stays."""
    absence = _Absence(post)
    loop = asyncio.get_running_loop()
    while True:
        back = loop.call_later(READER_BACK_AFTER_S, absence.ended)
        try:
            async for token in reader.tokens():
                post(TokenPresented(token))
        except DriverError as error:
            absence.goes_on(error, loop.time())
        finally:
            back.cancel()
        await asyncio.sleep(RETRY_WAIT_S)


class _Absence:
    """How long a reader has been away, and whether that was told."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._since: float | None = None
        self._is_told = False

    def goes_on(self, error: DriverError, now_s: float) -> None:
        self._since = now_s if self._since is None else self._since
        if not self._is_told and now_s - self._since >= READER_LOST_AFTER_S:
            self._is_told = True
            self._post(DriverLost(interface="token_reader", detail=error.what))

    def ended(self) -> None:
        if self._is_told:
            self._post(DriverReturned("token_reader"))
        self._since, self._is_told = None, False
