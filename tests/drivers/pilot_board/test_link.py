"""The link at the wire: the firmware itself behind a pty, ports that come and go, boards that start again."""

from __future__ import annotations

import asyncio
import fcntl
import os
from typing import Any

import pytest

from agent.core.control_pilot import ContactorState, PilotState
from agent.drivers.pilot_board.contactor import BoardContactor
from agent.drivers.pilot_board.levels import BoardState
from agent.drivers.pilot_board.link import Options, create
from agent.drivers.watching import becomes_unavailable, comes_true, until
from agent.errors import ConfigError, DriverRejected, DriverUnavailable
from firmware_sim.board_kind import kind_of, kind_words
from firmware_sim.virtual_loop import run
from tests.drivers.pilot_board.bench import BUS, BoardBench, board_bench
from tests.drivers.pilot_board.linked import absence_of, charges, on_a_board, state_of
from tests.drivers.world import Charger


class NotInService(BoardBench):
    """Its station was never taken into service."""

    def __init__(self, site: Charger) -> None:
        super().__init__(site)
        self.link.commission(False)


class OfAnotherConfiguration(BoardBench):
    """The board file pins a configuration that this board has not."""

    configuration = "1a2b3c4d"


class OfThisConfiguration(BoardBench):
    """The board file pins the one that this board has."""

    configuration = f"{kind_of(kind_words(tethered=True)).mark():08x}"


class HeardCommissioning:
    """What the firmware hears of it, without the repetitions."""

    def __init__(self, bench: BoardBench) -> None:
        self.changes: list[bool] = []
        self._lease = bench.lease()
        self._hear = self._lease.hear
        self._lease.hear = self._heard

    def _heard(self, wish: list[Any], now: int) -> bool:
        commissioned = wish[6]
        if self.changes[-1:] != [commissioned]:
            self.changes.append(commissioned)
        return bool(self._hear(wish, now))


# --- the good case


def test_a_charge_flows_and_ends_with_the_permission() -> None:
    async def charge(bench: BoardBench) -> None:
        await charges(bench)

        await bench.pilot.offer(0)
        await until(bench.contactor.states(), lambda state: state is ContactorState.OPEN)

        await comes_true(lambda: not bench.site.outlet.is_live)
        assert state_of(bench).faults == ()

    on_a_board(charge)


def test_a_board_whose_station_is_not_in_service_waits_for_that_whatever_is_permitted() -> None:
    async def plug_and_permit() -> None:
        async with board_bench(NotInService) as bench:
            await bench.is_ready()
            bench.plug_in()
            await until(bench.pilot.states(), lambda reading: reading.state is PilotState.B)
            await bench.contactor.permit(True)
            await bench.pilot.offer(16)

            await asyncio.sleep(90)

            report = bench.pilot.report()
            assert report is not None
            assert report.waits_for == "commissioning"
            assert bench.is_permitted()
            assert state_of(bench).contactor is ContactorState.OPEN
            await bench.is_away_and_back(lambda: None)
            assert not bench.lease().commissioned

    run(plug_and_permit())


def test_a_confirmation_takes_the_commissioning_back_and_gives_it_anew() -> None:
    async def confirm(bench: BoardBench) -> None:
        heard = HeardCommissioning(bench)
        await asyncio.sleep(2)
        assert heard.changes == [True]

        await bench.link.confirm("board")
        await asyncio.sleep(2)

        assert heard.changes == [True, False, True]

    on_a_board(confirm)


def test_a_confirmation_that_no_board_hears_is_said_and_leaves_the_station_in_service() -> None:
    async def confirm(bench: BoardBench) -> None:
        bench.lease().hear = lambda wish, now: False

        with pytest.raises(DriverUnavailable, match="did not hear the confirmation"):
            await bench.link.confirm("board")

        assert bench.link.wish.commissioned

    on_a_board(confirm)


def test_a_station_that_is_not_in_service_has_nothing_to_confirm() -> None:
    async def confirm(bench: BoardBench) -> None:
        bench.link.commission(False)

        with pytest.raises(DriverRejected, match="not commissioned"):
            await bench.link.confirm("board")

    on_a_board(confirm)


def test_ten_minutes_of_charging_are_without_a_lost_frame_or_a_late_wish() -> None:
    async def charge(bench: BoardBench) -> None:
        await charges(bench)

        await asyncio.sleep(600)

        counted = bench.link.statistics()["board"]
        assert bench.site.outlet.is_live
        assert counted["lost_statuses"] == counted["damaged_frames"] == counted["silences"] == 0
        assert counted["board_frame_errors"] == 0
        assert counted["openings"] == counted["questions"] == 1

    on_a_board(charge)


def test_a_resting_link_wakes_only_when_a_status_arrives() -> None:
    async def rest(bench: BoardBench) -> None:
        await asyncio.sleep(10)
        link = bench.link
        fired = 0
        on_timer = link._on_timer

        def counted() -> None:
            nonlocal fired
            fired += 1
            on_timer()

        link._on_timer = counted  # type: ignore[method-assign]  # to count, it still does what it did

        await asyncio.sleep(60)

        assert fired <= 1

    on_a_board(rest)


def test_followers_are_not_woken_by_a_level_that_stays() -> None:
    async def rest(bench: BoardBench) -> None:
        await until(bench.pilot.states(), lambda reading: reading.state is PilotState.A)
        told = []

        async def follow() -> None:
            async for reading in bench.pilot.states():
                told.append(reading)

        async with asyncio.TaskGroup() as tasks:
            follower = tasks.create_task(follow())
            await asyncio.sleep(600)
            follower.cancel()

        assert len(told) == 1

    on_a_board(rest)


# --- ports


def test_a_missing_port_is_named_with_what_to_check() -> None:
    async def look(bench: BoardBench) -> None:
        reason = await becomes_unavailable(bench.pilot.states())
        assert reason == f"{bench.site.port(BUS)} is not there; check that the adapter is plugged in"

    on_a_board(look, missing=True)


def test_a_port_that_another_program_holds_is_named_as_such() -> None:
    async def look(bench: BoardBench) -> None:
        bench.site.board.wire.appear()
        other = os.open(bench.site.port(BUS), os.O_RDWR | os.O_NOCTTY)
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            await asyncio.sleep(10)
            assert "is used by another program; stop that program" in absence_of(bench).why
        finally:
            os.close(other)
        await asyncio.sleep(10)
        assert state_of(bench).contactor is ContactorState.OPEN

    on_a_board(look, missing=True)


def test_a_port_that_appears_later_is_found() -> None:
    async def wait(bench: BoardBench) -> None:
        await asyncio.sleep(300)
        await bench.appear()
        assert state_of(bench).pilot.state is PilotState.A

    on_a_board(wait, missing=True)


def test_a_port_that_vanishes_under_load_is_told_at_once_and_the_board_stops_by_itself() -> None:
    async def pull(bench: BoardBench) -> None:
        await charges(bench)

        await bench.vanish()
        await asyncio.sleep(0.01)

        assert "is not there" in absence_of(bench).why
        await asyncio.sleep(9)
        assert not bench.site.outlet.is_live

    on_a_board(pull)


def test_a_returning_board_hears_only_what_was_asked_for_last() -> None:
    async def pull(bench: BoardBench) -> None:
        await charges(bench)
        await bench.vanish()
        await asyncio.sleep(20)
        await bench.contactor.permit(False)
        await bench.pilot.offer(0)

        await bench.appear()
        await asyncio.sleep(20)

        assert not bench.is_permitted()
        assert not bench.site.outlet.is_live
        assert state_of(bench).pilot.state is PilotState.B

    on_a_board(pull)


def test_the_host_s_own_absence_is_no_fault_of_the_board_once_it_hears_again() -> None:
    async def pull(bench: BoardBench) -> None:
        await bench.vanish()
        await asyncio.sleep(20)
        told = []

        async def follow() -> None:
            async for level in bench.link.level.follow():
                told.append(level)

        bench.site.board.wire.appear()
        async with asyncio.TaskGroup() as tasks:
            follower = tasks.create_task(follow())
            await asyncio.sleep(10)
            follower.cancel()

        states = [level for level in told if isinstance(level, BoardState)]
        assert states
        assert all(state.faults == () for state in states)

    on_a_board(pull)


def test_nothing_is_permitted_before_the_board_was_heard() -> None:
    async def hurry(bench: BoardBench) -> None:
        link = create("early", Options(port=bench.site.port(BUS)))
        early = BoardContactor("early", link)
        with pytest.raises(DriverUnavailable, match="was not heard yet"):
            await early.permit(True)
        await early.permit(False)

    on_a_board(hurry)


# --- which configuration it has to be


def test_a_board_of_another_configuration_than_the_pinned_one_says_so_and_charges_nobody() -> None:
    async def story() -> None:
        async with board_bench(OfAnotherConfiguration) as bench:
            await bench.is_ready()
            assert [fault.id for fault in state_of(bench).faults] == ["mcu.config_mismatch"]
            await bench.pilot.offer(16)
            await bench.permit()
            bench.plug_in()
            await asyncio.sleep(20)
            assert not bench.site.outlet.is_live
            assert bench.offered_a() == 0

            bench.site.board.reset()
            await asyncio.sleep(5)

            assert "mcu.config_mismatch" in [fault.id for fault in state_of(bench).faults]

    run(story())


def test_a_board_of_the_pinned_configuration_charges() -> None:
    async def story() -> None:
        async with board_bench(OfThisConfiguration) as bench:
            await bench.is_ready()
            found = await bench.pilot.service().describe()
            assert found.mark == found.pinned == bench.configuration
            assert bench.lease().configuration == int(found.mark, 16)

            await charges(bench)

            assert state_of(bench).faults == ()

    run(story())


# --- restarts


def test_a_restart_shows_as_another_boot_id_and_another_plug() -> None:
    async def restart(bench: BoardBench) -> None:
        bench.plug_in()
        before = await until(bench.pilot.states(), lambda reading: reading.state.plugged)

        bench.site.board.reset()
        after = await until(
            bench.pilot.states(),
            lambda reading: reading.state.plugged and reading.board_boot_id != before.board_boot_id,
        )

        assert after.board_boot_id == bench.site.board.boot_id
        assert after.plug != before.plug
        assert bench.link.statistics()["board"]["restarts"] == 1

    on_a_board(restart)


# --- the end


def test_closing_the_link_is_confirmed_by_the_board_within_half_a_second() -> None:
    async def close(bench: BoardBench) -> None:
        await charges(bench)
        loop = asyncio.get_running_loop()
        began = loop.time()

        await bench.link.aclose()

        assert loop.time() - began < 0.5
        assert not bench.is_permitted()
        await comes_true(lambda: not bench.site.outlet.is_live)
        assert await becomes_unavailable(bench.pilot.states()) == "the link was closed"

    on_a_board(close)


def test_closing_the_link_to_a_hanging_board_takes_less_than_a_second() -> None:
    async def close(bench: BoardBench) -> None:
        await charges(bench)
        bench.site.board.hang()
        loop = asyncio.get_running_loop()
        began = loop.time()

        await bench.link.aclose()

        assert loop.time() - began <= 1.0

    on_a_board(close)


def test_one_board_serves_one_connector() -> None:
    async def claim_twice(bench: BoardBench) -> None:
        with pytest.raises(ConfigError, match="two connectors name it for their contactor"):
            bench.link.claim("contactor")

    on_a_board(claim_twice)
