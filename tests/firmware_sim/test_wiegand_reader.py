"""The simulated Wiegand reader: its bits, its wires, and the ways to break them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from firmware_sim.arguments import NotNow
from firmware_sim.gpio_chip import GpioChip
from firmware_sim.timeline import Timeline
from firmware_sim.verbs import perform
from firmware_sim.virtual_loop import run
from firmware_sim.wiegand_reader import WiegandReader, WiegandWires, framed
from tests.drivers.world import charger


@pytest.mark.parametrize(
    ("card", "bits"),
    [
        ("000000", "0" + "0" * 24 + "1"),
        ("FFFFFF", "0" + "1" * 24 + "1"),
        ("010001", "1" + "00000001" + "0000000000000001" + "0"),
        ("04A1B2C3", "0" + "00000100" + "10100001" + "10110010" + "11000011" + "1"),
    ],
)
def test_a_card_is_sent_between_its_parities(card: str, bits: str) -> None:
    assert "".join(map(str, framed(bytes.fromhex(card)))) == bits


@pytest.mark.parametrize("token", ["04A1B2C3D4E5F6", "CAFE", "XYZ0"])
def test_a_card_that_fits_neither_length_is_refused(token: str, tmp_path: Path) -> None:
    async def present() -> None:
        timeline = Timeline(asyncio.get_running_loop())
        chip = GpioChip(timeline, tmp_path / "chip")
        reader = WiegandReader(timeline, WiegandWires(chip, "GPIO17", "GPIO27"))
        with pytest.raises(ValueError, match=r"^token: "):
            reader.present(token)

    run(present())


@pytest.mark.parametrize("name", ["wiegand_crossed", "wiegand_short"])
def test_what_was_broken_of_it_is_listed_and_mended(name: str) -> None:
    async def break_and_mend() -> None:
        async with charger(name="sim-wiegand") as site:
            reader = site.world.readers[0]
            assert isinstance(reader, WiegandReader)
            await perform(site.world, "fault", {"name": name, "connector": 1})
            assert [fault["name"] for fault in site.world.status()["faults"]] == [name]
            assert reader.crossed or reader.wire.shorted == 0

            await perform(site.world, "heal", {})
            assert (reader.crossed, reader.wire.shorted) == (False, None)

    run(break_and_mend())


def test_another_reader_has_no_wires_of_wiegand_to_break() -> None:
    async def refuse() -> None:
        async with charger() as site:
            with pytest.raises(NotNow, match="connector 1 has no Wiegand reader; run a board that has one"):
                await perform(site.world, "fault", {"name": "wiegand_short", "connector": 1})

    run(refuse())
