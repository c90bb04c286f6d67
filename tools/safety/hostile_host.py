"""A host that hangs, lies, floods and dies: what it may do to a board's line, one act after the other.

Between two acts it is often a good host for a while, or the charger would never close and nothing could go wrong.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from firmware_sim.firmware import load_module

WISH_EVERY_S = 0.5
FLOOD_EVERY_S = 0.005
OCTETS_EACH = 57
"""What a line of 115,200 Bd brings in that time."""
OFFERS_DA = (60, 100, 160, 320, 510, 640, 800)
CODES = (0x0101, 0x0302, 0x0401, 0x0704, 0xFFFF)
"""Faults that a forged signature would clear: some that are latched at times, and one that nobody knows."""
LIES: Sequence[tuple[Any, ...]] = (
    (True, 801, False, 4, 1, True, True, False, None),
    (True, -60, False, 4, 1, True, True, False, None),
    (1, 160, False, 4, 1, True, True, False, None),
    (True, 160, False, 11, 1, True, True, False, None),
    (True, True, False, 4, 1, True, True, False, None),
    (True, 2**32 + 160, False, 4, 1, True, True, False, None),
    ("yes", 160, False, 4, 1, True, True, False, None),
    (True, None, False, 4, 1, True, True, False, None),
    (True, 160, False, 4, 1),
    (True, 160, False, 4, 1, True, True, True, False, None),
    (True, 160, False, 4, -1, True, True, False, None),
    (True, 160, False, 4, True, True, True, False, None),
    (True, 160, False, 4, 1, 1, True, False, None),
    (True, 160, False, 4, 1, False, True, False, None),
    (True, 59, False, 4, 1, True, True, False, None),
    (True, 0, True, 4, 1, True, True, False, None),
    (False, 800, False, 4, 1, True, True, False, None),
    (True, 160, False, 4, 1, True, 1, False, None),
    (True, 160, False, 4, 1, True, True, None, None),
    (True, 160, False, 4, 1, True, True, False, -1),
    (True, 160, False, 4, 1, True, True, False, 2**32),
    (True, 160, False, 4, 1, True, True, False, True),
    (True, 160, False, 4, 1, True, True, False, 0),
)


class HostileHost:
    """Writes octets with `write`; `did` is what it has done, in words."""

    def __init__(self, write: Callable[[bytes], None], chance: random.Random) -> None:
        self.did: list[str] = []
        self._write = write
        self._chance = chance
        self.insertions: Callable[[], int] = lambda: 0
        """How many plugs the board has counted: what a host that listens would know."""
        self._messages, self._frames = load_module("messages"), load_module("frames")
        self._sequence = chance.choice((0, 1_000, 0xFFFF_FFF0))
        self._number = 0
        self._commissioned = True
        self._operative = True
        self._acts: Sequence[Callable[[], Awaitable[None]]] = (
            self._hang, self._stick_to_one_frame, self._flood_with_wishes, self._flood_with_garbage,
            self._die_mid_frame, self._stick_to_a_ring, self._take_back_the_service, self._lie,
            self._name_another_table, self._ramp_down, self._flap, self._dribble, self._flip_bits,
            self._take_turns_with_another, self._demand, self._take_out_of_service,
            self._test_the_pilot,
        )  # fmt: skip

    async def talk(self) -> None:
        """Until cancelled."""
        self._introduce()
        while True:
            if self._chance.random() < 0.8:
                await self._behave(self._chance.uniform(0.5, 12.0))
            act = self._chance.choice(self._acts)
            self.did.append(act.__name__.strip("_"))
            await act()
            if self._chance.random() < 0.5:
                self._introduce()

    # --- what a good host does

    def _introduce(self) -> None:
        self._say(self._messages.IDENTIFY, (self._chance.randrange(65_536), self._messages.table_hash()))

    async def _behave(self, for_s: float) -> None:
        offer_da, permit = self._offer(), self._chance.random() < 0.9
        for _ in range(round(for_s / WISH_EVERY_S)):
            self._write(self._wish(permit, offer_da))
            await asyncio.sleep(WISH_EVERY_S)

    def _offer(self) -> int:
        return self._chance.choice(OFFERS_DA)

    def _wish(self, permit: bool, offer_da: int) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFFFF_FFFF
        locks, commissioned = self._chance.random() < 0.98, self._commissioned and self._chance.random() < 0.99
        open_at_once = self._chance.random() < 0.01
        operative = self._operative and self._chance.random() < 0.99
        values = (
            self._sequence, permit, offer_da, locks, 4, self._plug(), commissioned, operative, open_at_once, None
        )  # fmt: skip
        return self._framed(self._messages.WISH, values)

    def _plug(self) -> int:
        """Mostly the one that is in; or one of long ago, or of the future."""
        odd = self._chance.random() < 0.05
        return self._chance.choice((0, 1, 2**32 - 1)) if odd else self.insertions()

    def _say(self, number: int, values: Sequence[object]) -> None:
        self._write(self._framed(number, values))

    def _framed(self, number: int, values: Sequence[object]) -> bytes:
        return bytes(self._frames.frame(self._messages.pack(number, tuple(values))))

    # --- what a bad one does

    async def _hang(self) -> None:
        await asyncio.sleep(self._chance.choice((0.6, 1.9, 2.1, 4.0, 9.0)))

    async def _stick_to_one_frame(self) -> None:
        frame = self._wish(True, self._offer())
        for _ in range(self._chance.randint(4, 20)):
            self._write(frame)
            await asyncio.sleep(WISH_EVERY_S)

    async def _stick_to_a_ring(self) -> None:
        """A dead host behind a transmitter that goes round its last frames, maybe with the question who is there."""
        ring = [self._wish(True, self._offer()) for _ in range(self._chance.choice((2, 3, 5)))]
        if self._chance.random() < 0.3:
            ring.append(self._framed(self._messages.IDENTIFY, (4_711, self._messages.table_hash())))
        every_s = self._chance.choice((0.05, 0.5))
        for number in range(round(self._chance.uniform(4.0, 20.0) / every_s)):
            self._write(ring[number % len(ring)])
            await asyncio.sleep(every_s)

    async def _take_back_the_service(self) -> None:
        self._commissioned = False
        await self._behave(self._chance.uniform(1.0, 12.0))
        self._commissioned = True

    async def _take_out_of_service(self) -> None:
        self._operative = False
        await self._behave(self._chance.uniform(1.0, 30.0))
        self._operative = True

    async def _flood_with_wishes(self) -> None:
        permits = self._chance.choice(((True,), (True, False), (False, True, True)))
        for number in range(self._chance.randint(50, 300)):
            self._write(self._wish(permits[number % len(permits)], self._offer()))
            await asyncio.sleep(FLOOD_EVERY_S)

    async def _flood_with_garbage(self) -> None:
        alphabet = self._chance.choice((bytes(range(256)), bytes(range(1, 256)), b"\0", b"\0\1", b"\xff\0"))
        for _ in range(self._chance.randint(50, 400)):
            self._write(bytes(self._chance.choices(alphabet, k=OCTETS_EACH)))
            await asyncio.sleep(FLOOD_EVERY_S)

    async def _die_mid_frame(self) -> None:
        """Silence after any octet; whoever comes next may or may not end the ruin with a zero."""
        frame = self._wish(True, self._offer())
        self._write(frame[: self._chance.randrange(len(frame))])
        await asyncio.sleep(self._chance.choice((0.0, 0.1, 1.0, 2.5, 7.0)))
        if self._chance.random() < 0.5:
            self._write(b"\0")

    async def _lie(self) -> None:
        for _ in range(self._chance.randint(1, 8)):
            self._sequence += 1
            sequence = self._chance.choice((self._sequence & 0xFFFF_FFFF, -1, 2**32, None))
            self._say(self._messages.WISH, (sequence, *self._chance.choice(LIES)))
            await asyncio.sleep(self._chance.choice((0.01, 0.3)))

    async def _name_another_table(self) -> None:
        self._say(self._messages.IDENTIFY, (7, self._chance.choice(("deadbeef", "00000000", "äöüßäöüß"))))
        await self._behave(self._chance.uniform(0.0, 4.0))

    async def _ramp_down(self) -> None:
        """An offer that shrinks with every wish: each is a change of duty."""
        offer_da = self._chance.choice((320, 800))
        every_s = self._chance.choice((0.005, 0.01, 0.05, 0.2, 0.5))
        for _ in range(round(self._chance.uniform(1.0, 8.0) / every_s)):
            self._write(self._wish(True, offer_da))
            offer_da = max(60, offer_da - 3)
            await asyncio.sleep(every_s)

    async def _flap(self) -> None:
        every_s = self._chance.choice((0.01, 0.1, 0.7, 3.2))
        for number in range(round(6.0 / every_s)):
            self._write(self._wish(number % 2 == 0, self._offer()))
            await asyncio.sleep(every_s)

    async def _dribble(self) -> None:
        """One octet at a time, slower than the wish stays fresh."""
        every_s = self._chance.choice((0.002, 0.05, 0.2))
        for octet in self._wish(True, self._offer()) * 2:
            self._write(bytes((octet,)))
            await asyncio.sleep(every_s)

    async def _flip_bits(self) -> None:
        for _ in range(self._chance.randint(4, 30)):
            frame = bytearray(self._wish(True, self._offer()))
            for _ in range(self._chance.choice((1, 2, 5))):
                frame[self._chance.randrange(len(frame))] ^= 1 << self._chance.randrange(8)
            self._write(bytes(frame))
            await asyncio.sleep(self._chance.choice((0.05, 0.5)))

    async def _take_turns_with_another(self) -> None:
        """Two programs on one line, each with numbers and a mind of its own."""
        other = self._chance.randrange(2**32)
        for number in range(self._chance.randint(5, 30)):
            self._write(self._wish(True, self._offer()))
            values = (
                (other + number) & 0xFFFF_FFFF,
                self._chance.random() < 0.5,
                self._offer(),
                False,
                4,
                self._plug(),
                True,
                self._chance.random() < 0.9,
                False,
                None,
            )
            self._say(self._messages.WISH, values)
            await asyncio.sleep(self._chance.uniform(0.05, 0.5))

    async def _demand(self) -> None:
        """Asks, writes, clears and tests without any right to: forged signatures, broken images, records of noise."""
        messages, chance = self._messages, self._chance
        steps = len(messages.TEST_STEPS)
        for _ in range(chance.randint(1, 12)):
            self._number = (self._number + chance.choice((0, 1, 1))) & 0xFFFF
            duty = chance.randrange(10_001)
            fields: dict[int, tuple[object, ...]] = {
                messages.ASK: (chance.randrange(len(messages.ASKS)), chance.choice((0, 1, 0xFFFF))),
                messages.PUT: (chance.randrange(6), chance.randrange(3), chance.randbytes(chance.choice((0, 40, 400)))),
                messages.CLEAR: (chance.choice(CODES), "someone", "because", chance.randbytes(64)),
                messages.TEST: (
                    chance.randrange(steps),
                    chance.randbytes(chance.choice((0, 32))),
                    duty,
                ),
            }
            number = chance.choice(tuple(fields))
            self._say(number, (self._number, *fields[number]))
            self._write(self._wish(chance.random() < 0.9, self._offer()))
            await asyncio.sleep(chance.choice((0.005, 0.3)))

    async def _test_the_pilot(self) -> None:
        """A host that permits nothing, or soon something, and lets the board show one thing after the other."""
        messages, chance = self._messages, self._chance
        every_s, permits = chance.choice((0.1, 0.5, 1.0)), chance.choice((0.0, 0.0, 0.2))
        for _ in range(round(chance.uniform(3.0, 25.0) / every_s)):
            self._number = (self._number + 1) & 0xFFFF
            step = chance.choice(("drive_pwm", "drive_pwm", "drive_f", "drive_x1", "cut", "release", "residual"))
            values = (self._number, messages.TEST_STEPS.index(step), b"", chance.choice((300, 2_666, 5_000, 9_700)))
            self._write(self._wish(chance.random() < permits, self._offer()))
            self._say(messages.TEST, values)
            await asyncio.sleep(every_s)
