"""The websocket: opening it the right way, and every way in which it fails turned into a cause.

`websockets` is imported with the first connection: a charger without a central system does not pay for it. Nothing here
looks into a frame.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b64encode
from dataclasses import field
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.ocpp_client import causes, tls
from agent.ocpp_client.causes import Cause, LinkFailed
from agent.ocpp_client.rpc.frames import LARGEST_FRAME_BYTES
from agent.secret import Secret
from agent.values import frozen

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import ConnectionClosed

log = logging.getLogger(__name__)
wire_log = logging.getLogger(f"{__name__}.websockets")
wire_log.setLevel(logging.ERROR)
"""The library's own words: they are ours already, as causes."""

NEXT_ADDRESS_AFTER_S = 0.25
"""RFC 8305 section 8."""
GOODBYE_WITHIN_S = 3.0
"""How long a connection may take to be closed in order."""
FRAMES_IN_HAND = 8
"""Received and not yet read; more waits in the socket."""


@frozen(kw_only=True)
class LinkOptions:
    """Where and how to connect. `url` is complete; `identity` is the user name of Basic authentication.

    `unix_path` replaces the address of `url` by a local socket. A `password` is sent to whatever `url` names: the
    configuration has judged that. `password_is_hex`: its text stands for octets.
    """

    url: str
    identity: str
    password: Secret | None = None
    password_is_hex: bool = False
    trust: tls.Trust = field(default_factory=tls.Trust)
    unix_path: Path | None = None
    open_timeout_s: float = 20.0
    close_timeout_s: float = GOODBYE_WITHIN_S
    send_timeout_s: float = 20.0
    """A peer that does not read is a dead one."""

    @property
    def place(self) -> str:
        """Tells whether two connections are to the same central system, by the same name; TLS or not is no matter."""
        return f"{self.identity} {self.unix_path or ''} {self.url.partition(':')[2]}"

    @property
    def where(self) -> str:
        """Host and port, for a person."""
        return str(self.unix_path) if self.unix_path else urlsplit(self.url).netloc.rpartition("@")[2]


async def dial(options: LinkOptions, subprotocol: str) -> Link:
    """An open connection over which `subprotocol` was agreed. Raises LinkFailed.

    A server that redirects is not followed, and one that agrees to no subprotocol is left at once: it would stay silent
    for ever (csms-expectations.md section 1).
    """
    from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI, NegotiationError

    secured = tls.context_of(options.trust) if urlsplit(options.url).scheme == "wss" else None
    try:
        connection = await _open(options, subprotocol, secured)
    except InvalidStatus as error:
        raise causes.of_status(error.response.status_code, error.response.headers) from error
    except NegotiationError as error:
        raise LinkFailed(Cause.SUBPROTOCOL, f"{options.where} does not speak {subprotocol}") from error
    except InvalidHandshake as error:
        if secured is not None and secured.broken is not None:
            raise causes.of_os_error(secured.broken, options.where) from error
        raise LinkFailed(
            Cause.NOT_WEBSOCKET, f"{options.where} hangs up, or answers otherwise than a websocket does"
        ) from error
    except TimeoutError as error:
        what = f"{options.where} did not answer within {options.open_timeout_s:g} s"
        raise LinkFailed(Cause.CONNECT_TIMEOUT, what) from error
    except OSError as error:
        raise causes.of_os_error(error, options.where) from error
    except (InvalidURI, ValueError) as error:  # behind OSError: a certificate's error is both
        raise LinkFailed(Cause.CONFIGURATION, f"{options.where} cannot be connected to: {error}") from error
    link = Link(connection, options)
    if connection.subprotocol != subprotocol:
        await link.close()
        raise LinkFailed(Cause.SUBPROTOCOL, f"{options.where} accepts the connection and not {subprotocol}")
    return link


class Link:
    """One open connection. Every method raises LinkFailed once it is gone."""

    def __init__(self, connection: ClientConnection, options: LinkOptions) -> None:
        from websockets.exceptions import ConnectionClosed

        self._connection = connection
        self._options = options
        self._closed: type[ConnectionClosed] = ConnectionClosed

    async def receive(self) -> str | bytes:
        """The next message, as it came."""
        try:
            return await self._connection.recv()
        except self._closed as end:
            raise _of_end(end) from end

    async def send(self, text: str) -> None:
        """Returns when the message is on its way: written to the socket, or at least to a short buffer before it."""
        try:
            async with asyncio.timeout(self._options.send_timeout_s):
                await self._connection.send(text)
        except self._closed as end:
            raise _of_end(end) from end
        except TimeoutError as error:
            raise LinkFailed(Cause.STUCK, "the central system does not take in what we send") from error

    async def ping(self, within_s: float) -> float:
        """The round trip in seconds. Raises LinkFailed also where no pong comes in time."""
        try:
            async with asyncio.timeout(within_s):
                return await (await self._connection.ping())
        except self._closed as end:
            raise _of_end(end) from end
        except TimeoutError as error:
            raise LinkFailed(Cause.PING_UNANSWERED, f"no answer to a ping within {within_s:g} s") from error

    def believed_by(self) -> tuple[bytes, ...]:
        """The certificates (DER) by which the central system was believed, root last; empty without TLS."""
        return tls.verified_chain(self._connection.transport)

    async def close(self) -> None:
        """Close in order, or after a bounded wait the hard way. Afterwards the peer knows or the line is dead."""
        try:
            async with asyncio.timeout(self._options.close_timeout_s):
                await self._connection.close()
        except (self._closed, TimeoutError):
            pass
        finally:
            self._connection.transport.abort()


async def _open(options: LinkOptions, subprotocol: str, secured: tls.Context | None) -> ClientConnection:
    from websockets.asyncio.client import connect
    from websockets.typing import Subprotocol

    class Dial(connect):
        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc

    return await Dial(
        options.url,
        subprotocols=[Subprotocol(subprotocol)],
        compression=None,
        additional_headers=_credentials(options),
        user_agent_header=None,
        proxy=None,
        open_timeout=options.open_timeout_s,
        ping_interval=None,
        close_timeout=options.close_timeout_s,
        max_size=LARGEST_FRAME_BYTES,
        max_queue=FRAMES_IN_HAND,
        logger=wire_log,
        **_way_there(options, secured),
    )


def _credentials(options: LinkOptions) -> dict[str, str]:
    if options.password is None:
        return {}
    text = options.password.reveal()
    octets = bytes.fromhex(text) if options.password_is_hex else text.encode()
    return {"Authorization": f"Basic {b64encode(options.identity.encode() + b':' + octets).decode()}"}


def _way_there(options: LinkOptions, secured: tls.Context | None) -> dict[str, Any]:
    """What the library hands to the event loop. A numeric address needs neither a thread nor a name server."""
    way: dict[str, Any] = {}
    if options.unix_path is not None:
        way |= {"unix": True, "path": str(options.unix_path)}
    elif not _is_numeric(urlsplit(options.url).hostname or ""):
        # Several addresses, and the first may be dead, as IPv6 often is: waited for alone, it would take all the time.
        way["happy_eyeballs_delay"] = NEXT_ADDRESS_AFTER_S
    if secured is not None:
        way["ssl"] = secured
    return way


def _is_numeric(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _of_end(end: ConnectionClosed) -> LinkFailed:
    by_peer = end.rcvd is not None and end.rcvd_then_sent is not False
    close = end.rcvd if by_peer else end.sent
    return causes.of_close(close.code if close else None, close.reason if close else "", by_peer=by_peer)
