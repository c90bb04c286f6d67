"""A GPIO chip of the world: its wires, what becomes of levels without a holder, and the ways in which it breaks."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from firmware_sim import breakage
from firmware_sim import gpiod_stand_in as gpiod
from firmware_sim.gpio_chip import GpioChip
from firmware_sim.gpio_devices import MISSED_PULSES, Contact, PulseRelay
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run
from firmware_sim.world import World
from tests.firmware_sim.bench import rig_of

ACTIVE, INACTIVE = gpiod.line.Value.ACTIVE, gpiod.line.Value.INACTIVE
OUTPUT = gpiod.LineSettings(direction=gpiod.line.Direction.OUTPUT)
PULLED_UP = gpiod.LineSettings(direction=gpiod.line.Direction.INPUT, bias=gpiod.line.Bias.PULL_UP)
BOTH_EDGES = gpiod.LineSettings(edge_detection=gpiod.line.Edge.BOTH)


def with_chip(tmp_path: Path, test: Callable[[GpioChip], Awaitable[None]]) -> None:
    async def told() -> None:
        chip = GpioChip(Timeline(asyncio.get_running_loop()), tmp_path / "chip")
        chip.appear()
        try:
            await test(chip)
        finally:
            chip.close()

    run(told())


def asked(chip: GpioChip, settings: gpiod.LineSettings, line: str = "GPIO5") -> gpiod.LineRequest:
    return gpiod.request_lines(str(chip.path), {line: settings}, consumer="test")


@pytest.mark.parametrize("keeps", [True, False])
def test_what_becomes_of_an_output_that_nobody_holds_is_the_chips_affair(tmp_path: Path, keeps: bool) -> None:
    async def leave(chip: GpioChip) -> None:
        chip.keeps_levels = keeps
        request = asked(chip, OUTPUT)
        request.set_values({5: ACTIVE})
        await asyncio.sleep(0.01)
        request.release()
        await asyncio.sleep(0.01)

        assert chip.is_high("GPIO5") is keeps

    with_chip(tmp_path, leave)


def test_the_ruins_of_a_killed_charger_reach_nothing(tmp_path: Path) -> None:
    async def kill(chip: GpioChip) -> None:
        request = asked(chip, OUTPUT)
        request.set_values({5: ACTIVE})
        await asyncio.sleep(0.01)

        chip.forget_charger()

        with pytest.raises(OSError, match="device") as gone:
            request.set_values({5: INACTIVE})
        assert gone.value.errno == errno.ENODEV
        assert chip.is_high("GPIO5")
        asked(chip, OUTPUT).release()

    with_chip(tmp_path, kill)


def test_a_pad_that_is_stuck_follows_nobody_until_it_is_free(tmp_path: Path) -> None:
    async def stick(chip: GpioChip) -> None:
        request = asked(chip, OUTPUT)
        await asyncio.sleep(0.01)
        chip.stick("GPIO5", False)
        request.set_values({5: ACTIVE})
        await asyncio.sleep(0.01)
        assert (chip.is_high("GPIO5"), request.get_value(5)) == (False, INACTIVE)

        chip.stick("GPIO5", None)
        assert (chip.is_high("GPIO5"), request.get_value(5)) == (True, ACTIVE)
        request.release()

    with_chip(tmp_path, stick)


@pytest.mark.parametrize("rests_closed", [True, False])
@pytest.mark.parametrize("to_supply", [True, False])
def test_a_contact_closes_to_its_side_and_leaves_the_line_otherwise(
    tmp_path: Path, rests_closed: bool, to_supply: bool
) -> None:
    async def move(chip: GpioChip) -> None:
        contact = Contact(chip, "GPIO5", rests_closed=rests_closed, to_supply=to_supply)
        request = asked(chip, PULLED_UP)
        for actuated in (False, True):
            contact.actuate(actuated)
            is_open = rests_closed is actuated
            assert (request.get_value(5) is ACTIVE) == (to_supply or is_open)
        request.release()

    with_chip(tmp_path, move)


def test_a_relay_that_wants_pulses_falls_after_some_that_stayed_away(tmp_path: Path) -> None:
    async def pulse(chip: GpioChip) -> None:
        falls: list[float] = []
        loop = asyncio.get_running_loop()
        relay = PulseRelay(Timeline(loop), 0.1, lambda: falls.append(loop.time()))
        for n in range(20):
            relay.pulse(n % 2 == 0)
            await asyncio.sleep(0.1)
        was_closed = relay.is_closed
        await asyncio.sleep(MISSED_PULSES * 0.1 + 0.1)

        assert (was_closed, relay.is_closed) == (True, False)
        assert falls[1] == pytest.approx(1.9 + MISSED_PULSES * 0.1, abs=0.05)

    with_chip(tmp_path, pulse)


# --- by name, as the control socket breaks them


def in_a_world(tmp_path: Path, test: Callable[[World, GpioChip], Awaitable[None]]) -> None:
    async def told() -> None:
        async with rig_of(tmp_path, board="sim-gpio") as rig:
            await test(rig.world, rig.world.chips["gpio"])

    run(told())


ARGUMENTS: dict[str, dict[str, object]] = {
    "chip_gone": {},
    "line_busy": {"line": "RELAY_1"},
    "line_cut": {"line": "ESTOP"},
    "line_lost_edges": {"line": "DOOR", "count": 2},
    "line_stuck": {"line": "MIRROR_1", "high": True},
}


@pytest.mark.parametrize("name", breakage.NEEDS_CHIP)
def test_each_way_breaks_and_what_can_be_mended_is(tmp_path: Path, name: str) -> None:
    async def break_it(world: World, chip: GpioChip) -> None:
        breakage.break_it(world, name, 1, dict(ARGUMENTS[name]))
        match name:
            case "chip_gone":
                assert not gpiod.is_gpiochip_device(str(chip.path))
            case "line_busy":
                with pytest.raises(OSError, match="busy"):
                    asked(chip, OUTPUT, "RELAY_1")
            case "line_cut" | "line_stuck":
                request = asked(chip, PULLED_UP, str(ARGUMENTS[name]["line"]))
                assert request.get_values() == [ACTIVE]
                request.release()
            case "line_lost_edges":
                request = asked(chip, BOTH_EDGES, "DOOR")
                await asyncio.sleep(0.01)
                for level in (True, False, True):
                    chip.wire("DOOR", level)
                assert [event.line_seqno for event in request.read_edge_events()] == [3]
                request.release()

        breakage.heal(world)
        assert world.broken == {}
        for line in ("RELAY_1", "ESTOP", "MIRROR_1"):
            request = asked(chip, PULLED_UP, line)
            assert (request.get_values() == [INACTIVE]) is (line != "RELAY_1")
            request.release()

    in_a_world(tmp_path, break_it)


def test_a_line_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    async def misname(world: World, _chip: GpioChip) -> None:
        with pytest.raises(ValueError, match=r"line: there is no 'RELAY_7'; there are GPIO0, .*RELAY_1"):
            breakage.break_it(world, "line_cut", 1, {"line": "RELAY_7"})
        with pytest.raises(ValueError, match="chip: 'other' is no bus of kind gpio; there are gpio"):
            breakage.break_it(world, "chip_gone", 1, {"chip": "other"})

    in_a_world(tmp_path, misname)


def test_a_charger_without_a_chip_says_so(tmp_path: Path) -> None:
    async def told() -> None:
        async with rig_of(tmp_path, board="sim-signing") as rig:
            with pytest.raises(ValueError, match="has no GPIO chip"):
                breakage.break_it(rig.world, "chip_gone", 1, {})

    run(told())
