"""Whole charges with each kind of card reader: a card starts and stops one, and a dead reader does not end charging."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.simulation.stage import CARD, Charger, tell

Deed = Callable[[Charger], Awaitable[object]]


async def switch_off(charger: Charger) -> None:
    await charger.world("fault", name="reader_dead", connector=1)


async def hold_low(charger: Charger) -> None:
    await charger.world("fault", name="wiegand_short", connector=1)


async def pull_out(charger: Charger) -> None:
    await charger.world("fault", name="link_gone", connector=1, wire="reader")


READERS: list[tuple[str, Deed, str]] = [
    ("sim-pn532", switch_off, "the PN532 answers no more; check its cable"),
    ("sim-wiegand", hold_low, "line GPIO17 is held low; check the supply of the reader"),
    ("sim-keyboard", pull_out, "is not there; check that the reader is plugged in"),
]
"""Board, how its reader dies, and what is said of it."""


@pytest.mark.parametrize("board", [board for board, _, _ in READERS])
def test_a_card_starts_and_stops_a_charge(board: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(120.0)
        await charger.swipe()
        await charger.passes(10.0)

        assert charger.outlet()["contactor"] == "open"
        (transaction,) = charger.transactions()
        assert (transaction["id_tag"], transaction["stop_reason"]) == (CARD, "Local")
        assert transaction["energy_wh"] > 0

    tell(story, board=board)


@pytest.mark.parametrize(("board", "dies", "sentence"), READERS)
def test_a_reader_that_dies_is_told_and_charging_by_the_network_goes_on(board: str, dies: Deed, sentence: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(10.0)
        await dies(charger)
        await charger.passes(45.0)
        (told,) = await charger.events("fault.raised")
        assert told["id"] == "reader.failed"
        assert sentence in str(told)

        await charger.plug_in()
        await charger.network("remote_start", connector=1, token=CARD)
        await charger.world("wait", connector=1, until="charging", timeout_s=30)
        await charger.world("heal")
        await charger.passes(30.0)
        assert [gone["id"] for gone in await charger.events("fault.cleared")] == ["reader.failed"]

        await charger.swipe()
        await charger.passes(10.0)
        assert charger.outlet()["contactor"] == "open"

    tell(story, board=board)
