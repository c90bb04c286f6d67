"""The simulated PN532: the recorded frames, its states, and the ways to break it."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.arguments import NotNow
from firmware_sim.pn532 import HELD_S, Pn532, Power
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline
from firmware_sim.verbs import perform
from firmware_sim.virtual_loop import run
from firmware_sim.ways.of_reader import NEEDS_PN532
from tests.drivers.world import charger

VECTORS: dict[str, Any] = json.loads(Path("tests/vectors/pn532.json").read_text())
SENT = {exchange["name"]: bytes.fromhex(exchange["sent"]) for exchange in VECTORS["exchanges"]}
ACK = bytes.fromhex(VECTORS["control"]["ack"])
NACK = bytes.fromhex(VECTORS["control"]["nack"])
ERROR = bytes.fromhex(VECTORS["control"]["error"])
WAKE = b"\x55\x55" + bytes(14)
CONFIGURE = next(sent for name, sent in SENT.items() if name.startswith("SAMConfiguration"))
LIMIT = SENT["RFConfiguration, limited retries"]
LIST = SENT["InListPassiveTarget, no card"]
VERSION = SENT["GetFirmwareVersion"]
NO_CARD = bytes.fromhex("0000ff03fdd54b00e000")


class Host:
    """Writes octets to the chip's line and keeps what comes."""

    def __init__(self, chip: Pn532, path: Path) -> None:
        self.chip = chip
        self._line = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._heard = bytearray()
        asyncio.get_running_loop().add_reader(self._line, self._hear)

    async def say(self, octets: bytes, for_s: float = 0.1) -> bytes:
        """What is heard within `for_s`."""
        self._heard.clear()
        os.write(self._line, octets)
        await asyncio.sleep(for_s)
        return bytes(self._heard)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._line)
        os.close(self._line)

    def _hear(self) -> None:
        self._heard += os.read(self._line, 4096)


def at_a_chip(folder: Path, test: Callable[[Host], Awaitable[None]]) -> None:
    async def body() -> None:
        loop, path = asyncio.get_running_loop(), folder / "reader"
        chip = Pn532(Timeline(loop), lambda hear: SerialWire(loop, path, hear, random.Random(1)))
        host = Host(chip, path)
        await test(host)
        host.close()
        chip.wire.vanish()

    run(body())


@pytest.mark.parametrize("exchange", VECTORS["exchanges"], ids=[each["name"] for each in VECTORS["exchanges"]])
def test_it_answers_as_it_was_recorded(exchange: dict[str, Any], tmp_path: Path) -> None:
    async def ask(host: Host) -> None:
        await host.say(WAKE + CONFIGURE)
        await host.say(LIMIT)
        if exchange.get("card"):
            host.chip.present(exchange["card"])

        assert await host.say(bytes.fromhex(exchange["sent"])) == ACK + bytes.fromhex(exchange["received"])

    at_a_chip(tmp_path, ask)


def test_it_sleeps_until_its_line_moves_and_does_nothing_before_it_is_configured(tmp_path: Path) -> None:
    async def wake(host: Host) -> None:
        assert await host.say(CONFIGURE) == b""
        assert await host.say(WAKE + VERSION) == b""
        assert host.chip.power is Power.AWAKE
        assert (await host.say(CONFIGURE)).startswith(ACK)
        assert (await host.say(VERSION)).startswith(ACK)

    at_a_chip(tmp_path, wake)


def test_it_looks_for_a_card_until_one_comes_where_nobody_limits_it_and_an_acknowledgement_ends_that(
    tmp_path: Path,
) -> None:
    async def look(host: Host) -> None:
        await host.say(WAKE + CONFIGURE)
        assert await host.say(LIST, for_s=100) == ACK
        host.chip.present("04A35C1F")
        assert b"\x04\xa3\x5c\x1f" in await host.say(b"")
        await asyncio.sleep(1)

        assert await host.say(LIST) == ACK
        assert await host.say(ACK) == b""
        host.chip.present("04A35C1F")
        assert await host.say(b"") == b""

    at_a_chip(tmp_path, look)


def test_a_card_is_there_for_a_moment(tmp_path: Path) -> None:
    async def hold(host: Host) -> None:
        await host.say(WAKE + CONFIGURE)
        await host.say(LIMIT)
        host.chip.present("04A35C1F")
        assert NO_CARD not in await host.say(LIST)
        await asyncio.sleep(HELD_S)
        assert await host.say(LIST) == ACK + NO_CARD

    at_a_chip(tmp_path, hold)


def test_a_loss_of_power_takes_its_configuration(tmp_path: Path) -> None:
    async def lose(host: Host) -> None:
        await host.say(WAKE + CONFIGURE)
        await host.say(LIMIT)
        host.chip.lose_power()
        assert await host.say(WAKE + CONFIGURE) == b""
        host.chip.gain_power()
        assert await host.say(VERSION) == b""
        await host.say(WAKE + CONFIGURE)
        assert await host.say(LIST, for_s=10) == ACK

    at_a_chip(tmp_path, lose)


def test_damaged_commands_are_not_heard_and_unknown_ones_are_a_syntax_error(tmp_path: Path) -> None:
    async def damage(host: Host) -> None:
        await host.say(WAKE + CONFIGURE)
        assert await host.say(VERSION[:-2] + b"\x2b\x00") == b""
        assert await host.say(VERSION[:4]) == b""
        assert (await host.say(VERSION[4:])).startswith(ACK)
        assert await host.say(bytes.fromhex("0000ff02fed4606c00".replace("606c", "60cc"))) == ACK + ERROR
        host.chip.refuses = True
        assert await host.say(VERSION) == NACK

    at_a_chip(tmp_path, damage)


@pytest.mark.parametrize("token", ["AABBCC", "04A1B2C3D4", "XYZ0"])
def test_what_is_no_number_of_its_cards_is_refused(token: str, tmp_path: Path) -> None:
    async def present(host: Host) -> None:
        with pytest.raises(ValueError, match=r"^token: "):
            host.chip.present(token)

    at_a_chip(tmp_path, present)


@pytest.mark.parametrize("name", NEEDS_PN532)
def test_what_was_broken_of_it_is_listed_and_mended(name: str) -> None:
    async def break_and_mend() -> None:
        async with charger(name="sim-pn532") as site:
            reader = site.world.readers[0]
            assert isinstance(reader, Pn532)
            before = state_of(reader)
            await perform(site.world, "fault", {"name": name, "connector": 1})
            assert [fault["name"] for fault in site.world.status()["faults"]] == [name]
            assert state_of(reader) != before

            await perform(site.world, "heal", {})
            assert state_of(reader) == before

    run(break_and_mend())


def state_of(chip: Pn532) -> tuple[object, ...]:
    return chip.power, chip.garbage, chip.refuses, chip.late_s, chip.chunk_octets


def test_another_reader_has_no_protocol_of_a_pn532_to_break() -> None:
    async def refuse() -> None:
        async with charger() as site:
            with pytest.raises(NotNow, match="connector 1 has no PN532 as its reader; run a board that has one"):
                await perform(site.world, "fault", {"name": "reader_stuck", "connector": 1})

    run(refuse())
