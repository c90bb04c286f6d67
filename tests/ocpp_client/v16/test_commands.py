"""Each command: accepted, refused, and what a hostile central system may send."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.facts import StopReason
from agent.core.schedule.profile import ProfilePurpose
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import Payload
from agent.ocpp_client.ports import AvailabilityVerdict, ResetKind, UnlockVerdict
from agent.ocpp_client.v16 import message
from agent.ocpp_client.v16.adapter import KNOWN_ACTIONS
from tests.ocpp_client.v16.station import KEY, ONE, REMOTE_ID, TWO, Bench, faults_of

TX_PROFILE: Payload = {
    "chargingProfileId": 7,
    "stackLevel": 1,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}]},
}


@pytest.mark.parametrize("action", sorted(message.actions()))
def test_every_file_in_the_folder_of_messages_keeps_the_contract(action: str) -> None:
    loaded = message.load(action)

    assert action in KNOWN_ACTIONS
    assert asyncio.iscoroutinefunction(loaded.handle)
    assert loaded.while_pending is None or faults_of(f"{action}Response", loaded.while_pending) == []


@pytest.mark.parametrize("action", sorted(message.actions()))
def test_a_payload_with_something_unknown_in_it_is_refused(action: str) -> None:
    with pytest.raises(PeerViolation):
        Bench().adapter.check_call(action, {"nobodyKnows": 1})


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"type": "Hard", "more": 1}, "FormationViolation"),
        ({}, "ProtocolError"),
        ({"type": 1}, "TypeConstraintViolation"),
        ({"type": "Medium"}, "PropertyConstraintViolation"),
    ],
)
def test_a_broken_rule_of_the_schema_gives_its_own_code(payload: Payload, code: str) -> None:
    with pytest.raises(PeerViolation) as refused:
        Bench().adapter.check_call("Reset", payload)

    assert refused.value.code == code


def test_a_field_without_a_name_is_a_field_too_many() -> None:
    with pytest.raises(PeerViolation) as refused:
        Bench().adapter.check_call("Reset", {"type": "Soft", "": [1]})

    assert refused.value.code == "FormationViolation"


def test_a_whole_number_with_a_point_is_no_integer_in_any_message() -> None:
    """As the package reads its schemas; what is written for a later draft would say otherwise."""
    with pytest.raises(PeerViolation) as refused:
        Bench().adapter.check_call(
            "ExtendedTriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1.0}
        )

    assert refused.value.code == "TypeConstraintViolation"


def test_a_refusal_never_repeats_what_was_sent() -> None:
    with pytest.raises(PeerViolation) as refused:
        Bench().adapter.check_call("ChangeConfiguration", {"key": "AuthorizationKey", "value": "secret" * 100})

    assert "secret" not in refused.value.what
    assert "value" in refused.value.what


# RemoteStartTransaction


def test_a_remote_start_is_passed_on() -> None:
    bench = Bench()

    assert bench.status_of("RemoteStartTransaction", {"idTag": "CAFE", "connectorId": 1}) == "Accepted"
    assert bench.station.asked == [("start", ONE, "CAFE", None)]


def test_a_remote_start_for_nobody_is_refused_since_it_could_never_be_told() -> None:
    bench = Bench()

    with pytest.raises(PeerViolation) as refused:
        bench.command("RemoteStartTransaction", {"idTag": "", "connectorId": 1})

    assert refused.value.code == "PropertyConstraintViolation"
    assert bench.station.asked == []


def test_a_remote_start_without_a_connector_leaves_the_choice_to_the_station() -> None:
    bench = Bench()

    assert bench.status_of("RemoteStartTransaction", {"idTag": "CAFE"}) == "Accepted"
    assert bench.station.asked == [("start", None, "CAFE", None)]


@pytest.mark.parametrize("number", [0, -1, 3, 10**30])
def test_a_remote_start_at_a_connector_there_is_not_is_rejected(number: int) -> None:
    bench = Bench()

    assert bench.status_of("RemoteStartTransaction", {"idTag": "CAFE", "connectorId": number}) == "Rejected"
    assert bench.station.asked == []


def test_a_remote_start_the_station_cannot_try_is_rejected() -> None:
    bench = Bench()
    bench.station.agrees = False

    assert bench.status_of("RemoteStartTransaction", {"idTag": "CAFE"}) == "Rejected"


def test_a_remote_start_brings_its_profile_along() -> None:
    bench = Bench()
    asked = {"idTag": "CAFE", "connectorId": 2, "chargingProfile": TX_PROFILE}

    assert bench.status_of("RemoteStartTransaction", asked) == "Accepted"
    profile = bench.station.asked[0][3]
    assert (profile.purpose, profile.connector, profile.transaction) == (ProfilePurpose.TX, TWO, None)


@pytest.mark.parametrize(
    "change",
    [
        {"chargingProfilePurpose": "TxDefaultProfile"},
        {"transactionId": 1},
        {"stackLevel": 21},
        {"chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": []}},
    ],
)
def test_a_remote_start_with_a_profile_that_cannot_be_its_own_is_rejected(change: Payload) -> None:
    bench = Bench()

    assert (
        bench.status_of("RemoteStartTransaction", {"idTag": "A", "chargingProfile": TX_PROFILE | change}) == "Rejected"
    )
    assert bench.station.asked == []


# RemoteStopTransaction


def test_a_remote_stop_names_the_transaction_by_the_networks_id() -> None:
    bench = Bench()
    bench.station.charge()

    assert bench.status_of("RemoteStopTransaction", {"transactionId": REMOTE_ID}) == "Accepted"
    assert bench.station.asked == [("stop", KEY, StopReason.REMOTE)]


@pytest.mark.parametrize("remote_id", [0, -1, 1, 10**30])
def test_a_remote_stop_of_an_unknown_transaction_is_rejected(remote_id: int) -> None:
    bench = Bench()
    bench.station.charge()

    assert bench.status_of("RemoteStopTransaction", {"transactionId": remote_id}) == "Rejected"
    assert bench.station.asked == []


def test_a_remote_stop_of_a_transaction_that_is_over_is_rejected() -> None:
    bench = Bench()
    bench.station.charge()
    bench.station.agrees = False

    assert bench.status_of("RemoteStopTransaction", {"transactionId": REMOTE_ID}) == "Rejected"


@pytest.mark.parametrize("action", ["RemoteStartTransaction", "RemoteStopTransaction"])
def test_remote_start_and_stop_are_refused_while_pending(action: str) -> None:
    adapter = Bench().adapter

    assert not adapter.allowed_while_pending(action)
    assert adapter.refusal(action) == {"status": "Rejected"}


def test_everything_else_is_carried_out_while_pending() -> None:
    adapter = Bench().adapter
    refused = {action for action in adapter.handlers if not adapter.allowed_while_pending(action)}

    assert refused == {"RemoteStartTransaction", "RemoteStopTransaction"}


# ChangeAvailability


@pytest.mark.parametrize(("number", "connector"), [(0, None), (1, ONE), (2, TWO)])
def test_availability_is_changed_of_a_connector_or_of_all(number: int, connector: object) -> None:
    bench = Bench()

    assert bench.status_of("ChangeAvailability", {"connectorId": number, "type": "Inoperative"}) == "Accepted"
    assert bench.station.asked == [("availability", connector, False)]


def test_availability_during_a_transaction_is_scheduled() -> None:
    bench = Bench()
    bench.station.becomes = AvailabilityVerdict.SCHEDULED

    assert bench.status_of("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}) == "Scheduled"


@pytest.mark.parametrize("number", [-1, 3])
def test_availability_of_a_connector_there_is_not_is_rejected(number: int) -> None:
    bench = Bench()

    assert bench.status_of("ChangeAvailability", {"connectorId": number, "type": "Operative"}) == "Rejected"
    assert bench.station.asked == []


# ClearCache


def test_the_cache_is_cleared() -> None:
    bench = Bench()

    assert bench.status_of("ClearCache") == "Accepted"
    assert bench.station.asked == [("clear cache",)]


def test_a_cache_that_is_switched_off_is_not_cleared() -> None:
    bench = Bench()
    bench.command("ChangeConfiguration", {"key": "AuthorizationCacheEnabled", "value": "false"})

    assert bench.status_of("ClearCache") == "Rejected"
    assert ("clear cache",) not in bench.station.asked


# UnlockConnector


def test_a_lock_is_opened() -> None:
    bench = Bench()
    bench.station.has_lock()

    assert bench.status_of("UnlockConnector", {"connectorId": 1}) == "Unlocked"
    assert bench.station.asked == [("unlock", ONE)]


def test_a_transaction_is_stopped_before_its_lock_is_opened() -> None:
    bench = Bench()
    bench.station.has_lock()
    bench.station.charge()

    bench.command("UnlockConnector", {"connectorId": 1})

    assert bench.station.asked == [("stop", KEY, StopReason.UNLOCK_COMMAND), ("unlock", ONE)]


def test_a_lock_that_jams_is_told() -> None:
    bench = Bench()
    bench.station.has_lock()
    bench.station.unlocks = UnlockVerdict.FAILED

    assert bench.status_of("UnlockConnector", {"connectorId": 1}) == "UnlockFailed"


def test_without_a_lock_a_transaction_goes_on() -> None:
    bench = Bench()
    bench.station.charge()

    assert bench.status_of("UnlockConnector", {"connectorId": 1}) == "NotSupported"
    assert bench.station.asked == []


@pytest.mark.parametrize("number", [0, -1, 3])
def test_a_connector_there_is_not_has_no_lock(number: int) -> None:
    assert Bench().status_of("UnlockConnector", {"connectorId": number}) == "NotSupported"


# Reset, DataTransfer, GetLocalListVersion


@pytest.mark.parametrize("kind", list(ResetKind))
def test_a_reset_is_answered_before_it_begins(kind: ResetKind) -> None:
    bench = Bench()

    answered = bench.command("Reset", {"type": kind.value})

    assert answered.payload == {"status": "Accepted"}
    assert bench.station.asked == []
    assert answered.act is not None
    answered.act()
    assert bench.station.asked == [("reset", kind)]


def test_a_reset_the_charger_would_not_come_back_from_is_rejected() -> None:
    bench = Bench()
    bench.station.agrees = False

    answered = bench.command("Reset", {"type": "Soft"})

    assert (answered.payload, answered.act, bench.station.asked) == ({"status": "Rejected"}, None, [])


@given(
    vendor=st.text(max_size=255),
    extra=st.fixed_dictionaries({}, optional={"messageId": st.text(max_size=50), "data": st.text()}),
)
def test_no_vendor_is_known(vendor: str, extra: Payload) -> None:
    assert Bench().command("DataTransfer", {"vendorId": vendor, **extra}).payload == {"status": "UnknownVendorId"}


# TriggerMessage


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"requestedMessage": "BootNotification"}, ["BootNotification"]),
        ({"requestedMessage": "BootNotification", "connectorId": 99}, ["BootNotification"]),
        ({"requestedMessage": "Heartbeat"}, ["Heartbeat"]),
        ({"requestedMessage": "StatusNotification"}, ["StatusNotification"] * 3),
        ({"requestedMessage": "StatusNotification", "connectorId": 0}, ["StatusNotification"]),
        ({"requestedMessage": "MeterValues"}, ["MeterValues"] * 2),
        ({"requestedMessage": "MeterValues", "connectorId": 2}, ["MeterValues"]),
    ],
)
def test_a_triggered_message_follows_the_answer(asked: Payload, sent: list[str]) -> None:
    bench = Bench()
    bench.station.meters(ONE)
    bench.station.meters(TWO)

    answered = bench.command("TriggerMessage", asked)

    assert answered.payload == {"status": "Accepted"}
    assert [call.action for call in bench.sent(answered)] == sent


@pytest.mark.parametrize("wanted", ["StatusNotification", "MeterValues"])
@pytest.mark.parametrize("number", [-1, 3])
def test_a_trigger_for_a_connector_there_is_not_is_rejected(wanted: str, number: int) -> None:
    bench = Bench()

    answered = bench.command("TriggerMessage", {"requestedMessage": wanted, "connectorId": number})

    assert (answered.payload, bench.sent(answered)) == ({"status": "Rejected"}, [])


def test_a_silent_meter_makes_a_trigger_for_meter_values_rejected() -> None:
    assert Bench().status_of("TriggerMessage", {"requestedMessage": "MeterValues"}) == "Rejected"


@pytest.mark.parametrize(("remote_id", "told"), [(REMOTE_ID, REMOTE_ID), (None, -1), (0, 0)])
def test_triggered_meter_values_name_the_running_transaction(remote_id: int | None, told: int) -> None:
    bench = Bench()
    bench.station.charge(remote_id=remote_id)
    bench.station.meters(ONE)

    (call,) = bench.command("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}).then

    assert call.payload["transactionId"] == told
    assert call.payload["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"


# ClearChargingProfile


@pytest.mark.parametrize(
    ("asked", "filters"),
    [
        ({}, {}),
        ({"id": 0, "stackLevel": 3}, {"profile_id": 0, "stack_level": 3}),
        ({"connectorId": 0}, {"station_only": True}),
        ({"connectorId": 2}, {"connector": TWO}),
        ({"chargingProfilePurpose": "TxProfile"}, {"purpose": ProfilePurpose.TX}),
    ],
)
def test_profiles_are_cleared_by_the_filters_given(asked: Payload, filters: dict[str, object]) -> None:
    bench = Bench()
    nothing = {"profile_id": None, "connector": None, "station_only": False, "purpose": None, "stack_level": None}

    assert bench.status_of("ClearChargingProfile", asked) == "Accepted"
    assert bench.station.asked == [("clear", nothing | filters)]


def test_clearing_what_is_not_there_is_unknown() -> None:
    bench = Bench()
    bench.station.agrees = False

    assert bench.status_of("ClearChargingProfile", {"id": 1}) == "Unknown"
