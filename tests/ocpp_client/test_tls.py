"""The causes of TLS, named by what a server really sends: a blocking one, since asyncio's keeps alerts to itself."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

import trustme

from agent.ocpp_client.causes import Cause, LinkFailed
from agent.ocpp_client.link import LinkOptions, dial
from agent.ocpp_client.tls import CIPHERS, Trust, context_of
from agent.secret import Secret
from tests.ocpp_client.secured import issued, root_file

pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion")

CA = trustme.CA()
OTHER = trustme.CA()
Weaken = Callable[[ssl.SSLContext], None]


def tls_1_1(context: ssl.SSLContext) -> None:
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")


def plain_rsa(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-GCM-SHA256")


def cbc(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-SHA256")


def wants_a_certificate(context: ssl.SSLContext) -> None:
    context.verify_mode = ssl.CERT_REQUIRED
    OTHER.configure_trust(context)


def wants_one_by_tls_1_2(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    wants_a_certificate(context)


def as_it_is(_context: ssl.SSLContext) -> None:
    return


class Server:
    """Takes one connection after the other; `heard` is what came through TLS before it was closed."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.heard: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                accepted, _ = self._socket.accept()
            except OSError:
                return
            accepted.settimeout(5.0)
            secured = self._context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
            try:
                secured.do_handshake()
                self.heard.append(secured.recv(4096))
            except OSError:
                # What is closed with octets unread is reset, and the alert on its way is lost.
                linger(secured)
            secured.close()

    def close(self) -> None:
        # On Linux a close alone does not wake `accept`.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5.0)


def linger(secured: ssl.SSLSocket) -> None:
    """Read what still comes, below TLS, until the other side has gone."""
    plain = socket.socket(fileno=secured.detach())
    with plain:
        plain.settimeout(5.0)
        try:
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(4096):
                pass
        except OSError:
            return


@contextmanager
def serving(folder: Path, weaken: Weaken = as_it_is, *, ca: trustme.CA = CA, **how: Any) -> Iterator[Server]:
    files = issued(ca, folder, key_type=trustme.KeyType.RSA, **how)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    weaken(context)
    server = Server(context)
    try:
        yield server
    finally:
        server.close()


def failure_of(server: Server, trust: Trust, host: str = "127.0.0.1") -> LinkFailed:
    options = LinkOptions(
        url=f"wss://{host}:{server.port}/CP-1", identity="CP-1", password=Secret("first-key-of-CP-1"), trust=trust
    )
    with pytest.raises(LinkFailed) as failed:
        asyncio.run(dial(options, "ocpp1.6"))
    return failed.value


@pytest.mark.parametrize(
    ("weaken", "cause"),
    [
        (tls_1_1, Cause.TLS_VERSION),
        (plain_rsa, Cause.TLS_CIPHERS),
        (cbc, Cause.TLS_CIPHERS),
        (wants_a_certificate, Cause.OWN_CERTIFICATE),
    ],
)
def test_what_stands_in_the_way_of_tls_is_named(tmp_path: Path, weaken: Weaken, cause: Cause) -> None:
    with serving(tmp_path, weaken) as server:
        failure = failure_of(server, Trust(ca_file=root_file(CA, tmp_path)))

    assert (failure.cause, server.heard) == (cause, []), str(failure)


@pytest.mark.parametrize("weaken", [wants_a_certificate, wants_one_by_tls_1_2], ids=["TLS 1.3", "TLS 1.2"])
def test_a_certificate_of_ours_that_is_not_known_there_is_named(tmp_path: Path, weaken: Weaken) -> None:
    own = issued(CA, tmp_path, "QE-000123")
    trust = Trust(ca_file=root_file(CA, tmp_path), certificate_file=own.chain, key_file=own.key)
    with serving(tmp_path, weaken) as server:
        failure = failure_of(server, trust)

    assert failure.cause is Cause.OWN_CERTIFICATE, str(failure)


@pytest.mark.parametrize("trouble", ["unknown root", "another name", "expired", "expired by the time that has passed"])
def test_no_password_leaves_for_a_server_nobody_vouches_for(tmp_path: Path, trouble: str) -> None:
    ends = datetime(2126, 1, 1, tzinfo=UTC)
    how: dict[str, Any] = {"not_after": datetime(2026, 1, 1, tzinfo=UTC)} if trouble == "expired" else {}
    if trouble == "expired by the time that has passed":
        how = {"not_after": ends}
    ca = OTHER if trouble == "unknown root" else CA
    trust = Trust(ca_file=root_file(CA, tmp_path), floor_ms=round(ends.timestamp() * 1000) + 1000)
    host = "localhost" if trouble == "another name" else "127.0.0.1"
    with serving(tmp_path, ca=ca, **how) as server:
        failure = failure_of(server, trust, host)

    assert failure.cause is Cause.CERTIFICATE, str(failure)
    assert b"".join(server.heard) == b""


def test_without_a_clock_a_certificate_counts_unless_it_ended_before_a_time_that_has_passed(tmp_path: Path) -> None:
    """The end lies before this machine's time, so the handshake goes on only where that clock is not believed."""
    ends = datetime(2026, 6, 1, tzinfo=UTC)
    before_ms, after_ms = (round(ends.timestamp() * 1000) + shift for shift in (-1000, 1000))
    root = root_file(CA, tmp_path)
    with serving(tmp_path, not_after=ends) as server:
        believed = failure_of(server, Trust(ca_file=root, has_clock=False, floor_ms=before_ms))
        refused = failure_of(server, Trust(ca_file=root, has_clock=False, floor_ms=after_ms))

    assert believed.cause is Cause.NOT_WEBSOCKET, "TLS was fine, and there is no websocket behind it"
    assert refused.cause is Cause.CERTIFICATE
    assert len([request for request in server.heard if request]) == 1


def test_an_installed_root_takes_the_place_of_the_systems(tmp_path: Path) -> None:
    pinned = context_of(Trust(roots_pem=CA.cert_pem.bytes().decode()))
    both = context_of(Trust(ca_file=root_file(OTHER, tmp_path), roots_pem=CA.cert_pem.bytes().decode()))

    assert len(pinned.get_ca_certs()) == 1
    assert len(both.get_ca_certs()) == 2


def test_only_forward_secrecy_and_no_compression_are_offered() -> None:
    context = context_of(Trust(roots_pem=CA.cert_pem.bytes().decode()))
    names = {str(cipher["name"]) for cipher in context.get_ciphers()}

    assert CIPHERS.count("ECDHE") == 2
    assert {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"} <= names
    assert all(name.startswith(("TLS_", "ECDHE-")) and "CBC" not in name and "SHA1" not in name for name in names)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_COMPRESSION
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
