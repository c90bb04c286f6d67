"""How chips and lines are found by name, and what is said where they are not."""

from __future__ import annotations

import asyncio

import pytest

from agent.drivers.buses.gpio import GpioBus, Options, create
from agent.drivers.gpio.lines import OutputLine
from firmware_sim.gpio_chip import GpioChip
from firmware_sim.timeline import Timeline
from tests.drivers.gpio.bench import LABEL, LIBRARY, NOTICES_WITHIN_S, OTHER, ChipBench, moment, on_a_chip, why, wired


def test_names_that_are_not_there_say_what_is() -> None:
    async def misname(bench: ChipBench) -> None:
        wired(bench)
        lines = bench.bus.outputs("relay", [OutputLine(line="RELAY_2")])
        far = bench.bus.outputs("relay", [OutputLine(line="99")])
        await bench.bus.open()

        assert why(lines) == (f'there is no line "RELAY_2" on {LABEL}; did you mean "RELAY_1"?; check with: gpioinfo')
        assert 'there is no line "99"' in why(far)

    on_a_chip(misname)


def test_a_line_may_be_named_by_its_offset() -> None:
    async def name(bench: ChipBench) -> None:
        lines = bench.bus.outputs("relay", [OutputLine(line="5")])
        await bench.bus.open()
        lines.set(True)
        await moment()

        assert bench.chip.is_high("GPIO5")

    on_a_chip(name)


def by_label(bench: ChipBench, label: str) -> GpioBus:
    return create("gpio", Options(chip=label, library=LIBRARY, devices=bench.folder))


def test_a_chip_is_found_by_its_label_whatever_its_number_and_its_other_names() -> None:
    async def find(bench: ChipBench) -> None:
        (bench.folder / "gpiochip4").symlink_to(bench.chip.path)
        bus = by_label(bench, LABEL)
        relay = bus.outputs("relay", [OutputLine(line=OTHER)])
        await bus.open()
        relay.set(True)
        await bus.aclose()

    on_a_chip(find)


def test_a_chip_that_comes_back_under_another_number_is_found_again_though_its_old_one_is_anothers() -> None:
    async def renumber(bench: ChipBench) -> None:
        bus = by_label(bench, LABEL)
        relay = bus.outputs("relay", [OutputLine(line=OTHER)])
        await bus.open()
        bench.chip.vanish()
        await moment(2.0)
        assert "check" in why(relay)

        timeline = Timeline(asyncio.get_running_loop())
        stranger = GpioChip(timeline, bench.chip.path, "gpio-expander")
        again = GpioChip(timeline, bench.folder / "gpiochip7", LABEL)
        for chip in (stranger, again):
            chip.appear()
        await moment(NOTICES_WITHIN_S)
        relay.set(True)
        await moment()

        assert again.is_high(OTHER)
        assert not stranger.is_high(OTHER)
        await bus.aclose()
        for chip in (stranger, again):
            chip.close()

    on_a_chip(renumber)


def test_two_chips_of_one_label_are_a_question_and_not_a_choice() -> None:
    async def find(bench: ChipBench) -> None:
        twin = GpioChip(Timeline(asyncio.get_running_loop()), bench.folder / "gpiochip1", LABEL)
        twin.appear()
        bus = by_label(bench, LABEL)
        relay = bus.outputs("relay", [OutputLine(line=OTHER)])
        await bus.open()

        assert f'are both labelled "{LABEL}"' in why(relay)
        assert "check which one is meant" in why(relay)
        await bus.aclose()
        twin.close()

    on_a_chip(find)


def test_a_label_that_no_chip_has_names_those_that_there_are() -> None:
    async def find(bench: ChipBench) -> None:
        bus = by_label(bench, "pinctrl-rp1")
        relay = bus.outputs("relay", [OutputLine(line=OTHER)])
        await bus.open()
        assert (
            why(relay)
            == f'there is no GPIO chip labelled "pinctrl-rp1"; did you mean "{LABEL}"?; check with: gpiodetect'
        )
        await bus.aclose()

    on_a_chip(find)


@pytest.mark.parametrize(
    ("library", "says"),
    [
        ("no_such_package", "the Python package no_such_package cannot be loaded"),
        ("tests.drivers.gpio.first_gpiod", "is of version 1.6.3, and 2 is needed; check with: pip show"),
    ],
)
def test_a_missing_package_and_one_of_the_first_version_are_said_plainly(library: str, says: str) -> None:
    async def load(bench: ChipBench) -> None:
        bus = create("gpio", Options(chip=str(bench.chip.path), library=library))
        relay = bus.outputs("relay", [OutputLine(line=OTHER)])
        await bus.open()
        assert says in why(relay)
        assert "check" in why(relay)
        await bus.aclose()

    on_a_chip(load)
