"""A meter that pushes SML: what is read of its files, and what is told where they cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.drivers.contract import MeterBench as ContractBench
from agent.drivers.contract import MeterContract
from agent.drivers.meters.obis import Code, readout
from agent.drivers.meters.sml import SmlPushes
from agent.drivers.meters.sml_frames import FILE_AT_MOST, START, BadFile, Checksum, SmlFrames
from agent.drivers.meters.sml_words import BadWords, readout_of
from agent.errors import DriverError, DriverImplausible, DriverUnavailable
from firmware_sim import sml_words
from firmware_sim.virtual_loop import run
from tests.drivers.meters.sml_bench import FIRST_WH, SmlBench, reason, under_a_head, with_a_head
from tests.vectors import load_vectors, name_of

RECORDED = load_vectors("sml")
METER_ID = bytes.fromhex("0A01455653000000002A")
A_FILE = sml_words.file(
    METER_ID,
    7,
    [
        sml_words.entry("1.8.0", sml_words.WATT_HOUR, -1, sml_words.whole(123_456, 8)),
        sml_words.entry("16.7.0", sml_words.WATT, 0, sml_words.signed(-42, 4)),
    ],
)


class TestSml(MeterContract):
    def run(self, test: Callable[[ContractBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def under_the_head() -> None:
            async with under_a_head(missing=missing) as bench:
                await test(bench)

        run(under_the_head())


# --- files and words


@pytest.mark.parametrize("vector", RECORDED["vectors"], ids=name_of)
def test_what_meters_send_is_read_as_they_show_it(vector: dict[str, Any]) -> None:
    (told,) = SmlPushes(Checksum(vector["checksum"])).feed(bytes.fromhex(vector["file"]))

    assert not isinstance(told, str)
    assert dict(told.values) == vector["values"]
    assert (told.meter_id, told.step_wh) == (vector["meter_id"], vector["step_wh"])


def test_checksums_that_others_made_are_right() -> None:
    (content,) = SmlFrames(Checksum.X25).feed(bytes.fromhex(RECORDED["requests"][0]))
    holley = RECORDED["holley"]

    assert isinstance(content, bytes)
    assert readout_of(content) is None
    assert Checksum.KERMIT.fits(bytes.fromhex(holley["message"]), bytes.fromhex(holley["checksum"]))
    assert Checksum.X25.fits(b"123456789", bytes.fromhex("6e90"))


@given(cuts=st.lists(st.integers(0, 2 * len(A_FILE)), max_size=20), noise=st.binary(max_size=40))
def test_files_in_any_pieces_behind_any_noise_are_read(cuts: list[int], noise: bytes) -> None:
    frames = SmlFrames(Checksum.X25)
    stream = noise.replace(b"\x1b", b"") + A_FILE + A_FILE
    places = [0, *sorted(cuts), len(stream)]

    found = [one for begin, end in pairwise(places) for one in frames.feed(stream[begin:end])]

    assert len(found) == 2
    assert all(isinstance(one, bytes) for one in found)


@given(place=st.integers(0, len(A_FILE) - 1), bit=st.integers(0, 7))
def test_no_single_wrong_bit_makes_another_value(place: int, bit: int) -> None:
    spoilt = bytearray(A_FILE)
    spoilt[place] ^= 1 << bit

    for told in SmlPushes(Checksum.X25).feed(bytes(spoilt)):
        assert isinstance(told, str)


@given(st.lists(st.sampled_from([b"\x1b", b"\x01", b"\x1a", b"\x00"]), min_size=1, max_size=60).map(b"".join))
def test_whatever_looks_like_an_escape_in_the_content_is_content(server_id: bytes) -> None:
    (file,) = SmlFrames(Checksum.X25).feed(sml_words.file(server_id, 1, []))

    assert isinstance(file, bytes)
    told = readout_of(file)
    assert told is not None
    assert told.meter_id == server_id.hex().upper()


@given(st.binary(max_size=200))
def test_any_words_are_a_readout_or_refused(content: bytes) -> None:
    with suppress(BadWords):
        readout_of(content)


def test_endless_bytes_take_no_memory() -> None:
    frames = SmlFrames(Checksum.X25)
    for _ in range(100):
        assert list(frames.feed(bytes(1000))) == []
    assert list(frames.feed(START)) == []
    for _ in range(100):
        assert list(frames.feed(bytes(1000))) == []

    assert len(frames._received) < 2 * FILE_AT_MOST


def test_a_file_that_breaks_off_is_told_and_the_next_one_read() -> None:
    broken, whole = SmlFrames(Checksum.X25).feed(A_FILE[:40] + A_FILE)

    assert isinstance(broken, BadFile)
    assert "breaks off; check that the head" in str(broken)
    assert isinstance(whole, bytes)


@pytest.mark.parametrize(
    ("told", "values", "step_wh"),
    [
        ({(1, 8, 0): (Decimal("12345.67"), "Wh")}, {"energy_import_total": 12345}, 0.01),
        ({(1, 8, 0): (Decimal(12).scaleb(3), "Wh")}, {"energy_import_total": 12000}, 1000),
        ({(1, 8, 0): (Decimal(12), "W")}, {}, 1),
        ({(1, 7, 0): (Decimal(50), "W"), (2, 7, 0): (Decimal(350), "W")}, {"power_total": -300.0}, 1),
        ({(1, 7, 0): (Decimal(50), "W")}, {}, 1),
        ({(2, 8, 0): (Decimal(12), "Wh"), (9, 9, 9): (Decimal(1), "W")}, {}, 1),
    ],
)
def test_codes_are_values_where_their_unit_is_the_right_one(
    told: dict[Code, tuple[Decimal, str]], values: dict[str, float], step_wh: float
) -> None:
    found = readout("", told)

    assert dict(found.values) == values
    assert found.step_wh == pytest.approx(step_wh)


# --- at the wire


def test_a_charge_is_told_as_the_meter_sends_it() -> None:
    async def read(bench: SmlBench) -> None:
        bench.draw(16.0)
        await bench.driver.read()
        sample = await bench.driver.read()

        assert sample.register_wh == FIRST_WH
        assert sample.power_w == 11_040
        assert sample.currents_a == (16.0, 16.0, 16.0)
        assert sample.voltages_v == (230.0, 230.0, 230.0)
        assert sample.frequency_hz == 50.0

    with_a_head(read)


def test_what_was_sent_before_the_question_is_not_told_as_new() -> None:
    async def read(bench: SmlBench) -> None:
        await bench.driver.read()
        await asyncio.sleep(4.5)
        bench.readings["energy_import_total"] = FIRST_WH + 5

        assert (await bench.driver.read()).register_wh == FIRST_WH + 5

    with_a_head(read)


def test_a_negative_power_is_negative() -> None:
    async def read(bench: SmlBench) -> None:
        bench.draw(-2.0)

        assert (await bench.driver.read()).power_w == -1_380

    with_a_head(read)


def test_before_its_pin_a_meter_tells_whole_kilowatt_hours_and_nothing_else() -> None:
    async def read(bench: SmlBench) -> None:
        bench.meter.become(replace(bench.meter.model, register_scaler=3, is_short=True))
        bench.readings["energy_import_total"] = 12_999
        await bench.driver.read()

        sample = await bench.driver.read()

        assert sample.register_wh == 12_000
        assert sample.power_w is None
        assert sample.voltages_v == (None, None, None)

    with_a_head(read)


def test_another_checksum_is_told_by_its_name_and_then_believed() -> None:
    async def kermit(bench: SmlBench) -> None:
        bench.meter.become(replace(bench.meter.model, kermit=True))
        await asyncio.sleep(2)

        assert 'checksums are of another kind; write checksum = "kermit"' in await reason(bench, DriverUnavailable)

    async def told(bench: SmlBench) -> None:
        bench.meter.become(replace(bench.meter.model, kermit=True))
        await asyncio.sleep(2)

        assert (await bench.driver.read()).register_wh == FIRST_WH

    with_a_head(kermit)
    with_a_head(told, checksum=Checksum.KERMIT)


@pytest.mark.parametrize("knob", ["without_values", "all_zero"])
def test_values_that_a_meter_does_not_have_are_no_zeros(knob: str) -> None:
    async def read(bench: SmlBench) -> None:
        setattr(bench.meter, knob, True)
        await asyncio.sleep(2)
        await reason(bench, DriverImplausible)
        setattr(bench.meter, knob, False)
        await asyncio.sleep(2)

        assert (await bench.driver.read()).register_wh == FIRST_WH

    with_a_head(read)


def test_a_meter_that_was_exchanged_is_not_believed_until_somebody_says_so() -> None:
    async def read(bench: SmlBench) -> None:
        await bench.driver.read()
        bench.meter.become(replace(bench.meter.model, server_id=bytes.fromhex("0A01455653000000002B")))
        await asyncio.sleep(2)

        text = await reason(bench, DriverImplausible)
        assert "is 0A01455653000000002B, and until now it was 0A01455653000000002A" in text
        assert "restart the agent" in text

    with_a_head(read)


def test_a_meter_that_rests_under_load_is_told_as_frozen() -> None:
    async def read(bench: SmlBench) -> None:
        bench.draw(16.0)
        bench.meter.freeze(True)
        for _ in range(58):
            await bench.driver.read()
        await asyncio.sleep(5)

        assert "tells the same values for 6" in await reason(bench, DriverImplausible)

    with_a_head(read)


def test_phases_that_do_not_add_up_are_not_believed() -> None:
    """So some of DZG's meters contradict themselves, whose power turns negative at a certain size."""

    async def read(bench: SmlBench) -> None:
        bench.draw(1.0)
        bench.readings["power_total"] = -690.0

        assert "phases that add up to 690 W" in await reason(bench, DriverImplausible)

    with_a_head(read)


@settings(max_examples=20)
@given(flip_rate=st.sampled_from([0.0001, 0.001, 0.01]), seconds=st.integers(5, 30))
def test_bit_errors_never_become_a_wrong_value(flip_rate: float, seconds: int) -> None:
    async def read(bench: SmlBench) -> None:
        bench.draw(16.0)
        bench.meter.wire.flip_rate = flip_rate
        for _ in range(seconds):
            try:
                sample = await bench.driver.read()
            except DriverError:
                continue
            assert (sample.register_wh, sample.power_w) == (FIRST_WH, 11_040)
        bench.meter.wire.flip_rate = 0.0
        await asyncio.sleep(3)
        assert (await bench.driver.read()).register_wh == FIRST_WH

    with_a_head(read)
