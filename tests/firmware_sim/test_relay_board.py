"""Simulated relay boards: what each family answers, and which contact moves by it."""

from __future__ import annotations

import asyncio
import random
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import board_file
from firmware_sim.board_file import BoardUnusable
from firmware_sim.breakage import NEEDS_RELAYS
from firmware_sim.modbus_frames import ILLEGAL_FUNCTION, rtu_frame
from firmware_sim.relay_board import Dialect, RelayBoard
from firmware_sim.relay_dialects import DIALECTS, Eletechsup, Waveshare
from firmware_sim.relay_wiring import wire_input
from firmware_sim.rig import Rig, RigOptions
from firmware_sim.timeline import Timeline
from firmware_sim.verbs import perform
from firmware_sim.virtual_loop import run
from tests.drivers.world import charger

Story = Callable[[RelayBoard], Awaitable[None]]


def on(dialect: Dialect, story: Story) -> None:
    async def body() -> None:
        await story(RelayBoard(1, dialect, 8, Timeline(asyncio.get_running_loop()), random.Random(1)))

    run(body())


def say(board: RelayBoard, frame: str) -> str:
    """A whole frame in, and the answer as a whole frame."""
    answer = board.answer(bytes.fromhex(frame)[1:-2])
    assert answer is not None
    return rtu_frame(1, answer).hex(" ").upper()


def closed(board: RelayBoard) -> list[int]:
    return [place for place, relay in enumerate(board.relays, start=1) if relay.closed]


def test_a_waveshare_board_answers_as_its_maker_shows() -> None:
    async def story(board: RelayBoard) -> None:
        assert say(board, "01 01 00 00 00 08 3D CC") == "01 01 01 00 51 88"
        assert say(board, "01 05 00 00 FF 00 8C 3A") == "01 05 00 00 FF 00 8C 3A"
        assert say(board, "01 01 00 00 00 08 3D CC") == "01 01 01 01 90 48"
        say(board, "01 05 00 00 55 00 F2 9A")
        assert closed(board) == []
        say(board, "01 0F 00 00 00 08 01 FF BE D5")
        assert closed(board) == list(range(1, 9))
        say(board, "01 05 00 FF 00 00 FD FA")
        assert closed(board) == []

    on(Waveshare(), story)


def test_a_waveshare_board_flashes_for_tenths_of_a_second() -> None:
    async def story(board: RelayBoard) -> None:
        board.answer(bytes.fromhex("05 0202 0007"))
        await asyncio.sleep(0.6)
        assert closed(board) == [3]
        await asyncio.sleep(0.2)
        assert closed(board) == []

    on(Waveshare(), story)


def test_an_eletechsup_board_takes_codes_and_tells_zero_or_one() -> None:
    async def story(board: RelayBoard) -> None:
        say(board, "01 06 00 01 01 00 D9 9A")
        assert say(board, "01 03 00 01 00 08 15 CC").startswith("01 03 10 00 01 00 00")
        say(board, "01 06 00 01 02 00 D9 6A")
        assert closed(board) == []

    on(Eletechsup(), story)


def test_what_an_eletechsup_board_holds_for_some_seconds_only_zero_seconds_end() -> None:
    async def story(board: RelayBoard) -> None:
        board.answer(bytes.fromhex("06 0001 063C"))
        for off in ("06 0001 0200", "06 0000 0800"):
            board.answer(bytes.fromhex(off))
            assert closed(board) == [1]
        say(board, "01 06 00 01 06 00 DB AA")
        assert closed(board) == []

        board.answer(bytes.fromhex("06 0001 0602"))
        await asyncio.sleep(2.1)
        assert closed(board) == []

    on(Eletechsup(), story)


def test_an_eletechsup_board_counted_from_0_moves_the_neighbour_of_who_counts_from_1() -> None:
    async def story(board: RelayBoard) -> None:
        board.answer(bytes.fromhex("06 0001 0100"))
        assert closed(board) == [2]

    on(Eletechsup(first=0), story)


def test_a_board_of_the_old_protocol_says_nothing() -> None:
    async def story(board: RelayBoard) -> None:
        assert isinstance(board.dialect, Waveshare)
        board.dialect.speaks_v1 = True
        assert board.answer(bytes.fromhex("01 0000 0008")) is None

    on(Waveshare(), story)


def test_outputs_as_they_leave_the_factory_follow_the_inputs() -> None:
    async def story(board: RelayBoard) -> None:
        board.senses[1] = lambda: True
        board.answer(bytes.fromhex("05 0000 0000"))
        assert closed(board) == []
        assert board.answer(bytes.fromhex("01 0000 0008")) == bytes.fromhex("01 01 01")

        board.answer(bytes.fromhex("06 1000 0000"))
        board.answer(bytes.fromhex("05 0000 0000"))
        assert board.answer(bytes.fromhex("01 0000 0008")) == bytes.fromhex("01 01 00")
        assert board.answer(bytes.fromhex("02 0000 0008")) == bytes.fromhex("02 01 01")

    on(Waveshare(inputs=8, linked=True), story)


def test_a_stuck_contact_is_not_what_the_board_believes() -> None:
    async def story(board: RelayBoard) -> None:
        moved: list[bool] = []
        board.wires[1] = moved.append
        board.order(0, True)
        board.relays[0].stuck = True
        board.order(0, False)

        assert moved == [True]
        assert not board.believes(0)

    on(Waveshare(), story)


@pytest.mark.parametrize("family", sorted(DIALECTS))
@given(pdu=st.integers(1, 255).flatmap(lambda function: st.binary(max_size=8).map(bytes((function,)).__add__)))
def test_whatever_is_said_is_answered_in_form_or_refused(family: str, pdu: bytes) -> None:
    async def story(board: RelayBoard) -> None:
        answer = board.answer(pdu)
        assert answer is not None
        assert answer[0] in (pdu[0], pdu[0] | 0x80)

    on(DIALECTS[family](None), story)


@pytest.mark.parametrize("function", [2, 4, 16])
def test_functions_that_eletechsup_does_not_have_are_refused(function: int) -> None:
    async def story(board: RelayBoard) -> None:
        assert board.answer(bytes((function, 0, 0, 0, 1))) == bytes((function | 0x80, ILLEGAL_FUNCTION))

    on(Eletechsup(), story)


# --- in a world


@pytest.mark.parametrize("name", NEEDS_RELAYS)
def test_what_is_broken_of_it_is_listed_and_mended(name: str) -> None:
    async def body() -> None:
        async with charger(name="sim-modbus-relay") as site:
            await perform(site.world, "fault", {"name": name, "connector": 1})
            listed = [fault["name"] for fault in site.world.status()["faults"]]
            await perform(site.world, "heal", {})

            assert listed == ([] if name in ("relay_closed", "relay_restart") else [name])
            assert site.world.status()["faults"] == []

    run(body())


def test_its_relay_carries_the_coil_and_the_relay_of_the_controller_has_no_wire() -> None:
    async def body() -> None:
        async with charger(name="sim-modbus-relay") as site:
            board, channel = site.world.relays[1]
            steps: list[Callable[[], None]] = [
                lambda: site.outlet.energise(True),
                lambda: board.order(channel - 1, True),
                lambda: site.outlet.press_emergency_stop(True),
            ]
            seen = []
            for step in steps:
                step()
                await asyncio.sleep(0.1)
                seen.append((site.outlet.contactor.main_closed, board.sees(1)))

            assert seen == [(False, True), (True, False), (False, True)]

    run(body())


def test_contacts_of_people_feed_its_inputs_and_a_broken_wire_does_not() -> None:
    async def body() -> None:
        board = RelayBoard(1, Waveshare(inputs=8), 8, Timeline(asyncio.get_running_loop()), random.Random(1))
        contact = wire_input(board, {"channel": 4})
        seen = [board.sees(4)]
        contact.actuate(True)
        seen.append(board.sees(4))
        contact.actuate(False)
        contact.break_wire(True)
        seen.append(board.sees(4))

        assert seen == [True, False, False]

    run(body())


def test_a_board_file_without_the_relay_board_it_names_is_refused_in_words(tmp_path: Path) -> None:
    text = board_file.find("sim-modbus-relay").read_text()
    for old, new, why in [
        ('family = "waveshare-inputs"', 'family = "nobody"', "only waveshare or waveshare-inputs"),
        ('driver = "modbus_relay"\nbus = "relays"', 'driver = "modbus_relay"\nbus = "evse"', "is no relay board"),
    ]:
        assert old in text
        board = tomllib.loads(text.replace(old, new))

        async def build(board: dict[str, Any] = board) -> None:
            async with Rig(board, RigOptions(directory=tmp_path)):
                pass

        with pytest.raises(BoardUnusable, match=why):
            run(build())
