"""What the judge lets a self-test show on an empty outlet, and not a step more."""

from __future__ import annotations

import asyncio

import pytest

from agent.drivers.pilot_board import messages
from firmware_sim.pilot_circuit import Drive
from tests.tools.safety.test_judge import Deed, Hand, breaches

UNASKED = "offers current without a fresh permission"


async def speaks(hand: Hand, for_s: float) -> None:
    """A host that permits nothing."""
    for _ in range(round(for_s / 0.5)):
        hand.wish(permit=False, offer_da=0)
        await asyncio.sleep(0.5)


async def asks_for_a_wave(hand: Hand) -> None:
    await speaks(hand, 5)
    hand.say(messages.Test(1, messages.TEST_STEPS.index("drive_pwm"), b"", 5_000))
    hand.offer(5_000)


async def ends_in_time(hand: Hand) -> None:
    await asks_for_a_wave(hand)
    await speaks(hand, 10)
    hand.outlet.drive_pilot(Drive.X1, 10_000)
    await speaks(hand, 5)


async def was_not_asked_for(hand: Hand) -> None:
    await speaks(hand, 5)
    hand.offer(5_000)
    await speaks(hand, 1)


async def goes_on_for_too_long(hand: Hand) -> None:
    await asks_for_a_wave(hand)
    await speaks(hand, 11)


async def goes_on_with_a_plug_in(hand: Hand) -> None:
    await asks_for_a_wave(hand)
    hand.outlet.insert(hand.puppet)
    await speaks(hand, 1)


async def goes_on_without_a_host(hand: Hand) -> None:
    await asks_for_a_wave(hand)
    await asyncio.sleep(3)


def test_a_wave_of_ten_seconds_on_an_empty_outlet_is_no_offer() -> None:
    assert breaches(ends_in_time) == []


@pytest.mark.parametrize(
    "deed", [was_not_asked_for, goes_on_for_too_long, goes_on_with_a_plug_in, goes_on_without_a_host]
)
def test_any_other_wave_is_an_offer_that_nobody_permitted(deed: Deed) -> None:
    assert set(breaches(deed)) == {UNASKED}
