"""Random inputs for the pilot board, written down as they are made: a car, a contactor, a host, and what disturbs them.

The board under CPython plays along while they are drawn, so that a car can answer an offer and contacts a coil, and
much of the program is reached. What comes out is text (firmware/bench/steps.py says how it reads); equal seeds, equal
text.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from firmware_sim.firmware import load_module
from tools.safety.bench_modules import load_bench_module

STEPS = 160
STEPS_MS = (1, 5, 5, 5, 20, 50, 100, 200, 400)
RARE_STEPS_MS = (1_000, 2_100, 6_100, 31_000)
LEVELS_MV = {"A": 12_000, "B": 8_980, "C": 6_000, "D": 2_930, "E": 0}
EDGES_MV = (13_151, 10_800, 10_799, 10_200, 7_800, 7_500, 7_200, 4_800, 4_200, 1_800, 1_200, -1_200, -1_201, -12_000)
OFFERS_DA = (0, 59, 60, 61, 100, 160, 320, 510, 511, 524, 525, 640, 800)
NOISE_MV = 150
WISH_EVERY_MS = 500
COIL_OFF, X2 = 0, 1
IDENTIFY_BEFORE_TEXT = bytes.fromhex("a30001010502")
"""CBOR of {0: 1, 1: 5, 2: as far as the text."""
UTF8_PIECES = (
    *(b"a", b"7", b"\xc3\xbc", b"\xe2\x82\xac", b"\xf0\x9f\x98\x80", b"\x80", b"\xc3", b"\xff"),
    *(b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf0\x80\x80\x80"),
)


@dataclass(frozen=True, slots=True)
class Written:
    """One sequence: what the board was given, what it did under CPython, and how often its coil came on."""

    seed: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    closings: int


def write(seed: int) -> Written:
    """The sequence of this seed."""
    return _Writer(seed).write()


class _Writer:
    """`_calm` is how seldom something odd happens; a sequence of its own mood each."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._chance = random.Random(f"steps {seed}")
        self._player: Any = load_bench_module("steps").Player()
        self._host = Host(self._chance)
        self._calm = self._chance.choice((0.6, 0.9, 0.97, 0.985, 0.995))
        self._now = self._chance.choice((0, 1_000, 2**30 - 20_000, 2**31 - 5_000))
        self._car = "A"
        self._odd_mv: tuple[int, int] | None = None
        self._chain = self._follows = True
        self._frozen = False
        self._mirror_open = True
        self._mode = self._coil = 0

    def write(self) -> Written:
        inputs, outputs, closings = [], [], 0
        cause = self._chance.choice(("power", "power", "power", "watchdog", "brownout"))
        inputs.append(f"new {self._now} {cause} {int(self._chance.random() < 0.3)}")
        outputs.append(self._player.take(inputs[0]))
        for _ in range(STEPS):
            inputs.append(self._step())
            outputs.append(self._player.take(inputs[-1]))
            coil_before = self._coil
            self._read(outputs[-1])
            closings += coil_before == COIL_OFF and self._coil != COIL_OFF
        return Written(self._seed, tuple(inputs), tuple(outputs), closings)

    def _step(self) -> str:
        odd = self._chance.random() > self._calm
        steps_ms = RARE_STEPS_MS if odd and self._chance.random() < 0.2 else STEPS_MS
        self._now += self._chance.choice(steps_ms)
        self._move_car()
        if self._follows:
            self._mirror_open = self._coil == COIL_OFF
        if odd:
            self._disturb()
        high_mv, low_mv = self._odd_mv or (LEVELS_MV[self._car] + self._noise(), -12_000 + self._noise())
        low = low_mv if self._mode == X2 or self._chance.random() < 0.02 else "-"
        samples = 0 if odd and self._chance.random() < 0.05 else self._chance.choice((15, 100, 480))
        self._host.insertion = self._insertions()
        arrived = self._host.says(self._now, odd=odd)
        return (
            f"at {self._now} {high_mv} {low} {samples} {int(self._frozen)} {int(self._mirror_open)} "
            f"{int(self._chain)} {arrived.hex() or '-'}"
        )

    def _read(self, output: str) -> None:
        words = output.split(" ")
        if words[0] != "raised":
            self._mode, self._coil = int(words[1]), int(words[3])

    def _noise(self) -> int:
        return self._chance.randint(-NOISE_MV, NOISE_MV)

    def _insertions(self) -> int:
        """As the board counts; now and then another plug's."""
        if self._chance.random() < 0.02:
            return self._chance.randrange(3)
        board = self._player.board
        return 0 if board is None else int(board.interlock.situation.pilot.insertions)

    def _move_car(self) -> None:
        if self._car == "A" and self._chance.random() < 0.1:
            self._car = "B"
        elif self._car == "B" and self._mode == X2 and self._chance.random() < 0.3:
            self._car = "C"

    def _disturb(self) -> None:
        what = self._chance.randrange(9)
        if what <= 2:
            self._car = self._chance.choice("AABBCCDE")
        elif what == 3:
            high_mv = self._chance.choice(EDGES_MV)
            low_mv = self._chance.choice((-high_mv, -11_000, -10_999, -10_000, -9_999, 0, -12_000))
            self._odd_mv = None if self._odd_mv else (high_mv, low_mv)
        elif what == 4:
            self._mirror_open = not self._mirror_open
            self._follows = not self._follows
        elif what == 5:
            self._chain = not self._chain
        elif what == 6:
            self._frozen = self._chance.random() < 0.1
        else:
            self._host.change_mind()


class Host:
    """What arrives at the board: wishes, silence, and everything a line or a broken program makes of them."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._messages, self._frames, self._cbor = (load_module(name) for name in ("messages", "frames", "cbor"))
        self._hash = self._messages.table_hash()
        self._introduced = False
        self._sequence = chance.choice((0, 0xFFFF_FFF0))
        self._wish_at = 0
        self._talks = True
        self._permit = True
        self._offer_da = 160
        self.insertion = 0
        """The plug that the next wish permits."""

    def change_mind(self) -> None:
        """Another wish from now on, or silence, or words again."""
        self._talks = self._chance.random() < 0.8
        self._permit = self._chance.random() < 0.8
        self._offer_da = self._chance.choice(OFFERS_DA)
        self._wish_at = 0

    def says(self, now: int, *, odd: bool) -> bytes:
        """The bytes that have arrived since the last step."""
        said = b""
        if not self._introduced:
            self._introduced = self._chance.random() < 0.7
            said += self._framed(self._messages.IDENTIFY, (1, self._hash))
        if self._talks and now >= self._wish_at:
            self._wish_at = now + WISH_EVERY_MS
            self._sequence = (self._sequence + 1) & 0xFFFF_FFFF
            said += self._wish()
        return said + self._oddity() if odd else said

    def _wish(self) -> bytes:
        return self._framed(
            self._messages.WISH, (self._sequence, self._permit, self._offer_da, False, 4, self.insertion, True)
        )

    def _framed(self, number: int, values: Sequence[object]) -> bytes:
        return bytes(self._frames.frame(self._messages.pack(number, tuple(values))))

    def _oddity(self) -> bytes:
        chance = self._chance
        match chance.randrange(8):
            case 0:
                return chance.randbytes(chance.choice((1, 7, 60, 600)))
            case 1:
                return self._damaged(self._wish())
            case 2:
                return self._wish()[: chance.randrange(1, 18)]
            case 3:
                return self._wish() * chance.randint(2, 5)
            case 4:
                return self._framed(self._messages.IDENTIFY, (chance.randrange(65_536), self._other_hash()))
            case 5:
                return bytes(self._frames.frame(IDENTIFY_BEFORE_TEXT + self._text()))
            case 6:
                return bytes(self._frames.frame(self._cbor.encode(any_value(chance))))
            case _:
                return self._framed(self._messages.WISH, [any_value(chance, depth=2) for _ in range(7)])

    def _text(self) -> bytes:
        """CBOR of a text that may not be one: forms too long, surrogates, beyond the last character, cut short."""
        text = b"".join(self._chance.choice(UTF8_PIECES) for _ in range(self._chance.choice((1, 7, 8))))[:23]
        return bytes((0x60 | len(text),)) + text

    def _other_hash(self) -> str:
        return self._chance.choice((self._hash, "deadbeef", "äöüßéèçñ", "x" * 9, ""))

    def _damaged(self, content: bytes) -> bytes:
        damaged = bytearray(content)
        for _ in range(self._chance.choice((1, 1, 2, 8))):
            damaged[self._chance.randrange(len(damaged))] = self._chance.randrange(256)
        return bytes(damaged)


NUMBERS = (0, 1, 3, 4, 23, 24, 255, 256, 800, 801, 65_535, 2**31, 2**32 - 1, 2**32, 2**63, -1, -(2**33))


def any_value(chance: random.Random, depth: int = 0) -> Any:
    """Something that the link's CBOR can say."""
    kind = chance.randrange(8 if depth < 3 else 5)
    match kind:
        case 0:
            return chance.choice((None, True, False))
        case 1 | 2:
            return chance.choice(NUMBERS)
        case 3:
            return chance.choice(("", "a", "ü€😀", "12345678", "x" * 40))
        case 4:
            return chance.randbytes(chance.choice((0, 1, 24)))
        case 5:
            return [any_value(chance, depth + 1) for _ in range(chance.randrange(4))]
        case _:
            keys = chance.sample(range(-2, 8), chance.randrange(6))
            return {key: any_value(chance, depth + 1) for key in keys}
