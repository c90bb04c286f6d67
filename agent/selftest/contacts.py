"""Contacts that a person moves: a door, a button. Each has to be seen resting, then moved, then resting again."""

from __future__ import annotations

from collections.abc import Sequence

from agent.config.model import InputConfig
from agent.core.commissioning.model import Measured, Outcome, failed, passed
from agent.selftest.bench import Bench

WITHIN_S = 10.0
EVERY_S = 0.1
PATIENCE = "as long as this test waits for a person"
ACTIVE = "active"
WIRE = "Check the contact, its wire, and the line or channel that the board file names for it ({key})."


def contacts(bench: Bench, means: str) -> tuple[InputConfig, ...]:
    """Of the whole charger: its own and those of every connector."""
    board = bench.config.board
    everywhere = (*board.inputs, *(one for connector in board.connectors for one in connector.inputs))
    return tuple(one for one in everywhere if one.means.value == means)


async def worked(bench: Bench, moved: Sequence[InputConfig], asks: str, *, cause: str) -> Outcome:
    """Each in turn, as `asks` tells a person; "{place}" in it says which of several it is."""
    measured: list[Measured] = []
    for number, one in enumerate(moved, 1):
        key = one.driver.key
        if not await _becomes(bench, key, wanted=False):
            return _failed(f"It says that it is {one.means.value} before anybody touched it", key, measured, cause)
        place = f"{one.means.value} {number} of {len(moved)} ({key} of the board file)"
        await bench.person.tell(asks.format(place=place))
        asked_at = bench.now()
        if not await _becomes(bench, key, wanted=True):
            return _failed(f"Nothing was seen of it within {WITHIN_S:g} s", key, measured, cause)
        measured.append(
            Measured(
                name=f"{key} moved",
                value=round(bench.now().since(asked_at), 1),
                unit="s",
                high=WITHIN_S,
                source=PATIENCE,
            )
        )
        if not await _becomes(bench, key, wanted=False):
            return _failed(f"It did not come back to rest within {WITHIN_S:g} s", key, measured, cause)
    return passed(f"Seen moved, and at rest again: {', '.join(one.driver.key for one in moved)}.", *measured)


def _failed(says: str, key: str, measured: Sequence[Measured], cause: str) -> Outcome:
    return failed(f"{says} ({key}).", WIRE.format(key=key), *measured, cause=cause)


async def _becomes(bench: Bench, key: str, *, wanted: bool) -> bool:
    began = bench.now()
    while bench.now().since(began) <= WITHIN_S:
        reading = (await bench.elements()).get(key)
        if reading is not None and reading.readings.get(ACTIVE) is wanted:
            return True
        await bench.wait(EVERY_S)
    return False
