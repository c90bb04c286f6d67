"""What goes wrong at a meter's wire: one clear sentence with the next thing to check, and it heals by itself.

Whatever happens, no value is told that the meter does not show.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from agent.errors import DriverError, DriverImplausible, DriverUnavailable
from firmware_sim.meter_models import MODELS
from firmware_sim.modbus_frames import rtu_frame
from firmware_sim.virtual_loop import run
from tests.drivers.meters.bench import MeterBench, over_rtu, reason, soon, with_a_meter
from tests.drivers.meters.sml_bench import SmlBench, under_a_head
from tests.drivers.meters.sml_bench import reason as reason_of_sml
from tests.drivers.ports import denied, held_by_another
from tests.drivers.world import FIRST_WH

HEALS_WITHIN_S = 6
OTHERS_POLL_EVERY_S = 0.15
OTHERS_POLL_FOR_S = 60.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens at the wire, and what is told of it."""

    happens: Callable[[MeterBench], AbstractContextManager[None]]
    kind: type[DriverError]
    words: str
    """A regular expression: one of them where more than one is right."""


@contextmanager
def unplugged(bench: MeterBench) -> Iterator[None]:
    bench.site.meter_wire.vanish()
    yield
    bench.site.meter_wire.appear()


@contextmanager
def without_power(bench: MeterBench) -> Iterator[None]:
    bench.site.meter.silent = True
    yield
    bench.site.meter.silent = False


@contextmanager
def exchanged_for_another(bench: MeterBench) -> Iterator[None]:
    """Of another maker; who exchanges it takes the old one's power away, so the driver has met nobody."""
    ours = bench.site.meter.model
    bench.site.meter.become(MODELS["carlo-gavazzi-em340"])
    bench.start_anew()
    yield
    bench.site.meter.become(ours)


@contextmanager
def garbage(bench: MeterBench) -> Iterator[None]:
    bench.site.meter.garbage = True
    yield
    bench.site.meter.garbage = False


@contextmanager
def two_with_one_address(bench: MeterBench) -> Iterator[None]:
    """Both answer at once, and what is heard is neither."""
    meter = bench.site.meter
    honest = meter.disturb
    meter.disturb = lambda frame: bytes(a & b for a, b in zip(frame, frame[1:] + b"\0", strict=True))  # type: ignore[method-assign]
    yield
    meter.disturb = honest  # type: ignore[method-assign]


@contextmanager
def another_master(bench: MeterBench) -> Iterator[None]:
    """It asks our meter for two registers all the time, and we hear both of them."""
    wire, loop = bench.site.meter_wire, asyncio.get_running_loop()
    request = rtu_frame(1, bytes((4, 0, 0, 0, 2)))
    told = rtu_frame(1, bytes((4, 4, 0x43, 0x66, 0x00, 0x00)))
    talk = [
        loop.call_later(OTHERS_POLL_EVERY_S * turn + pause_s, wire.send, frame)
        for turn in range(int(OTHERS_POLL_FOR_S / OTHERS_POLL_EVERY_S))
        for pause_s, frame in ((0.0, request), (0.03, told))
    ]
    yield
    for frame in talk:
        frame.cancel()


@contextmanager
def only_an_echo(bench: MeterBench) -> Iterator[None]:
    """The adapter hears itself, and nobody else is there."""
    wire = bench.site.meter_wire
    honest = wire._received
    wire._received = wire.send
    yield
    wire._received = honest


@contextmanager
def closed_to_this_user(bench: MeterBench) -> Iterator[None]:
    """The rights at a port change when its adapter is plugged in anew."""
    replug(bench)
    with denied(bench.site.meter_wire.path):
        yield


@contextmanager
def taken_by_another_program(bench: MeterBench) -> Iterator[None]:
    replug(bench)
    with held_by_another(bench.site.meter_wire.path):
        yield


def replug(bench: MeterBench) -> None:
    bench.site.meter_wire.vanish()
    bench.site.meter_wire.appear()


NOBODY_THERE = r"no answer from address 1 on rs485; check that A and B are not swapped, the baud rate, the address and "
TROUBLES = [
    Trouble(unplugged, DriverUnavailable, "rs485 is not there; check that the adapter is plugged in$"),
    Trouble(without_power, DriverUnavailable, NOBODY_THERE + "the power$"),
    Trouble(
        exchanged_for_another,
        DriverImplausible,
        "^address 1 on rs485 is no eastron-sdm630: .*; it looks like carlo-gavazzi-em340: check the address, or write "
        'map = "carlo-gavazzi-em340"$',
    ),
    Trouble(
        garbage,
        DriverUnavailable,
        f"{NOBODY_THERE}the power$|answers damaged; check for two devices with this address, the termination and the "
        "cable$|gives other answers than asked for; check for a second master on the line$",
    ),
    Trouble(
        two_with_one_address,
        DriverUnavailable,
        "answers damaged; check for two devices with this address, the termination and the cable$|" + NOBODY_THERE,
    ),
    Trouble(another_master, DriverUnavailable, "check for a second master on (it|the line)"),
    Trouble(
        only_an_echo,
        DriverUnavailable,
        "no answer from .*, only what is sent comes back; check A and B, the address and the power$",
    ),
    Trouble(
        closed_to_this_user,
        DriverUnavailable,
        r"may not be opened by this user; add the user to the group of the device \(often dialout\)$",
    ),
    Trouble(taken_by_another_program, DriverUnavailable, "is used by another program; stop that program$"),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.happens.__name__)
def test_a_meter_in_trouble_is_told_in_one_sentence_and_heals_by_itself(trouble: Trouble) -> None:
    async def read(bench: MeterBench) -> None:
        assert (await bench.driver.read()).register_wh == FIRST_WH
        with trouble.happens(bench):
            told = [await told_of(bench, trouble.kind) for _ in range(4)]
        await asyncio.sleep(HEALS_WITHIN_S)

        assert re.search(trouble.words, told[-1]), told
        assert (await soon(bench, within=3)).register_wh == FIRST_WH

    with_a_meter(read)


async def told_of(bench: MeterBench, kind: type[DriverError]) -> str:
    text = await reason(bench, kind)
    await asyncio.sleep(1)
    return text


@pytest.mark.parametrize(
    "trouble",
    [one for one in TROUBLES if one.happens not in (exchanged_for_another,)],
    ids=lambda trouble: trouble.happens.__name__,
)
def test_trouble_that_is_there_from_the_start_is_told_the_same(trouble: Trouble) -> None:
    async def read(bench: MeterBench) -> None:
        await bench.line.aclose()
        with trouble.happens(bench):
            await bench.line.open()
            told = [await told_of(bench, trouble.kind) for _ in range(4)]
        await asyncio.sleep(HEALS_WITHIN_S)

        assert re.search(trouble.words, told[-1]), told
        assert (await soon(bench, within=3)).register_wh == FIRST_WH

    with_a_meter(read)


def test_an_adapter_that_hears_itself_is_no_trouble() -> None:
    async def read(bench: MeterBench) -> None:
        wire = bench.site.meter_wire
        honest = wire._received

        def echoed(octets: bytes) -> None:
            wire.send(octets)
            honest(octets)

        wire._received = echoed

        for _ in range(5):
            assert (await bench.driver.read()).register_wh == FIRST_WH

    with_a_meter(read)


# --- a meter that pushes


@dataclass(frozen=True, slots=True)
class HeadTrouble:
    happens: Callable[[SmlBench], AbstractContextManager[None]]
    kind: type[DriverError]
    words: str


@contextmanager
def head_unplugged(bench: SmlBench) -> Iterator[None]:
    bench.meter.wire.vanish()
    yield
    bench.meter.wire.appear()


@contextmanager
def head_fallen_off(bench: SmlBench) -> Iterator[None]:
    bench.meter.silent = True
    yield
    bench.meter.silent = False


@contextmanager
def wrong_speed(bench: SmlBench) -> Iterator[None]:
    bench.meter.garbage = True
    yield
    bench.meter.garbage = False


@contextmanager
def crooked_head(bench: SmlBench) -> Iterator[None]:
    bench.meter.wire.flip_rate = 0.02
    yield
    bench.meter.wire.flip_rate = 0.0


@contextmanager
def head_closed_to_this_user(bench: SmlBench) -> Iterator[None]:
    bench.meter.wire.vanish()
    bench.meter.wire.appear()
    with denied(bench.path):
        yield


@contextmanager
def head_of_another_program(bench: SmlBench) -> Iterator[None]:
    bench.meter.wire.vanish()
    bench.meter.wire.appear()
    with held_by_another(bench.path):
        yield


HEAD_TROUBLES = [
    HeadTrouble(head_unplugged, DriverUnavailable, "head is not there; check that the adapter is plugged in$"),
    HeadTrouble(head_fallen_off, DriverUnavailable, "nothing arrives on .*; check that the head sits on the meter's"),
    HeadTrouble(wrong_speed, DriverUnavailable, "what arrives on .* is no SML; check the line settings, often 9600"),
    HeadTrouble(crooked_head, DriverUnavailable, "check that the head|check the head's place|check the line settings"),
    HeadTrouble(head_closed_to_this_user, DriverUnavailable, r"may not be opened by this user; add the user to the"),
    HeadTrouble(head_of_another_program, DriverUnavailable, "is used by another program; stop that program$"),
]


@pytest.mark.parametrize("at_start", [False, True], ids=["in operation", "at start"])
@pytest.mark.parametrize("trouble", HEAD_TROUBLES, ids=lambda trouble: trouble.happens.__name__)
def test_a_head_in_trouble_is_told_in_one_sentence_and_heals_by_itself(trouble: HeadTrouble, at_start: bool) -> None:
    async def body() -> None:
        async with under_a_head() as bench:
            if at_start:
                await bench.driver.aclose()
            else:
                assert (await bench.driver.read()).register_wh == FIRST_WH
            with trouble.happens(bench):
                told = []
                for _ in range(3):
                    told.append(await reason_of_sml(bench, trouble.kind))
                    await asyncio.sleep(1)
            await asyncio.sleep(HEALS_WITHIN_S)

            assert re.search(trouble.words, told[-1]), told
            assert (await bench.driver.read()).register_wh == FIRST_WH

    run(body())


# --- who answers is somebody else's


def test_over_rtu_a_port_that_is_no_line_at_all_is_told() -> None:
    """A path that somebody mistyped: a file, and no serial device."""

    async def body() -> None:
        async with over_rtu() as bench:
            path = bench.site.meter_wire.path
            bench.site.meter_wire.vanish()
            path.write_text("no port\n")

            assert "check the adapter" in await reason(bench, DriverUnavailable)
            path.unlink()
            bench.site.meter_wire.appear()
            await asyncio.sleep(HEALS_WITHIN_S)
            assert (await bench.driver.read()).register_wh == FIRST_WH

    run(body())
