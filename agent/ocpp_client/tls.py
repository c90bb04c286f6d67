"""TLS towards the central system: 1.2 or later, forward secrecy, chain and name verified. Nothing turns that off.

OpenSSL judges dates by the controller's clock. That clock may be unset, or set back; so the end of the server's
certificate is judged once more against a time the charger knows to have passed, and where there is no clock at all only
so (security.md, S-92). Both happen before a byte of HTTP leaves, and with it a password.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from agent.ocpp_client.causes import Cause, LinkFailed
from agent.values import frozen

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: the suites of the whitepaper with forward secrecy; those with plain RSA are not offered (S-02)."""
NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python has no name for."""


_HARMLESS = (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLZeroReturnError, ssl.SSLEOFError)


@frozen(kw_only=True)
class Trust:
    """Whom to believe and what to show. Without `ca_file` and `roots_pem` the system's authorities count.

    `floor_ms`: UTC milliseconds that are known to have passed. `has_clock`: the controller's own clock can be believed.
    """

    ca_file: Path | None = None
    roots_pem: str = ""
    certificate_file: Path | None = None
    key_file: Path | None = None
    has_clock: bool = True
    floor_ms: int = 0


class Context(ssl.SSLContext):
    """One that knows a time that has passed, and remembers why its latest connection broke.

    With TLS 1.3 a server judges our certificate after our side of the handshake is over. What it says to it arrives
    where the library expects HTTP, and would be lost as a connection that hung up.
    """

    floor_ms = 0
    broken: ssl.SSLError | None = None


class _Judged(ssl.SSLObject):
    """A connection whose certificate is judged against that time, too, as the last step of the handshake."""

    def do_handshake(self) -> None:
        super().do_handshake()
        context, shown = self.context, self.getpeercert()
        if isinstance(context, Context) and shown and _ended_ms(shown) < context.floor_ms:
            error = ssl.SSLCertVerificationError("the certificate has expired")
            error.verify_message = "it has expired; the clock of this charger may be wrong, the time passed is not"
            raise error

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        try:
            return super().read(len, buffer)
        except ssl.SSLError as error:
            if isinstance(self.context, Context) and not isinstance(error, _HARMLESS):
                self.context.broken = error
            raise


def context_of(trust: Trust) -> Context:
    """Raises LinkFailed naming the file that cannot be used.

    Files are read again when they changed, so that a renewed certificate counts from the next connection on; and only
    then, because reading the system's authorities takes tens of milliseconds.
    """
    files = (trust.ca_file, trust.certificate_file, trust.key_file)
    context = _context(*files, tuple(_changed_at(file) for file in files), trust.roots_pem, trust.has_clock)
    context.floor_ms, context.broken = trust.floor_ms, None
    return context


def new_context(trust: Trust) -> Context:
    """The same, and nobody else's: whoever looks on at its connections sees no others. Raises LinkFailed."""
    context = _context.__wrapped__(
        trust.ca_file, trust.certificate_file, trust.key_file, (), trust.roots_pem, trust.has_clock
    )
    context.floor_ms = trust.floor_ms
    return context


def verified_chain(connection: Any) -> tuple[bytes, ...]:
    """The certificates (DER) by which the peer of an asyncio transport was believed, root last; empty without TLS."""
    shown = connection.get_extra_info("ssl_object")
    if shown is None:
        return ()
    if hasattr(shown, "get_verified_chain"):  # from Python 3.13 on
        return tuple(shown.get_verified_chain())
    inner = getattr(shown, "_sslobj", None)
    if inner is None or not hasattr(inner, "get_verified_chain"):
        return ()
    return tuple(ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in inner.get_verified_chain())


@lru_cache(maxsize=2)
def _context(
    ca_file: Path | None,
    certificate: Path | None,
    key: Path | None,
    _stamps: tuple[int | None, ...],
    roots_pem: str,
    has_clock: bool,
) -> Context:
    context = Context(ssl.PROTOCOL_TLS_CLIENT)
    context.sslobject_class = _Judged
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    # A root that another one signed is trusted by itself, also when that other one is gone.
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    if not has_clock:
        context.verify_flags |= NO_CHECK_TIME
    if ca_file is not None:
        _load(str(ca_file), lambda: context.load_verify_locations(ca_file))
    if roots_pem:
        _load("an installed root certificate", lambda: context.load_verify_locations(cadata=roots_pem))
    if ca_file is None and not roots_pem:
        context.load_default_certs()
    if certificate is not None:
        _load(str(certificate), lambda: context.load_cert_chain(certificate, key))
    return context


def _ended_ms(shown: dict[str, Any]) -> float:
    return ssl.cert_time_to_seconds(shown["notAfter"]) * 1000.0


def _changed_at(file: Path | None) -> int | None:
    try:
        return None if file is None else file.stat().st_mtime_ns
    except OSError as error:
        raise LinkFailed(Cause.CONFIGURATION, f"{file} cannot be used: {error.strerror}") from error


def _load(what: str, load: Callable[[], None]) -> None:
    try:
        load()
    except OSError as error:  # ssl.SSLError is one, too
        raise LinkFailed(Cause.CONFIGURATION, f"{what} cannot be used: {error.strerror or error}") from error
