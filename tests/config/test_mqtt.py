"""`[mqtt]` as a whole: an address of a broker, nothing in the clear unasked, no login in a file that is read aloud."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.checks import file_problems, is_loopback
from agent.config.load import load
from agent.config.model import MqttConfig
from agent.config.mqtt import mqtt_problems
from agent.errors import ConfigError
from tests.config.conftest import GOOD_SITE, WriteSite


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mqtt://broker.example", "in the clear"),
        ("http://broker.example", "no address of a broker"),
        ("mqtts://", "no address of a broker"),
        ("mqtts://broker.example/path", "no address of a broker"),
        ("mqtts://me:pass@broker.example", "holds a login"),
        ("mqtts://broker.example:port", "is no address"),
    ],
)
def test_what_is_no_address_of_a_broker_is_told(url: str, says: str) -> None:
    problems = list(mqtt_problems({"url": url}, Path(), is_loopback))

    assert [says in one.what for one in problems] == [True]
    assert all("pass" not in one.what.replace("password_file", "") for one in problems)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({"url": "mqtts://broker.example"}, ("broker.example", 8883)),
        ({"url": "mqtts://broker.example:443/"}, ("broker.example", 443)),
        ({"url": "mqtt://localhost"}, ("localhost", 1883)),
        ({"url": "mqtt://[::1]:1884"}, ("::1", 1884)),
        ({"url": "mqtt://broker.example", "allow_insecure": True}, ("broker.example", 1883)),
    ],
)
def test_addresses_have_the_ports_of_their_kind(given: dict[str, object], address: tuple[str, int]) -> None:
    assert list(mqtt_problems(given, Path(), is_loopback)) == []
    assert MqttConfig(url=str(given["url"])).address == address


@pytest.mark.parametrize(
    ("url", "is_secure"),
    [("mqtts://broker.example", True), ("MQTTS://broker.example", True), ("Mqtt://localhost", False)],
)
def test_an_address_that_promises_tls_gets_it_however_it_is_written(url: str, is_secure: bool) -> None:
    assert list(mqtt_problems({"url": url}, Path(), is_loopback)) == []
    assert MqttConfig(url=url).is_secure is is_secure


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"client_key_file": "k"}, "client_certificate_file"),
        ({"client_certificate_file": "c"}, "client_key_file"),
        ({"password_file": "p"}, "username"),
        ({"password": "p"}, "password"),
        ({"url": "mqtt://localhost", "ca_file": "ca"}, "ca_file"),
    ],
)
def test_keys_that_are_of_no_use_alone_are_told(given: dict[str, object], key: str) -> None:
    [problem] = mqtt_problems({"url": "mqtts://broker.example", **given}, Path(), is_loopback)

    assert problem.key == ("mqtt", key)


def test_a_secret_for_everybody_and_a_file_that_is_not_there_are_told(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("secret")
    (tmp_path / "p").chmod(0o644)
    given = {"url": "mqtts://broker.example", "username": "u", "password_file": "p", "ca_file": "none.pem"}

    problems = {one.key[1]: one.what for one in file_problems(given, "mqtt", tmp_path)}

    assert problems.keys() == {"password_file", "ca_file"}
    assert "chmod 600" in problems["password_file"]


@pytest.mark.parametrize("line", ['device = "a/b"', 'prefix = "a/#"', "keep_alive_s = 5", 'profile = "cheap"'])
def test_names_that_no_topic_can_hold_and_figures_out_of_bounds_are_refused(write_site: WriteSite, line: str) -> None:
    path = write_site(f'{GOOD_SITE}\n[mqtt]\nurl = "mqtts://broker.example"\n{line}\n')

    with pytest.raises(ConfigError) as refused:
        load(path)

    assert line.partition(" ")[0] in str(refused.value)


def test_a_broker_in_the_clear_is_a_standing_notice(write_site: WriteSite) -> None:
    path = write_site(f'{GOOD_SITE}\n[mqtt]\nurl = "mqtt://localhost"\n')

    assert any("[mqtt] without TLS" in notice for notice in load(path).notices)
