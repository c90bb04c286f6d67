"""A piece of the simulated month, played as `make month` plays all of it. The month itself takes hours."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.month import piece
from tools.month.__main__ import ZONE
from tools.month.plan import Failure
from tools.month.play import play

SEED = 10
"""Its central system takes facts in and dies before it answers, again and again; later it loses its power with the
charger, which begins anew without a clock and has nobody to ask for twenty minutes."""


@pytest.fixture
def site_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process keeps the site's clocks, as it would there."""
    monkeypatch.setenv("TZ", ZONE)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("site_zone")
def test_every_visit_of_a_night_with_a_dying_network_a_power_cut_and_new_clocks_is_billed_once_to_the_wh(
    tmp_path: Path,
) -> None:
    month = piece.draw(SEED)

    tally = play(month, tmp_path)

    assert tally.problems == []
    assert {one.failure for one in month.outages} == {Failure.DYING_MID_ANSWER, Failure.GONE}
    assert tally.judged == len(month.visits) == 12
    assert tally.metered_wh == tally.ledger_wh == tally.told_wh > 4_000
    assert tally.transactions >= 7
    assert (tally.cuts, tally.late > 0, tally.repeats > 0, tally.connections > 2) == (1, True, True, True)
