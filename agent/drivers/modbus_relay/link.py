"""A relay board on a Modbus line that others share: `[bus.NAME] kind = "modbus_relay"`, `bus` names the line.

    [bus.relays]
    kind = "modbus_relay"
    bus = "rs485"
    address = 5
    family = "waveshare-inputs"        # families.py lists them

The board is the agent's alone: when it is met, at first and after each silence, every relay on it is opened, and one
that closes without an order is opened again. What was wanted before a silence is not wanted after it, and during one it
is told to open every few seconds: it may hear and not be heard. No relay is ever closed by this link itself. An order
counts once it is read back: on a line that hears itself an answer proves nothing, and also elsewhere it says what the
board remembers and nothing of a contact.

Whoever iterates its states pays for the looks: the relays every second, and the inputs where somebody uses one; after
an order every 0.1 s for a second. On a line of 9600 baud a look takes 45 ms, with inputs 90 ms: 5 or 9 % of its time.
Requests take turns, so a meter beside it is read as before, and an order waits for at most the exchange under way:
0.15 s beside devices that answer, 1 s beside one that does not. An input is told within 1.1 s, beside a silent device
within 3 s: enough for a door, or to end a charge after an emergency stop that already cut the coil; never the stop.

Protects: nothing. It has no watchdog and no reflex, and keeps its relays as they are when nobody speaks to it.
Missing: everything that must open on failure; residual current, earth, welding and over-current are somebody else's.
  Whatever it switches is switched by Linux alone, so its boards are `lab_only`.
Wiring: A and B of RS-485 to the line of the meter, 120 Ω at both ends of the cable, an address that nobody else has.
  The relays are rated for a contactor's coil (mind its inrush, give it a suppressor), never for a car. A mirror contact
  of the contactor to an input of the board tells what was switched; without one nobody knows.
Quirks: - Waveshare boards from before September 2021 speak another protocol and are silent to this one.
  - Waveshare boards with inputs may come with outputs that follow the inputs; such a board is refused in words.
  - Eletechsup boards do not end "on for n seconds" when they are told to open; it is cancelled before each opening.
  - Boards are counted from 0 or from 1, and the papers disagree: see each contactor move before a car is plugged in.
  - A board may answer to unit 0; nothing is ever sent there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Annotated

from agent.drivers import level as levelling
from agent.drivers.device_level import Absence
from agent.drivers.interfaces import Bus
from agent.drivers.modbus.line import Device, Line, Unanswered
from agent.drivers.modbus_relay.families import FAMILIES, fitted
from agent.drivers.modbus_relay.looks import Channel, Level, Looked
from agent.drivers.modbus_relay.talk import Talk, Unfit
from agent.errors import ConfigError, DriverRejected, DriverUnavailable
from agent.tables import Among, Within
from agent.values import frozen

log = logging.getLogger(__name__)

BUS_KINDS = ("modbus_rtu", "modbus_tcp")
LOOK_EVERY_S = 1.0
LOOK_SOON_S = 0.1
LOOK_FOR_LOST_EVERY_S = 3.0
"""Waiting for nothing holds the line for 0.6 s: a fifth of its time, which its other devices can do without."""
SOON_LOST_S = 5.0
"""A board that has just fallen silent is asked more often for so long: it may have heard, and is to open."""
SETTLES_S = 1.0
"""After an order its effect is looked for so long."""
SILENT_AFTER_S = 3.0
ORDER_WITHIN_S = 4.0
"""Writing and reading back, each behind a silent device that is asked in between. The writing itself comes first."""
ANSWERS_WITHIN_S = 0.3
"""They do so within some hundredths; waiting longer would only hold up the line."""


def known_families() -> list[str]:
    """The words that a board file may use."""
    return sorted(FAMILIES)


@frozen(kw_only=True)
class Options:
    """`first`: the address of channel 1 on the wire, where it is another than the family's. `channels`: how many."""

    bus: str
    address: Annotated[int, Within(1, 247, because="the addresses Modbus has; its switches or its software set it")]
    family: Annotated[str, Among(known_families, "family of relay boards")]
    first: Annotated[int, Within(0, 0xFF)] | None = None
    channels: Annotated[int, Within(1, 32)] | None = None


class RelayBoardLink:
    """A `Bus` on another. `level` is what was seen last; drivers order through it, each its own channel."""

    def __init__(self, name: str, line: Line, options: Options) -> None:
        self.name = name
        self.level: levelling.Level[Level] = levelling.Level(None)
        family = fitted(FAMILIES[options.family], first=options.first, channels=options.channels)
        self._talk = Talk(line, Device(unit=options.address, answer_timeout_s=ANSWERS_WITHIN_S), family)
        self._where = f"address {options.address} on {line.name}"
        self._confirm = family.confirm
        self._wanted: set[Channel] = set()
        self._users: dict[tuple[str, Channel], str] = {}
        # One look or order at a time: an order between a look and what follows from it would be taken for a stray.
        self._turn = asyncio.Lock()
        self._met = False
        self._heard_at = self._soon_until = float("-inf")
        self._looked_at = float("-inf")
        self._counts = {"looks": 0, "orders": 0, "silences": 0, "strays": 0, "fallen": 0}

    async def open(self) -> None:
        """Nothing to prepare: whoever wants to know looks."""
        self._heard_at = asyncio.get_running_loop().time()

    async def aclose(self) -> None:
        """The drivers opened their relays; the line is somebody else's."""
        self._met = False

    def trouble(self) -> str:
        """`Troubled`: why nothing is known of it."""
        level = self.level.value
        return level.why if isinstance(level, Absence) else ""

    def statistics(self) -> Mapping[str, Mapping[str, float]]:
        """Of the one device "board"; its answer times are the line's."""
        return {"board": dict(self._counts)}

    # --- for drivers, when they are made

    def use_relay(self, channel: Channel, user: str) -> None:
        """Raises ConfigError where there is no such channel, or somebody else has it."""
        self._use("channel", channel, user, self._talk.family.count)

    def use_input(self, channel: Channel, user: str) -> None:
        """As `use_relay`, for an input; from now on inputs are read."""
        inputs = self._talk.family.inputs
        if inputs is None:
            what = f"bus.{self.name}: boards of this family have no inputs; write a family that has, or leave it out"
            raise ConfigError((what,))
        self._talk.reads_inputs = True
        self._use("input", channel, user, inputs.count)

    def _use(self, kind: str, channel: Channel, user: str, count: int) -> None:
        if not 1 <= channel <= count:
            raise ConfigError((f"bus.{self.name}: there is no {kind} {channel}; this board has 1 to {count}",))
        if (holder := self._users.setdefault((kind, channel), user)) is not user:
            raise ConfigError((f"bus.{self.name}: {kind} {channel} is already used by {holder}; give each its own",))

    # --- what is seen

    async def looks(self, driver: str) -> AsyncIterator[Looked]:
        """What is seen, at each look, for as long as somebody iterates. Raises the error of `driver` where there is
        nothing to see.
        """
        told = 0
        while True:
            await self._look_when_due()
            level = self.level.value
            if isinstance(level, Absence):
                raise level.error(driver)
            if level is not None and level.number != told:
                told = level.number
                yield level
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._due_at()):
                    await self.level.change()

    def look_soon(self, for_s: float = SETTLES_S) -> None:
        """Something is about to change."""
        self._soon_until = max(self._soon_until, asyncio.get_running_loop().time() + for_s)

    def _due_at(self) -> float:
        if self._looked_at < self._soon_until:
            return self._looked_at + LOOK_SOON_S
        is_long_lost = isinstance(self.level.value, Absence) and self._looked_at > self._heard_at + SOON_LOST_S
        return self._looked_at + (LOOK_FOR_LOST_EVERY_S if is_long_lost else LOOK_EVERY_S)

    async def _look_when_due(self) -> None:
        async with self._turn:
            if asyncio.get_running_loop().time() >= self._due_at():
                await self._look()

    async def _look(self) -> None:
        """Look, and see to what should not be; the level says how it went."""
        loop = asyncio.get_running_loop()
        self._counts["looks"] += 1
        why = f"no answer from {self._where} for {SILENT_AFTER_S:g} s; check its power and its wires"
        try:
            # Of a board that was heard a silence is told in time, however many others are asked in between.
            async with asyncio.timeout_at(self._heard_at + SILENT_AFTER_S if self._met else None):
                await self._see()
            self._heard_at = loop.time()
        except Unfit as unfit:
            self._lose(Absence(why=f"{self._where} {unfit}", unfit=True))
        except (Unanswered, TimeoutError) as error:
            if loop.time() >= self._heard_at + SILENT_AFTER_S or not self._met:
                self._lose(Absence(why=f"{str(error) or why}{self._talk.family.silent_advice}"))
        finally:
            self._looked_at = loop.time()

    async def _see(self) -> None:
        if not self._met:
            await self._talk.meet()
            self._met = True
            log.info("relay board answers", extra={"bus": self.name, "confirm": self._confirm})
        looked = await self._talk.look(frozenset(self._wanted))
        if fallen := looked.fallen:
            # Nobody would expect them to close again by themselves.
            self._wanted -= fallen
            self._counts["fallen"] += 1
            log.warning("relay fell open by itself", extra={"bus": self.name, "channels": sorted(fallen)})
        if strays := looked.strays:
            self._counts["strays"] += 1
            log.warning("relay closed without an order", extra={"bus": self.name, "channels": sorted(strays)})
            for channel in sorted(strays):
                await self._talk.open(channel)
            looked = await self._talk.look(frozenset(self._wanted))
        self.level.set(looked)

    def _lose(self, absence: Absence) -> None:
        self._met = False
        self._wanted.clear()
        if not isinstance(self.level.value, Absence):
            self._counts["silences"] += 1
            log.warning("relay board is lost", extra={"bus": self.name, "reason": absence.why})
        self.level.set(absence)

    # --- what is ordered

    def saw_open(self, channel: Channel) -> bool:
        """Nobody wants that relay closed, and a moment ago it was not."""
        level = self.level.value
        is_recent = asyncio.get_running_loop().time() <= self._looked_at + 2 * LOOK_EVERY_S
        return is_recent and isinstance(level, Looked) and channel not in level.closed | self._wanted

    @property
    def is_seen(self) -> bool:
        return isinstance(self.level.value, Looked)

    def require(self, driver: str) -> None:
        """Raises the error of `driver` where the board was not seen."""
        match self.level.value:
            case Absence() as absence:
                raise absence.error(driver)
            case None:
                raise Absence(why=f"{self._where} was not heard yet; check again in a moment").error(driver)
            case Looked():
                return

    async def order(self, channel: Channel, driver: str, wish: Callable[[], bool]) -> bool:
        """Close or open that relay, as `wish` says once its turn has come; returns which, when it was read back.

        Raises DriverUnavailable or DriverRejected; then it is not wanted, and opened as soon as it is found closed.
        """
        async with self._turn:
            closed = wish()
            if closed:
                self.require(driver)
                self._wanted.add(channel)
            else:
                self._wanted.discard(channel)
            try:
                await self._say(channel, driver, closed=closed)
            except BaseException:
                self._wanted.discard(channel)
                raise
        return closed

    async def open_blindly(self, channel: Channel) -> None:
        """Tell it to open, whether it answers or not: for whoever is about to go, and looks no more. Does not raise."""
        self._wanted.discard(channel)
        with suppress(Unanswered, Unfit):
            await self._talk.open(channel)

    async def _say(self, channel: Channel, driver: str, *, closed: bool) -> None:
        loop = asyncio.get_running_loop()
        self._counts["orders"] += 1
        say = self._talk.close if closed else self._talk.open
        try:
            async with asyncio.timeout(ORDER_WITHIN_S):
                await say(channel)
                looked = await self._talk.look(frozenset(self._wanted))
        except Unfit as unfit:
            raise DriverRejected(driver, f"{self._where} {unfit}") from unfit
        except (Unanswered, TimeoutError) as error:
            why = str(error) or f"{self._where} did not confirm an order within {ORDER_WITHIN_S:g} s; check the line"
            raise DriverUnavailable(driver, why) from error
        finally:
            self.look_soon()
        self._heard_at = loop.time()
        if self._met:
            self.level.set(looked)
        if (channel in looked.closed) is not closed:
            stays = "closed" if channel in looked.closed else "open"
            what = (
                f"relay {channel} of {self._where} stays {stays} against an order; check for another master, and first"
            )
            raise DriverRejected(driver, what)


def parts(options: Options) -> Mapping[str, int]:
    """How many relays and inputs the board has."""
    family = fitted(FAMILIES[options.family], first=options.first, channels=options.channels)
    return {"channel": family.count, "input": family.inputs.count if family.inputs else 0}


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> RelayBoardLink:
    """A relay board on the line `options.bus`, not yet open."""
    line = buses[options.bus]
    assert isinstance(line, Line)
    return RelayBoardLink(name, line, options)
