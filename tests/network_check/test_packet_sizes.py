"""Large packets that vanish: a line behind the router takes less than Ethernet, and nobody may say so."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

import trustme

from agent.core.network_check.conclusion import concluded
from agent.core.network_check.model import Finding, Layer, Verdict
from agent.host.packet_sizes import path_bytes
from tests.network_check.wire import (
    BEYOND_IP,
    BEYOND_IP6,
    CHARGER_IP,
    CHARGER_IP6,
    HOST,
    Cable,
    Check,
    NameServer,
    cable,
    listening,
    name_server,
    needs_namespaces,
)

pytestmark = needs_namespaces

CA = trustme.CA()
PORT = 9443
URL = f"wss://{HOST}:{PORT}/"


@pytest.fixture
def wire() -> Iterator[Cable]:
    with cable() as one:
        one.address()
        yield one


def checked(wire: Cable, folder: Path, host: str = BEYOND_IP, **how: Any) -> list[Finding]:
    """A central system with TLS, beyond the router."""
    root = folder / "root.pem"
    root.write_bytes(CA.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert(HOST).configure_cert(context)
    is_v6 = ":" in host
    names = NameServer(v4=() if is_v6 else (host,), v6=(host,) if is_v6 else ())

    async def story() -> list[Finding]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(name_server(wire, names))
            there = wire.socket(socket.SOCK_STREAM, PORT, "::" if is_v6 else "0.0.0.0", place=wire.beyond)
            await stack.enter_async_context(listening(there, b"", None if how.pop("plain", False) else context))
            return await Check(**{"url": URL, "ca_file": root, "now_ms": round(1000 * time.time()), **how}).findings()

    return wire.live(story, folder)


def of(findings: list[Finding], layer: Layer) -> Finding:
    return next(one for one in findings if one.layer is layer)


def test_a_line_that_takes_less_and_does_not_say_so_is_named_with_what_it_takes(wire: Cable, tmp_path: Path) -> None:
    wire.lead_beyond(takes_bytes=1400)
    wire.eat_icmp()
    began_s = time.monotonic()

    findings = checked(wire, tmp_path)

    end = concluded(findings)
    assert (end.layer, time.monotonic() - began_s < 20.0) == (Layer.PACKETS, True)
    assert "those of 1400 arrive" in end.says and "packets of 1452 bytes are lost" in end.says
    assert "set the MTU of the charger's line, or of the router or modem, to 1400" in end.next
    assert of(findings, Layer.PACKETS).values == {"fits_bytes": 1400, "lost_bytes": 1452, "small_packets_only": True}


def test_what_is_advised_mends_it(wire: Cable, tmp_path: Path) -> None:
    wire.lead_beyond(takes_bytes=1400)
    wire.eat_icmp()
    wire.at_charger("link", "set", "eth0", "mtu", "1400")

    findings = checked(wire, tmp_path)

    assert concluded(findings).is_good, findings
    assert of(findings, Layer.PACKETS).says == "packets of 1400 bytes arrive"


@pytest.mark.parametrize("takes_bytes", [1492, 1300])
def test_without_tls_it_is_found_as_well(wire: Cable, tmp_path: Path, takes_bytes: int) -> None:
    wire.lead_beyond(takes_bytes=takes_bytes)
    wire.eat_icmp()

    findings = checked(wire, tmp_path, url=f"ws://{HOST}:{PORT}/", plain=True)

    assert concluded(findings).layer is Layer.PACKETS
    assert of(findings, Layer.PACKETS).values["fits_bytes"] == {1492: 1492, 1300: 1280}[takes_bytes]


def test_a_line_that_takes_less_and_says_so_is_well(wire: Cable, tmp_path: Path) -> None:
    wire.lead_beyond(takes_bytes=1400)

    findings = checked(wire, tmp_path)

    assert concluded(findings).is_good, findings
    assert of(findings, Layer.PACKETS).values == {"path_mtu": 1400, "link_mtu": 1500}
    assert "the way takes no larger ones, and says so" in of(findings, Layer.PACKETS).says


def test_a_way_over_ipv6_that_takes_less_is_well_and_told(wire: Cable, tmp_path: Path) -> None:
    wire.lead_beyond(takes_bytes=1400)

    findings = checked(wire, tmp_path, BEYOND_IP6)

    assert concluded(findings).is_good, findings
    assert of(findings, Layer.PACKETS).values == {"path_mtu": 1400, "link_mtu": 1500}
    assert of(findings, Layer.TCP).values["own_address"] == CHARGER_IP6


def test_a_way_that_lets_nothing_through_is_no_matter_of_size(wire: Cable, tmp_path: Path) -> None:
    """Only what is as short as the beginning of a connection arrives."""
    wire.lead_beyond(takes_bytes=100)
    wire.eat_icmp()
    began_s = time.monotonic()

    findings = checked(wire, tmp_path)

    seen = of(findings, Layer.PACKETS)
    assert (seen.verdict, "small packets neither" in seen.says) == (Verdict.SKIPPED, True)
    assert concluded(findings).layer is Layer.TLS
    assert time.monotonic() - began_s < 20.0


def test_by_which_interface_and_address_the_central_system_is_reached_is_told(wire: Cable, tmp_path: Path) -> None:
    """A second address and a second interface do not mislead it."""
    wire.lead_beyond(takes_bytes=1500)
    wire.at_charger("addr", "add", "10.81.0.77/24", "dev", "eth0")
    wire.at_charger("link", "add", "eth9", "type", "veth", "peer", "eth8")
    wire.at_charger("link", "set", "eth9", "up")
    wire.at_charger("addr", "add", "10.99.0.2/24", "dev", "eth9")

    seen = of(checked(wire, tmp_path), Layer.TCP)

    assert (seen.values["interface"], seen.values["own_address"]) == ("eth0", CHARGER_IP)
    assert f"from {CHARGER_IP} at eth0 (cable)" in seen.says


def test_nothing_is_known_of_a_way_that_there_is_not(wire: Cable, tmp_path: Path) -> None:
    async def story() -> int | None:
        return path_bytes("2001:db8::7")

    assert wire.live(story, tmp_path) is None
