"""Every family against the faults of the field (field-problems.md, section 10), at the wire and in virtual time.

Each reads once a second: some good cycles, ten with the fault, and then it must be right again within three. What is
told meanwhile is what the meter measures at that moment. What other files hold for every family: late answers (B6),
loads of both signs (V5) and swapped words (V1) in test_modbus_map.py, other models (V3) in test_interview.py. What a
register may do from one reading to the next (T3, and V14 of energy) is for the core, agent/core/session/energy.py.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import pytest

from agent.core.quantities import MeterSample
from agent.drivers.meters.maps import known_maps, load_map
from agent.errors import DriverError, DriverImplausible
from firmware_sim.meters.points import Reading
from firmware_sim.modbus_line import TcpGateway
from firmware_sim.virtual_loop import run
from tests.drivers.meters.bench import MeterBench, over_rtu, over_tcp

WITHOUT_VOLTAGES = "eastron-sdm72d-m"
POWER_W = 6_900.0
FIRST_WH = 10_000
GOOD_CYCLES = 3
CYCLES = 10
MENDS_WITHIN = 3
"""Cycles; each begins a second after the one before, or as soon as that is over."""
PATIENCE_S = 3.0
"""For the last of them: a cycle that begins in the silence after a late answer takes longer than a second."""

Mend = Callable[[], None]
Breaks = Callable[[MeterBench], Mend]


class Plant:
    """What flows: a car with 10 A on each phase. A meter shows it, and a reading is true when it shows the same."""

    def __init__(self, bench: MeterBench) -> None:
        self.began = asyncio.get_running_loop().time()
        self.step_wh = bench.site.meter.model.energy_step_wh
        bench.site.meter._measure = self.readings

    def readings(self) -> dict[str, Reading]:
        now = asyncio.get_running_loop().time()
        measured: dict[str, Reading] = {"frequency": 50.0, "power_total": POWER_W, "energy_import_total": self.wh(now)}
        for phase in ("l1", "l2", "l3"):
            # The last digits of a voltage never rest.
            measured |= {f"voltage_{phase}": 230 + now % 1, f"current_{phase}": 10.0, f"power_{phase}": POWER_W / 3}
        return measured

    def wh(self, now: float) -> float:
        return FIRST_WH + POWER_W * (now - self.began) / 3600

    def is_shown_by(self, sample: MeterSample) -> bool:
        """Up to the steps of the register, and to what flowed while the answer was on its way. Nothing is no lie."""
        if sample.register_wh is None and sample.power_w is None:
            return True
        assert sample.register_wh is not None
        late_wh = self.wh(sample.at.monotonic_s) - sample.register_wh
        phases = [current_a for current_a in sample.currents_a if current_a is not None]
        return (
            -1 <= late_wh <= max(self.step_wh, 10) + 5
            and sample.power_w in (pytest.approx(POWER_W, abs=5), pytest.approx(POWER_W / 3, abs=5))
            and all(current_a == pytest.approx(10.0, abs=0.1) for current_a in phases)
            and all(voltage_v is None or 229 < voltage_v < 232 for voltage_v in sample.voltages_v)
            and sample.frequency_hz in (None, pytest.approx(50.0, abs=0.1))
        )


# --- what happens


def noisy(share: float) -> Breaks:
    """That share of its answers has a wrong bit (B4)."""

    def breaks(bench: MeterBench) -> Mend:
        chance = random.Random(4)
        honest = bench.site.meter.disturb

        def disturb(frame: bytes) -> bytes:
            if chance.random() >= share:
                return frame
            spoilt = bytearray(frame)
            spoilt[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
            return bytes(spoilt)

        bench.site.meter.disturb = disturb  # type: ignore[method-assign]
        return partial(setattr, bench.site.meter, "disturb", honest)

    breaks.__name__ = f"noisy_{share:.0%}"
    return breaks


def needs_a_pause_after_any_frame(bench: MeterBench) -> Mend:
    """A request that begins too soon after any byte on the line is not heard (B1)."""
    wire, loop, model = bench.site.meter_wire, asyncio.get_running_loop(), bench.site.meter.model
    hears, says, last_byte_at = wire._received, wire.send, [float("-inf")]

    def received(octets: bytes) -> None:
        if loop.time() - last_byte_at[0] >= model.quiet_s:
            hears(octets)

    def send(octets: bytes) -> None:
        last_byte_at[0] = loop.time()
        says(octets)

    wire._received = received
    setattr(wire, "send", send)  # noqa: B010 - the wire, watched
    return partial(_back, bench, hears, says)


def swallows_the_first_request(bench: MeterBench) -> Mend:
    """As after its power came back (B2)."""
    wire = bench.site.meter_wire
    hears, says = wire._received, wire.send
    swallowed: list[bytes] = []

    def received(octets: bytes) -> None:
        if swallowed:
            hears(octets)
        swallowed.append(octets)

    wire._received = received
    return partial(_back, bench, hears, says)


def says_it_in_pieces(bench: MeterBench) -> Mend:
    """With a pause between them, and behind the octets of somebody else (B10)."""
    wire, loop = bench.site.meter_wire, asyncio.get_running_loop()
    hears, says = wire._received, wire.send

    def send(octets: bytes) -> None:
        says(b"\x00\xff" + octets[:3])
        loop.call_later(0.05, says, octets[3:-1])
        loop.call_later(0.1, says, octets[-1:])

    setattr(wire, "send", send)  # noqa: B010 - the wire, in pieces
    return partial(_back, bench, hears, says)


def echoes(bench: MeterBench) -> Mend:
    """The adapter hears itself (B11)."""
    wire = bench.site.meter_wire
    hears, says = wire._received, wire.send

    def received(octets: bytes) -> None:
        says(octets)
        hears(octets)

    wire._received = received
    return partial(_back, bench, hears, says)


def _back(bench: MeterBench, hears: Callable[[bytes], None], says: Callable[[bytes], None]) -> None:
    bench.site.meter_wire._received = hears
    setattr(bench.site.meter_wire, "send", says)  # noqa: B010 - the wire as it was


def knows_shorter_reads_only(bench: MeterBench) -> Mend:
    """As some units of a family do (B16): one register less than its longest block."""
    meter = bench.site.meter
    whole = meter.model
    longest = max(block.count for block in load_map(whole.id).plans[0])
    meter.model = replace(whole, longest_read=longest - 1)
    return partial(setattr, meter, "model", whole)


def _knob(name: str) -> Breaks:
    def breaks(bench: MeterBench) -> Mend:
        setattr(bench.site.meter, name, True)
        return partial(setattr, bench.site.meter, name, False)

    breaks.__name__ = name
    return breaks


def spikes(name: str, value: float) -> Breaks:
    """One value beyond anything, in every second reading (V14)."""

    def breaks(bench: MeterBench) -> Mend:
        meter, turns = bench.site.meter, []
        honest = meter._measure

        def measure() -> dict[str, Reading]:
            turns.append(1)
            return honest() | ({name: value} if len(turns) % 2 else {})

        meter._measure = measure
        return partial(setattr, meter, "_measure", honest)

    breaks.__name__ = f"spikes_{name}"
    return breaks


def is_away(bench: MeterBench) -> Mend:
    """The adapter is pulled out (T1)."""
    bench.site.meter_wire.vanish()
    return bench.site.meter_wire.appear


ON_A_LINE = [
    needs_a_pause_after_any_frame,
    swallows_the_first_request,
    noisy(0.01),
    noisy(0.10),
    says_it_in_pieces,
    echoes,
    knows_shorter_reads_only,
    _knob("silent"),
    _knob("garbage"),
    _knob("without_values"),
    _knob("all_zero"),
    spikes("voltage_l1", 40_000.0),
    spikes("current_l1", 3e4),
    spikes("power_total", 5e7),
    spikes("frequency", 5.0),
    is_away,
]
HARMLESS = {"needs_a_pause_after_any_frame", "swallows_the_first_request", "says_it_in_pieces", "echoes"}
"""Not one reading is lost to them."""


# --- the run


@dataclass(frozen=True, slots=True)
class Seen:
    samples: list[MeterSample]
    errors: list[str]


async def cycles(bench: MeterBench, plant: Plant, count: int) -> Seen:
    """So many readings at the agent's pace, each of which is true or an error in words."""
    loop, seen = asyncio.get_running_loop(), Seen([], [])
    for _ in range(count):
        began = loop.time()
        try:
            sample = await bench.driver.read()
        except DriverError as error:
            seen.errors.append(error.what)
        else:
            assert plant.is_shown_by(sample), sample
            seen.samples.append(sample)
        await asyncio.sleep(max(0.0, began + 1.0 - loop.time()))
    return seen


async def suffers(bench: MeterBench, breaks: Breaks) -> Seen:
    """What is told while it is broken; before and after, it is right."""
    plant = Plant(bench)
    assert not (await cycles(bench, plant, GOOD_CYCLES)).errors
    mend = breaks(bench)
    broken = await cycles(bench, plant, CYCLES)
    mend()
    if breaks is is_away:
        await asyncio.sleep(5.0)  # the pace at which a port is opened again
    await asyncio.sleep(PATIENCE_S)
    assert (await cycles(bench, plant, MENDS_WITHIN)).samples
    return broken


@pytest.mark.parametrize("breaks", ON_A_LINE, ids=lambda breaks: breaks.__name__)
@pytest.mark.parametrize("map_id", known_maps())
def test_no_family_tells_a_wrong_value_and_each_is_right_again(map_id: str, breaks: Breaks) -> None:
    async def body() -> Seen:
        async with over_rtu(map_id) as bench:
            return await suffers(bench, breaks)

    broken = run(body())

    assert all("check" in words or "if that stays" in words or "looked for again" in words for words in broken.errors)
    if breaks.__name__ in HARMLESS:
        assert not broken.errors


# --- frozen, not ready, another one


@pytest.mark.parametrize("map_id", known_maps())
def test_a_family_that_rests_under_load_is_not_believed_for_longer_than_its_steps_take(map_id: str) -> None:
    """Of the gauge that froze (T2): a minute at least, and two steps of the register."""

    async def body() -> None:
        async with over_rtu(map_id) as bench:
            plant = Plant(bench)
            await cycles(bench, plant, GOOD_CYCLES)
            shown = await bench.driver.read()
            assert shown.power_w is not None
            bench.site.meter.freeze(True)
            due_s = max(60.0, 2 * load_map(map_id).step_wh * 3600 / shown.power_w)
            await asyncio.sleep(2.0)
            await bench.driver.read()
            await asyncio.sleep(due_s + 2.0)

            with pytest.raises(DriverImplausible, match="the same values for"):
                await bench.driver.read()

    run(body())


@pytest.mark.parametrize("map_id", known_maps())
def test_a_family_that_is_silent_at_first_tells_its_register_and_never_a_zero(map_id: str) -> None:
    """A meter that boots for longer than we do (T5)."""

    async def body() -> None:
        async with over_rtu(map_id) as bench:
            plant = Plant(bench)
            bench.site.meter.silent = True
            begun = await cycles(bench, plant, 20)
            bench.site.meter.silent = False

            assert not begun.samples
            assert (await cycles(bench, plant, MENDS_WITHIN + 1)).samples

    run(body())


@pytest.mark.parametrize("map_id", [id for id in known_maps() if "serial_number" in load_map(id).points])
def test_a_family_that_tells_its_number_is_not_read_on_once_it_is_another_one(map_id: str) -> None:
    """An exchange needs a loss of power, and after each silence a meter says who it is (T7)."""

    async def body() -> None:
        async with over_rtu(map_id) as bench:
            await bench.driver.read()
            meter = bench.site.meter
            meter.silent = True
            await cycles(bench, Plant(bench), 2)
            number = meter.model.identity["serial_number"]
            other = f"9{number[1:]}" if isinstance(number, str) else (number or 0) + 1
            meter.become(replace(meter.model, identity={**meter.model.identity, "serial_number": other}))
            meter.silent = False
            await asyncio.sleep(PATIENCE_S)

            with pytest.raises(DriverImplausible, match="and until now it was"):
                await bench.driver.read()

    run(body())


# --- over TCP


def gateway_of(bench: MeterBench) -> TcpGateway:
    assert bench.gateway is not None
    return bench.gateway


def loses_count(bench: MeterBench) -> Mend:
    """The transaction ids of a gateway are one off (B7)."""
    gateway_of(bench).shift_transactions = 1
    return partial(setattr, gateway_of(bench), "shift_transactions", 0)


def hangs_up(bench: MeterBench) -> Mend:
    """On whoever is idle for half a second (B8)."""
    loop, gateway = asyncio.get_running_loop(), gateway_of(bench)
    turns: list[asyncio.TimerHandle] = []

    def hang_up() -> None:
        gateway.hang_up()
        turns.append(loop.call_later(0.97, hang_up))

    hang_up()
    return lambda: turns[-1].cancel()


@pytest.mark.parametrize("breaks", [loses_count, hangs_up], ids=lambda breaks: breaks.__name__)
@pytest.mark.parametrize("map_id", known_maps())
def test_no_family_behind_a_gateway_tells_a_wrong_value(map_id: str, breaks: Breaks) -> None:
    async def body() -> Seen:
        async with over_tcp(map_id) as bench:
            return await suffers(bench, breaks)

    broken = run(body())

    assert all("check" in words or "another program" in words for words in broken.errors)
