"""The judge against boards that break one rule each: pins driven by hand, no firmware anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agent.drivers.pilot_board.codec import encode
from agent.drivers.pilot_board.frames import frame
from agent.drivers.pilot_board.messages import TABLE_HASH, Identify, Message, Wish
from firmware_sim.energy import EnergyRegisters, MemoryRegisters
from firmware_sim.mains import Mains
from firmware_sim.outlet import Outlet
from firmware_sim.parts.residual_module import ERROR
from firmware_sim.pilot_circuit import Diode, Drive
from firmware_sim.timeline import Timeline
from firmware_sim.virtual_loop import run
from tools.safety.judge import Judge
from tools.safety.puppet import Puppet

DUTY_16_A = 2_666


class Hand:
    """Whoever holds the pins, the host's line and the strings of the car."""

    def __init__(self) -> None:
        self.timeline = Timeline(asyncio.get_running_loop())
        self.outlet = Outlet(
            1, self.timeline, Mains(), EnergyRegisters(self.timeline, MemoryRegisters(), "one", 0), tethered=True
        )
        self.outlet.supervise(True)
        self.alive = True
        self.judge = Judge(self.outlet, self.timeline, lambda: self.alive)
        self.outlet.settled = self.judge.look
        self.puppet = Puppet(self.outlet.settle)
        self._number = 0
        self.say(Identify(1, TABLE_HASH))

    def say(self, message: Message) -> None:
        self.judge.hear(frame(encode(message)))

    def wish(
        self,
        *,
        permit: bool = True,
        offer_da: int = 160,
        insertion: int = 1,
        commissioned: bool = True,
        open_at_once: bool = False,
    ) -> None:
        self._number += 1
        self.say(Wish(self._number, permit, offer_da, False, 4, insertion, commissioned, open_at_once=open_at_once))

    def offer(self, duty: int = DUTY_16_A) -> None:
        self.outlet.drive_pilot(Drive.X2, duty)

    async def talk(self, for_s: float) -> None:
        for _ in range(round(for_s / 0.5)):
            self.wish()
            await asyncio.sleep(0.5)

    async def charge(self) -> None:
        """By the book, as far as closed contacts."""
        await asyncio.sleep(5)
        self.outlet.insert(self.puppet)
        self.wish()
        self.offer()
        self.puppet.show("C")
        await self.talk(1)
        self.outlet.energise(True)
        await self.talk(1)

    async def open_after(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        self.outlet.energise(False)
        await asyncio.sleep(0.1)


Deed = Callable[[Hand], Awaitable[None]]


def breaches(deed: Deed) -> list[str]:
    """What the judge says, without the times."""

    async def main() -> list[str]:
        hand = Hand()
        await deed(hand)
        hand.judge.look()
        return [breach.split(": ", 1)[1] for breach in hand.judge.breaches]

    return run(main())


async def closes_without_a_wish(hand: Hand) -> None:
    await asyncio.sleep(5)
    hand.outlet.insert(hand.puppet)
    hand.puppet.show("C")
    hand.offer()
    await asyncio.sleep(1)
    hand.outlet.energise(True)


async def closes_in_b(hand: Hand) -> None:
    await asyncio.sleep(5)
    hand.outlet.insert(hand.puppet)
    hand.wish()
    hand.offer()
    await asyncio.sleep(1)
    hand.outlet.energise(True)


async def closes_in_c1(hand: Hand) -> None:
    await asyncio.sleep(5)
    hand.outlet.insert(hand.puppet)
    hand.puppet.show("C")
    hand.wish()
    await asyncio.sleep(1)
    hand.outlet.energise(True)


async def closes_on_a_flutter(hand: Hand) -> None:
    await asyncio.sleep(5)
    hand.outlet.insert(hand.puppet)
    hand.wish()
    hand.offer()
    await asyncio.sleep(1)
    hand.puppet.show("C")
    await asyncio.sleep(0.3)
    hand.outlet.energise(True)


async def closes_for_the_next_car(hand: Hand) -> None:
    await hand.charge()
    hand.outlet.remove()
    await hand.open_after(0.05)
    await asyncio.sleep(5)
    hand.outlet.insert(hand.puppet)
    await asyncio.sleep(1)
    hand.outlet.energise(True)


async def closes_again_at_once(hand: Hand) -> None:
    await hand.charge()
    await hand.open_after(0.01)
    await hand.talk(1)
    hand.outlet.energise(True)


async def ignores_the_end_of_the_lease(hand: Hand) -> None:
    await hand.charge()
    await asyncio.sleep(9)


async def ignores_a_withdrawal_but_ends_the_offer(hand: Hand) -> None:
    await hand.charge()
    hand.wish(permit=False)
    hand.outlet.drive_pilot(Drive.X1, 0)
    await asyncio.sleep(6.2)


async def forgets_a_wrong_table(hand: Hand) -> None:
    await hand.charge()
    hand.say(Identify(2, "deadbeef"))
    await asyncio.sleep(0.1)


async def offers_more_than_was_wished(hand: Hand) -> None:
    await hand.charge()
    hand.wish(offer_da=100)
    await asyncio.sleep(0.2)


async def takes_one_wish_again_and_again_for_life(hand: Hand) -> None:
    await hand.charge()
    for _ in range(5):
        hand.say(Wish(99, True, 160, False, 4, 1, True))
        await asyncio.sleep(0.5)


def opens_late(letter: str, after_s: float) -> Deed:
    async def deed(hand: Hand) -> None:
        await hand.charge()
        if letter == "A":
            hand.outlet.remove()
        elif letter == "E":
            hand.outlet.faults.short_ohm = 0.0
            hand.outlet.settle()
        elif letter == "no diode":
            hand.puppet.set_diode(Diode.SHORTED)
        else:
            hand.puppet.show(letter)
        await hand.open_after(after_s - 0.022)

    return deed


async def closes_before_it_is_in_service(hand: Hand) -> None:
    await asyncio.sleep(5)
    hand.outlet.insert(hand.puppet)
    hand.wish(commissioned=False)
    hand.puppet.show("C")
    hand.offer()
    await asyncio.sleep(1)
    hand.outlet.energise(True)


async def closes_for_another_plug(hand: Hand) -> None:
    await hand.charge()
    hand.outlet.remove()
    await hand.open_after(0.05)
    await asyncio.sleep(6)
    hand.outlet.insert(hand.puppet)
    await hand.talk(1)
    hand.outlet.energise(True)


def closes_with(name: str) -> Deed:
    async def deed(hand: Hand) -> None:
        await asyncio.sleep(5)
        BREAKAGES[name](hand.outlet)
        hand.outlet.insert(hand.puppet)
        hand.wish()
        hand.puppet.show("C")
        hand.offer()
        await asyncio.sleep(1)
        hand.outlet.energise(True)

    return deed


def keeps_closed_with(name: str, after_s: float) -> Deed:
    """The coil loses its current so that the contacts are open `after_s` after it happened."""

    async def deed(hand: Hand) -> None:
        await hand.charge()
        BREAKAGES[name](hand.outlet)
        for _ in range(int(after_s / 0.5)):
            hand.wish()
            await asyncio.sleep(0.5)
        await hand.open_after(after_s % 0.5 - 0.022)

    return deed


def earth_is_lost(outlet: Outlet) -> None:
    outlet.parts.faults.earth_edges = 7
    outlet.parts.touch()


def terminal_is_hot(outlet: Outlet) -> None:
    outlet.parts.warmth.places["terminal"].force(110.0)
    outlet.settle()


BREAKAGES: dict[str, Callable[[Outlet], None]] = {
    "below 180 V": lambda outlet: outlet.set_mains(Mains(volts=179.0)),
    "above 264 V": lambda outlet: outlet.set_mains(Mains(volts=265.0)),
    "above 276 V": lambda outlet: outlet.set_mains(Mains(volts=277.0)),
    "at another frequency": lambda outlet: outlet.set_mains(Mains(hz=46.9)),
    "without earth": earth_is_lost,
    "with a rail that is out": lambda outlet: outlet.set_rails(low_v=-10.9),
    "on a supply that goes": lambda outlet: outlet.parts.set_feed(8.9),
    "with a tripped module": lambda outlet: outlet.parts.residual.break_down(stuck=ERROR),
    "with a terminal that is too hot": terminal_is_hot,
}
OPEN_WITHIN_S = {
    "below 180 V": 0.55, "above 264 V": 1.05, "above 276 V": 0.15, "at another frequency": 1.05,
    "without earth": 0.7, "with a rail that is out": 0.1, "on a supply that goes": 0.1, "with a tripped module": 0.06,
    "with a terminal that is too hot": 1.05,
}  # fmt: skip


async def is_dead_and_closed(hand: Hand) -> None:
    await hand.charge()
    hand.alive = False
    await hand.talk(1)
    hand.judge.look()


def hides_a_plug_behind_f(plugged_s: float, for_s: float) -> Deed:
    """A plug comes, and after `plugged_s` the board shows F for `for_s`."""

    async def do(hand: Hand) -> None:
        await asyncio.sleep(5)
        if plugged_s:
            hand.outlet.insert(hand.puppet)
            await asyncio.sleep(plugged_s)
        hand.outlet.drive_pilot(Drive.F, 0)
        await asyncio.sleep(for_s)
        hand.outlet.drive_pilot(Drive.X1, 0)

    return do


def stays_closed_though_it_must_open(for_s: float) -> Deed:
    async def do(hand: Hand) -> None:
        await hand.charge()
        hand.wish(open_at_once=True)
        hand.outlet.drive_pilot(Drive.X1, 0)
        await hand.open_after(for_s)

    return do


@pytest.mark.parametrize(
    ("deed", "rule"),
    [
        (closes_without_a_wish, "closed without a fresh permission"),
        (closes_in_b, "closed in B"),
        (closes_in_c1, "closed without an offer"),
        (closes_on_a_flutter, "closed after 300 ms of C2"),
        (closes_for_the_next_car, "closed by a permission kept over a new plug"),
        (closes_before_it_is_in_service, "closed before anybody took it into service"),
        (closes_for_another_plug, "closed by a permission for another plug"),
        (closes_again_at_once, "closed 1100 ms after opening"),
        (ignores_the_end_of_the_lease, "contacts still closed 6 s after the permission ended"),
        (ignores_the_end_of_the_lease, "offers current without a fresh permission"),
        (ignores_a_withdrawal_but_ends_the_offer, "contacts still closed 6 s after the offer ended"),
        (forgets_a_wrong_table, "offers current without a fresh permission"),
        (offers_more_than_was_wished, "offers 159.96 where 100 x 0.1 A are permitted"),
        (takes_one_wish_again_and_again_for_life, "offers current without a fresh permission"),
        (opens_late("A", 0.103), "contacts still closed in A"),
        (opens_late("B", 0.103), "contacts still closed in B"),
        (opens_late("D", 0.203), "contacts still closed in D"),
        (opens_late("E", 0.203), "contacts still closed in E"),
        (opens_late("no diode", 0.203), "contacts still closed in no diode"),
        (hides_a_plug_behind_f(0.4, 1.0), "state F while somebody is plugged in"),
        (hides_a_plug_behind_f(0.0, 10.2), "state F for so long without a look"),
        (hides_a_plug_behind_f(0.0, 0.2), "state F for 200 ms"),
        (stays_closed_though_it_must_open(0.07), "contacts still closed though the host wants them open at once"),
        (is_dead_and_closed, "contacts still closed with a dead board or an emergency stop"),
    ],
)
def test_a_board_that_breaks_a_rule_is_found_out(deed: Deed, rule: str) -> None:
    assert rule in breaches(deed)


@pytest.mark.parametrize(
    "deed",
    [
        Hand.charge,
        opens_late("A", 0.097),
        opens_late("B", 0.097),
        opens_late("D", 0.197),
        opens_late("E", 0.197),
        opens_late("no diode", 0.197),
        hides_a_plug_behind_f(0.0, 10.0),
        hides_a_plug_behind_f(0.1, 1.0),
        stays_closed_though_it_must_open(0.03),
    ],
)
def test_a_board_that_keeps_its_times_is_left_in_peace(deed: Deed) -> None:
    assert breaches(deed) == []


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_board_that_stays_closed_in_a_broken_world_is_found_out(name: str) -> None:
    limit_s = OPEN_WITHIN_S[name]

    assert f"contacts still closed {name}" in breaches(keeps_closed_with(name, limit_s + 0.013))
    assert breaches(keeps_closed_with(name, limit_s)) == []


@pytest.mark.parametrize("name", [name for name in BREAKAGES if "hot" not in name])
def test_a_board_that_closes_in_a_broken_world_is_found_out(name: str) -> None:
    assert any(rule.startswith("closed ") for rule in breaches(closes_with(name)))
