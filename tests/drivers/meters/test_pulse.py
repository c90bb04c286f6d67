"""A meter's pulses on a GPIO line: what is counted, what is told of it, and what a restart leaves."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.contract import MeterBench as ContractBench
from agent.drivers.contract import MeterContract
from agent.drivers.meters.pulse import Options, PulseMeter, create
from agent.drivers.meters.pulses import LINE_BYTES, CountFile, CountLost, PulseTrain
from agent.errors import DriverError, DriverImplausible, DriverUnavailable
from firmware_sim.pulse_output import PulseOutput
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run
from tests.drivers.gpio.bench import ChipBench, chip_bench
from tests.drivers.world import LoopClock

LINE = "GPIO17"
PER_KWH = 1000
CAR_W = 11_000.0
HIGHEST_W = 100_000.0
NOTICES_WITHIN_S = 1.1
"""The bus looks at its lines once a second."""


class PulseBench:
    """A chip with the meter's output on one line, and the driver on its bus."""

    def __init__(self, chip: ChipBench) -> None:
        self.chip = chip
        self.clock = LoopClock()
        self.output = PulseOutput(Timeline(asyncio.get_running_loop()), chip.chip, LINE, PER_KWH)
        self.file = chip.folder / "meter1.count"
        options = Options(bus="gpio", line=LINE, pulses_per_kwh=PER_KWH, counts_in=self.file)
        self.driver: PulseMeter = create("pulse", options, {"gpio": chip.bus}, clock=self.clock)
        self.missed = 0

    async def vanish(self) -> None:
        self.chip.chip.vanish()
        await asyncio.sleep(NOTICES_WITHIN_S)

    async def appear(self) -> None:
        await self.chip.appear()

    def now_s(self) -> float:
        return self.clock.now().monotonic_s

    def register_wh(self) -> int:
        return (self.output.pulses - self.missed) * 1000 // PER_KWH

    async def reason(self, kind: type[DriverError]) -> str:
        with pytest.raises(kind) as raised:
            await self.driver.read()
        return raised.value.what


@asynccontextmanager
async def pulse_bench(*, missing: bool = False) -> AsyncIterator[PulseBench]:
    async with chip_bench(missing=missing) as chip:
        bench = PulseBench(chip)
        await chip.bus.open()
        await bench.driver.open()
        await asyncio.sleep(0.1)
        try:
            yield bench
        finally:
            await bench.driver.aclose()


def with_pulses(test: Callable[[PulseBench], Awaitable[None]]) -> None:
    async def body() -> None:
        async with pulse_bench() as bench:
            await test(bench)

    run(body())


class TestPulse(MeterContract):
    def run(self, test: Callable[[ContractBench], Awaitable[None]], *, missing: bool = False) -> None:
        async def on_the_line() -> None:
            async with pulse_bench(missing=missing) as bench:
                bench.output.give(5, 0.4)
                bench.output.pulses = 0 if missing else 5
                await asyncio.sleep(3)
                await test(bench)

        run(on_the_line())


# --- the train


@given(st.lists(st.floats(0.04, 500.0), min_size=1, max_size=50), st.floats(0, 1000))
def test_power_is_never_more_than_the_last_pulses_and_the_wait_for_the_next_allow(
    spacings: list[float], wait_s: float
) -> None:
    train, at_s = PulseTrain(PER_KWH, HIGHEST_W), 0.0
    train.pulse(at_s)
    for spacing_s in spacings:
        at_s += spacing_s
        train.pulse(at_s)

    power_w = train.power_w(at_s + wait_s)

    assert train.count == len(spacings) + 1
    assert power_w == pytest.approx(3600 / max(spacings[-1], wait_s), abs=0.06, rel=1e-6)


@given(st.lists(st.floats(0.0, 1.0), max_size=60))
def test_no_train_counts_more_than_can_flow(spacings: list[float]) -> None:
    train, at_s = PulseTrain(PER_KWH, HIGHEST_W), 0.0
    for spacing_s in spacings:
        at_s += spacing_s
        train.pulse(at_s)

    assert train.count <= 1 + at_s * HIGHEST_W / 3600
    assert train.count + train.too_fast == len(spacings)


def test_before_two_pulses_and_after_a_gap_there_is_no_power() -> None:
    train = PulseTrain(PER_KWH, HIGHEST_W)
    assert train.power_w(0.0) is None
    train.pulse(1.0)
    assert train.power_w(1.0) is None
    train.pulse(2.0)
    train.gap()
    train.pulse(9.0)
    assert train.power_w(9.0) is None


# --- the file


@given(counts=st.lists(st.integers(0, 10**12), min_size=1, max_size=6).map(sorted), cut=st.integers(0, LINE_BYTES))
def test_whatever_ends_a_writing_leaves_the_count_before_it(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], cut: int
) -> None:
    path = tmp_path_factory.mktemp("count") / "count"
    for count in counts:
        file = CountFile(path, PER_KWH)
        assert file.load() <= count
        file.save(count)
    kept = path.read_bytes()
    # Another writing gets so far.
    file = CountFile(path, PER_KWH)
    file.load()
    file.save(counts[-1] + 1)
    whole = path.read_bytes()
    place = next(at for at in (0, LINE_BYTES) if kept[at : at + LINE_BYTES] != whole[at : at + LINE_BYTES])
    path.write_bytes(whole[: place + cut] + kept[place + cut :])

    assert CountFile(path, PER_KWH).load() in (counts[-1], counts[-1] + 1)


def test_a_file_that_holds_nothing_sound_is_no_zero(tmp_path: Path) -> None:
    path = tmp_path / "count"
    path.write_text("garbage\n")

    with pytest.raises(CountLost, match="holds no count; check the disk, then delete it: the register begins at 0"):
        CountFile(path, PER_KWH).load()


def test_another_number_of_pulses_is_told_and_nothing_converted(tmp_path: Path) -> None:
    CountFile(tmp_path / "count", 500).save(7)

    with pytest.raises(CountLost, match="counted with 500 pulses for a kWh, and the board file says 1000"):
        CountFile(tmp_path / "count", PER_KWH).load()


# --- at the line


def test_a_charge_is_counted_to_the_pulse_and_its_power_told() -> None:
    async def charge(bench: PulseBench) -> None:
        bench.output.draw(CAR_W)
        await asyncio.sleep(600)
        sample = await bench.driver.read()

        assert sample.register_wh == bench.output.pulses == math.floor(CAR_W * 600 / 3600)
        assert sample.power_w == pytest.approx(CAR_W, rel=0.01)
        assert sample.voltages_v == sample.currents_a == (None, None, None)

    with_pulses(charge)


def test_a_car_that_stops_fades_as_the_wait_allows_and_its_register_rests() -> None:
    async def stop(bench: PulseBench) -> None:
        bench.output.draw(CAR_W)
        await asyncio.sleep(60)
        bench.output.draw(0.0)
        await asyncio.sleep(60)
        sample = await bench.driver.read()

        assert sample.register_wh == bench.output.pulses
        assert sample.power_w is not None and 0 < sample.power_w <= 60

    with_pulses(stop)


def test_contacts_that_bounce_are_one_pulse() -> None:
    async def bounce(bench: PulseBench) -> None:
        bench.output.bounces = 4
        bench.output.draw(CAR_W)
        await asyncio.sleep(60)

        assert (await bench.driver.read()).register_wh == bench.output.pulses

    with_pulses(bounce)


def test_more_pulses_than_can_flow_are_not_counted_and_told() -> None:
    async def disturb(bench: PulseBench) -> None:
        bench.output.closed_s = 0.012
        bench.output.give(20, 0.0245)
        await asyncio.sleep(2)

        text = await bench.reason(DriverImplausible)

        assert "pulses came faster than 63 A make them, and were not counted; check pulses_per_kwh" in text
        register_wh = (await bench.driver.read()).register_wh
        assert register_wh is not None and register_wh < 20

    with_pulses(disturb)


def test_a_restart_counts_on_and_invents_nothing_of_what_it_did_not_see() -> None:
    async def body() -> None:
        async with pulse_bench() as bench:
            bench.output.draw(CAR_W)
            await asyncio.sleep(60)
            told = (await bench.driver.read()).register_wh
            await asyncio.sleep(2)
            # Killed: what was told is in the file, and the pulses after it are in nobody's memory.
            again = CountFile(bench.file, PER_KWH).load()

            assert again == told
            await bench.driver.aclose()
            assert CountFile(bench.file, PER_KWH).load() == bench.output.pulses

    run(body())


def test_what_flows_while_the_chip_is_away_is_missing_and_no_power_is_made_of_the_gap() -> None:
    async def lose(bench: PulseBench) -> None:
        bench.output.draw(CAR_W)
        await asyncio.sleep(10)
        before = (await bench.driver.read()).register_wh
        await bench.vanish()
        await asyncio.sleep(60)
        assert "check" in await bench.reason(DriverUnavailable)
        await bench.appear()
        await asyncio.sleep(1)

        sample = await bench.driver.read()
        assert before is not None and sample.register_wh is not None
        assert before < sample.register_wh < bench.output.pulses - 150
        assert sample.power_w == pytest.approx(CAR_W, rel=0.01)

    with_pulses(lose)


def test_a_count_that_cannot_be_kept_is_told_and_no_register_is() -> None:
    async def break_disk(bench: PulseBench) -> None:
        await bench.driver.read()
        bench.file.unlink(missing_ok=True)
        bench.file.mkdir()
        bench.output.give(3, 0.5)
        await asyncio.sleep(3)

        assert "the count cannot be kept in" in await bench.reason(DriverUnavailable)
        bench.file.rmdir()
        assert (await bench.driver.read()).register_wh == 3

    with_pulses(break_disk)


def test_a_file_that_is_damaged_at_the_start_is_told_until_somebody_decides() -> None:
    async def damage(bench: PulseBench) -> None:
        bench.driver._before = None
        bench.file.write_text("garbage\n")

        assert "holds no count; check the disk" in await bench.reason(DriverUnavailable)
        bench.file.unlink()
        assert (await bench.driver.read()).register_wh == 0

    with_pulses(damage)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"counts_in": Path("count")}, "counts_in: count is no absolute path"),
        ({"pulses_per_kwh": 10_000}, "debounce_ms: at 63 A a pulse comes every 8.3 ms, and two times 10 ms do not fit"),
    ],
)
def test_options_that_cannot_work_are_refused_in_words(given: dict[str, object], words: str) -> None:
    whole = {"bus": "gpio", "line": LINE, "pulses_per_kwh": PER_KWH, "counts_in": Path("/var/lib/x/count"), **given}

    with pytest.raises(ValueError, match=words):
        Options(**whole)  # type: ignore[arg-type]
