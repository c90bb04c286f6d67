"""Every way to break the world can be broken and mended, and does what it says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import breakage
from firmware_sim.arguments import BadArgument, NotNow
from firmware_sim.firmware import load_module
from tests.firmware_sim.bench import Bench, Misbehaving, at_a_charge, at_rest

codes: Any = load_module("fault_codes")

OF_OTHERS = {
    *breakage.NEEDS_MODBUS_EVSE,
    *breakage.NEEDS_RAPI,
    *breakage.NEEDS_READER,
    *breakage.NEEDS_SENSOR,
    *breakage.NEEDS_RELAYS,
    *breakage.NEEDS_CHIP,
}
OF_PILOT_BOARDS = sorted(set(breakage.WAYS) - OF_OTHERS)
"""Those of an OpenEVSE, of a PN532, of Linux' own sensors, of a relay board and of a GPIO chip are tried on one, in
test_openevse.py, test_pn532.py, test_temperature_sensors.py, test_relay_board.py and test_gpio_chip.py."""

# --- all of them


@pytest.mark.parametrize("name", OF_PILOT_BOARDS)
def test_it_is_listed_while_it_is_broken_and_gone_when_it_is_mended(name: str, tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[list[Any], list[str], list[Any]]:
        at.world.central_system = Misbehaving()
        await at.do("fault", name=name, connector=1)
        await asyncio.sleep(0.5)
        broken = [fault["name"] for fault in at.world.status()["faults"]]
        healed = (await at.do("heal", name=name, connector=1))["healed"]
        return broken, healed, at.world.status()["faults"]

    broken, healed, left = at_a_charge(tmp_path, story, socket=name in breakage.NEEDS_SOCKET)

    assert broken == healed
    assert broken in ([name], [])
    assert left == []


PASSING = ("board_exchanged", "car_gone", "csms_drop", "csms_hostile", "lock_forced", "mcu_reset", "meter_exchanged")
"""Over when they have happened."""

UNTIL_RESTART = ("cp_frozen",)
"""The board's firmware keeps these until it is restarted."""


PATIENCE_S = {"too_cold": 300, "estop": 60}
"""The offer rises by 1 A a minute after a derating, and nothing closes within the minute after a fault of heat."""


@pytest.mark.parametrize("name", OF_PILOT_BOARDS)
def test_a_car_charges_again_after_it_was_mended(name: str, tmp_path: Path) -> None:
    async def story(at: Bench) -> bool:
        at.world.central_system = Misbehaving()
        await at.do("fault", name=name, connector=1)
        await asyncio.sleep(10)
        await at.do("heal")
        if at.outlet.plugged is not None:
            await at.do("fault", name="car_gone", connector=1)
        if name in UNTIL_RESTART:
            at.world.boards[1].reset()
        if name in breakage.FOR_SERVICE:
            await at.do("fault", name="board_exchanged", connector=1)
        await asyncio.sleep(PATIENCE_S.get(name, 45))
        await at.do("plug_in")
        await at.do("wait", connector=1, until="charging", timeout_s=70)
        return True

    assert at_a_charge(tmp_path, story, socket=name in breakage.NEEDS_SOCKET)


@pytest.mark.parametrize("name", sorted(set(OF_PILOT_BOARDS) - set(PASSING)))
def test_it_mends_by_itself_after_its_time(name: str, tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[bool, bool]:
        at.world.central_system = Misbehaving()
        await at.do("fault", name=name, connector=1, for_s="2.5")
        await asyncio.sleep(2)
        there = bool(at.world.broken)
        await asyncio.sleep(1)
        return there, bool(at.world.broken)

    assert at_a_charge(tmp_path, story, socket=name in breakage.NEEDS_SOCKET) == (True, False)


def test_breaking_again_renews_the_arguments_and_the_time(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[float, float, float]:
        await at.do("fault", name="meter_late", connector=1, delay_s=1, for_s=10)
        await asyncio.sleep(8)
        first = at.world.meters[1].late_s
        await at.do("fault", name="meter_late", connector=1, delay_s=2, for_s=10)
        await asyncio.sleep(8)
        second = at.world.meters[1].late_s
        await asyncio.sleep(4)
        return first, second, at.world.meters[1].late_s

    assert at_rest(tmp_path, story) == (1, 2, 0)


def test_every_way_says_in_its_first_line_what_it_does() -> None:
    assert [name for name, way in breakage.WAYS.items() if not (way.__doc__ or "").strip().endswith(".")] == []


def test_what_is_not_built_yet_says_so(tmp_path: Path) -> None:
    async def story(at: Bench) -> list[str]:
        said = []
        for name in breakage.NOT_YET:
            with pytest.raises(BadArgument) as refused:
                await at.do("fault", name=name, connector=1)
            said.append(str(refused.value))
        return said

    assert all("not built yet" in sentence for sentence in at_rest(tmp_path, story))
    assert not set(breakage.NOT_YET) & set(breakage.WAYS)


# --- control pilot


def opens_within(folder: Path, name: str, limit_s: float, **arguments: object) -> set[int]:
    """Breaks it during a charge; the contacts must be open within the limit. The board's faults then."""

    async def story(at: Bench) -> set[int]:
        await at.do("fault", name=name, connector=1, **arguments)
        await at.do("wait", connector=1, until="open", timeout_s=limit_s)
        await asyncio.sleep(0.5)
        return at.host.fault_codes

    return at_a_charge(folder, story)


@pytest.mark.parametrize("ohm", [0, 40, 80])
def test_cp_short_ends_the_charge_within_200_ms(tmp_path: Path, ohm: float) -> None:
    assert codes.CP_SHORT in opens_within(tmp_path, "cp_short", 0.2, ohm=ohm)


def test_cp_leak_is_told_and_survived(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[set[int], bool]:
        await at.do("fault", name="cp_leak", connector=1)
        await asyncio.sleep(5)
        return at.host.fault_codes, at.outlet.contactor.main_closed

    assert at_a_charge(tmp_path, story) == ({codes.CP_LEAK}, True)


def test_cp_diode_ends_the_charge_within_200_ms(tmp_path: Path) -> None:
    assert codes.CP_DIODE in opens_within(tmp_path, "cp_diode", 0.2)


def test_cp_open_looks_like_unplugging_and_opens_within_100_ms(tmp_path: Path) -> None:
    assert opens_within(tmp_path, "cp_open", 0.1) == set()


def test_cp_frozen_opens_within_100_ms(tmp_path: Path) -> None:
    assert codes.CP_ADC in opens_within(tmp_path, "cp_frozen", 0.1)


def test_cable_cut_opens_within_100_ms(tmp_path: Path) -> None:
    assert codes.CABLE_CUT in opens_within(tmp_path, "cable_cut", 0.1)


def test_a_socket_outlet_has_no_cable_to_cut(tmp_path: Path) -> None:
    async def story(at: Bench) -> None:
        await at.do("fault", name="cable_cut", connector=1)

    with pytest.raises(NotNow, match="socket-outlet"):
        at_a_charge(tmp_path, story, socket=True)


# --- contactor and board


def test_weld_keeps_the_contacts_closed_and_the_board_notices(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[bool, set[int]]:
        await at.do("fault", name="weld", connector=1)
        at.host.permit = False
        await asyncio.sleep(5)
        return at.outlet.is_live, at.host.fault_codes

    is_live, faults = at_a_charge(tmp_path, story)

    assert is_live
    assert codes.CONTACTOR_WELDED in faults


def test_weld_found_closed_is_noticed_without_any_charge(tmp_path: Path) -> None:
    async def story(at: Bench) -> set[int]:
        await at.do("fault", name="weld", connector=1, found_closed="yes")
        await asyncio.sleep(5)
        return at.host.fault_codes

    assert codes.CONTACTOR_WELDED in at_rest(tmp_path, story)


def test_no_close_keeps_the_car_without_power_and_the_board_notices(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[bool, set[int]]:
        await at.do("fault", name="no_close", connector=1)
        await at.do("plug_in")
        await asyncio.sleep(15)
        return at.outlet.is_live, at.host.fault_codes

    assert at_rest(tmp_path, story) == (False, {codes.CONTACTOR_NO_CLOSE})


def test_mcu_hang_drops_the_contacts_and_mending_it_is_a_watchdog_reset(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[bool, int, set[int]]:
        await at.do("fault", name="mcu_hang", connector=1)
        await asyncio.sleep(0.1)
        is_live = at.outlet.is_live
        await at.do("heal", name="mcu_hang")
        await asyncio.sleep(2)
        return is_live, at.world.boards[1].boots, at.host.fault_codes

    is_live, boots, faults = at_a_charge(tmp_path, story)

    assert (is_live, boots) == (False, 2)
    assert codes.MCU_WATCHDOG_RESET in faults


def test_mcu_reset_gives_the_board_a_new_life(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[int, set[int]]:
        await at.do("fault", name="mcu_reset", connector=1)
        await asyncio.sleep(2)
        return at.world.boards[1].boots, at.host.fault_codes

    boots, faults = at_rest(tmp_path, story)

    assert boots == 2
    assert codes.MCU_BROWNOUT in faults
