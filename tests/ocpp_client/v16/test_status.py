from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.availability import ConnectorStatus, StatusReport
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.register import FaultRegister
from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.ocpp_client.adapter import Payload
from tests.ocpp_client.v16.station import BOOT, NOW, ONE, Bench, payload_of


def told(bench: Bench, *faults: str, status: ConnectorStatus = ConnectorStatus.FAULTED, info: str = "") -> Payload:
    report = StatusReport(connector=ONE, status=status, at=NOW, fault_ids=faults, info=info)
    return payload_of(bench.adapter.status(report))


@pytest.mark.parametrize("status", [status for status in ConnectorStatus if status is not ConnectorStatus.FAULTED])
def test_a_status_without_faults_has_no_error(status: ConnectorStatus) -> None:
    assert told(Bench(), status=status) == {
        "connectorId": 1,
        "status": status.value,
        "errorCode": "NoError",
        "timestamp": "2026-09-21T14:13:20.000Z",
    }


def test_the_station_is_connector_0() -> None:
    report = StatusReport(connector=None, status=ConnectorStatus.AVAILABLE, at=NOW)

    assert payload_of(Bench().adapter.status(report))["connectorId"] == 0


def test_a_change_before_the_clock_was_trusted_is_placed_when_it_is() -> None:
    report = StatusReport(connector=ONE, status=ConnectorStatus.AVAILABLE, at=Instant(4940.0, None, BOOT))

    assert payload_of(Bench().adapter.status(report))["timestamp"] == "2026-09-21T14:12:20.000Z"


def test_without_a_clock_the_time_is_left_out() -> None:
    bench = Bench()
    bench.station.time = Instant(1.0, None, BOOT)
    report = StatusReport(connector=ONE, status=ConnectorStatus.AVAILABLE, at=Instant(1.0, None, BOOT))

    assert "timestamp" not in payload_of(bench.adapter.status(report))


@pytest.mark.parametrize("fault", sorted(CATALOGUE))
@pytest.mark.parametrize("status", [ConnectorStatus.FAULTED, ConnectorStatus.CHARGING])
def test_every_fault_of_the_catalogue_can_be_told(fault: str, status: ConnectorStatus) -> None:
    payload = told(Bench(), fault, status=status)

    assert (payload["errorCode"] != "NoError") == (status is ConnectorStatus.FAULTED)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("contactor.welded", ("PowerSwitchFailure", "CX017", "https://chargex.inl.gov", "contactor.welded")),
        ("mains.frequency", ("OtherError", "mains.frequency", "evse-agent", "mains.frequency")),
        ("comm.not_commissioned", ("OtherError", "comm.not_commissioned", "evse-agent", "comm.not_commissioned")),
    ],
)
def test_a_fault_that_stops_the_charger_is_named(fault: str, words: tuple[str, str, str, str]) -> None:
    payload = told(Bench(), fault)

    assert (payload["errorCode"], payload["vendorErrorCode"], payload["vendorId"], payload["info"]) == words


def test_of_several_faults_the_most_severe_is_named() -> None:
    assert told(Bench(), "contactor.welded", "meter.comm")["info"] == "contactor.welded"


def test_a_fault_that_is_not_for_the_network_hides_none_that_is() -> None:
    assert told(Bench(), "ocpp.auth_failed", "meter.comm")["errorCode"] == "PowerMeterFailure"


def test_a_fault_beside_a_working_status_is_named_without_an_error() -> None:
    payload = told(Bench(), "temp.board_derate", status=ConnectorStatus.CHARGING)

    assert (payload["errorCode"], payload["info"]) == ("NoError", "temp.board_derate")


def test_a_warning_for_ourselves_is_not_told() -> None:
    assert "info" not in told(Bench(), "contactor.slow", status=ConnectorStatus.CHARGING)


def test_faulted_without_a_fault_that_is_known_is_another_error() -> None:
    assert told(Bench())["errorCode"] == "OtherError"


def test_long_words_are_cut() -> None:
    assert told(Bench(), "contactor.welded", info="x" * 80)["info"] == f"contactor.welded {'x' * 33}"


@pytest.mark.parametrize(("operative", "status"), [(True, "Available"), (False, "Unavailable")])
def test_a_triggered_status_of_the_station_says_whether_it_is_in_service(operative: bool, status: str) -> None:
    bench = Bench()
    bench.station.operative = operative

    (call,) = bench.sent(bench.command("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 0}))

    assert (call.payload["connectorId"], call.payload["status"]) == (0, status)


def test_a_triggered_status_is_the_present_one_with_its_faults() -> None:
    bench = Bench()
    faults = FaultRegister().observe("contactor.welded", present=True, evidence=(), now=NOW)
    bench.station.sessions[ONE] = replace(bench.station.sessions[ONE], board_heard=True, faults=faults)

    (call,) = bench.sent(bench.command("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}))

    assert (call.payload["status"], call.payload["errorCode"]) == ("Faulted", "PowerSwitchFailure")


def test_a_triggered_status_keeps_the_time_of_its_change() -> None:
    bench = Bench()
    session = replace(bench.station.sessions[ONE], board_heard=True)
    earlier = NOW.plus(-60)
    report = StatusReport(connector=ConnectorId(1), status=ConnectorStatus.AVAILABLE, at=earlier)
    debounced = replace(session.outputs.status, told=report)
    bench.station.sessions[ONE] = replace(session, outputs=replace(session.outputs, status=debounced))

    (call,) = bench.sent(bench.command("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}))

    assert call.payload["timestamp"] == "2026-09-21T14:12:20.000Z"
