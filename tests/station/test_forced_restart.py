"""`restart forced system`: charges come to their end first, for a minute at most. `restart modem`: one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.control.remedies_port import Restart
from agent.core.network_check.radio import ModemBack
from agent.core.session.model import SessionPhase
from agent.errors import Busy
from agent.station.remedies import StationRemedies
from agent.station.station import ENDS_WITHIN_S, Ending
from tests.station.desk import CARD, TWO, Desk, at_desk
from tests.station.test_choice import charging


def remedies(desk: Desk, told: list[tuple[float, SessionPhase]], *, is_let: bool = True) -> StationRemedies:
    """`told`: when the system was asked to restart, and what connector 2 did then."""

    async def restart_system() -> None:
        told.append((asyncio.get_running_loop().time(), desk.outlets[TWO].session.phase))
        if not is_let:
            raise Busy("its system does not let this service")

    return StationRemedies(desk.station, {}, desk.control_side.restart_with, restart_system=restart_system)


async def ended(desk: Desk) -> Ending:
    async with asyncio.timeout(10):
        return await desk.station.ended()


def test_the_system_is_restarted_once_each_charge_is_on_record(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        told: list[tuple[float, SessionPhase]] = []
        outlet = desk.outlets[TWO]
        idle, outlet.session = outlet.session, charging(2, CARD)
        began_s = asyncio.get_running_loop().time()
        asyncio.get_running_loop().call_later(5.0, lambda: setattr(outlet, "session", idle))

        await remedies(desk, told).restart(Restart.SYSTEM, "stuck", forced=True)

        [(at_s, phase)] = told
        assert phase is idle.phase
        assert at_s - began_s >= 5.0
        assert await ended(desk) is Ending.RESTART

    at_desk(tmp_path, story)


@pytest.mark.parametrize("is_let", [True, False])
def test_a_charge_that_does_not_end_holds_the_restart_up_for_a_minute_at_most(tmp_path: Path, is_let: bool) -> None:
    async def story(desk: Desk) -> None:
        told: list[tuple[float, SessionPhase]] = []
        outlet = desk.outlets[TWO]
        outlet.session, outlet.is_stuck = charging(2, CARD), True
        began_s = asyncio.get_running_loop().time()
        restarting = remedies(desk, told, is_let=is_let).restart(Restart.SYSTEM, "stuck", forced=True)
        if is_let:
            await restarting
        else:
            with pytest.raises(Busy, match="does not let"):
                await restarting

        [(at_s, _)] = told
        assert at_s - began_s == pytest.approx(ENDS_WITHIN_S, abs=1.0)
        assert await ended(desk) is Ending.RESTART

    at_desk(tmp_path, story)


def test_a_modem_is_restarted_by_one_at_a_time_and_told_once_there_is_one(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        goes_on = asyncio.Event()

        async def restart_modem(begins: Callable[[], None]) -> ModemBack:
            begins()
            await goes_on.wait()
            return ModemBack(after_s=23.0, modem=None)

        by = StationRemedies(desk.station, {}, desk.control_side.restart_with, restart_modem=restart_modem)
        desk.news()
        first = asyncio.create_task(by.restart_modem("slow"))
        await asyncio.sleep(1)
        with pytest.raises(Busy, match="being restarted already"):
            await by.restart_modem("slow, too")
        goes_on.set()

        assert (await first).after_s == 23.0
        assert [dict(one.fields) for one in desk.news() if one.name == "restart.ordered"] == [
            {"what": "modem", "reason": "slow"}
        ]

    at_desk(tmp_path, story)


def test_where_no_program_can_be_asked_no_modem_is_restarted_and_nothing_is_told(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        by = StationRemedies(desk.station, {}, desk.control_side.restart_with)
        desk.news()

        with pytest.raises(Busy, match="there is no modem that could be restarted: mmcli cannot be run here"):
            await by.restart_modem("slow")

        assert [one for one in desk.news() if one.name == "restart.ordered"] == []

    at_desk(tmp_path, story)
