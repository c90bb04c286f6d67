"""The layers of the network check as tests of the catalogue: each failure from a real cause, between two namespaces."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

import trustme

from agent.core.commissioning.model import Outcome, Verdict
from agent.core.network_check.local import Interface, Medium, link
from agent.core.network_check.model import Finding, Layer, fail, ok
from agent.core.network_check.radio import Modem, RadioSeen, Wifi, radio
from agent.host.controller import LinuxController, Places
from agent.selftest.judging import network
from tests.network_check.wire import (
    HOST,
    Cable,
    Check,
    NameServer,
    cable,
    http,
    listening,
    name_server,
    needs_namespaces,
)
from tests.selftest.typist import Desk, site

FILES = {
    "ST705": "st705_ntp",
    "ST801": "st801_net_link",
    "ST802": "st802_net_ip",
    "ST803": "st803_net_dns",
    "ST804": "st804_net_path",
    "ST805": "st805_cell_signal",
    "ST806": "st806_tls_chain",
}
OCPP = """
[ocpp]
version = "1.6"
url = "ws://csms.example"
identity = "CP-1"
security_profile = 0
allow_insecure = true
"""
CA, OTHER = trustme.CA(), trustme.CA()
NOW, YEAR, DAY = datetime.now(UTC), timedelta(days=365), timedelta(days=1)
PORT = 9443
Server = tuple[int, bytes | None, ssl.SSLContext | None]


class Known:
    """A `Connection` of which only the check is asked."""

    def __init__(self, findings: list[Finding]) -> None:
        self._findings = tuple(findings)

    async def findings(self) -> tuple[Finding, ...]:
        return self._findings


def all_of(findings: list[Finding], folder: Path) -> dict[str, Outcome]:
    """Every test that reads these findings."""
    config = site(folder, more=OCPP)
    desk = Desk(config, {}, connection=Known(findings), utc_ms=round(NOW.timestamp() * 1000))
    desk.controller = LinuxController(Places(storage=folder, root=folder), desk)

    async def told() -> dict[str, Outcome]:
        checks = {test: import_module(f"agent.selftest.checks.{name}") for test, name in FILES.items()}
        return {test: await one.run(desk.bench) for test, one in checks.items()}

    return asyncio.run(told())


def secured(ca: trustme.CA = CA, name: str = HOST, **how: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name, **how).configure_cert(context)
    return context


def checked(wire: Cable, folder: Path, servers: tuple[Server, ...], names: NameServer | None) -> list[Finding]:
    root = folder / "root.pem"
    root.write_bytes(CA.cert_pem.bytes())

    async def story() -> list[Finding]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(name_server(wire, names))
            for port, says, context in servers:
                await stack.enter_async_context(listening(wire.socket(socket.SOCK_STREAM, port), says, context))
            url, now_ms = f"wss://{HOST}:{PORT}/", round(NOW.timestamp() * 1000)
            return await Check(url=url, ca_file=root, now_ms=now_ms).findings()

    return wire.live(story, folder)


def plugged_out(wire: Cable) -> None:
    wire.address()
    wire.at_world("link", "set", "eth0", "down")


def no_lease(_wire: Cable) -> None:
    """A cable alone gives no address."""


def loses_large_packets(wire: Cable) -> None:
    wire.address()
    wire.at_world("link", "set", "eth0", "gso_max_segs", "1")
    wire.at_charger("route", "replace", "10.81.0.0/24", "dev", "eth0", "advmss", "1460")
    wire.at_charger("link", "set", "eth0", "mtu", "700")


def to_come() -> ssl.SSLContext:
    return secured(not_before=NOW + YEAR - DAY, not_after=NOW + YEAR + 80 * DAY)


GOOD: tuple[Server, ...] = ((PORT, b"", secured()),)
LATE: tuple[Server, ...] = (
    (80, http("404 Not Found", f"Date: {format_datetime(NOW + YEAR, usegmt=True)}"), None),
    (PORT, b"", to_come()),
)
PORTAL: tuple[Server, ...] = (
    (80, http("302 Found", "Location: http://login.hotel.example/"), None),
    (PORT, b"", secured(OTHER, "login.hotel.example")),
)
EXPIRED: tuple[Server, ...] = ((PORT, b"", secured(not_before=NOW - 90 * DAY, not_after=NOW - DAY)),)
LARGE: tuple[Server, ...] = ((PORT, b"", secured(key_type=trustme.KeyType.RSA)),)
SCENES: dict[str, tuple[Callable[[Cable], None], tuple[Server, ...], NameServer | None, str, str]] = {
    "unplugged": (plugged_out, GOOD, None, "ST801", "net.no_link"),
    "no lease": (no_lease, GOOD, None, "ST802", "net.no_link"),
    "no such name": (Cable.address, GOOD, NameServer(code=3), "ST803", "net.dns"),
    "closed port": (Cable.address, (), None, "ST804", "net.no_internet"),
    "portal": (Cable.address, PORTAL, None, "ST804", "net.no_internet"),
    "large packets": (loses_large_packets, LARGE, None, "ST804", "net.no_internet"),
    "expired": (Cable.address, EXPIRED, None, "ST806", "tls.server_cert"),
    "unknown root": (Cable.address, ((PORT, b"", secured(OTHER)),), None, "ST806", "tls.server_cert"),
    "wrong name": (Cable.address, ((PORT, b"", secured(name="x.example")),), None, "ST806", "tls.server_cert"),
    "clock": (Cable.address, LATE, None, "ST705", "clock.unsynced"),
}


@needs_namespaces
@pytest.mark.parametrize("scene", SCENES)
def test_the_layer_that_is_to_blame_fails_and_no_other_one(scene: str, tmp_path: Path) -> None:
    breaks, servers, names, test, cause = SCENES[scene]
    with cable() as wire:
        breaks(wire)
        found = all_of(checked(wire, tmp_path, servers, names), tmp_path)

    failed = {one: outcome for one, outcome in found.items() if outcome.verdict is Verdict.FAIL}
    assert set(failed) == {test}, found
    assert failed[test].cause == cause
    assert failed[test].next


@needs_namespaces
def test_a_good_network_passes_them_all(tmp_path: Path) -> None:
    with cable() as wire:
        wire.address()
        found = all_of(checked(wire, tmp_path, GOOD, None), tmp_path)

    assert {test: found[test].verdict for test in ("ST801", "ST802", "ST803", "ST804", "ST806")} == dict.fromkeys(
        ("ST801", "ST802", "ST803", "ST804", "ST806"), Verdict.PASS
    ), found


def test_what_lies_behind_the_layer_that_fails_is_a_skip_that_names_it() -> None:
    findings = [ok(Layer.LINK, "eth0"), fail(Layer.DNS, "no such name", "compare it")]

    behind = network.layers(findings, Layer.TLS)

    assert behind.verdict is Verdict.SKIP
    assert not behind.is_not_applicable
    assert behind.says == "not looked at, as name server fails: no such name"
    assert behind.next == "mend name server first: compare it"


# The charger's own certificate.

NOW_MS = 1_780_000_000_000


@pytest.mark.parametrize(
    ("seen", "verdict", "says"),
    [
        ({"certificate_ends_ms": NOW_MS + 90 * network.DAY_MS, "certificate_fits_key": True}, Verdict.PASS, "90"),
        ({"certificate_ends_ms": NOW_MS + 20 * network.DAY_MS}, Verdict.FAIL, "certificate 20 (at least 30)"),
        ({"certificate_ends_ms": NOW_MS + 90 * network.DAY_MS, "certificate_fits_key": False}, Verdict.FAIL, "not fit"),
        ({"certificate_problem": "own.pem: is no certificate in PEM"}, Verdict.FAIL, "own.pem"),
        ({}, Verdict.FAIL, "no certificate of this charger"),
    ],
)
def test_the_own_certificate_is_judged_by_its_end_and_its_key(
    seen: dict[str, Any], verdict: Verdict, says: str
) -> None:
    outcome = network.own_certificate(seen, NOW_MS)

    assert (outcome.verdict, says in outcome.says) == (verdict, True), outcome


def test_without_time_no_certificate_is_judged() -> None:
    assert network.own_certificate({"certificate_ends_ms": NOW_MS}, None).verdict is Verdict.SKIP


MODEM = Modem(state="connected", operator="Example Mobile", technologies=("lte",), signal_percent=57)


@pytest.mark.parametrize(
    ("modem", "verdict", "says"),
    [
        (MODEM, Verdict.PASS, "signal 57 %"),
        (replace(MODEM, signal_percent=12), Verdict.WARN, "20 % or more is wanted"),
        (replace(MODEM, state="searching"), Verdict.WARN, "searching"),
        (None, Verdict.SKIP, "no modem is known"),
    ],
)
def test_a_modem_is_judged_by_what_its_service_says(
    tmp_path: Path, modem: Modem | None, verdict: Verdict, says: str
) -> None:
    outcome = all_of([radio(RadioSeen(modem=modem))], tmp_path)["ST805"]

    assert (outcome.verdict, says in outcome.says) == (verdict, True), outcome


@pytest.mark.parametrize("level_dbm", [-61.0, -85.0], ids=["good", "weak"])
def test_of_a_wifi_beside_the_modem_the_record_holds_the_signal_and_no_name(tmp_path: Path, level_dbm: float) -> None:
    wifi = Wifi(interface="wlan0", name="Miller family", level_dbm=level_dbm)

    outcome = all_of([radio(RadioSeen(wifis=(wifi,), modem=MODEM))], tmp_path)["ST805"]

    assert {"radio: wifi", "radio: level_dbm", "radio: modem"} <= {one.name for one in outcome.measured}
    assert "Miller" not in repr(outcome)


def test_a_modem_that_is_to_blame_for_the_link_fails_by_itself(tmp_path: Path) -> None:
    locked = radio(RadioSeen(modem=Modem(state="locked", unlock="sim-pin")))
    missing = link([Interface(name="wwan0", medium=Medium.MODEM, has_carrier=False)])

    found = all_of([locked, missing], tmp_path)

    assert {test for test, outcome in found.items() if outcome.verdict is Verdict.FAIL} == {"ST805"}
    assert found["ST805"].cause == "net.weak_signal"
    assert "PIN" in found["ST805"].next
