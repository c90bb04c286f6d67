"""Why there is no connection: one name for programs, one sentence for a person. Pure but for the library's errors."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Mapping
from enum import Enum

from agent.errors import OcppError


class Cause(Enum):
    """What stands between us and the central system, in the order in which connecting gets that far."""

    CONFIGURATION = "configuration"
    DNS = "dns"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    CONNECT_TIMEOUT = "connect_timeout"
    CERTIFICATE = "certificate"
    TLS = "tls"
    TLS_VERSION = "tls_version"
    TLS_CIPHERS = "tls_ciphers"
    OWN_CERTIFICATE = "own_certificate"
    NOT_WEBSOCKET = "not_websocket"
    REDIRECTED = "redirected"
    UNAUTHORIZED = "unauthorized"
    UNKNOWN_IDENTITY = "unknown_identity"
    UNAVAILABLE = "unavailable"
    HTTP_STATUS = "http_status"
    SUBPROTOCOL = "subprotocol"
    CLOSED_BY_PEER = "closed_by_peer"
    TOO_BIG = "too_big"
    PEER_BROKE_PROTOCOL = "peer_broke_protocol"
    LINE_LOST = "line_lost"
    PING_UNANSWERED = "ping_unanswered"
    CALLS_UNANSWERED = "calls_unanswered"
    STUCK = "stuck"
    RECONNECTS = "reconnects"
    STOPPED = "stopped"


class LinkFailed(OcppError):
    """There is no connection, or none any more; the text is a sentence for the person on site."""

    def __init__(self, cause: Cause, sentence: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.cause = cause
        self.retry_after_s = retry_after_s


_BY_ERRNO = {
    errno.ECONNREFUSED: (Cause.REFUSED, "nobody listens at {where}; is the central system running?"),
    errno.ENOENT: (Cause.REFUSED, "there is no socket at {where}"),
    errno.ENETUNREACH: (Cause.UNREACHABLE, "there is no route to {where}; is the network cable or modem connected?"),
    errno.EHOSTUNREACH: (Cause.UNREACHABLE, "{where} cannot be reached; check network and router"),
    errno.ENETDOWN: (Cause.UNREACHABLE, "the network interface is down"),
    errno.ETIMEDOUT: (Cause.CONNECT_TIMEOUT, "{where} did not answer; a firewall may drop what we send"),
}

_BY_STATUS = {
    401: (Cause.UNAUTHORIZED, "the central system refuses identity or password; compare both with its settings"),
    403: (
        Cause.UNAUTHORIZED,
        "the central system refuses this charger; compare identity and password with its own",
    ),
    404: (Cause.UNKNOWN_IDENTITY, "the central system does not know this charger or path; check ocpp.url and identity"),
    429: (Cause.UNAVAILABLE, "the central system has too many connections now"),
    502: (Cause.UNAVAILABLE, "a proxy answers, and the central system behind it does not"),
    503: (Cause.UNAVAILABLE, "the central system is not available now"),
    504: (Cause.UNAVAILABLE, "a proxy answers, and the central system behind it does not"),
}

_BY_TLS = (
    (
        Cause.TLS_VERSION,
        "{where} offers an old version of TLS only; 1.2 is the least, see to it at the central system",
        ("UNSUPPORTED_PROTOCOL", "ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE", "VERSION_TOO_LOW"),
    ),
    (
        Cause.TLS_CIPHERS,
        "{where} and the charger have no cipher suite in common; ECDHE with AES-GCM or ChaCha20 is wanted",
        ("ALERT_HANDSHAKE_FAILURE", "NO_SHARED_CIPHER", "INSUFFICIENT_SECURITY", "WRONG_CIPHER"),
    ),
    (
        Cause.OWN_CERTIFICATE,
        "{where} does not accept the certificate of this charger; compare it with what the central system knows",
        (
            "CERTIFICATE_REQUIRED",
            "UNKNOWN_CA",
            "BAD_CERTIFICATE",
            "ALERT_CERTIFICATE_",
            "ACCESS_DENIED",
            "_UNSUPPORTED_C",
        ),
    ),
)
"""OpenSSL's words, as parts: their beginnings change with its versions."""

TOO_BIG_CODE, INVALID_TEXT_CODE, PROTOCOL_CODE = 1009, 1007, 1002


def of_os_error(error: OSError, where: str) -> LinkFailed:
    """Of a failure to open the connection below HTTP."""
    match error:
        case ssl.SSLCertVerificationError():
            says = error.verify_message
            return LinkFailed(Cause.CERTIFICATE, f"the certificate of {where} is not to be trusted: {says}")
        case ssl.SSLError():
            return _of_tls(error.reason or "the handshake failed", where)
        case socket.gaierror():
            return LinkFailed(Cause.DNS, f"the name of {where} is not found; check ocpp.url and the name server")
        case ConnectionResetError() | ConnectionAbortedError() | BrokenPipeError():
            return LinkFailed(
                Cause.NOT_WEBSOCKET,
                f"{where} hangs up while the connection is opened; does it speak TLS, as the url says?",
            )
    cause, sentence = _BY_ERRNO.get(error.errno or 0, (Cause.UNREACHABLE, "no connection to {where}: {error}"))
    return LinkFailed(cause, sentence.format(where=where, error=error.strerror or str(error) or type(error).__name__))


def _of_tls(reason: str, where: str) -> LinkFailed:
    for cause, sentence, words in _BY_TLS:
        if any(word in reason for word in words):
            return LinkFailed(cause, sentence.format(where=where))
    return LinkFailed(Cause.TLS, f"no secure connection to {where}: {reason.lower().replace('_', ' ')}")


def of_status(status: int, headers: Mapping[str, str]) -> LinkFailed:
    """Of an HTTP answer that is no upgrade to a websocket."""
    if 300 <= status < 400:
        return LinkFailed(Cause.REDIRECTED, f"the central system redirects (HTTP {status}), which is not followed")
    cause, sentence = _BY_STATUS.get(status, (Cause.HTTP_STATUS, "the central system does not open a websocket"))
    after = headers.get("Retry-After", "")
    retry_after_s = float(after) if after.isascii() and after.isdecimal() and len(after) < 8 else None
    return LinkFailed(cause, f"{sentence} (HTTP {status})", retry_after_s=retry_after_s)


def of_close(code: int | None, reason: str, *, by_peer: bool) -> LinkFailed:
    """Of the end of an open connection. `code` None: without a closing frame."""
    says = f" ({reason})" if reason and reason.isprintable() else ""
    if code is None:
        return LinkFailed(Cause.LINE_LOST, "the connection broke without a goodbye")
    if by_peer and code == TOO_BIG_CODE:
        return LinkFailed(Cause.TOO_BIG, f"the central system finds our message too big{says}")
    if by_peer:
        return LinkFailed(Cause.CLOSED_BY_PEER, f"the central system closed the connection with code {code}{says}")
    if code in (TOO_BIG_CODE, INVALID_TEXT_CODE, PROTOCOL_CODE):
        return LinkFailed(
            Cause.PEER_BROKE_PROTOCOL, f"the central system sent what no websocket allows, code {code}{says}"
        )
    return LinkFailed(Cause.STOPPED, "the connection was closed from here")
