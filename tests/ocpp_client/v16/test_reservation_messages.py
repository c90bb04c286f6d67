"""ReserveNow and CancelReservation: what is passed on and what is refused."""

from __future__ import annotations

import pytest

from agent.core.availability import Reservation
from agent.core.identity import IdToken
from agent.core.reservations import ReservationVerdict
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import Payload
from tests.ocpp_client.v16.station import ONE, Bench

NOON = "2026-09-21T13:46:40Z"
NOON_MS = 1_789_998_400_000
ASKED: Payload = {"connectorId": 1, "expiryDate": NOON, "idTag": "CAFE", "reservationId": 4711}


def test_a_reservation_is_passed_on() -> None:
    bench = Bench()

    assert bench.status_of("ReserveNow", ASKED | {"parentIdTag": "FAMILY"}) == "Accepted"

    ((what, asked),) = bench.station.asked
    assert what == "reserve"
    wanted = Reservation(id=4711, connector=ONE, token=IdToken("CAFE"), group=IdToken("FAMILY"), expires_ms=NOON_MS)
    assert asked == wanted


@pytest.mark.parametrize("parent", [{}, {"parentIdTag": ""}])
def test_connector_0_is_any_and_a_parent_may_be_absent(parent: Payload) -> None:
    bench = Bench()

    bench.status_of("ReserveNow", ASKED | {"connectorId": 0} | parent)

    ((_, asked),) = bench.station.asked
    assert (asked.connector, asked.group) == (None, None)


@pytest.mark.parametrize("verdict", list(ReservationVerdict))
def test_the_word_of_the_station_is_the_answer(verdict: ReservationVerdict) -> None:
    bench = Bench()
    bench.station.reserves = verdict

    assert bench.status_of("ReserveNow", ASKED) == verdict.value


@pytest.mark.parametrize("number", [-1, 3, 10**30])
def test_a_connector_there_is_not_is_rejected(number: int) -> None:
    bench = Bench()

    assert bench.status_of("ReserveNow", ASKED | {"connectorId": number}) == "Rejected"
    assert bench.station.asked == []


@pytest.mark.parametrize("change", [{"expiryDate": "soon"}, {"reservationId": 2**31}, {"idTag": ""}])
def test_a_value_that_is_none_is_answered_with_a_call_error(change: Payload) -> None:
    with pytest.raises(PeerViolation) as refused:
        Bench().command("ReserveNow", ASKED | change)

    assert refused.value.code == "PropertyConstraintViolation"


@pytest.mark.parametrize(("was_known", "word"), [(True, "Accepted"), (False, "Rejected")])
def test_a_reservation_is_cancelled_by_its_number(was_known: bool, word: str) -> None:
    bench = Bench()
    bench.station.agrees = was_known

    assert bench.status_of("CancelReservation", {"reservationId": 4711}) == word
    assert bench.station.asked == [("cancel", 4711)]


def test_a_number_that_is_too_long_cancels_nothing() -> None:
    with pytest.raises(PeerViolation):
        Bench().command("CancelReservation", {"reservationId": 10**30})


def test_any_connector_can_be_reserved_where_there_is_more_than_one() -> None:
    asked = {"key": ["ReserveConnectorZeroSupported", "SupportedFeatureProfiles"]}
    zero, profiles = Bench().command("GetConfiguration", asked).payload["configurationKey"]

    assert (zero["value"], zero["readonly"]) == ("true", True)
    assert {"Reservation", "LocalAuthListManagement"} <= set(profiles["value"].split(","))
