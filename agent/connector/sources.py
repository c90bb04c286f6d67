"""Driver reports to session events. A silent driver becomes DriverLost once, its return DriverReturned."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from agent.core.session.events import (
    ContactorReported,
    DriverLost,
    DriverReturned,
    FaultObserved,
    PilotChanged,
    SessionEvent,
    TokenPresented,
)
from agent.drivers.interfaces import Contactor, ControlPilot, DeviceFault, TokenReader
from agent.errors import DriverError

Post = Callable[[SessionEvent], None]

RETRY_WAIT_S = 1.0
"""Between two looks at a driver that reports itself unavailable; the driver has its own pace below."""


async def follow_pilot(pilot: ControlPilot, post: Post) -> None:
    """Levels of the control pilot, as PilotChanged; only what differs from the last one is passed on."""
    last: PilotChanged | None = None
    lost = False
    while True:
        try:
            async for reading in pilot.states():
                if lost:
                    lost = False
                    post(DriverReturned("pilot_board"))
                level = PilotChanged(state=reading.state, plug=reading.plug, board_boot_id=reading.board_boot_id)
                if level != last:
                    last = level
                    post(replace(level, high_v=reading.high_v))
        except DriverError as error:
            if not lost:
                post(DriverLost(interface="pilot_board", detail=error.what))
            lost, last = True, None
        await asyncio.sleep(RETRY_WAIT_S)


async def follow_contactor(contactor: Contactor, post: Post) -> None:
    """Levels of the contactor. Its silence is the pilot board's, which `follow_pilot` reports."""
    while True:
        try:
            async for state in contactor.states():
                post(ContactorReported(state))
        except DriverError:
            pass
        await asyncio.sleep(RETRY_WAIT_S)


async def follow_faults(pilot: ControlPilot, post: Post) -> None:
    """What the device reports as wrong: the difference between two levels, as FaultObserved."""
    present: dict[str, DeviceFault] = {}
    while True:
        try:
            async for faults in pilot.faults():
                now = {fault.id: fault for fault in faults}
                for fault in now.values():
                    if present.get(fault.id) != fault:
                        post(FaultObserved(id=fault.id, present=True, evidence=fault.evidence))
                for gone in [id for id in present if id not in now]:
                    post(FaultObserved(id=gone, present=False))
                present = now
        except DriverError:
            pass
        await asyncio.sleep(RETRY_WAIT_S)


async def follow_tokens(reader: TokenReader, present: Callable[[TokenPresented], None]) -> None:
    """Every token shown at a reader; `present` decides which connector it is for."""
    while True:
        try:
            async for token in reader.tokens():
                present(TokenPresented(token))
        except DriverError:
            pass
        await asyncio.sleep(RETRY_WAIT_S)
