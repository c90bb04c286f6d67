"""Reservations as people meet them: a place kept, the right card, the wrong one, and what ends it."""

from __future__ import annotations

from typing import Any

import pytest

from agent.core.session.model import SessionPhase
from agent.ocpp_client.v16.moments import time_text
from tests.simulation.stage import CARD, OTHER_CARD, Charger, tell

FAMILY = "FAMILY"
RESERVATION = 4711
SETTLES_S = 10.0


async def reserve(charger: Charger, connector: int = 1, for_s: float = 3600.0, **more: Any) -> str:
    """ReserveNow for CARD by the charger's own clock; the word it is answered with."""
    now_ms = charger.agent.station.clock.now().utc_ms
    assert now_ms is not None
    asked = {"token": CARD, "reservation": RESERVATION, "until": time_text(now_ms + round(for_s * 1000)), **more}
    answer = await charger.network("reserve", connector=connector, **asked)
    return str(answer["answer"]["status"])


def starts(charger: Charger) -> list[tuple[str, int | None]]:
    """The card and the reservation of every start the network was told."""
    return [(one["idTag"], one.get("reservationId")) for one in charger.told("StartTransaction")]


def test_the_right_card_charges_at_the_reserved_connector_and_uses_the_reservation_up() -> None:
    async def story(charger: Charger) -> None:
        assert await reserve(charger) == "Accepted"
        await charger.passes(SETTLES_S)
        assert charger.statuses()[-1] == "Reserved"
        await charger.charge()
        await charger.passes(SETTLES_S)
        assert starts(charger) == [(CARD, RESERVATION)]
        assert charger.agent.station.store.latches.reservations.all() == ()
        await charger.world("plug_out", connector=1)
        await charger.passes(30.0)
        assert charger.statuses()[-1] == "Available"
        assert [event["why"] for event in await charger.events("reservation.ended")] == [
            "the charge it was for has begun"
        ]

    tell(story)


def test_another_card_is_turned_away_with_the_reason_and_nobody_is_asked_about_it() -> None:
    async def story(charger: Charger) -> None:
        await reserve(charger)
        await charger.plug_in()
        await charger.swipe(OTHER_CARD)
        await charger.passes(SETTLES_S)
        assert charger.statuses()[-1] == "Reserved"
        assert charger.told("Authorize") == []
        (refused,) = await charger.events("session.refused")
        assert "the connector is reserved for" in str(refused["reason"])
        # Whoever it is for needs no other plug.
        await charger.swipe(CARD)
        await charger.world("wait", connector=1, until="charging", timeout_s=30)
        await charger.passes(SETTLES_S)
        assert starts(charger) == [(CARD, RESERVATION)]

    tell(story)


def test_a_card_of_the_same_group_may_use_it_once_the_network_has_told_the_group() -> None:
    async def story(charger: Charger) -> None:
        await charger.network("parent", token=OTHER_CARD, parent=FAMILY)
        await reserve(charger, parent=FAMILY)
        await charger.plug_in()
        await charger.swipe("0400000000")
        assert charger.session().refusal is not None
        await charger.swipe(OTHER_CARD)
        await charger.passes(SETTLES_S)
        assert starts(charger) == [(OTHER_CARD, RESERVATION)]

    tell(story)


def test_it_ends_at_its_date_and_the_connector_is_free_again() -> None:
    async def story(charger: Charger) -> None:
        await reserve(charger, for_s=60.0)
        await charger.passes(50.0)
        assert charger.statuses()[-1] == "Reserved"
        await charger.passes(15.0)
        assert charger.statuses()[-1] == "Available"
        await charger.plug_in()
        await charger.swipe(OTHER_CARD)
        await charger.passes(SETTLES_S)
        assert starts(charger) == [(OTHER_CARD, None)]

    tell(story)


def test_the_network_replaces_it_by_its_number_and_cancels_it_once() -> None:
    async def story(charger: Charger) -> None:
        assert await reserve(charger, for_s=60.0) == "Accepted"
        assert await reserve(charger, for_s=600.0, token=OTHER_CARD) == "Accepted"
        assert await reserve(charger, reservation=1, token=OTHER_CARD) == "Occupied"
        await charger.passes(90.0)
        assert charger.statuses()[-1] == "Reserved"
        cancel = [await charger.network("cancel_reservation", reservation=RESERVATION) for _ in range(2)]
        assert [answer["answer"]["status"] for answer in cancel] == ["Accepted", "Rejected"]
        await charger.passes(SETTLES_S)
        assert charger.statuses()[-1] == "Available"

    tell(story)


@pytest.mark.parametrize("is_controller", [False, True])
def test_it_outlives_a_restart_and_the_status_too(is_controller: bool) -> None:
    async def story(charger: Charger) -> None:
        await reserve(charger)
        await charger.passes(SETTLES_S)
        await charger.stage.charger.kill(with_power=is_controller)
        await charger.stage.charger.start()
        await charger.passes(30.0)
        assert charger.statuses()[-1] == "Reserved"
        await charger.plug_in()
        await charger.swipe(OTHER_CARD)
        assert charger.session().phase is not SessionPhase.CHARGING
        await charger.swipe(CARD)
        await charger.passes(SETTLES_S)
        assert starts(charger) == [(CARD, RESERVATION)]

    tell(story)


def test_going_out_of_service_ends_it() -> None:
    async def story(charger: Charger) -> None:
        await reserve(charger)
        await charger.network("change_availability", operative=False, connector=1)
        await charger.passes(SETTLES_S)
        assert charger.statuses()[-1] == "Unavailable"
        assert await reserve(charger) == "Unavailable"
        await charger.network("change_availability", operative=True, connector=1)
        await charger.passes(SETTLES_S)
        assert charger.statuses()[-1] == "Available"

    tell(story)


def test_a_remote_start_of_the_holder_is_tried_and_that_of_another_is_rejected() -> None:
    async def story(charger: Charger) -> None:
        await reserve(charger)
        await charger.plug_in()
        answers = [await charger.network("remote_start", token=card) for card in (OTHER_CARD, CARD)]
        assert [answer["answer"]["status"] for answer in answers] == ["Rejected", "Accepted"]
        await charger.passes(SETTLES_S)
        assert starts(charger) == [(CARD, RESERVATION)]

    tell(story)


def test_a_reservation_of_any_connector_keeps_the_last_free_one() -> None:
    async def story(charger: Charger) -> None:
        assert await reserve(charger, connector=0) == "Accepted"
        await charger.passes(SETTLES_S)
        assert [charger.statuses(one)[-1] for one in (1, 2)] == ["Available", "Available"]
        # Two are free, so anybody may have one of them.
        await charger.charge(1)
        await charger.passes(SETTLES_S)
        assert starts(charger)[0] == (CARD, RESERVATION)
        assert await reserve(charger, connector=0, token=OTHER_CARD, reservation=5) == "Accepted"
        assert await reserve(charger, connector=2, reservation=6) == "Occupied"
        await charger.plug_in(2)
        await charger.swipe("0400000000")
        await charger.passes(SETTLES_S)
        assert charger.session(2).phase is SessionPhase.PLUGGED
        await charger.swipe(OTHER_CARD)
        await charger.passes(SETTLES_S)
        assert starts(charger)[1:] == [(OTHER_CARD, 5)]

    tell(story, board="sim-dual")


def test_a_single_connector_is_reserved_by_its_number_only() -> None:
    async def story(charger: Charger) -> None:
        assert await reserve(charger, connector=0) == "Rejected"
        assert await reserve(charger, for_s=-1.0) == "Rejected"
        await charger.charge()
        assert await reserve(charger) == "Occupied"

    tell(story)
