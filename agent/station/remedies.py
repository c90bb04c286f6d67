"""What may be done about this charger without tools: `Remedies` of the control room."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from agent.bus import News
from agent.control.remedies_port import Restart, Unlocked
from agent.core.facts import StopReason
from agent.core.identity import ConnectorId
from agent.drivers.interfaces import Lock
from agent.errors import Busy, DriverError, DriverRejected
from agent.host.reboot import reboot
from agent.log_levels import LogLevels
from agent.security.events import SecurityEvent
from agent.station.station import Ending, Station
from agent.station.unlocking import unlock

if TYPE_CHECKING:
    from agent.core.network_check.radio import ModemBack
    from agent.drivers.board_service import BoardService

BOARD = "board"
AFTER_S = 1.0
"""The answer, and its row in the log of commands, come first."""
RestartWith = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]


async def _modem_restarted(begins: Callable[[], None]) -> ModemBack:
    from agent.host import modem

    return await modem.restart(begins)


class StationRemedies:
    """`restart_with` bars new charges, does what it is given and ends the program (`ControlSide`)."""

    def __init__(
        self,
        station: Station,
        locks: Mapping[ConnectorId, Lock],
        restart_with: RestartWith,
        *,
        restart_system: Callable[[], Awaitable[None]] = reboot,
        restart_modem: Callable[[Callable[[], None]], Awaitable[ModemBack]] = _modem_restarted,
    ) -> None:
        self._station, self._locks, self._restart_with = station, locks, restart_with
        self._restart_system, self._restart_modem = restart_system, restart_modem
        self._modem = asyncio.Lock()
        self._levels = LogLevels(lambda part: self._station.tell("log.changed", part=part, level="info", lasts_s=0))

    async def unlock(self, connector: ConnectorId) -> Unlocked:
        is_open = await unlock(self._station, self._locks, connector)
        if is_open is None:
            return Unlocked.NONE
        if is_open:
            self._station.tell("lock.released", by="evsectl or an order")
        return Unlocked.OPEN if is_open else Unlocked.STUCK

    async def restart(self, what: Restart, reason: str, *, forced: bool) -> None:
        self._station.tell("restart.ordered", what=what.value, reason=reason)
        self._station.note_security(SecurityEvent.RESET_OR_REBOOT, f"restart of the {what.value} was ordered")
        loop = asyncio.get_running_loop()
        if not forced:
            await self._restart_with(self._restart_system if what is Restart.SYSTEM else _nothing)
        elif what is Restart.SERVICE:
            loop.call_later(AFTER_S, self._station.deeds.do, "restart", self._stop_all_and_end)
        elif await self._station.stop_all(StopReason.REBOOT):
            # A car that is still plugged in begins no new charge before the controller goes.
            await self._restart_with(self._restart_system)
        else:
            try:
                await self._restart_system()
            finally:
                loop.call_later(AFTER_S, self._station.end, Ending.RESTART)

    async def restart_modem(self, reason: str) -> ModemBack:
        if self._modem.locked():
            raise Busy("the modem is being restarted already; wait until that has ended, a minute and a half at most")
        async with self._modem:
            return await self._restart_modem(lambda: self._station.tell("restart.ordered", what="modem", reason=reason))

    async def restart_board(self, connector: ConnectorId, board: BoardService, reason: str) -> float | None:
        restarting = self._station.board_restarts
        if connector in restarting:
            raise Busy(f"the pilot board of connector {connector} is being started anew already; wait for its answer")
        restarting.add(connector)
        at, fields = self._station.clock.now(), (("what", BOARD), ("reason", reason))
        self._station.publish(News(name="restart.ordered", at=at, connector=connector, fields=fields))
        outcome, after_s = "left", None
        try:
            after_s = await board.restart()
            outcome = "silent" if after_s is None else "back"
        except DriverRejected:
            outcome = "refused"
            raise
        except DriverError:
            outcome = "unanswered"
            raise
        finally:
            restarting.discard(connector)
            self._tell_ended(connector, outcome, after_s)
        return after_s

    def _tell_ended(self, connector: ConnectorId, outcome: str, after_s: float | None) -> None:
        at, rounded_s = self._station.clock.now(), None if after_s is None else round(after_s, 1)
        fields = (("what", BOARD), ("outcome", outcome), ("after_s", rounded_s))
        self._station.publish(News(name="restart.ended", at=at, connector=connector, fields=fields))

    async def _stop_all_and_end(self) -> None:
        await self._station.stop_all_and_end(StopReason.REBOOT)

    def set_log_level(self, part: str, level: str, lasts_s: float) -> None:
        self._levels.set(part, level, lasts_s)
        self._station.tell("log.changed", part=part, level=level, lasts_s=lasts_s)


async def _nothing() -> None:
    return
