"""How long power can flow on where the agent, the line or the controller is gone, and whose plug it was."""

from __future__ import annotations

import asyncio

import pytest

from agent.core.identity import PlugIdentity
from firmware_sim.openevse import Posture
from tests.drivers.openevse.bench import NOTICES_WITHIN_S, OpenEvseBench, on_an_openevse

NOTICED_S = 2.1
"""Silence is told after 2 s."""
HEARTBEAT_S = 5.0


def plug_of(bench: OpenEvseBench) -> PlugIdentity:
    plug = bench.state().pilot.plug
    assert plug is not None
    return plug


def test_a_line_that_is_cut_in_a_charge_leaves_six_amperes_after_the_heartbeat() -> None:
    async def cut(bench: OpenEvseBench) -> None:
        await bench.charges(32.0)
        bench.controller.wire.is_cut = True

        await asyncio.sleep(NOTICED_S)
        assert not bench.link.wish.permit
        await asyncio.sleep(HEARTBEAT_S - NOTICED_S)

        assert 0 < bench.offered_a() <= 6
        # What no heartbeat of this controller can do, and why its boards are lab_only.
        assert bench.is_live()

        bench.controller.wire.is_cut = False
        await asyncio.sleep(NOTICES_WITHIN_S)
        assert not bench.is_live()
        assert bench.counted("missed_heartbeats") == 0, "supervision was set anew before a pulse was told"
        assert bench.controller.capacity_a <= 6, "a missed pulse that is acknowledged would set the highest current"

    on_an_openevse(cut)


def test_a_controller_whose_answers_get_lost_is_put_to_sleep_all_the_same() -> None:
    async def go_mute(bench: OpenEvseBench) -> None:
        await bench.charges()
        bench.controller.line.mute = True

        await asyncio.sleep(NOTICED_S + 2)

        assert bench.controller.posture is Posture.ASLEEP
        assert not bench.is_live()

    on_an_openevse(go_mute)


def test_a_missed_pulse_is_counted_and_the_current_set_anew() -> None:
    async def miss(bench: OpenEvseBench) -> None:
        await bench.charges(16.0)
        bench.controller._miss()
        assert bench.offered_a() <= 6

        await asyncio.sleep(3)

        assert bench.counted("missed_heartbeats") == 1
        assert 15.5 <= bench.offered_a() <= 16
        assert ("SY", "165") not in bench.controller.line.heard

    on_an_openevse(miss)


def test_the_same_car_after_a_short_loss_of_the_line_is_known_by_the_controllers_clock() -> None:
    async def lose(bench: OpenEvseBench) -> None:
        await bench.charges()
        await asyncio.sleep(60)
        plug = bench.state().pilot.plug

        bench.controller.wire.vanish()
        await asyncio.sleep(5)
        await bench.appear()

        assert bench.state().pilot.plug == plug
        assert not bench.is_live(), "permitted anew it goes on; until then it has nothing"

    on_an_openevse(lose)


def test_a_line_that_was_away_from_an_empty_outlet_is_no_restart() -> None:
    async def lose(bench: OpenEvseBench) -> None:
        before = bench.state().pilot.board_boot_id

        bench.controller.wire.vanish()
        await asyncio.sleep(5)
        await bench.appear()
        assert bench.state().pilot.board_boot_id == before

        bench.controller.reset("brownout")
        await asyncio.sleep(NOTICES_WITHIN_S)
        assert bench.state().pilot.board_boot_id != before

    on_an_openevse(lose)


def test_a_car_that_was_exchanged_while_the_line_was_away_is_another_one() -> None:
    async def lose(bench: OpenEvseBench) -> None:
        await bench.charges()
        await asyncio.sleep(60)
        before = plug_of(bench)

        bench.controller.wire.vanish()
        bench.plug_out()
        await asyncio.sleep(5)
        bench.plug_in()
        await bench.appear()

        assert plug_of(bench).board_boot_id != before.board_boot_id

    on_an_openevse(lose)


def test_a_car_that_was_exchanged_before_a_blind_controller_is_another_one() -> None:
    async def lose(bench: OpenEvseBench) -> None:
        await bench.charges()
        await asyncio.sleep(60)
        before = plug_of(bench)

        bench.controller.wire.vanish()
        bench.controller.disable()
        bench.plug_out()
        bench.plug_in()
        await asyncio.sleep(5)
        assert bench.controller.charged_s() > 60, "its clock goes on as if nothing had happened"
        await bench.appear()

        assert plug_of(bench).board_boot_id != before.board_boot_id

    on_an_openevse(lose)


@pytest.mark.parametrize("is_told", [True, False])
def test_a_controller_that_starts_anew_in_a_charge_is_put_to_sleep_before_it_serves(is_told: bool) -> None:
    async def reset(bench: OpenEvseBench) -> None:
        await bench.charges()
        before = plug_of(bench)
        restarts, closings = bench.counted("restarts"), bench.site.outlet.contactor.closings
        bench.controller.reset("brownout")
        bench.controller.line.mute = not is_told
        await asyncio.sleep(1.51)
        bench.controller.line.mute = False

        await asyncio.sleep(10)

        assert bench.site.outlet.contactor.closings == closings
        assert bench.controller.posture is Posture.ASLEEP
        assert bench.counted("restarts") - restarts == is_told
        assert plug_of(bench).board_boot_id != before.board_boot_id

    on_an_openevse(reset)
