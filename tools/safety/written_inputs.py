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
from tools.safety.written_world import WrittenWorld, any_kind

STEPS = 160
STEPS_MS = (1, 5, 5, 20, 50, 100, 200, 400, 400)
RARE_STEPS_MS = (1_000, 2_100, 6_100, 31_000, 61_000)
MOST_STEP_MS = 400
OFFERS_DA = (0, 59, 60, 61, 100, 160, 320, 510, 511, 524, 525, 640, 800)
WISH_EVERY_MS = 500
COIL_OFF = 0
LOCAL_KEY = bytes(range(32))
CAUSES = ("power", "power", "power", "watchdog", "brownout", "soft")
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
        self._world = WrittenWorld(self._chance)
        self._calm = self._chance.choice((0.6, 0.9, 0.97, 0.985, 0.99, 0.995, 0.998))
        self._now = self._due = self._chance.choice((0, 1_000, 2**30 - 20_000, 2**31 - 5_000))
        self._inputs: list[str] = []
        self._outputs: list[str] = []
        self._closings = 0

    def write(self) -> Written:
        self._say(f"kept local_key {LOCAL_KEY.hex()}")
        self._start(f"new {self._now} {self._chance.choice(CAUSES)} {any_kind(self._chance)}")
        while len(self._inputs) <= STEPS:
            self._step()
        return Written(self._seed, tuple(self._inputs), tuple(self._outputs), self._closings)

    def _say(self, line: str) -> str:
        self._inputs.append(line)
        self._outputs.append(self._player.take(line))
        return self._outputs[-1]

    def _start(self, line: str) -> None:
        self._say(line)
        self._world.attach(self._player.hal)
        self._host.introduced = False

    def _step(self) -> None:
        odd = self._chance.random() > self._calm
        self._now = self._next(odd=odd)
        if odd and self._chance.random() < 0.05:
            self._start(f"again {self._now} {self._chance.choice(CAUSES)}")
            return
        coil_before = self._player.hal.coil_mode
        self._world.move(self._now)
        if odd:
            self._world.disturb()
            if self._chance.random() < 0.3:
                self._host.change_mind()
        self._host.insertion = self._insertions()
        arrived = self._host.says(self._now, odd=odd)
        self._due = due_of(self._say(f"at {self._now} {self._world.words()} {arrived.hex() or '-'}"), self._now)
        self._closings += coil_before == COIL_OFF and self._player.hal.coil_mode != COIL_OFF

    def _next(self, *, odd: bool) -> int:
        """Often the very moment that the board has asked for: most of what it does happens there."""
        if odd and self._chance.random() < 0.2:
            return self._now + self._chance.choice(RARE_STEPS_MS)
        if self._chance.random() < 0.3 and self._now < self._due <= self._now + MOST_STEP_MS:
            return self._due
        return self._now + self._chance.choice(STEPS_MS)

    def _insertions(self) -> int:
        """As the board counts; now and then another plug's."""
        if self._chance.random() < 0.02:
            return self._chance.randrange(3)
        board = self._player.board
        return 0 if board is None else int(board.interlock.situation.pilot.insertions)


def due_of(output: str, now: int) -> int:
    """When the board wants to be polled; now where it raised."""
    word = output.split(" ", 1)[0]
    return int(word) if word.lstrip("-").isdigit() else now


class Host:
    """What arrives at the board: wishes, silence, and everything a line or a broken program makes of them."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._messages, self._frames, self._cbor = (load_module(name) for name in ("messages", "frames", "cbor"))
        self._hash = self._messages.table_hash()
        self.introduced = False
        self._sequence = chance.choice((0, 0xFFFF_FFF0))
        self._wish_at = 0
        self._talks = True
        self._permit = True
        self._offer_da = 160
        self._locks = chance.random() < 0.9
        self._commissioned = True
        self._operative, self._open_at_once = True, False
        self._number = 0
        self.insertion = 0
        """The plug that the next wish permits."""

    def change_mind(self) -> None:
        """Another wish from now on, or silence, or words again."""
        self._talks = self._chance.random() < 0.8
        self._permit = self._chance.random() < 0.8
        self._offer_da = self._chance.choice(OFFERS_DA)
        self._locks = self._chance.random() < 0.9
        self._commissioned = self._chance.random() < 0.9
        self._operative = self._chance.random() < 0.8
        self._open_at_once = self._chance.random() < 0.05
        self._wish_at = 0

    def says(self, now: int, *, odd: bool) -> bytes:
        """The bytes that have arrived since the last step."""
        said = b""
        if not self.introduced:
            self.introduced = self._chance.random() < 0.7
            said += self._framed(self._messages.IDENTIFY, (1, self._hash))
        if self._talks and now >= self._wish_at:
            self._wish_at = now + WISH_EVERY_MS
            self._sequence = (self._sequence + 1) & 0xFFFF_FFFF
            said += self._wish()
        return said + self._oddity() if odd else said

    def _wish(self) -> bytes:
        return self._framed(
            self._messages.WISH,
            (
                self._sequence,
                self._permit,
                self._offer_da,
                self._locks,
                4,
                self.insertion,
                self._commissioned,
                self._operative,
                self._open_at_once,
                None,
            ),
        )

    def _framed(self, number: int, values: Sequence[object]) -> bytes:
        return bytes(self._frames.frame(self._messages.pack(number, tuple(values))))

    def _oddity(self) -> bytes:
        chance = self._chance
        match chance.randrange(11):
            case 8 | 9 | 10:
                return self._request()
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
                fields = self._messages.fields_of(self._messages.WISH)
                return self._framed(self._messages.WISH, [any_value(chance, depth=2) for _ in range(fields)])

    def _request(self) -> bytes:
        """Something asked, written, cleared or tested; a service person's signature nobody has."""
        chance, messages = self._chance, self._messages
        self._number = (self._number + chance.choice((0, 1, 1, 1))) & 0xFFFF
        fields: dict[int, tuple[object, ...]] = {
            messages.ASK: (chance.randrange(len(messages.ASKS)), chance.choice((0, 0, 1, 2, 400))),
            messages.PUT: (chance.randrange(5), chance.choice((0, 1)), chance.randbytes(chance.choice((0, 20, 400)))),
            messages.CLEAR: (chance.choice((0x301, 0x205, 1)), "someone", "because", chance.randbytes(64)),
            messages.TEST: (chance.randrange(2), chance.randbytes(32)),
        }
        number = chance.choice(tuple(fields))
        return self._framed(number, (self._number, *fields[number]))

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
