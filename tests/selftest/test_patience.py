"""The time of an attempt: it stands still while a person is asked, and may be made longer."""

from __future__ import annotations

import asyncio

import pytest

from agent.selftest.patience import Patience
from firmware_sim import virtual_loop


async def _lasts_s(patience: Patience, *, paused_s: float = 0.0, allowed_s: float = 0.0) -> float:
    """After how many seconds somebody who never comes to an end is ended."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TimeoutError):
        async with patience.limit():
            await asyncio.sleep(1.0)
            with patience.paused():
                await asyncio.sleep(paused_s)
            patience.allow(allowed_s)
            await asyncio.sleep(3600.0)
    return loop.time() - began


@pytest.mark.parametrize(("paused_s", "allowed_s"), [(0.0, 0.0), (500.0, 0.0), (0.0, 600.0), (500.0, 600.0)])
def test_an_attempt_ends_after_its_time_without_that_of_a_person_and_with_what_it_was_given(
    paused_s: float, allowed_s: float
) -> None:
    patience = Patience(750.0)

    lasted_s = virtual_loop.run(_lasts_s(patience, paused_s=paused_s, allowed_s=allowed_s))

    assert lasted_s == pytest.approx(750.0 + paused_s + allowed_s)
    assert patience.seconds == 750.0 + allowed_s


def test_what_is_given_before_it_begins_counts_too() -> None:
    patience = Patience(10.0)
    patience.allow(5.0)

    assert virtual_loop.run(_lasts_s(patience)) == pytest.approx(15.0)
