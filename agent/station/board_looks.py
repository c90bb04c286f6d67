"""Asks a pilot board, after an opening, how fast the contactor was and how its residual current unit's test went.

The board has timed it to the loop of its firmware anyhow; nothing here moves anything, or decides about a charge. Who
it is the board says at each start of its own, and nothing is loaded to hear that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from agent.core.control_pilot import ContactorState
from agent.core.identity import ConnectorId, PlugIdentity
from agent.core.session.model import Session
from agent.core.wear.counting import contactor_timed, residual_tested
from agent.core.wear.model import PartKind, named, part_id
from agent.drivers.interfaces import ControlPilot, ReportingBoard, ServicedBoard
from agent.errors import DriverError
from agent.loading import beside
from agent.station.run_record import RunRecord
from agent.station.station import Station
from agent.station.wear import WearKeeper

if TYPE_CHECKING:
    from agent.drivers.board_service import BoardService, TestedBoard

    Look = Callable[[ConnectorId, TestedBoard], Awaitable[None]]

log = logging.getLogger(__name__)

AFTER_S = 3.0
"""An opening is over by then, and a board that has just started has other things to say."""
TRIES, AGAIN_S = 3, 10.0
"""A residual current unit may be at its next test just then; one takes some seconds."""


class BoardLooks:
    """One object a run."""

    def __init__(self, station: Station, wear: WearKeeper, record: RunRecord) -> None:
        self._station, self._wear, self._record = station, wear, record
        self._before: dict[ConnectorId, Session] = {}
        self._closed_for: dict[ConnectorId, PlugIdentity | None] = {}
        self._opened: dict[ConnectorId, PlugIdentity | None] = {}
        """Connectors that opened since they were looked at, with the plug that they had closed for."""
        self._started: set[ConnectorId] = set()
        self._tested: dict[ConnectorId, PlugIdentity] = {}
        self._loaded: set[type[ControlPilot]] = set()
        self._is_due = asyncio.Event()

    def session_changed(self, session: Session) -> None:
        """After a step of a session; returns at once and does not fail."""
        connector = session.connector
        before, self._before[connector] = self._before.get(connector, session), session
        if session.board_boot_id is not None and (before is session or before.board_boot_id != session.board_boot_id):
            self._started.add(connector)
            self._is_due.set()
        if session.contactor is ContactorState.CLOSED:
            # At the opening it may be out already.
            self._closed_for[connector] = session.plug or self._closed_for.get(connector)
        elif before.contactor is ContactorState.CLOSED and session.contactor is not ContactorState.UNKNOWN:
            self._opened[connector] = self._closed_for.pop(connector, None)
            self._is_due.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._is_due.wait()
            self._is_due.clear()
            await asyncio.sleep(AFTER_S)
            started, self._started = self._started, set()
            opened, self._opened = self._opened, {}
            for connector in sorted(started):
                self._look_who(connector)
            for connector, plug in sorted(opened.items()):
                await self._asked(connector, self._look_how_fast)
                await self._asked(connector, partial(self._look_at_test, plug=plug))

    async def _asked(self, connector: ConnectorId, look: Look) -> None:
        board = await self._service(self._station.connectors[connector].devices.pilot)
        from agent.drivers.board_service import TestedBoard  # By then that is loaded.

        if not isinstance(board, TestedBoard):
            return
        try:
            await look(connector, board)
        except DriverError as error:
            log.info("a pilot board was not looked at", extra={"connector": int(connector), "error": str(error)})

    async def _service(self, pilot: ControlPilot) -> BoardService | None:
        """Loaded after the first opening, beside the loop: its modules hold that up for milliseconds."""
        if not isinstance(pilot, ServicedBoard):
            return None
        if type(pilot) in self._loaded:
            return pilot.service()
        self._loaded.add(type(pilot))
        return await beside(pilot.service)

    def _look_who(self, connector: ConnectorId) -> None:
        pilot = self._station.connectors[connector].devices.pilot
        if not isinstance(pilot, ReportingBoard):
            return
        found = pilot.report()
        if found is None:
            self._started.add(connector)  # It fell silent: with the next look.
            return
        part = part_id(PartKind.BOARD, int(connector))
        self._wear.counted(lambda wear: named(wear, part, "", None, found.model))
        self._record.saw_firmware(int(connector), found.firmware_version)

    async def _look_how_fast(self, connector: ConnectorId, board: TestedBoard) -> None:
        # The mirror contact alone: behind the contactor a car's filter keeps the output live for up to half a second.
        found = await board.travel()
        closing_ms, opening_ms = found.mirror_closed_ms, found.mirror_open_ms
        self._wear.counted(
            lambda wear: contactor_timed(wear, int(connector), closing_ms=closing_ms, opening_ms=opening_ms)
        )

    async def _look_at_test(self, connector: ConnectorId, board: TestedBoard, plug: PlugIdentity | None) -> None:
        """Once a plug: before its first closing the board has tested the unit (safety reference, 4.3)."""
        if plug is None or self._tested.get(connector) == plug:
            return
        for _ in range(TRIES):
            found = await board.last_residual_test()
            if found is not None:
                break
            await asyncio.sleep(AGAIN_S)
        else:
            return
        self._tested[connector] = plug
        if found.passed:
            utc_ms = self._station.clock.now().utc_ms
            self._wear.counted(lambda wear: residual_tested(wear, int(connector), trip_ms=found.trip_ms, utc_ms=utc_ms))
