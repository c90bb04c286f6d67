from __future__ import annotations

import pytest

from agent.config.checks import flattened_settings, is_loopback, ocpp_problems
from agent.config.load import load
from agent.core.identity import ConnectorId
from agent.core.signatures import Signature
from agent.drivers import loader
from agent.errors import ConfigError
from tests.config.conftest import GOOD_SITE, WriteSite

PROFILE_2 = {"version": "1.6", "url": "wss://csms.example/ocpp", "identity": "CP-1", "password_file": "p"}
TLS = {"client_certificate_file": "c", "client_key_file": "k"}


def keys_and_words(ocpp: dict[str, object], tls: dict[str, object] | None = None) -> list[tuple[str, str]]:
    return [(str(problem.key[-1]), problem.what) for problem in ocpp_problems(ocpp, tls or {})]


def test_profile_2_over_tls_with_a_password_is_fine() -> None:
    assert keys_and_words({**PROFILE_2, "security_profile": 2}) == []


def test_profile_3_needs_certificate_and_key() -> None:
    ocpp = {**PROFILE_2, "security_profile": 3}

    assert [key for key, _ in keys_and_words(ocpp)] == ["client_certificate_file", "client_key_file"]
    assert keys_and_words(ocpp, dict(TLS)) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "[::1]", "localhost"])
@pytest.mark.parametrize("profile", [0, 1])
def test_the_clear_is_allowed_on_this_machine(host: str, profile: int) -> None:
    assert keys_and_words({**PROFILE_2, "url": f"ws://{host}:9000/", "security_profile": profile}) == []


@pytest.mark.parametrize("profile", [0, 1])
def test_the_clear_is_refused_over_a_network_unless_it_was_asked_for(profile: int) -> None:
    ocpp = {**PROFILE_2, "url": "ws://csms.example/", "security_profile": profile}

    assert [key for key, _ in keys_and_words(ocpp)] == ["security_profile"]
    assert keys_and_words({**ocpp, "allow_insecure": True}) == []
    assert keys_and_words({**ocpp, "allow_insecure": "yes"}) != []


@pytest.mark.parametrize(("scheme", "profile"), [("ws", 2), ("ws", 3), ("wss", 0), ("wss", 1)])
def test_scheme_and_profile_must_agree(scheme: str, profile: int) -> None:
    ocpp = {**PROFILE_2, "url": f"{scheme}://127.0.0.1/", "security_profile": profile}

    assert [key for key, _ in keys_and_words(ocpp, dict(TLS))] == ["security_profile"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://csms.example/", "is no websocket address"),
        ("csms.example", "is no websocket address"),
        ("wss://", "is no websocket address"),
        ("wss://user:pass@csms.example/", "holds a login"),
        ("wss://csms.example/#x", "has no meaning"),
        ("wss://csms.example:port/", "is no address"),
        ("wss://[::1/", "is no address"),
    ],
)
def test_an_address_that_cannot_work_is_refused(url: str, words: str) -> None:
    assert any(words in what for _, what in keys_and_words({**PROFILE_2, "url": url}))


@pytest.mark.parametrize("url", ["127.0.0.1:9000", "ws://", "csms.example"])
@pytest.mark.parametrize("profile", [0, 1, 2])
def test_what_is_no_address_is_not_judged_by_its_profile_as_well(url: str, profile: int) -> None:
    [(key, what)] = keys_and_words({**PROFILE_2, "url": url, "security_profile": profile})

    assert (key, what) == ("url", f'"{url}" is no websocket address; write wss://HOST/PATH')


@pytest.mark.parametrize("scheme", ["wss", "https"])
def test_a_login_in_the_address_is_not_repeated_in_the_finding(scheme: str) -> None:
    findings = keys_and_words({**PROFILE_2, "url": f"{scheme}://user:hunter2@csms.example/"})

    assert findings
    assert not any("hunter2" in what for _, what in findings)


@pytest.mark.parametrize("version", ["2.0.1", "2.1", "1.5", ""])
def test_only_spoken_versions_are_accepted(version: str) -> None:
    assert [key for key, _ in keys_and_words({**PROFILE_2, "version": version})] == ["version"]


def test_names_are_not_taken_for_this_machine() -> None:
    assert not is_loopback("127.0.0.1.example")
    assert not is_loopback("10.0.0.1")


def test_a_setting_that_is_no_plain_value_is_refused_with_its_place() -> None:
    import datetime

    values, problems = flattened_settings({"A": {"B": datetime.date(2026, 1, 1)}, "C": 1.5})

    assert values == {"C": "1.5"}
    assert [problem.key for problem in problems] == [("ocpp", "settings", "A", "B")]


REQUIRED = '[meter]\nsignature = "required"\n'


def test_a_signature_that_no_meter_of_the_board_gives_is_refused_before_the_start(write_site: WriteSite) -> None:
    with pytest.raises(ConfigError) as raised:
        load(write_site(GOOD_SITE + REQUIRED), loader)

    assert any("meter.signature" in line and "signs nothing" in line for line in raised.value.problems)


def test_a_meter_that_signs_may_be_required_to(write_site: WriteSite) -> None:
    site = GOOD_SITE.replace("sim-dual", "sim-signing") + REQUIRED + '[connector.1]\nevse_id = "DE*ABC*E1234*1"\n'

    config = load(write_site(site), loader)

    assert config.meter.signature is Signature.REQUIRED
    assert config.connector_sites[ConnectorId(1)].evse_id == "DE*ABC*E1234*1"


def test_a_place_that_is_no_evse_id_is_refused(write_site: WriteSite) -> None:
    with pytest.raises(ConfigError, match="evse_id"):
        load(write_site(GOOD_SITE + '[connector.1]\nevse_id = "garage"\n'), loader)
