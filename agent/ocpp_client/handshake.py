"""TLS with the central system and nothing more: who is there, by which certificate, and why it is not believed.

The context is the agent's own (tls.py), with every check of it; so this meets what a connection meets. A certificate
that is refused is read from the messages of the handshake, since OpenSSL does not hand it out then. Not a byte of HTTP
is sent.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.core.network_check.remote import Certificate, Fault, Handshake
from agent.ocpp_client import causes, tls
from agent.ocpp_client.link import LinkOptions

if TYPE_CHECKING:
    from cryptography import x509

HANDSHAKE, CERTIFICATE = 22, 11
"""Content type and message type (RFC 8446 sections 5.1 and 4)."""
TLS_1_3 = 0x0304
MOST_SHOWN = 6
SMALL_SEGMENT_BYTES = 536
"""What every path lets through (RFC 9293, the segment size without another word)."""
OF_VERIFY_CODE = {
    9: Fault.TOO_EARLY,
    10: Fault.TOO_LATE,
    62: Fault.NAME,
    64: Fault.NAME,
    2: Fault.ROOT,
    18: Fault.ROOT,
    19: Fault.ROOT,
    20: Fault.ROOT,
    21: Fault.ROOT,
}
"""X509_V_ERR_… of OpenSSL's x509_vfy.h."""
LONGEST_PROTOCOL = 255
"""Octets of a name in the list of protocols (RFC 7301 section 3.1)."""
NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")


async def shake_hands(options: LinkOptions, address: str, within_s: float, *, smaller_within_s: float) -> Handshake:
    """TLS with `address`, as for `options.url`. Where nothing comes back, once more with small packets.

    Raises LinkFailed where a file of the charger's own cannot be used.
    """
    seen = await _shake(options, address, within_s, largest_segment=None)
    if seen.fault is not Fault.SILENT:
        return seen
    again = await _shake(options, address, smaller_within_s, largest_segment=SMALL_SEGMENT_BYTES)
    if again.fault in (Fault.SILENT, Fault.HANGS_UP):
        return seen
    return Handshake(host=seen.host, fault=Fault.SILENT, trusts=seen.trusts, shown=again.shown, smaller_help=True)


def long_hello(host: str, least_bytes: int) -> bytes:
    """The beginning of TLS with `host`, so long that it takes several packets: protocols that nobody speaks fill it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(
        [f"{number:0{LONGEST_PROTOCOL}}" for number in range(least_bytes // LONGEST_PROTOCOL + 1)]
    )
    hello = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname=host).do_handshake()
    return hello.read()


async def _shake(options: LinkOptions, address: str, within_s: float, *, largest_segment: int | None) -> Handshake:
    parts = urlsplit(options.url)
    host, port = parts.hostname or "", parts.port or 443
    context = tls.new_context(options.trust)
    messages: list[tuple[int, bytes]] = []
    _overhear(context, messages)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    found: dict[str, Any] = {"host": host, "trusts": trusted_words(options.trust)}
    try:
        async with asyncio.timeout(within_s):
            version, cipher, root = await _secured(address, port, context, host, largest_segment)
    except ssl.SSLCertVerificationError as error:
        sentence = str(causes.of_os_error(error, host))
        fault = OF_VERIFY_CODE.get(error.verify_code, Fault.CERTIFICATE) if error.verify_code else Fault.TOO_LATE
        return Handshake(fault=fault, problem=sentence, shown=_shown(messages), **found)
    except ssl.SSLError as error:
        is_other = any(word in (error.reason or "") for word in NOT_TLS)
        fault = Fault.NOT_TLS if is_other else Fault.OTHER
        return Handshake(fault=fault, problem=str(causes.of_os_error(error, host)), shown=_shown(messages), **found)
    except TimeoutError:
        return Handshake(fault=Fault.SILENT, problem=f"{host} says nothing within {within_s:g} s", **found)
    except OSError as error:
        return Handshake(fault=Fault.HANGS_UP, problem=str(causes.of_os_error(error, host)), **found)
    found |= {"version": version, "cipher": cipher, "root": root}
    return Handshake(fault=Fault.NONE, shown=_shown(messages), took_s=loop.time() - began_s, **found)


async def _secured(
    address: str, port: int, context: tls.Context, host: str, largest_segment: int | None
) -> tuple[str, str, str]:
    """The connection's version, cipher and root; it is closed again."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setblocking(False)
        if largest_segment is not None:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, largest_segment)
        await asyncio.get_running_loop().sock_connect(one, (address, port))
        _, writer = await asyncio.open_connection(sock=one, ssl=context, server_hostname=host)
    except BaseException:
        one.close()
        raise
    try:
        cipher = writer.get_extra_info("cipher") or ("", "", 0)
        secured = writer.get_extra_info("ssl_object")
        chain = tls.verified_chain(writer.transport)
        root = _read(chain[-1]) if chain else None
        return secured.version() or "", cipher[0], root.subject if root else ""
    finally:
        writer.transport.abort()


def trusted_words(trust: tls.Trust) -> str:
    """Whom the charger believes, for a person."""
    words = [str(trust.ca_file)] if trust.ca_file is not None else []
    words += ["the installed roots"] if trust.roots_pem else []
    return " and ".join(words) or "the system's authorities"


def _overhear(context: ssl.SSLContext, messages: list[tuple[int, bytes]]) -> None:
    """Keep the peer's certificate messages. Python has this for debugging: without it names and dates are missing."""

    def heard(_conn: object, way: str, version: int, content: int, kind: int, message: bytes) -> None:
        if way == "read" and (int(content), int(kind)) == (HANDSHAKE, CERTIFICATE):
            messages.append((int(version), bytes(message)))

    if hasattr(ssl.SSLContext, "_msg_callback"):
        context._msg_callback = heard  # type: ignore[attr-defined]


def _shown(messages: list[tuple[int, bytes]]) -> tuple[Certificate, ...]:
    if not messages:
        return ()
    version, message = messages[-1]
    read = (_read(der) for der in list(certificates_in(message, is_1_3=version == TLS_1_3))[:MOST_SHOWN])
    return tuple(one for one in read if one is not None)


def certificates_in(message: bytes, *, is_1_3: bool) -> Iterator[bytes]:
    """The certificates (DER) of a Certificate message (RFC 5246 section 7.4.2, RFC 8446 section 4.4.2)."""
    at = 4
    if is_1_3 and len(message) > at:
        at += 1 + message[at]
    at += 3
    while at + 3 <= len(message):
        length = int.from_bytes(message[at : at + 3])
        yield message[at + 3 : at + 3 + length]
        at += 3 + length
        if is_1_3:
            at += 2 + int.from_bytes(message[at : at + 2])


def _read(der: bytes) -> Certificate | None:
    """None where the library is missing, or it is no certificate."""
    try:
        from cryptography import x509

        one = x509.load_der_x509_certificate(der)
        return Certificate(
            subject=_name(one.subject),
            issuer=_name(one.issuer),
            names=tuple(_names(one)),
            not_before_ms=round(one.not_valid_before_utc.timestamp() * 1000),
            not_after_ms=round(one.not_valid_after_utc.timestamp() * 1000),
        )
    except (ImportError, ValueError):
        return None


def _name(name: x509.Name) -> str:
    from cryptography.x509.oid import NameOID

    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME):
        found = name.get_attributes_for_oid(oid)
        if found:
            return str(found[0].value)
    return name.rfc4514_string() or "(no name)"


def _names(one: x509.Certificate) -> Iterator[str]:
    from cryptography import x509

    try:
        listed = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    for name in listed:
        if isinstance(name, x509.DNSName | x509.IPAddress):
            yield str(name.value)
