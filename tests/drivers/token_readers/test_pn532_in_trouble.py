"""What a PN532's line, its supply and its firmware do to its reader, and that all of it heals."""

from __future__ import annotations

import asyncio
import logging
import random
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.drivers.serial_port import SerialPort
from agent.drivers.token_readers.pn532 import Options, create
from agent.drivers.token_readers.pn532_chip import Chip, NoAnswer
from agent.drivers.token_readers.pn532_words import CONFIGURE_SAM, GET_FIRMWARE_VERSION, LIST_ONE_CARD, WAKE_UP
from agent.drivers.watching import becomes_unavailable
from agent.errors import DriverError, DriverImplausible, DriverUnavailable
from firmware_sim import pn532
from firmware_sim.pn532 import Pn532, Power
from firmware_sim.serial_wire import SerialWire
from firmware_sim.virtual_loop import run
from tests.drivers.forbidding import forbidden
from tests.drivers.token_readers.pn532_bench import CARD, ReaderBench, some, with_a_reader


async def a_card(bench: ReaderBench) -> str:
    """The next one, however many looks that takes; within a bound, so that a reader that never gives up is seen."""
    async with asyncio.timeout(60):
        return (await anext(bench.driver.tokens())).value


# --- the chip


def test_looks_that_fail_now_and_then_are_no_reason_to_start_anew(caplog: pytest.LogCaptureFixture) -> None:
    async def disturb(bench: ReaderBench) -> None:
        for n in range(6):
            bench.later(2 + 4 * n, lambda: setattr(bench.chip, "refuses", True))
            bench.later(2.3 + 4 * n, lambda: setattr(bench.chip, "refuses", False))
        bench.later(30, lambda: bench.present(CARD))
        assert await a_card(bench) == CARD

    with caplog.at_level(logging.INFO):
        with_a_reader(disturb)
    assert caplog.records == []


def test_a_dip_of_the_supply_goes_by_unnoticed_but_for_a_new_start(caplog: pytest.LogCaptureFixture) -> None:
    async def dip(bench: ReaderBench) -> None:
        bench.later(5, bench.chip.lose_power)
        bench.later(5.2, bench.chip.gain_power)
        bench.later(12, lambda: bench.present(CARD))
        assert await a_card(bench) == CARD
        assert bench.chip.power is Power.CONFIGURED

    with caplog.at_level(logging.INFO):
        with_a_reader(dip)
    assert [record.getMessage() for record in caplog.records] == ["card reader is started anew"]


@pytest.mark.parametrize("halted", [Pn532.lose_power, Pn532.get_stuck])
def test_a_chip_that_halts_is_unavailable_soon_and_back_with_its_supply(
    halted: Callable[[Pn532], None], caplog: pytest.LogCaptureFixture
) -> None:
    async def halt(bench: ReaderBench) -> None:
        bench.later(3, lambda: halted(bench.chip))
        with pytest.raises(DriverUnavailable) as raised:
            await a_card(bench)
        assert bench.loop.time() < 3 + 5
        assert raised.value.what == (
            f"{bench.path}: the PN532 answers no more; "
            "check its cable, and where that is sound switch its power off and on"
        )
        for _ in range(10):
            await becomes_unavailable(bench.driver.tokens())
        bench.chip.gain_power()
        await bench.becomes_well()

    with caplog.at_level(logging.WARNING):
        with_a_reader(halt)
    assert [record.getMessage() for record in caplog.records] == ["card reader is lost"]


def test_a_clone_that_does_not_know_how_to_release_tells_its_cards_all_the_same() -> None:
    async def present(bench: ReaderBench) -> None:
        bench.chip.lacks = frozenset({0x52})
        for at_s in (1.0, 9.0):
            bench.later(at_s, lambda: bench.present(CARD))
        told = [token.value async for token in some(bench.driver.tokens(), 2)]
        assert told == [CARD, CARD]

    with_a_reader(present)


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        ("garbage", "what comes is not from a PN532; check that its switches say HSU, and what is on this port"),
        ("refuses", "the PN532 understands nothing; check its supply and that its cable is short"),
    ],
)
def test_a_chip_that_talks_nonsense_from_the_start_is_told_from_a_silent_one(mark: str, sentence: str) -> None:
    async def talk(bench: ReaderBench) -> None:
        setattr(bench.chip, mark, True)
        assert await becomes_unavailable(bench.driver.tokens()) == f"{bench.path}: {sentence}"
        setattr(bench.chip, mark, False)
        await bench.becomes_well()

    with_a_reader(talk)


def test_a_question_right_behind_an_aborted_one_is_answered() -> None:
    async def ask(bench: ReaderBench) -> None:
        port = SerialPort(Options(port=str(bench.path)))
        await bench.driver.aclose()
        await port.open()
        asking = Chip(port)
        await asking.ask(CONFIGURE_SAM, before=WAKE_UP)
        with pytest.raises(NoAnswer):
            # Nobody limited the retries: it searches for a card until one comes.
            await asking.ask(LIST_ONE_CARD)
        assert await asking.ask(GET_FIRMWARE_VERSION) == bench.chip.version
        port.close()

    with_a_reader(ask)


@pytest.mark.parametrize("mark", ["garbage", "refuses"])
def test_nonsense_in_operation_ends_when_its_cause_does(mark: str) -> None:
    async def talk(bench: ReaderBench) -> None:
        bench.later(2, lambda: setattr(bench.chip, mark, True))
        with pytest.raises(DriverUnavailable):
            await a_card(bench)
        setattr(bench.chip, mark, False)
        await bench.becomes_well()

    with_a_reader(talk)


@pytest.mark.parametrize("late_s", [0.05, 0.2, 0.45, 0.7, 2.0])
def test_late_words_are_waited_for_or_aborted_and_never_make_a_card(late_s: float) -> None:
    async def delay(bench: ReaderBench) -> None:
        bench.chip.late_s = late_s
        told: list[str] = []

        async def listen() -> None:
            while True:
                with suppress(DriverError):
                    async for token in bench.driver.tokens():
                        told.append(token.value)
                await asyncio.sleep(1)

        bench.later(5, lambda: bench.present(CARD))
        with suppress(TimeoutError):
            async with asyncio.timeout(30):
                await listen()
        assert told in ([], [CARD])
        assert told == [CARD] or late_s > 0.1
        bench.chip.late_s = 0.0
        await bench.becomes_well()

    with_a_reader(delay)


def test_a_silent_port_has_its_own_sentence() -> None:
    async def cut(bench: ReaderBench) -> None:
        bench.chip.wire.is_cut = True
        assert await becomes_unavailable(bench.driver.tokens()) == (
            f"{bench.path}: no PN532 answers; "
            "check its power, that RX and TX are crossed, and that its switches say HSU"
        )
        bench.chip.wire.is_cut = False
        await bench.becomes_well()

    with_a_reader(cut)


def test_a_line_that_gives_back_what_it_is_told_has_its_own_sentence() -> None:
    async def echo() -> None:
        with tempfile.TemporaryDirectory() as folder:
            path, loop = Path(folder) / "loop", asyncio.get_running_loop()
            wire = SerialWire(loop, path, lambda octets: wire.send(octets), random.Random(1))
            reader = create("pn532", Options(port=str(path)), {})
            reason = await becomes_unavailable(reader.tokens())
            assert "what is sent comes back; check that RX and TX do not touch" in reason
            await reader.aclose()
            wire.vanish()

    run(echo())


def test_another_chip_of_the_family_is_named_and_not_used() -> None:
    async def look(bench: ReaderBench) -> None:
        bench.chip.version = bytes((0x33, 2, 7, 7))
        with pytest.raises(DriverImplausible, match="is a PN533, no PN532; check which reader it is"):
            await a_card(bench)
        bench.chip.version = pn532.VERSION
        await bench.becomes_well()

    with_a_reader(look)


# --- the port


def test_a_reader_that_is_pulled_out_is_unavailable_at_once_and_back_when_it_is_plugged_in() -> None:
    async def pull(bench: ReaderBench) -> None:
        bench.later(3, bench.chip.wire.vanish)
        reason = await becomes_unavailable(bench.driver.tokens())
        assert reason == f"{bench.path} is not there; check that the adapter is plugged in"
        bench.chip.wire.appear()
        await bench.becomes_well()

    with_a_reader(pull)


def test_a_port_of_another_program_is_told_as_that_and_taken_when_it_is_free() -> None:
    async def share(bench: ReaderBench) -> None:
        import serial

        await bench.driver.aclose()
        other = serial.Serial(str(bench.path), 115_200, exclusive=True)
        reason = await becomes_unavailable(bench.driver.tokens())
        assert reason == f"{bench.path} is used by another program; stop that program"
        other.close()
        await bench.becomes_well()

    with_a_reader(share)


def test_a_port_that_may_not_be_opened_is_told_with_the_group_to_join() -> None:
    async def forbid(bench: ReaderBench) -> None:
        await bench.driver.aclose()
        with forbidden(bench.path):
            reason = await becomes_unavailable(bench.driver.tokens())
        assert reason == (
            f"{bench.path} may not be opened by this user; add the user to the group of the device (often dialout)"
        )
        await bench.becomes_well()

    with_a_reader(forbid)


# --- any order


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["lose_power", "get_stuck", "vanish", "cut", "garbage", "refuses", "late", "pieces", "card"]
            ),
            st.floats(0.01, 4.0),
        ),
        max_size=6,
    )
)
def test_whatever_happens_to_it_a_reader_heals_when_its_cause_is_gone(troubles: list[tuple[str, float]]) -> None:
    async def suffer(bench: ReaderBench) -> None:
        async def listen() -> None:
            while True:
                with suppress(DriverError):
                    async for token in bench.driver.tokens():
                        assert token.value == CARD
                await asyncio.sleep(1)

        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(listen())
            for trouble, lasts_s in troubles:
                break_it(bench, trouble)
                await asyncio.sleep(lasts_s)
                mend(bench)
            await asyncio.sleep(6)
            listening.cancel()
        await bench.becomes_well()

    with_a_reader(suffer)


def break_it(bench: ReaderBench, trouble: str) -> None:
    chip = bench.chip
    match trouble:
        case "lose_power" | "get_stuck":
            getattr(chip, trouble)()
        case "vanish":
            chip.wire.vanish()
        case "cut":
            chip.wire.is_cut = True
        case "garbage" | "refuses":
            setattr(chip, trouble, True)
        case "late":
            chip.late_s = 0.3
        case "pieces":
            chip.chunk_octets = 1
        case _:
            chip.present(CARD)


def mend(bench: ReaderBench) -> None:
    chip = bench.chip
    chip.garbage = chip.refuses = chip.wire.is_cut = False
    chip.late_s, chip.chunk_octets = 0.0, 0
    chip.wire.appear()
    if chip.power in (Power.OFF, Power.STUCK):
        chip.gain_power()
