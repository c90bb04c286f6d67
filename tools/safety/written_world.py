"""A charger's world for written inputs: the models of the bench move the pins, and now and then something is odd.

The models see what the board drives, and show contacts, load side, residual current module, lock and generator as they
would be. On top of that any pin may hold any value for a while, most of them next to a threshold.
"""

from __future__ import annotations

import random
from typing import Any

from tools.safety.bench_modules import load_bench_module

LEVELS_MV = {"A": 12_000, "B": 8_980, "C": 6_000, "D": 2_930, "E": 0}
LEVEL_EDGES_MV = (
    13_151, 10_800, 10_799, 10_200, 7_800, 7_500, 7_200, 4_800, 4_200, 1_800, 1_200, -1_200, -1_201, -12_000,
)  # fmt: skip
NOISE_MV = 150
X2 = 1
EDGES: dict[str, tuple[int, ...]] = {
    "generator_mhz": (979_999, 980_000, 1_020_001, 0),
    "generator_duty": (0, 2_666, 10_000),
    "plus_mv": (10_999, 11_000, 13_001, 0),
    "minus_mv": (-10_999, -11_000, -13_001, 0),
    "supply_mv": (8_999, 9_000, 10_999, 0),
    "earth_edges": (0, 7, 8, 9, 10),
    "earth_neutral_mv": (50_000, 50_001, -50_001),
    "residual": (0, 1, 2, 3, 4, 5),
    "mains_mhz": (0, 46_999, 47_000, 52_001, 60_000),
    "rotation_ok": (0,),
    "pp_mv": (0, 216, 300, 595, 1_336, 1_980, 2_475, 3_300),
    "lock_code": (0, 539, 540, 660, 661, 3_000, 3_201),
    "release_mv": (0, 10_999, 11_000),
    "samples_high": (0, 1),
}
TRIPLE_EDGES: dict[str, tuple[int, ...]] = {
    "voltage_mv": (0, 45_999, 114_999, 179_999, 180_000, 194_999, 206_999, 253_001, 264_001, 276_001),
    "current_ma": (0, 500, 501, 7_001, 17_601, 40_001, 192_001, -17_601),
    "load_edges": (0, 3, 4, 6),
}
NTC_EDGES = (0, 141, 142, 340, 380, 462, 613, 815, 2_048, 3_990, 3_997, 4_095)
CABLES_MV = (595, 595, 595, 300, 1_336, 1_980, 3_300)
PARTS = 12


def any_kind(chance: random.Random) -> str:
    """The words of a board: everything, nothing, or whatever parts."""
    everything = load_bench_module("full_kind").EVERYTHING
    full = chance.choice((everything, everything & ~2))
    has = chance.choice((full, full, 0, 1, chance.getrandbits(PARTS), full & chance.getrandbits(PARTS)))
    words = (
        has, chance.choice((320, 320, 160, 60)), chance.choice((3, 3, 1)), chance.choice(("TN", "TN", "TT", "IT")),
        int(chance.random() < 0.2), chance.choice(("IEC", "IEC", "UL")), chance.choice((15, 15, 2, 0, 9)),
        chance.choice((0, 0, 30)),
    )  # fmt: skip
    return " ".join(str(word) for word in words)


class WrittenWorld:
    """Sits on the pins of the player's board; `words` after `move` is what the next line says of them."""

    def __init__(self, chance: random.Random) -> None:
        self.car = "A"
        self._chance = chance
        self._odd_level: tuple[int, int] | None = None
        self._odd: dict[str, Any] = {}
        self._fields: tuple[str, ...] = load_bench_module("boards.pin_line").FIELDS
        self._hal: Any = None
        self._cable_mv = chance.choice(CABLES_MV)
        self._chain = True

    def attach(self, hal: Any) -> None:
        """A board was started on these pins."""
        self._hal = hal
        self._contactor = load_bench_module("fake_contactor").FakeContactor(hal)
        self._models = [
            load_bench_module("fake_residual").FakeResidual(hal),
            load_bench_module("fake_lock").FakeLock(hal),
            load_bench_module("fake_generator").FakeGenerator(hal),
        ]
        hal.contactor = self._contactor
        hal.pins.pp_mv = self._cable_mv

    def move(self, now: int) -> None:
        """The clock goes on: car and models follow what the board drives."""
        hal, chance = self._hal, self._chance
        hal.now = now
        if self.car == "A" and chance.random() < 0.1:
            self.car = "B"
        elif self.car == "B" and hal.mode == X2 and chance.random() < 0.3:
            self.car = "C"
        self._contactor.settle()
        for model in self._models:
            model.look()

    def disturb(self) -> None:
        """One thing is odd from now on, or everything is as it should be again."""
        chance = self._chance
        match chance.randrange(9):
            case 0 | 1:
                self.car = chance.choice("AABBCCDE")
            case 2:
                high_mv = chance.choice(LEVEL_EDGES_MV)
                low_mv = chance.choice((-high_mv, -11_000, -10_999, -10_000, -9_999, 0, -12_000))
                self._odd_level = None if self._odd_level else (high_mv, low_mv)
            case 3:
                self._break_contactor()
            case 4:
                self._break_module()
            case 5:
                self._chain = not self._chain
            case 6:
                self._odd.clear()
                self._odd_level = None
                self._chain = True
            case _:
                self._odden_a_pin()

    def words(self) -> str:
        """All pins, in the order of `boards/pin_line.py`."""
        values: list[Any] = []
        for name in self._fields:
            value = self._value(name)
            values.extend(value if isinstance(value, tuple) else (value,))
        return " ".join("-" if value is None else str(int(value)) for value in values)

    def _value(self, name: str) -> Any:
        if name in self._odd:
            return self._odd[name]
        match name:
            case "high_mv":
                return self._odd_level[0] if self._odd_level else LEVELS_MV[self.car] + self._noise()
            case "low_mv":
                has_low = self._hal.mode == X2 or self._chance.random() < 0.02
                low_mv = self._odd_level[1] if self._odd_level else -12_000 + self._noise()
                return low_mv if has_low else None
            case "samples_high":
                return self._chance.choice((15, 100, 480))
            case "mirror_open":
                return self._contactor.mirror_open
            case "chain_ok":
                return self._hal.chain and self._chain
            case _:
                return getattr(self._hal.pins, name)

    def _noise(self) -> int:
        return self._chance.randint(-NOISE_MV, NOISE_MV)

    def _odden_a_pin(self) -> None:
        chance, pins = self._chance, self._hal.pins
        name = chance.choice((*EDGES, *TRIPLE_EDGES, "ntc_codes", "frozen"))
        if name in EDGES:
            self._odd[name] = chance.choice(EDGES[name])
        elif name in TRIPLE_EDGES:
            values = list(getattr(pins, name))
            for phase in chance.choice(((0, 1, 2), (0,), (2,))):
                values[phase] = chance.choice(TRIPLE_EDGES[name])
            self._odd[name] = tuple(values)
        elif name == "ntc_codes":
            self._odd[name] = tuple(chance.choice((2_048, chance.choice(NTC_EDGES))) for _ in pins.ntc_codes)
        else:
            self._odd[name] = chance.random() < 0.1

    def _break_contactor(self) -> None:
        contactor, chance = self._contactor, self._chance
        contactor.free()
        contactor.load_ma = chance.choice((None, 0, 16_000, 17_700, 41_000, 200_000))
        match chance.randrange(5):
            case 0:
                contactor.welds = chance.randint(1, 7)
                contactor.mirror_sees_welds = chance.random() < 0.5
            case 1:
                contactor.dead = True
            case 2:
                contactor.mirror_stays = chance.random() < 0.5
            case 3:
                contactor.fed_back = chance.randint(1, 7)
            case _:
                contactor.lost = chance.randint(0, 7)

    def _break_module(self) -> None:
        module, lock, chance = self._models[0], self._models[1], self._chance
        module.dead, module.stuck, module.is_in_chain = (chance.random() < odds for odds in (0.1, 0.1, 0.9))
        module.trip_ms = chance.choice((200, 400, 800, 1_100))
        lock.is_jammed, lock.feedback_is_broken = chance.random() < 0.1, chance.random() < 0.05
        if chance.random() < 0.4:
            module.trip(chance.randint(1, 3))
        elif chance.random() < 0.3:
            module.release()
