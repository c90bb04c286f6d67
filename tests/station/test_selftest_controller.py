"""What this program knows of updates and of its own keys, from real files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

import trustme

from agent.clock import SystemClock
from agent.config.load import load
from agent.config.model import StationConfig
from agent.core.commissioning.model import Quantity
from agent.drivers import loader
from agent.ocpp_client.causes import Cause, LinkFailed
from agent.ocpp_client.link import LinkOptions
from agent.ocpp_client.tls import Trust
from agent.secret import Secret
from agent.station.network import Network
from agent.station.selftest_controller import ControllerOnTest

SITE = """
board = "sim-single"
[site]
country = "DE"
supply_current_a = 32
[ocpp]
version = "1.6"
url = "ws://127.0.0.1:9000"
identity = "CP-1"
security_profile = 0
allow_insecure = true
[station]
serial_number = "QE-000123"
"""
CA = trustme.CA()


def config_in(folder: Path, **tls: Path) -> StationConfig:
    file = folder / "site.toml"
    file.write_text(SITE + f'[storage]\npath = "{folder}"\n', encoding="utf-8")
    config = load(file, loader)
    return replace(config, tls=replace(config.tls, **tls))


def seen(config: StationConfig, topic: str, **how: Any) -> Mapping[str, Quantity]:
    """With a connection that would be opened like this."""

    class Link:
        async def preview(self, _slot: int | None) -> LinkOptions:
            if "failure" in how:
                raise LinkFailed(Cause.CONFIGURATION, how["failure"])
            return LinkOptions(url="wss://csms.example/CP-1", identity="CP-1", **how)

    controller = ControllerOnTest(config, SystemClock(), cast(Network, Link()), root=config.storage.path)
    return asyncio.run(controller.measures(topic))


def own_files(folder: Path, name: str = "own", **how: Any) -> Trust:
    issued = CA.issue_cert("CP-1", **how)
    chain, key = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(issued.cert_chain_pems[0].bytes())
    key.write_bytes(issued.private_key_pem.bytes())
    return Trust(certificate_file=chain, key_file=key)


def test_the_certificate_that_the_next_connection_shows_is_read_with_its_key(tmp_path: Path) -> None:
    ends = datetime(2027, 5, 4, tzinfo=UTC)
    one, other = own_files(tmp_path, not_after=ends), own_files(tmp_path, "other")

    found = seen(config_in(tmp_path), "keys", trust=one)
    crossed = seen(config_in(tmp_path), "keys", trust=replace(one, key_file=other.key_file))

    assert found["certificate_ends_ms"] == round(ends.timestamp() * 1000)
    assert found["certificate_fits_key"] is True
    assert crossed["certificate_fits_key"] is False


def test_a_certificate_that_is_none_is_told_with_its_file(tmp_path: Path) -> None:
    trust = own_files(tmp_path)
    assert trust.certificate_file is not None
    trust.certificate_file.write_text("nothing")

    assert "own.pem and own.key: is no certificate" in str(
        seen(config_in(tmp_path), "keys", trust=trust)["certificate_problem"]
    )


@pytest.mark.parametrize(
    ("password", "is_weak"), [("CP-1", True), ("qe-000123", True), ("ChangeMe", True), ("k7!pPz-81mmQo2ac", False)]
)
def test_a_password_that_everybody_can_guess_is_noticed_and_never_told(
    tmp_path: Path, password: str, is_weak: bool
) -> None:
    found = seen(config_in(tmp_path), "keys", password=Secret(password))

    assert found["password_is_weak"] is is_weak
    assert password not in str(found)


def test_files_that_are_named_must_be_there_and_private(tmp_path: Path) -> None:
    key = tmp_path / "client.key"
    key.write_text("secret")
    key.chmod(0o640)

    found = seen(config_in(tmp_path, client_key_file=key), "keys")

    assert found["open_to_others"] == f"the client key {key} (mode 0640)"


def test_settings_that_lead_to_no_connection_are_the_problem(tmp_path: Path) -> None:
    assert seen(config_in(tmp_path), "keys", failure="the root file is gone")["problem"] == "the root file is gone"


def test_what_signs_updates_is_looked_at(tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(CA.cert_pem.bytes())

    good = seen(config_in(tmp_path, manufacturer_root_file=root), "update")
    root.write_text("nothing")
    bad = seen(config_in(tmp_path, manufacturer_root_file=root), "update")

    assert good["has_root"] is True
    assert bad["root_problem"] == "is no certificate in PEM"
    assert seen(config_in(tmp_path), "update")["has_root"] is False
    assert "firmware cannot be written" in str(good["objection"])


def test_a_topic_that_is_none_is_a_mistake_of_ours(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="weather"):
        seen(config_in(tmp_path), "weather")
