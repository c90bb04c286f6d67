"""The link to an OpenEVSE at the wire, where all goes well: what is ordered, in which order, and what is told."""

from __future__ import annotations

import asyncio

import pytest

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.identity import PlugIdentity
from agent.drivers.openevse.link import Options, create
from agent.drivers.watching import until
from agent.errors import ConfigError, DriverRejected, DriverUnavailable
from agent.tables import bind
from firmware_sim.ev import CarTraits
from firmware_sim.openevse import Posture
from tests.drivers.openevse.bench import OpenEvseBench, on_an_openevse


def heard(bench: OpenEvseBench, *names: str) -> list[str]:
    """The commands of these names, in order, as the controller heard them."""
    return [" ".join(words) for words in bench.controller.line.heard if words[0] in names]


def test_the_first_word_of_weight_puts_a_controller_that_serves_anybody_to_sleep() -> None:
    async def look(bench: OpenEvseBench) -> None:
        assert heard(bench, "FS", "FD", "FE", "SC", "SY")[:2] == ["FS", "SY 5 6"]
        assert bench.controller.posture is Posture.ASLEEP
        assert bench.state().pilot.offered_a == 0

    on_an_openevse(look)


def test_the_current_is_set_before_the_controller_is_enabled_and_only_until_its_next_start() -> None:
    async def charge(bench: OpenEvseBench) -> None:
        kept = dict(bench.controller.kept)
        await bench.charges(16.9)

        assert heard(bench, "SC", "FE") == ["SC 16 V", "FE"]
        assert bench.state().contactor is ContactorState.CLOSED
        assert bench.state().pilot.state is PilotState.C
        assert bench.state().pilot.offered_a == 16
        assert bench.controller.kept == kept

    on_an_openevse(charge)


def test_a_withdrawn_offer_is_a_pause_in_which_the_car_ends_its_current_first() -> None:
    async def pause(bench: OpenEvseBench) -> None:
        await bench.charges()

        await bench.pilot.offer(0)
        await asyncio.sleep(2)

        assert not bench.is_live()
        assert bench.controller.posture is Posture.ASLEEP
        assert bench.state().contactor is ContactorState.OPEN
        assert heard(bench, "FD") == []

    on_an_openevse(pause)


def test_a_car_that_does_not_stop_is_opened_under_load_after_three_seconds() -> None:
    async def pause(bench: OpenEvseBench) -> None:
        await bench.charges()
        bench.site.world.car(1).ignores_stop = True

        await bench.contactor.permit(False)
        await asyncio.sleep(2)
        assert bench.is_live()
        await asyncio.sleep(1.5)

        assert not bench.is_live()

    on_an_openevse(pause)


def test_what_is_held_open_opens_at_once_and_sees_plugs_all_the_same() -> None:
    async def hold(bench: OpenEvseBench) -> None:
        await bench.charges()
        bench.site.world.car(1).ignores_stop = True
        plug = bench.state().pilot.plug

        await bench.pilot.stand(operative=True, held_open=True)
        await asyncio.sleep(0.2)
        assert not bench.is_live()
        await asyncio.sleep(10)

        assert not bench.is_live()
        assert (bench.state().pilot.state, bench.state().pilot.plug) == (PilotState.B, plug)
        await bench.pilot.stand(operative=True, held_open=False)
        await asyncio.sleep(15)
        assert bench.is_live(), "the wish is as it was"

    on_an_openevse(hold)


def test_a_permission_for_a_plug_that_left_is_refused() -> None:
    async def permit_late(bench: OpenEvseBench) -> None:
        bench.plug_in()
        await until(bench.pilot.states(), lambda reading: reading.state.plugged)
        await bench.pilot.offer(16)

        with pytest.raises(DriverRejected, match="the plug that this permission was for has left"):
            await bench.contactor.permit(True, PlugIdentity("another", 1))

        await asyncio.sleep(5)
        assert not bench.is_permitted()

    on_an_openevse(permit_late)


def test_a_permission_is_for_no_plug_that_comes_later() -> None:
    async def exchange(bench: OpenEvseBench) -> None:
        await bench.charges()

        bench.plug_out()
        await asyncio.sleep(1)
        bench.plug_in()
        await asyncio.sleep(20)

        assert not bench.is_live()
        assert bench.controller.posture is Posture.ASLEEP
        assert not bench.link.wish.permit

    on_an_openevse(exchange)


def test_a_permission_without_a_plug_gives_nobody_power() -> None:
    async def permit_nobody(bench: OpenEvseBench) -> None:
        await bench.pilot.offer(16)
        await bench.contactor.permit(True)
        await asyncio.sleep(2)
        bench.plug_in()
        await asyncio.sleep(10)

        assert not bench.is_live()
        assert heard(bench, "FE") == []

    on_an_openevse(permit_nobody)


def test_a_station_that_is_not_in_service_permits_nothing() -> None:
    async def permit(bench: OpenEvseBench) -> None:
        bench.link.commission(False)

        with pytest.raises(DriverRejected, match="was not commissioned; take it into service"):
            await bench.contactor.permit(True)

    on_an_openevse(permit)


def test_more_than_the_controller_may_is_offered_as_far_as_it_may() -> None:
    async def ask(bench: OpenEvseBench) -> None:
        bench.controller.kept["capacity"] = b"20"
        await asyncio.sleep(6)
        assert bench.state().pilot.limit_a == 20

        await bench.charges(32.0, CarTraits(current_a=32))

        assert bench.state().pilot.offered_a == 20
        assert heard(bench, "SC") == ["SC 20 V"]

    on_an_openevse(ask)


def test_less_is_offered_at_once_and_other_masters_are_corrected() -> None:
    async def change(bench: OpenEvseBench) -> None:
        await bench.charges(32.0)
        await bench.pilot.offer(10)
        await asyncio.sleep(0.1)
        assert 9.5 <= bench.offered_a() <= 10

        bench.controller.set_capacity(32)
        bench.controller.obey(())
        await asyncio.sleep(0.2)

        assert 9.5 <= bench.offered_a() <= 10

    on_an_openevse(change)


def test_a_lock_of_the_controllers_own_is_opened_for_a_permission() -> None:
    async def lock(bench: OpenEvseBench) -> None:
        bench.controller.obey(("S4", "1"))
        await asyncio.sleep(1)
        assert heard(bench, "S4") == []

        await bench.charges()

        assert heard(bench, "S4") == ["S4 0"]

    on_an_openevse(lock)


def test_a_quiet_hour_writes_nothing_into_the_controllers_memory() -> None:
    async def wait(bench: OpenEvseBench) -> None:
        kept = dict(bench.controller.kept)
        await asyncio.sleep(3600)

        assert bench.controller.kept == kept
        assert set(heard(bench, "SC", "FE", "FS", "SY")[2:]) == {"SY"}
        assert bench.counted("unanswered") == bench.counted("damaged_lines") == bench.counted("silences") == 0
        # A pulse every 5/3 s, a state every half, a range every five.
        assert 9_800 <= bench.counted("commands") <= 10_200

    on_an_openevse(wait)


def test_an_ordered_end_leaves_the_controller_asleep() -> None:
    async def end(bench: OpenEvseBench) -> None:
        await bench.charges()

        began = asyncio.get_running_loop().time()
        await bench.link.aclose()

        assert asyncio.get_running_loop().time() - began < 0.7
        assert bench.controller.posture is Posture.ASLEEP
        with pytest.raises(DriverUnavailable, match="the link was closed"):
            await bench.pilot.offer(16)

    on_an_openevse(end)


def test_one_controller_has_one_pilot() -> None:
    link = create("evse", Options(port="/dev/nowhere"))
    link.claims.add("contactor")

    with pytest.raises(ConfigError, match="two connectors name it for their contactor"):
        link.claims.add("contactor")


@pytest.mark.parametrize("heartbeat_s", [0, 3, 61, 100])
def test_a_heartbeat_that_the_controller_cannot_count_is_refused(heartbeat_s: int) -> None:
    (problem,) = bind(Options, {"port": "/dev/nowhere", "heartbeat_s": heartbeat_s})[1]

    assert problem.key == ("heartbeat_s",)
