"""A connector beside one that uses the whole supply: nobody has to raise anything for it."""

from __future__ import annotations

import pytest

from agent.core.explain.explain import explain
from agent.core.explain.reason import Effect
from agent.core.explain.scene import NO_NETWORK, Scene, with_its_part
from agent.core.explain.would_start import searching
from agent.core.limits import LimitSource
from agent.core.session.events import LimitChanged
from agent.core.session.model import Session
from tests.core.session.station import RecordingStation, charging

SHARED = "supply_current_a, 32 A shared by 2 connectors"


def without_a_part(station: RecordingStation) -> RecordingStation:
    station.feed(LimitChanged(source=LimitSource.SUPPLY, current_a=0.0, detail=SHARED))
    return station


def keys(session: Session, station: RecordingStation) -> list[str]:
    return [one.key for one in explain(Scene(session=session, network=NO_NETWORK, now=station.now, board=None)).reasons]


def test_its_nought_amperes_are_no_reason_and_a_card_alone_would_start_it() -> None:
    station = without_a_part(RecordingStation())
    station.plug_in()
    seen = with_its_part(station.session, 32.0, 2)

    search = searching(Scene(session=seen, network=NO_NETWORK, now=station.now, board=None))
    while True:
        try:
            next(search)
        except StopIteration as found:
            changes = found.value
            break

    reasons = explain(Scene(session=seen, network=NO_NETWORK, now=station.now, board=None)).reasons
    assert [one for one in reasons if one.effect is Effect.PAUSES] == []
    assert not [one for one in changes if one.do.get("do") == "raise_limit"]
    assert changes


@pytest.mark.parametrize(("supply_a", "connectors", "part_a"), [(32.0, 2, 16.0), (10.0, 2, 6.0), (20.0, 3, 20 / 3)])
def test_its_part_is_an_equal_one_and_never_less_than_a_car_can_use(
    supply_a: float, connectors: int, part_a: float
) -> None:
    session = without_a_part(RecordingStation()).session

    limit = with_its_part(session, supply_a, connectors).limits.named(LimitSource.SUPPLY)

    assert limit is not None
    assert limit.current_a == pytest.approx(part_a)


def test_a_charge_that_waits_for_its_part_says_so() -> None:
    station = without_a_part(charging())

    assert with_its_part(station.session, 32.0, 2) is station.session
    assert "limit.supply" in keys(station.session, station)


def test_a_connector_alone_is_limited_by_what_it_says() -> None:
    session = without_a_part(RecordingStation()).session

    assert with_its_part(session, 32.0, 1) is session
