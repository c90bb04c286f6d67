"""Captive portals, wrong clocks, closed ports and all that a certificate can be, with real servers in a namespace."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

import trustme

from agent.core.network_check.conclusion import Conclusion, concluded
from agent.core.network_check.model import Finding, Layer, Verdict
from tests.network_check.wire import (
    HOST,
    WORLD_IP,
    Cable,
    Check,
    NameServer,
    cable,
    http,
    listening,
    name_server,
    needs_namespaces,
)

pytestmark = needs_namespaces

CA, OTHER = trustme.CA(), trustme.CA()
NOW = datetime.now(UTC)
PORT = 9443
URL = f"wss://{HOST}:{PORT}/"


@pytest.fixture(scope="module")
def wire() -> Iterator[Cable]:
    """Nothing in this file changes it but by additions."""
    with cable() as one:
        one.address()
        yield one


def server_context(ca: trustme.CA = CA, name: str = HOST, **how: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name, **how).configure_cert(context)
    return context


def checked(wire: Cable, folder: Path, *servers: tuple[int, bytes | None, ssl.SSLContext | None], **how: Any) -> Any:
    """With `servers`: port, what is answered, and with which certificate."""
    root = folder / "root.pem"
    root.write_bytes(CA.cert_pem.bytes())
    now_ms = round(how.pop("now", NOW).timestamp() * 1000)

    async def story() -> list[Finding]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(name_server(wire, how.pop("names", None)))
            for port, says, secured in servers:
                await stack.enter_async_context(listening(wire.socket(socket.SOCK_STREAM, port), says, secured))
            return await Check(**{"url": URL, "ca_file": root, "now_ms": now_ms, **how}).findings()

    return wire.live(story, folder)


def blamed(findings: list[Finding], layer: Layer) -> Conclusion:
    end = concluded(findings)
    assert end.layer is layer, findings
    return end


def of(findings: list[Finding], layer: Layer) -> Finding:
    return next(one for one in findings if one.layer is layer)


# TLS.


def test_a_good_certificate_is_told_with_name_root_and_end(wire: Cable, tmp_path: Path) -> None:
    findings = checked(wire, tmp_path, (PORT, b"", server_context()))

    seen = of(findings, Layer.TLS)
    assert concluded(findings).is_good
    assert seen.values["names"] == [HOST]
    assert seen.values["root"] == "Testing CA #" + str(seen.values["root"]).rpartition("#")[2]
    assert "TLSv1.3 with" in seen.says


def test_a_certificate_near_its_end_is_a_warning(wire: Cable, tmp_path: Path) -> None:
    findings = checked(wire, tmp_path, (PORT, b"", server_context(not_after=NOW + timedelta(days=10, hours=1))))

    assert "10 days left" in of(findings, Layer.TLS).says


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_wrong_name_is_told_with_the_right_ones(wire: Cable, tmp_path: Path, version: ssl.TLSVersion) -> None:
    context = server_context(name="central.example")
    context.maximum_version = version

    end = blamed(checked(wire, tmp_path, (PORT, b"", context)), Layer.TLS)

    assert f"is not for {HOST}; it is good for central.example" in end.says


def test_an_unknown_root_is_told_with_its_signer_and_whom_the_charger_believes(wire: Cable, tmp_path: Path) -> None:
    end = blamed(checked(wire, tmp_path, (PORT, b"", server_context(OTHER))), Layer.TLS)

    assert "vouched for by nobody" in end.says
    assert "signed by Testing CA" in end.says
    assert "root.pem" in end.says
    assert "tls.ca_file" in end.next


def test_an_expired_certificate_is_told_with_its_dates(wire: Cable, tmp_path: Path) -> None:
    context = server_context(not_before=NOW - timedelta(days=90), not_after=NOW - timedelta(days=1))

    end = blamed(checked(wire, tmp_path, (PORT, b"", context)), Layer.TLS)

    assert "has expired" in end.says
    assert (NOW - timedelta(days=1)).strftime("%Y-%m-%d") in end.says


def test_what_is_no_tls_is_told(wire: Cable, tmp_path: Path) -> None:
    assert "does not speak TLS" in blamed(checked(wire, tmp_path, (PORT, http("200 OK"), None)), Layer.TLS).says


def test_who_takes_the_connection_and_says_nothing_is_named(wire: Cable, tmp_path: Path) -> None:
    end = blamed(checked(wire, tmp_path, (PORT, None, None)), Layer.TLS)

    assert "then says nothing" in end.says


def test_a_way_that_loses_large_packets_is_told_as_that(tmp_path: Path) -> None:
    """The last cable of the way takes 700 bytes, and nobody says so."""
    context = server_context(key_type=trustme.KeyType.RSA)
    with cable() as wire:
        wire.address()
        wire.at_world("link", "set", "eth0", "gso_max_segs", "1")
        # The charger's end announces 1460 bytes by its route, and takes fewer.
        wire.at_charger("route", "replace", "10.81.0.0/24", "dev", "eth0", "advmss", "1460")
        wire.at_charger("link", "set", "eth0", "mtu", "700")

        end = blamed(checked(wire, tmp_path, (PORT, b"", context)), Layer.TLS)

    assert "answers small packets only" in end.says
    assert "MTU" in end.next


# The clock.


def test_a_clock_that_is_a_year_behind_is_to_blame_and_not_the_certificate(wire: Cable, tmp_path: Path) -> None:
    """As it looks from a charger whose clock shows last year: the certificate is of the year to come."""
    year = timedelta(days=365)
    context = server_context(not_before=NOW + year - timedelta(days=5), not_after=NOW + year + timedelta(days=85))
    dated = http("404 Not Found", f"Date: {format_datetime(NOW + year, usegmt=True)}")

    end = blamed(checked(wire, tmp_path, (80, dated, None), (PORT, b"", context)), Layer.CLOCK)

    assert "365 days behind" in end.says
    assert "is not valid yet" in end.says
    assert "timedatectl" in end.next


def test_a_clock_that_runs_a_year_ahead_is_to_blame_too(wire: Cable, tmp_path: Path) -> None:
    year = timedelta(days=365)
    context = server_context(not_before=NOW - year, not_after=NOW - year + timedelta(days=90))
    dated = http("301 Moved", f"Location: https://{HOST}/", f"Date: {format_datetime(NOW - year, usegmt=True)}")

    assert (
        "365 days ahead" in blamed(checked(wire, tmp_path, (80, dated, None), (PORT, b"", context)), Layer.CLOCK).says
    )


def test_where_the_clock_is_right_the_certificate_is_to_blame(wire: Cable, tmp_path: Path) -> None:
    context = server_context(not_before=NOW - timedelta(days=90), not_after=NOW - timedelta(days=1))
    dated = http("404 Not Found", f"Date: {format_datetime(NOW, usegmt=True)}")

    blamed(checked(wire, tmp_path, (80, dated, None), (PORT, b"", context)), Layer.TLS)


# Captive portals.


def test_a_portal_is_to_blame_for_the_certificate_that_it_shows(wire: Cable, tmp_path: Path) -> None:
    login = http("302 Found", "Location: http://login.hotel.example/?to=you")
    shown = server_context(OTHER, "login.hotel.example")

    end = blamed(checked(wire, tmp_path, (80, login, None), (PORT, b"", shown)), Layer.PORTAL)

    assert "login.hotel.example" in end.says
    assert "log in" in end.next


def test_a_portal_that_says_so_fails_by_itself(wire: Cable, tmp_path: Path) -> None:
    says = http("511 Network Authentication Required")

    assert "HTTP 511" in blamed(checked(wire, tmp_path, (80, says, None)), Layer.PORTAL).says


def test_a_redirection_of_a_good_central_system_fails_nothing(wire: Cable, tmp_path: Path) -> None:
    leads = http("301 Moved", "Location: https://www.operator.example/")

    assert concluded(checked(wire, tmp_path, (80, leads, None), (PORT, b"", server_context()))).is_good


@pytest.mark.parametrize(("status", "verdict"), [("204 No Content", Verdict.OK), ("200 OK", Verdict.FAIL)])
def test_a_page_of_ones_own_tells_for_sure(wire: Cable, tmp_path: Path, status: str, verdict: Verdict) -> None:
    url = f"http://{WORLD_IP}:8080/check"

    findings = checked(wire, tmp_path, (8080, http(status), None), (PORT, b"", server_context()), portal_check_url=url)

    assert of(findings, Layer.PORTAL).verdict is verdict


# TCP.


def test_a_port_where_nobody_listens_is_refused(wire: Cable, tmp_path: Path) -> None:
    end = blamed(checked(wire, tmp_path), Layer.TCP)

    assert f"port {PORT}: {WORLD_IP} refuses" in end.says


def test_a_firewall_that_drops_is_told_as_silence(wire: Cable, tmp_path: Path) -> None:
    wire.at_world("route", "replace", "blackhole", "10.82.0.0/24")
    wire.at_world("addr", "replace", "10.81.0.1/24", "dev", "eth0")
    subprocess.run(
        ["ip", "netns", "exec", wire.world, "sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True, capture_output=True
    )

    end = blamed(checked(wire, tmp_path, names=NameServer(v4=("10.82.0.7",))), Layer.TCP)

    assert "10.82.0.7 does not answer" in end.says
    assert "firewall" in end.next


def test_a_proxy_that_the_environment_names_is_told_where_nothing_answers(
    wire: Cable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://someone:secret@proxy.example:3128")

    end = blamed(checked(wire, tmp_path), Layer.TCP)

    assert "proxy.example:3128" in end.next
    assert "secret" not in end.next


def test_an_ipv6_only_central_system_is_out_of_reach_of_an_ipv4_network(wire: Cable, tmp_path: Path) -> None:
    end = blamed(checked(wire, tmp_path, names=NameServer(v4=(), v6=("2001:db8::7",))), Layer.TCP)

    assert "there is no way to IPv6 from here" in end.next


def test_a_root_file_that_is_none_is_told_before_anything_is_sent(wire: Cable, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("nothing")

    assert "broken.pem" in blamed(checked(wire, tmp_path, (PORT, b"", None), ca_file=broken), Layer.SETTINGS).says
