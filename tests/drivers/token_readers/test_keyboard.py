"""A keyboard-like reader on the event device of a simulated one, and on what is none."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import tempfile
import termios
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from agent.drivers import loader
from agent.drivers.contract import TokenReaderBench, TokenReaderContract
from agent.drivers.input_device import EVIOCGRAB, InputDevice, Opening, why_not
from agent.drivers.token_readers.keyboard import KeyboardReader, Options, create
from agent.drivers.watching import becomes_unavailable, first
from agent.drivers.wire import WireLost
from agent.errors import DriverUnavailable
from firmware_sim.keyboard_reader import EventPipe
from firmware_sim.keyboard_reader import KeyboardReader as Typist
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run
from tests.drivers.forbidding import forbidden

CARD = "04A1B2C3"


class ReaderBench:
    def __init__(self, folder: Path, typist: dict[str, Any], options: dict[str, Any]) -> None:
        self.loop = asyncio.get_running_loop()
        self.path = folder / "reader"
        self.typist = Typist(Timeline(self.loop), EventPipe(self.path), **typist)
        self.driver: KeyboardReader = create("keyboard", Options(device=str(self.path), **options), {})

    def present(self, card: str) -> None:
        self.typist.present(card)

    async def vanish(self) -> None:
        self.typist.wire.vanish()

    async def appear(self) -> None:
        self.typist.wire.appear()
        await asyncio.sleep(6)

    async def next_card(self, card: str = CARD) -> str:
        """What is told of a card that is held before the reader in a second."""
        self.loop.call_later(1.0, self.present, card)
        return (await first(self.driver.tokens())).value

    async def becomes_well(self) -> None:
        """Asked again and again, as the agent does it, until a card is told."""
        async with asyncio.timeout(15):
            while True:
                with suppress(DriverUnavailable):
                    assert await self.next_card() == CARD
                    return
                await asyncio.sleep(1)


@asynccontextmanager
async def reader_bench(
    *, missing: bool = False, typist: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[ReaderBench]:
    with tempfile.TemporaryDirectory() as folder:
        bench = ReaderBench(Path(folder), typist or {}, options)
        if missing:
            bench.typist.wire.vanish()
        await bench.driver.open()
        try:
            yield bench
        finally:
            await bench.driver.aclose()
            bench.typist.wire.vanish()


class TestKeyboardReader(TokenReaderContract):
    def run(self, test: Callable[[TokenReaderBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def at_the_wire() -> None:
            async with reader_bench(missing=missing, lengths=(8, 14)) as bench:
                await test(bench)

        run(at_the_wire())


def with_a_reader(test: Callable[[ReaderBench], Awaitable[None]], **kinds: Any) -> None:
    async def body() -> None:
        async with reader_bench(**kinds) as bench:
            await test(bench)

    run(body())


# --- cards


def test_the_decimal_of_the_reversed_bytes_becomes_the_card() -> None:
    async def present(bench: ReaderBench) -> None:
        assert await bench.next_card() == CARD

    kind = {"decimal_digits": 10, "last_first": True}
    with_a_reader(present, typist=kind, decimal=True, reverse_bytes=True)


def test_a_number_typed_on_the_keypad_is_read() -> None:
    async def present(bench: ReaderBench) -> None:
        bench.typist.keypad = True
        assert await bench.next_card("00112233") == "00112233"

    with_a_reader(present)


def test_a_card_shown_before_anybody_listens_is_not_lost() -> None:
    async def present(bench: ReaderBench) -> None:
        bench.present(CARD)
        await asyncio.sleep(1)
        assert (await first(bench.driver.tokens())).value == CARD

    with_a_reader(present)


def test_what_a_person_types_slowly_is_no_card() -> None:
    async def present(bench: ReaderBench) -> None:
        bench.typist.type("11223344", every_s=0.5)
        bench.loop.call_later(10, bench.present, CARD)
        assert (await first(bench.driver.tokens())).value == CARD
        assert bench.driver.garbage >= 7

    with_a_reader(present)


def test_a_length_that_is_not_expected_is_told_once_and_without_the_number(caplog: pytest.LogCaptureFixture) -> None:
    async def present(bench: ReaderBench) -> None:
        for n in range(3):
            bench.loop.call_later(n, bench.typist.type, "123456789012")
        bench.loop.call_later(5, bench.present, CARD)
        assert (await first(bench.driver.tokens())).value == CARD

    with caplog.at_level(logging.WARNING):
        with_a_reader(present)
    (told,) = caplog.records
    assert "check lengths, decimal and card_bytes" in told.getMessage()
    assert vars(told)["digits"] == 12
    assert "123456789012" not in str(vars(told))


# --- the device


def test_a_reader_that_is_pulled_out_is_unavailable_at_once_and_back_when_it_is_plugged_in(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def pull(bench: ReaderBench) -> None:
        bench.loop.call_later(3, bench.typist.wire.vanish)
        reason = await becomes_unavailable(bench.driver.tokens())
        assert bench.loop.time() == pytest.approx(3)
        assert reason == f"{bench.path} is not there; check that the reader is plugged in"
        for _ in range(10):
            await becomes_unavailable(bench.driver.tokens())
            await asyncio.sleep(1)
        bench.typist.wire.appear()
        await bench.becomes_well()

    with caplog.at_level(logging.WARNING):
        with_a_reader(pull)
    assert [record.getMessage() for record in caplog.records] == ["card reader is lost"]


def test_half_a_number_before_it_was_pulled_out_is_forgotten() -> None:
    async def pull(bench: ReaderBench) -> None:
        bench.typist.type("0000", enter=False)
        # A whole record and a piece of one, which would put every later one out of step.
        bench.loop.call_later(0.1, bench.typist.wire.send, bench.typist.event(1, 30, 1) + bytes(5))
        bench.loop.call_later(0.2, bench.typist.wire.vanish)
        await becomes_unavailable(bench.driver.tokens())
        bench.typist.wire.appear()
        await bench.becomes_well()

    with_a_reader(pull)


def test_a_reader_that_may_not_be_opened_is_told_with_the_group_to_join() -> None:
    async def forbid(bench: ReaderBench) -> None:
        await bench.driver.aclose()
        with forbidden(bench.path):
            reason = await becomes_unavailable(bench.driver.tokens())
        assert reason == (
            f"{bench.path} may not be opened by this user; add the user to the group of the device (often input)"
        )
        await bench.becomes_well()

    with_a_reader(forbid)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def refusal(path: str) -> str:
    """Why it cannot be opened."""

    async def open_it() -> str:
        device = InputDevice(path)
        with pytest.raises(WireLost) as raised:
            await device.open()
        assert not device.is_open
        return str(raised.value)

    return run(open_it())


def test_what_cannot_be_grabbed_is_not_read_be_it_a_device_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    _, terminal = os.openpty()

    before = descriptors()

    for path in ("/dev/null", "/dev/zero", os.ttyname(terminal), str(file), str(tmp_path)):
        assert refusal(path) == f"{path} is no input device; check the path, which begins with /dev/input/by-id/"
    assert descriptors() == before


def test_a_device_that_opens_after_nobody_waits_any_more_is_let_go_again(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "reader")
    before = descriptors()

    for ends_first in (True, False):
        opening = Opening(str(tmp_path / "reader"))
        for step in (opening.end, opening.do) if ends_first else (opening.do, opening.end):
            step()
        assert opening.take() is None
    assert descriptors() == before


def test_the_grab_is_that_of_the_kernels_header() -> None:
    write, size_of_int, kind, number = 1, 4, ord("E"), 0x90

    assert write << 30 | size_of_int << 16 | kind << 8 | number == EVIOCGRAB


def test_a_grab_that_somebody_else_holds_is_told_as_that() -> None:
    # A real EBUSY of a real ioctl: a terminal that is held exclusively. What grabs input devices is not in containers.
    _, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCEXCL)
    with pytest.raises(OSError, match="busy") as raised:
        taken_by_another(os.ttyname(terminal))

    assert why_not("/dev/input/event3", raised.value) == (
        "/dev/input/event3 is used by another program; stop that program"
    )


def taken_by_another(path: str) -> None:
    """Open it as a user whom exclusiveness stops."""
    if os.geteuid() != 0:
        os.open(path, os.O_RDONLY | os.O_NOCTTY)
        return
    Path(path).chmod(0o666)
    os.seteuid(65_534)
    try:
        os.open(path, os.O_RDONLY | os.O_NOCTTY)
    finally:
        os.seteuid(0)


def test_a_simulated_device_without_a_simulator_says_so() -> None:
    assert refusal("sim:reader").startswith("sim:reader is a simulated device; start evse-sim")


def test_closing_wakes_whoever_waits_and_leaves_no_descriptor() -> None:
    async def close(bench: ReaderBench) -> None:
        before = descriptors()
        bench.loop.call_later(1, lambda: asyncio.ensure_future(bench.driver.aclose()))
        assert (await becomes_unavailable(bench.driver.tokens())).endswith("was closed")
        assert descriptors() == before - 1

    with_a_reader(close)


# --- options


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"lengths": [8, 9]}, "9 digits are no whole bytes; with decimal = true they may be a number"),
        ({"lengths": []}, "is empty; name at least one, such as [8, 10]"),
        ({"lengths": [2]}, "2 is below 4 digits"),
        ({"card_bytes": 6}, "6 is not 3 or 4 or 5 or 7 or 8 or 10"),
    ],
)
def test_options_that_cannot_be_are_refused_with_what_can(given: dict[str, object], sentence: str) -> None:
    (problem,) = loader.check_driver("token_reader", "keyboard", {"device": "/dev/input/event0", **given}, None)

    assert problem.what == sentence
    assert problem.key[0] in given
