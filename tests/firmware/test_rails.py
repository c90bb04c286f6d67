"""Rails, generator, chain and wake-up in any order: two boards agree, and nothing is closed that must be open.

One board is polled every 5 ms, the other when something changed or is due. The rules are written from the reference
and look at pins only.
"""

from __future__ import annotations

from collections.abc import Callable

from bench import Bench
from hal import COIL_OFF, X1
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from kind import CHAIN_FEEDBACK, RAILS, Kind

from tests.searching import costly

MOST_MS = 5
DURATIONS = st.sampled_from((5, 20, 50, 100, 500, 1_000, 3_000, 8_000, 35_000)) | st.integers(1, 60).map(
    lambda windows: windows * 5
)
RAILS_MV = st.sampled_from((12_000, 12_000, 12_000, 11_000, 13_000, 10_999, 13_001, 0))


class Onlooker:
    """What must hold of one bench at every poll."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.bad_since: int | None = None
        self._poll = bench._poll
        bench._poll = self.poll  # type: ignore[method-assign]

    def poll(self) -> None:
        was_closed = self.bench.closed
        self._poll()
        hal, pins = self.bench.hal, self.bench.hal.pins
        good = 11_000 <= pins.plus_mv <= 13_000 and -13_000 <= pins.minus_mv <= -11_000
        self.bad_since = None if good else hal.now if self.bad_since is None else self.bad_since
        if hal.disconnected:
            assert hal.coil_mode == COIL_OFF, "the pilot is disconnected from a car that charges"
            assert hal.mode == X1, "offers to a disconnected pilot"
        if self.bench.closed:
            assert pins.supply_mv >= 9_000, "closed on a supply that goes"
            assert hal.chain, "closed with a broken chain"
            assert self.bad_since is None or hal.now - self.bad_since <= 20 + MOST_MS, "closed on a bad rail"
        if self.bench.closed and not was_closed:
            assert good, "closes on a bad rail"
            assert pins.generator_mhz is not None, "closes on a generator that nobody counted"
            assert 980_000 <= pins.generator_mhz <= 1_020_000, "closes on a wrong frequency"


class AnyRails(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.onlookers: tuple[Onlooker, ...] = ()

    @initialize(charges=st.booleans())
    def power_on(self, charges: bool) -> None:
        kind = Kind(has=RAILS | CHAIN_FEEDBACK, wake_up_s=30)
        self.onlookers = tuple(Onlooker(Bench(sparse, kind=kind)) for sparse in (False, True))
        for onlooker in self.onlookers:
            onlooker.bench.hal.close_ms, onlooker.bench.hal.open_ms = 20, 25
        self.host_wishes(permit=True, offer_da=160)
        self.car_shows("B")
        self.time_passes(6_000)
        if charges:
            self.car_shows("C")
            self.time_passes(1_500)
            assert all(onlooker.bench.closed for onlooker in self.onlookers)

    def tell(self, do: Callable[[Bench], object]) -> None:
        for onlooker in self.onlookers:
            do(onlooker.bench)

    @rule(state=st.sampled_from("ABBCCC"))
    def car_shows(self, state: str) -> None:
        self.tell(lambda bench: bench.show(state))

    @rule(permit=st.booleans(), offer_da=st.sampled_from((60, 160, 320)))
    def host_wishes(self, permit: bool, offer_da: int) -> None:
        self.tell(lambda bench: bench.wish(permit, offer_da))

    @rule(plus_mv=RAILS_MV, minus_mv=RAILS_MV)
    def rails_are(self, plus_mv: int, minus_mv: int) -> None:
        for onlooker in self.onlookers:
            onlooker.bench.hal.pins.plus_mv, onlooker.bench.hal.pins.minus_mv = plus_mv, -minus_mv
        self.tell(Bench.touch)

    @rule(supply_mv=st.sampled_from((12_000, 12_000, 10_999, 9_000, 8_999)))
    def supply_is(self, supply_mv: int) -> None:
        for onlooker in self.onlookers:
            onlooker.bench.hal.pins.supply_mv = supply_mv
        self.tell(Bench.touch)

    @rule(frequency_mhz=st.sampled_from((1_000_000, 980_000, 979_999)), error=st.sampled_from((0, 50, 51)))
    def generator_makes(self, frequency_mhz: int, error: int) -> None:
        for onlooker in self.onlookers:
            onlooker.bench.generator.frequency_mhz = frequency_mhz
            onlooker.bench.generator.duty_error = error

    @rule(whole=st.booleans())
    def chain_is(self, whole: bool) -> None:
        for onlooker in self.onlookers:
            onlooker.bench.hal.chain = whole
        self.tell(Bench.touch)

    @rule(milliseconds=DURATIONS)
    def time_passes(self, milliseconds: int) -> None:
        self.tell(lambda bench: bench.run(milliseconds))

    @invariant()
    def both_boards_do_the_same(self) -> None:
        dense, sparse = (seen(onlooker.bench) for onlooker in self.onlookers) if self.onlookers else ((), ())
        assert dense == sparse


def seen(bench: Bench) -> tuple[object, ...]:
    hal = bench.hal
    return bench.closed, hal.main_closed, hal.mode, hal.duty, hal.disconnected, bench.faults


TestAnyRails = AnyRails.TestCase
TestAnyRails.settings = costly(40, search=1_000, steps=30)
