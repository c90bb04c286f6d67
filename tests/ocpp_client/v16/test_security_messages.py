"""The messages of the security extension: what is asked of the station, what is answered, what follows."""

from __future__ import annotations

from typing import Any

import pytest

from agent.core.time import Instant
from agent.errors import PeerViolation
from agent.ocpp_client.security_port import DeleteVerdict, InstallVerdict
from agent.ocpp_client.v16 import calls
from agent.ocpp_client.v16.settings import KEYS, problems
from agent.security.certificate_store import RootUse
from agent.security.certificates import HashData
from agent.security.events import SecurityEvent
from tests.ocpp_client.v16.security import RecordingSecurity
from tests.ocpp_client.v16.station import NOW, Bench, payload_of

NAMED = HashData(algorithm="SHA256", issuer_name_hash="ab" * 32, issuer_key_hash="cd" * 32, serial_number="1f")
TOLD = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab" * 32,
    "issuerKeyHash": "cd" * 32,
    "serialNumber": "1f",
}
KEY = "0123456789abcdef"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def asked(bench: Bench) -> list[tuple[Any, ...]]:
    assert isinstance(bench.security, RecordingSecurity)
    return bench.security.asked


def changes(bench: Bench, key: str, value: str) -> str:
    """What the network hears, after everything that follows its answer was done."""
    answered = bench.command("ChangeConfiguration", {"key": key, "value": value})
    if answered.act is not None:
        answered.act()
    return str(answered.payload["status"])


@pytest.mark.parametrize("verdict", InstallVerdict)
@pytest.mark.parametrize("use", RootUse)
def test_a_root_is_passed_on_and_the_verdict_told(verdict: InstallVerdict, use: RootUse) -> None:
    bench = Bench(security=RecordingSecurity(installs=verdict))

    said = bench.status_of("InstallCertificate", {"certificateType": use.value, "certificate": "PEM"})

    assert said == verdict.value
    assert asked(bench) == [("install", use, "PEM")]


@pytest.mark.parametrize("verdict", DeleteVerdict)
def test_a_certificate_is_deleted_by_its_hashes(verdict: DeleteVerdict) -> None:
    bench = Bench(security=RecordingSecurity(deletes=verdict))

    assert bench.status_of("DeleteCertificate", {"certificateHashData": TOLD}) == verdict.value
    assert asked(bench) == [("delete", NAMED)]


def test_installed_certificates_are_told_by_their_hashes_or_not_found(bench: Bench) -> None:
    request = {"certificateType": "ManufacturerRootCertificate"}
    with_one = Bench(security=RecordingSecurity(hashes=(NAMED,)))

    assert bench.command("GetInstalledCertificateIds", request).payload == {"status": "NotFound"}
    assert with_one.command("GetInstalledCertificateIds", request).payload == {
        "status": "Accepted",
        "certificateHashData": [TOLD],
    }


def test_a_signed_certificate_that_is_taken_leads_to_another_connection(bench: Bench) -> None:
    answered = bench.command("CertificateSigned", {"certificateChain": "PEM"})

    assert answered.payload == {"status": "Accepted"}
    assert asked(bench) == [("chain", "PEM")]
    assert answered.act is not None
    answered.act()
    assert asked(bench)[1:] == [("reconnect",)]


def test_a_signed_certificate_that_does_not_fit_changes_nothing() -> None:
    answered = Bench(security=RecordingSecurity(agrees=False)).command("CertificateSigned", {"certificateChain": "PEM"})

    assert (answered.payload, answered.act) == ({"status": "Rejected"}, None)


def test_a_certificate_is_requested_after_the_answer(bench: Bench) -> None:
    answered = bench.command("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})

    assert (answered.payload, asked(bench)) == ({"status": "Accepted"}, [])
    assert answered.act is not None
    answered.act()
    assert asked(bench) == [("request",)]


def test_a_charger_that_cannot_make_a_request_says_so() -> None:
    bench = Bench(security=RecordingSecurity(agrees=False))

    said = bench.status_of("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})

    assert said == "Rejected"


@pytest.mark.parametrize("message", ["BootNotification", "Heartbeat", "StatusNotification"])
def test_the_extended_trigger_sends_what_the_plain_one_does(bench: Bench, message: str) -> None:
    request = {"requestedMessage": message, "connectorId": 1}

    extended, plain = bench.command("ExtendedTriggerMessage", request), bench.command("TriggerMessage", request)

    assert extended.payload == {"status": "Accepted"}
    assert bench.sent(extended) == bench.sent(plain) != []


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("InstallCertificate", {"certificateType": "RootCertificate", "certificate": "PEM"}),
        ("InstallCertificate", {"certificateType": "CentralSystemRootCertificate"}),
        ("InstallCertificate", {"certificateType": "CentralSystemRootCertificate", "certificate": "x" * 5501}),
        ("DeleteCertificate", {"certificateHashData": TOLD | {"hashAlgorithm": "MD5"}}),
        ("DeleteCertificate", {"certificateHashData": {}}),
        ("GetInstalledCertificateIds", {}),
        ("CertificateSigned", {"certificateChain": "x" * 10_001}),
        ("ExtendedTriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"}),
    ],
)
def test_what_breaks_the_schema_never_reaches_the_station(bench: Bench, action: str, payload: dict[str, Any]) -> None:
    with pytest.raises(PeerViolation):
        bench.command(action, payload)

    assert asked(bench) == []


@pytest.mark.parametrize("action", ["InstallCertificate", "CertificateSigned"])
def test_a_charger_without_keys_and_certificates_does_not_support_them(action: str) -> None:
    bench = Bench(security=None)
    payload = {"certificateType": "ManufacturerRootCertificate", "certificate": "PEM"}

    with pytest.raises(PeerViolation) as refused:
        bench.command(action, payload if action == "InstallCertificate" else {"certificateChain": "PEM"})

    assert refused.value.code == "NotSupported"
    assert changes(bench, "AuthorizationKey", KEY) == "NotSupported"


# Keys.


def test_the_authorization_key_is_written_and_never_read(bench: Bench) -> None:
    assert changes(bench, "authorizationkey", KEY) == "Accepted"
    assert asked(bench) == [("key", KEY), ("reconnect",)]

    told = bench.command("GetConfiguration", {"key": ["AuthorizationKey"]}).payload
    assert told == {"configurationKey": [{"key": "AuthorizationKey", "readonly": False}]}
    assert KEY not in str(bench.command("GetConfiguration").payload)
    assert KEY not in str(bench.kept.values)


def test_a_key_or_profile_that_is_refused_leads_to_no_other_connection() -> None:
    bench = Bench(security=RecordingSecurity(agrees=False))

    assert changes(bench, "AuthorizationKey", KEY) == changes(bench, "SecurityProfile", "3") == "Rejected"
    assert ("reconnect",) not in asked(bench)


def test_the_profile_is_read_and_written(bench: Bench) -> None:
    assert changes(bench, "SecurityProfile", "3") == "Accepted"
    assert asked(bench) == [("profile", "3"), ("reconnect",)]

    told = bench.command("GetConfiguration", {"key": ["SecurityProfile"]}).payload["configurationKey"]
    assert told == [{"key": "SecurityProfile", "readonly": False, "value": "2"}]


def test_the_keys_of_the_whitepaper_are_there() -> None:
    wanted = {"AdditionalRootCertificateCheck", "AuthorizationKey", "CertificateSignedMaxChainSize", "CpoName"}
    wanted |= {"CertificateStoreMaxLength", "SecurityProfile", "CertSigningWaitMinimum", "CertSigningRepeatTimes"}

    assert {key.name for key in KEYS} >= wanted


@pytest.mark.parametrize("key", ["AuthorizationKey", "SecurityProfile"])
def test_the_site_file_has_its_own_places_for_key_and_profile(key: str) -> None:
    what = "is no setting; write password_file, security_profile, url and slots under [ocpp]"
    assert problems({key: KEY}) == ((key, what),)


# What the charger tells.


@pytest.mark.parametrize("event", SecurityEvent)
def test_every_event_fits_its_message(event: SecurityEvent) -> None:
    told = payload_of(calls.security_event(event.value, "x" * 300, NOW, NOW))

    assert told["type"] == event.value
    assert len(told["techInfo"]) == 255


def test_an_event_of_a_time_without_a_clock_is_dated_afterwards() -> None:
    early = Instant(4000.0, None, NOW.boot_id)

    told = payload_of(calls.security_event("StartupOfTheDevice", "", early, NOW))

    assert told == {"type": "StartupOfTheDevice", "timestamp": "2026-09-21T13:56:40.000Z"}


def test_a_request_fits_its_message() -> None:
    assert payload_of(calls.sign_certificate("-----BEGIN")) == {"csr": "-----BEGIN"}


@pytest.mark.parametrize("slot", [1, 4])
def test_an_address_is_read_and_changed_by_the_key_of_its_slot(slot: int) -> None:
    bench, key = Bench(), f"EvseAgentNetworkProfile{slot}"
    assert bench.security is not None
    bench.security.slots = {slot: "wss://central.example/ocpp network=quay"}

    (told,) = bench.command("GetConfiguration", {"key": [key]}).payload["configurationKey"]
    answer = bench.command("ChangeConfiguration", {"key": key.upper(), "value": "wss://new.example"})

    assert told == {"key": key, "readonly": False, "value": "wss://central.example/ocpp network=quay"}
    assert answer.payload == {"status": "Accepted"}
    assert answer.act == bench.security.reconnect
    assert asked(bench) == [("slot", slot, "wss://new.example")]


def test_an_address_that_is_there_already_opens_no_connection() -> None:
    bench = Bench()
    assert bench.security is not None
    bench.security.is_trying = False

    answer = bench.command("ChangeConfiguration", {"key": "EvseAgentNetworkProfile1", "value": bench.security.slots[1]})

    assert (answer.payload, answer.act) == ({"status": "Accepted"}, None)


def test_another_priority_of_slots_opens_no_connection() -> None:
    bench = Bench()

    answer = bench.command("ChangeConfiguration", {"key": "EvseAgentNetworkConfigurationPriority", "value": "2,1"})

    assert (answer.payload, answer.act) == ({"status": "Accepted"}, None)
    assert asked(bench) == [("priority", "2,1")]


def test_an_address_that_must_not_be_is_rejected() -> None:
    bench = Bench(security=RecordingSecurity(agrees=False))

    for key in ("EvseAgentNetworkProfile1", "EvseAgentNetworkConfigurationPriority"):
        assert bench.status_of("ChangeConfiguration", {"key": key, "value": "http://x"}) == "Rejected"
