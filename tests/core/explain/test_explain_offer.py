"""What `explain` says of the current that is offered: who limits it, and what the pilot board makes of it."""

from __future__ import annotations

import pytest

from agent.control.ports import BoardState
from agent.core.explain.reason import Effect
from agent.core.session.events import OfferReported
from tests.core.explain.test_explain import explained, named
from tests.core.session.station import charging


def test_a_running_charge_names_the_limit_that_wins() -> None:
    station = charging()
    station.limited(10.0)

    explanation = explained(station)

    assert explanation.charging
    assert explanation.headline == "charging: 10 A offered, set by network"
    assert named(explanation, "limit.network").evidence == (("supply_a", 16.0), ("network_a", 10.0))


def test_a_board_that_reduces_is_named_as_the_limit() -> None:
    station = charging()
    station.feed(OfferReported(offered_a=12.0, limit_a=12.0, detail="heat"))

    explanation = explained(station)

    assert explanation.headline == "charging: 12 A offered, set by pilot board"
    assert ("pilot_board_a", 12.0) in named(explanation, "limit.pilot_board").evidence


def test_a_board_that_has_not_followed_yet_is_believed() -> None:
    station = charging()
    station.feed(OfferReported(offered_a=9.9))

    assert explained(station).headline.startswith("charging: 9.9 A offered")


@pytest.mark.parametrize("limit_a", [0.0, 5.9])
def test_a_board_that_pauses_by_itself_is_no_charge_that_runs(limit_a: float) -> None:
    station = charging()
    station.feed(OfferReported(offered_a=0.0, limit_a=limit_a))

    explanation = explained(station, board=BoardState(answering=True, limit_a=limit_a))

    reason = named(explanation, "offer.board")
    assert not explanation.charging
    assert reason.effect is Effect.WAITS
    assert reason.evidence == (("ordered_a", 16.0), ("board_limit_a", limit_a))
