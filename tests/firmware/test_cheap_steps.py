"""What makes a step cheap changes nothing: boards that spare themselves a look behave as boards that never do.

Guards return early where nothing that they look at has changed, faults do not ask checks whose watcher is calm, and the
status is encoded piece by piece. Each has a twin here that does all the work.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from bench import Bench
from board import Board
from cable import Cable
from cbor import Places, encode_places
from chain import Chain
from configuration import Configuration
from current import Current
from earth import Earth
from evidence import ENTRY_BYTES, LAYOUT, write
from fake_hal import pins_at_rest
from full_kind import EVERYTHING
from guard import Guard
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant
from inputs import Inputs, most_ma
from kind import METERING, SOCKET, TEMPERATURES, VENTILATION, Kind
from lasting import sooner, soonest
from load_side import LoadSide
from lock import Lock
from mains import Mains
from offer import Offer
from open_pen import OpenPen
from protection import GUARDS
from proximity import Proximity, read, resistance_ohm
from rails import Rails
from residual import Residual
from situation import Situation
from startup import Startup
from temperature import LOOK_EVERY_MS, Temperature

from tests.firmware.board_world import World, world
from tests.firmware.test_board_machine import AnyBoard, seen
from tests.searching import costly

Step = tuple[list[tuple[str, object]], int, bool]
MOMENTS = st.none() | st.integers(0, 5)


class Sparing(World):
    """Says that a guard was calm while something was present."""

    def restart(self, cause: str) -> None:
        super().restart(cause)
        hold_to_its_word(self.bench.board)


class Careful(World):
    """Its guards look at everything in every step, and every check is asked."""

    def restart(self, cause: str) -> None:
        super().restart(cause)
        let_nothing_out(self.bench.board)


def hold_to_its_word(board: Board) -> None:
    interlock = board.interlock
    step = interlock.step

    def stepped(now: int) -> int:
        due = step(now)
        for guard in interlock.situation.guards:
            if guard.calm:
                present = [check.code for check in guard.checks if check.present(interlock.situation)]
                assert not present, (type(guard), present)
        return due

    interlock.step = stepped  # type: ignore[method-assign]


def let_nothing_out(board: Board) -> None:
    interlock = board.interlock
    step = interlock.step
    for group in interlock.faults._groups:
        group.watcher = None

    def stepped(now: int) -> int:
        for guard in interlock.situation.guards:
            guard._rests = False  # type: ignore[attr-defined]
            guard._seen = -1  # type: ignore[attr-defined]
        return step(now)

    interlock.step = stepped  # type: ignore[method-assign]


class SparingAndCareful(AnyBoard):
    """Two boards in one world: both do the same at the same time."""

    polls = (True, True)

    @initialize(socket=st.booleans(), ventilation=st.booleans(), open_pen=st.booleans())
    def power_on(self, socket: bool, ventilation: bool, open_pen: bool) -> None:
        has = (EVERYTHING if socket else EVERYTHING & ~SOCKET) | (VENTILATION if ventilation else 0)
        first, second = (world(has, sparse=True, open_pen=open_pen) for _ in self.polls)
        self.worlds = (Sparing(first.bench, first.contactor), Careful(second.bench, second.contactor))
        hold_to_its_word(first.bench.board)
        let_nothing_out(second.bench.board)
        self.a_charge_begins()

    @invariant()
    def both_did_the_same(self) -> None:
        if self.worlds:
            sparing, careful = (seen(each.bench) for each in self.worlds)
            assert sparing == careful


SparingAndCareful.TestCase.settings = costly(15, search=500, steps=30)
TestSparingAndCareful = SparingAndCareful.TestCase


PLACES = {
    "pilot.state": (3, 3, 3, 2, 1, 5),
    "pilot.plugged": (True, True, False),
    "pilot.insertions": (1, 2),
    "contactor.coil": (2, 2, 0),
    "contactor.switched_at": (0, 5, 600),
    "contactor.welded": (False, False, False, True),
    "lease.standing": (1, 1, 2, 0),
    "lease.lock": (True, False),
    "lease.permit": (True, False),
    "lease.configuration": (None, None, 0),
    "power._low.believed": (False, False, True),
    "unplugged_for_good": (False, True),
    "seen_empty": (False, True),
    "drive_mode": (1, 1, 0),
    "drive_duty": (2_666, 2_666, 5_000),
    "offered_da": (160, 160, 60, 320),
    "cable_da": (320, None),
    "outputs.pilot_disconnected": (False, False, True),
    "inputs.high_mv": (6_000, 12_000, 11_399),
    "inputs.mirror_open": (False, True),
    "inputs.chain_ok": (True, True, False),
    "inputs.residual": (0, 0, 1, 2, 4),
    "inputs.load_edges": ((6, 6, 6), (0, 0, 0), (0, 0, 0), (6, 0, 6), (2, 0, 0)),
    "inputs.earth_edges": (10, 8, 7),
    "inputs.earth_neutral_mv": (0, 50_001),
    "inputs.voltage_mv": (
        (230_000,) * 3,
        (230_000,) * 3,
        (194_000, 230_000, 230_000),
        (0, 230_000, 277_000),
        (0, 0, 0),
    ),
    "inputs.current_ma": ((0, 0, 0), (16_000,) * 3, (-17_700, 0, 0), (0, 501, 0), (0, 0, 41_000), (0, 200_000, 0)),
    "inputs.mains_mhz": (50_000, 50_000, 46_999, 52_001),
    "inputs.rotation_ok": (True, False),
    "inputs.plus_mv": (12_000, 12_000, 10_999),
    "inputs.generator_mhz": (1_000_000, 1_000_001, 979_000, None),
    "inputs.generator_duty": (2_666, 2_666, 2_720, None),
    "inputs.lock_code": (600, 600, 3_000, 1_800, 4_000),
    "inputs.release_mv": (12_000, 12_000, 10_999),
    "inputs.pp_mv": (595, 596, 1_336, 3_300, 0),
    "inputs.ntc_codes": (
        (2_048,) * 4,
        (2_048,) * 4,
        (700, 2_048, 300, 2_048),
        (4_095, 0, 0, 2_048),
        (3_990,) * 4,
        (2_048, 2_048, 2_048, 4_095),
        (2_048, 2_048, 2_048, 0),
    ),
}
"""What guards look at, each with values on both sides of what matters; the good ones more often."""
READ_BY: dict[object, tuple[str, ...]] = {
    LoadSide: ("inputs.load_edges", "inputs.voltage_mv", "inputs.mirror_open", "contactor.", "pilot.state"),
    Current: ("inputs.current_ma", "contactor.coil", "offered_da", "inputs.voltage_mv"),
    Residual: (
        "inputs.residual",
        "inputs.chain_ok",
        "inputs.mirror_open",
        "contactor.coil",
        "pilot.insertions",
        "unpl",
    ),
    Proximity: ("inputs.pp_mv", "pilot.state", "contactor.coil"),
    Lock: (
        "inputs.lock_code",
        "inputs.release_mv",
        "lease.",
        "contactor.coil",
        "cable_da",
        "power.",
        "inputs.mirror_open",
    ),
    Rails: ("inputs.generator", "inputs.plus_mv", "drive_", "inputs.high_mv", "pilot.state", "power."),
    Configuration: ("lease.",),
    Chain: ("inputs.chain_ok", "inputs.residual", "lease.", "seen_empty", "power."),
    Mains: ("inputs.voltage_mv", "inputs.mains_mhz", "inputs.rotation_ok", "inputs.earth_neutral_mv"),
    Earth: ("inputs.earth_edges", "inputs.voltage_mv"),
    OpenPen: ("inputs.voltage_mv",),
    Temperature: ("inputs.ntc_codes", "inputs.mirror_open", "contactor.coil"),
    Cable: ("inputs.ntc_codes", "pilot.plugged"),
}
"""What changes oftenest before each of them; anything else does as well."""


def steps(make: object) -> st.SearchStrategy[list[Step]]:
    """Changes, how long they last, and whether the plug came out before."""
    often = [name for name in sorted(PLACES) if name.startswith(READ_BY.get(make, ()))] or sorted(PLACES)
    names = st.sampled_from(often) | st.sampled_from(often) | st.sampled_from(sorted(PLACES))
    changes = names.flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(PLACES[name])))
    lasts_ms = st.sampled_from((5, 5, 20, 50, 100, 500, 1_000, 2_100, 11_000))
    comes_out = st.sampled_from((False, False, False, True))
    return st.lists(st.tuples(st.lists(changes, min_size=1, max_size=2), lasts_ms, comes_out), min_size=4, max_size=30)


LOOKERS = [make for _, make in GUARDS if make is not Startup]


@pytest.mark.parametrize("make", LOOKERS, ids=lambda make: make.__name__)
@given(st.data())
@costly(100, search=2_500)
def test_a_guard_that_spares_itself_a_look_says_what_one_says_that_never_does(
    make: Callable[[Kind, int], Guard], data: st.DataObject
) -> None:
    sparing, careful = (Looker(make) for _ in range(2))
    now = 5
    for changes, lasts_ms, comes_out in data.draw(steps(make)):
        for each in (sparing, careful):
            each.change(changes)
            if comes_out:
                each.guard.unplugged(now)
        for elapsed_ms in range(0, lasts_ms, max(5, lasts_ms // 8)):
            assert sparing.look(now + elapsed_ms, spare=True) == careful.look(now + elapsed_ms, spare=False)
        now += lasts_ms


class Looker:
    """A guard and all that it looks at, healthy and charging to begin with."""

    def __init__(self, make: Callable[[Kind, int], Guard]) -> None:
        has = EVERYTHING & ~SOCKET if make is Cable else EVERYTHING
        kind = Kind(has=has, open_pen=True, wake_up_s=1)
        self.guard = make(kind, 0)
        self.situation = Situation(0, "power", kind, (self.guard,))
        self.change([(name, values[0]) for name, values in PLACES.items()])
        if isinstance(self.guard, Lock):
            # Dead but for the coil: what keeps a plug locked is one change away.
            self.change([("inputs.mirror_open", True), ("inputs.load_edges", (0, 0, 0))])
        if isinstance(self.guard, Residual):
            # Tested: only then is there anything to be spared.
            self.guard.test.passed_at = 0
            self.guard._wanted = False
            self.guard._insertion = 1

    def change(self, changes: list[tuple[str, object]]) -> None:
        """The cable is what Proximity itself tells the others."""
        for name, value in changes:
            if name == "cable_da" and isinstance(self.guard, Proximity):
                continue
            *path, last = name.split(".")
            holder: object = self.situation
            for part in path:
                holder = getattr(holder, part)
            setattr(holder, last, value)

    def look(self, now: int, *, spare: bool) -> dict[str, object]:
        """What is known after a look of this moment."""
        guard, situation = self.guard, self.situation
        if not spare:
            guard._rests = False  # type: ignore[attr-defined]
            guard._seen = -1  # type: ignore[attr-defined]
        situation.contactor.mirror_open = situation.inputs.mirror_open
        due = guard.observe(situation, now)
        present = [check.code for check in guard.checks if check.present(situation)]
        assert not (guard.calm and present)
        return {
            "present": present,
            "evidence": [check.evidence(situation) for check in guard.checks if check.present(situation)],
            "in the way": guard.obstacle(situation, now)[0],
            "limit": guard.limit_da(),
            "due": due,
            "outputs": dict(vars(situation.outputs)),
            "told": (situation.live, situation.lock_state, situation.cable_da, situation.residual_testing),
            "judged": (situation.contactor.welded, situation.contactor.no_close, situation.contactor.contradicted),
        }


def test_no_two_watchers_share_a_code() -> None:
    """Otherwise one that is calm could keep the other's fault from clearing."""
    groups = Bench(kind=Kind(has=EVERYTHING, open_pen=True)).board.interlock.faults._groups

    codes = [{check.code for check in group.checks} for group in groups]

    assert sum(len(each) for each in codes) == len(set().union(*codes))
    assert len({group.watcher for group in groups}) == len(groups)


@given(st.lists(st.integers(-100, 3_400) | st.none(), max_size=60), st.sampled_from((1, 3)))
def test_a_cable_means_the_same_whatever_was_read_before(voltages: list[int | None], phases: int) -> None:
    kind = Kind(has=SOCKET, phases=phases)
    guard = Proximity(kind, 0)

    for pp_mv in voltages:
        assert guard._found(pp_mv) == guard._rating(read(resistance_ohm(pp_mv)))


@given(
    st.lists(
        st.tuples(
            st.integers(-(2**34), 2**34),
            st.booleans() | st.none(),
            st.integers(0, 30),
            st.dictionaries(st.integers(0, 300), st.integers(0, 70_000), max_size=3),
        ),
        max_size=8,
    )
)
def test_a_message_said_again_is_what_it_would_be_said_first(messages: list[tuple[object, ...]]) -> None:
    places = Places(4)

    assert [places.encode(values) for values in messages] == [encode_places(values) for values in messages]


def test_places_beyond_the_short_ones_have_a_head_of_two_bytes() -> None:
    values = tuple(range(30))

    assert Places(30).encode(values) == encode_places(values)


@given(MOMENTS, MOMENTS)
def test_the_sooner_of_two_is_the_soonest(first: int | None, second: int | None) -> None:
    assert sooner(first, second) == soonest((first, second))


@given(st.tuples(*(st.integers(-500_000, 500_000),) * 3))
def test_the_most_current_counts_whichever_way_it_flows(current_ma: tuple[int, int, int]) -> None:
    assert most_ma(current_ma) == max(abs(each) for each in current_ma)


def test_a_trembling_converter_does_not_make_temperatures_be_looked_at_more_often() -> None:
    kind = Kind(has=TEMPERATURES)
    guard = Temperature(kind, 0)
    situation = Situation(0, "power", kind, (guard,))
    looks: list[int] = []
    look = guard._look

    def noted(codes: tuple[int, ...], is_idle: bool, now: int) -> int | None:
        looks.append(now)
        return look(codes, is_idle, now)

    guard._look = noted  # type: ignore[method-assign]

    for now in range(0, 10 * LOOK_EVERY_MS, 5):
        situation.inputs.ntc_codes = (2_048 - now // 5, 2_048, 2_048, 2_048)
        due = guard.observe(situation, now)
        assert due is None or due > now

    assert looks == list(range(0, 10 * LOOK_EVERY_MS, LOOK_EVERY_MS))


@given(
    st.tuples(*(st.integers(-700_000, 700_000),) * 6),
    st.tuples(*(st.integers(-30_000, 30_000),) * 4),
    st.tuples(*(st.integers(-5, 400),) * 4),
    st.tuples(*(st.integers(-50, 4_200),) * 4),
)
@settings(max_examples=300)
def test_an_entry_tells_the_nearest_that_it_can(
    mains: tuple[int, ...], rails: tuple[int, ...], edges: tuple[int, ...], codes: tuple[int, ...]
) -> None:
    situation = Situation(0, "power", Kind(has=METERING), ())
    pins = pins_at_rest()
    pins.voltage_mv, pins.current_ma = mains[:3], mains[3:]  # type: ignore[assignment]
    pins.plus_mv, pins.minus_mv, pins.supply_mv, pins.release_mv = rails
    pins.load_edges, pins.earth_edges = edges[:3], edges[3]  # type: ignore[assignment]
    pins.ntc_codes = codes  # type: ignore[assignment]
    take(situation, pins)
    memory = bytearray(ENTRY_BYTES)

    write(memory, 0, situation, Offer(0), 5)

    told = struct.unpack(LAYOUT, memory)
    assert told[6:9] == tuple(clamped(each // 100, 8) for each in (rails[0], -rails[1], rails[2]))
    assert told[9:13] == tuple(clamped(each, 8) for each in edges)
    assert told[13:19] == tuple(clamped(each // 10, 16) for each in mains)
    assert told[23:27] == tuple(clamped(each // 16, 8) for each in codes)
    assert told[27] == clamped(rails[3] // 100, 8)


def clamped(number: int, bits: int) -> int:
    return min(max(number, 0), (1 << bits) - 1)


def take(situation: Situation, pins: Inputs) -> None:
    for name, value in vars(pins).items():
        setattr(situation.inputs, name, value)
