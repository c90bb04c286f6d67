"""Chargers with lines of a GPIO chip, told as people would: a contactor, an emergency stop, a door, a cut-off."""

from __future__ import annotations

import pytest

from agent.core.control_pilot import ContactorState
from firmware_sim.gpio_chip import GpioChip
from tests.simulation.stage import Charger, tell

BOARD, WITH_CUT_OFF = "sim-gpio", "sim-openevse-cut-off"
GPIO_RELAY = "gpio_relay on gpio"


def chip(charger: Charger) -> GpioChip:
    return charger.stage.rig.world.chips["gpio"]


def is_live(charger: Charger) -> bool:
    return charger.stage.rig.world.outlets[1].is_live


def faults(charger: Charger) -> tuple[str, ...]:
    return charger.session().faults.ids


@pytest.mark.parametrize("board", [BOARD, WITH_CUT_OFF])
def test_a_charge_from_the_plug_to_the_receipt(board: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.passes(600.0)
        assert charger.outlet()["pilot"]["offered_a"] == pytest.approx(32, abs=0.1)

        await charger.swipe()
        await charger.passes(10.0)
        assert charger.outlet()["contactor"] == "open"
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)

        (transaction,) = charger.transactions()
        assert (transaction["stop_reason"], transaction["meter_stop_wh"]) == ("Local", charger.register_wh())
        assert transaction["energy_wh"] > 3_000
        assert faults(charger) == ()

    tell(story, board=board)


@pytest.mark.parametrize("board", [BOARD, WITH_CUT_OFF])
def test_the_network_pauses_a_charge_and_it_goes_on(board: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        for limit_a, live in ((0, False), (16, True)):
            await charger.network("limit", connector=1, amps=limit_a)
            await charger.passes(30.0)
            assert is_live(charger) is live
        assert len(charger.transactions()) == 1

    tell(story, board=board)


def test_a_car_that_pauses_opens_the_contactor_and_closes_it_again() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("suspend", connector=1)
        await charger.passes(1.0)
        assert charger.outlet()["contactor"] == "open"

        await charger.world("resume", connector=1)
        await charger.passes(15.0)
        assert charger.outlet()["contactor"] == "closed"

    tell(story, board=BOARD)


def test_a_plug_that_is_drawn_under_load_finds_the_contactor_open_in_time() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("plug_out", connector=1)
        await charger.passes(0.1)
        assert charger.outlet()["contactor"] == "open"

    tell(story, board=BOARD)


def test_nobody_gets_power_without_a_card() -> None:
    async def story(charger: Charger) -> None:
        await charger.plug_in()
        await charger.passes(120.0)
        assert charger.outlet()["closings"] == 0

    tell(story, board=BOARD)


def test_an_emergency_stop_in_a_charge_opens_and_is_named() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("press", what="estop", for_s=20)
        await charger.passes(0.2)
        assert charger.outlet()["contactor"] == "open"
        assert "safety.emergency_stop" in faults(charger)
        (raised,) = [one for one in charger.session().faults.faults if one.kind.id == "safety.emergency_stop"]
        assert dict(raised.evidence)["input"] == "gpio on gpio, line ESTOP"
        await charger.passes(60.0)
        assert charger.outlet()["contactor"] == "open"
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        assert faults(charger) == ()
        await charger.charge()

    tell(story, board=BOARD)


def test_a_torn_wire_of_the_emergency_stop_is_an_emergency_stop() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        chip(charger).wire("ESTOP", None)
        await charger.passes(0.5)
        assert charger.outlet()["contactor"] == "open"
        assert faults(charger) == ("safety.emergency_stop",)

    tell(story, board=BOARD)


def test_an_open_door_pauses_the_charge_and_a_closed_one_lets_it_go_on() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("press", what="door", for_s=60)
        await charger.passes(30.0)
        assert not is_live(charger)
        assert faults(charger) == ("enclosure.open",)

        await charger.passes(60.0)
        assert is_live(charger)
        assert faults(charger) == ()

    tell(story, board=BOARD)


def test_an_agent_that_ends_leaves_its_contactor_open() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.stage.charger.stop()
        await charger.passes(0.1)
        assert charger.outlet()["contactor"] == "open"
        assert chip(charger).keeps_levels

    tell(story, board=BOARD)


def test_a_chip_that_leaves_ends_the_charge_says_what_to_check_and_heals() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(10.0)
        chip(charger).vanish()
        await charger.passes(1.0)

        assert charger.outlet()["contactor"] == "open"
        assert {"mcu.comm", "safety.emergency_stop", "enclosure.open"} <= set(faults(charger))
        assert charger.session().contactor is ContactorState.UNKNOWN
        (lost,) = [one for one in charger.session().faults.faults if one.kind.id == "mcu.comm"]
        assert (dict(lost.evidence)["device"], "check" in str(dict(lost.evidence)["detail"])) == (GPIO_RELAY, True)
        chip(charger).appear()
        await charger.passes(20.0)
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        assert faults(charger) == ()
        await charger.charge()

    tell(story, board=BOARD)


def test_a_line_that_somebody_else_holds_is_told_with_his_name() -> None:
    async def story(charger: Charger) -> None:
        await charger.stage.charger.stop()
        chip(charger).hold("RELAY_1", "gpio-led")
        await charger.stage.charger.start()
        await charger.plug_in()
        await charger.swipe()
        await charger.passes(20.0)

        assert charger.outlet()["closings"] == 0
        (lost,) = [one for one in charger.session().faults.faults if one.kind.id == "mcu.comm"]
        assert "line RELAY_1 is held by gpio-led" in str(dict(lost.evidence)["detail"])

    tell(story, board=BOARD)


def test_a_mirror_contact_that_opens_by_itself_ends_the_power() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(10.0)
        chip(charger).wire("MIRROR_1", False)
        await charger.passes(0.5)

        assert charger.outlet()["contactor"] == "open"
        assert faults(charger) == ("contactor.opened_alone",)

    tell(story, board=BOARD)


def test_a_welded_contactor_is_found_when_it_should_open_and_nobody_charges_after_it() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(10.0)
        await charger.world("fault", name="weld", connector=1)
        await charger.swipe()
        await charger.passes(5.0)
        assert "contactor.welded" in faults(charger)

        await charger.world("heal", name="weld", connector=1)
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        await charger.plug_in()
        await charger.swipe()
        await charger.passes(30.0)
        assert charger.outlet()["contactor"] == "open"

        charger.clear_fault("contactor.welded")
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        assert faults(charger) == ()
        await charger.charge()

    tell(story, board=BOARD)


def test_a_contactor_that_does_not_close_is_told() -> None:
    async def story(charger: Charger) -> None:
        await charger.world("fault", name="no_close", connector=1)
        await charger.plug_in()
        await charger.swipe()
        await charger.passes(20.0)
        assert "contactor.no_close" in faults(charger)
        assert not chip(charger).is_high("RELAY_1")

    tell(story, board=BOARD)


def test_a_killed_agent_leaves_a_plain_contactor_closed_which_is_why_it_stays_in_the_laboratory() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.stage.charger.kill()
        await charger.passes(30.0)
        left = is_live(charger)
        await charger.stage.charger.start()
        await charger.passes(30.0)

        assert left

    tell(story, board=BOARD)


def test_a_killed_agent_opens_the_cut_off_although_the_controller_goes_on() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.stage.charger.kill()
        await charger.passes(0.5)

        assert not is_live(charger)
        await charger.stage.charger.start()
        await charger.passes(30.0)

    tell(story, board=WITH_CUT_OFF)


def test_the_contactor_switches_the_load_and_the_cut_off_follows() -> None:
    async def story(charger: Charger) -> None:
        outlet = charger.stage.rig.world.outlets[1]
        opened: list[str] = []
        was = [True, True]

        def look(_: object) -> None:
            now = [outlet.contactor.main_closed, outlet.cut_off_closed]
            for name, before, after in zip(("contactor", "cut-off"), was, now, strict=True):
                if before and not after:
                    opened.append(name)
            was[:] = now

        await charger.charge()
        await charger.passes(10.0)
        look(None)
        charger.stage.rig.world.observers.append(look)
        await charger.swipe()
        await charger.passes(15.0)

        assert opened == ["contactor", "cut-off"]

    tell(story, board=WITH_CUT_OFF)


def test_a_silent_controller_is_cut_off_at_once() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("fault", name="link_cut", connector=1)
        await charger.passes(5.0)

        assert not is_live(charger)
        await charger.world("heal", name="link_cut", connector=1)
        await charger.world("plug_out", connector=1)
        await charger.passes(30.0)
        assert faults(charger) == ()
        await charger.charge()

    tell(story, board=WITH_CUT_OFF)


def test_a_cut_off_whose_chip_has_left_pauses_the_charge_until_it_is_back() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        chip(charger).vanish()
        await charger.passes(10.0)
        assert not is_live(charger)
        assert "mcu.comm" in faults(charger)

        chip(charger).appear()
        await charger.passes(60.0)
        assert is_live(charger)
        assert faults(charger) == ()

    tell(story, board=WITH_CUT_OFF)


def test_a_welded_contactor_is_cut_off() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(10.0)
        await charger.world("fault", name="weld", connector=1)
        await charger.swipe()
        await charger.passes(20.0)

        assert charger.outlet()["contactor"] == "closed"
        assert not is_live(charger)
        await charger.world("heal", name="weld", connector=1)

    tell(story, board=WITH_CUT_OFF)
