"""A TCP connection as a `Wire`."""

from __future__ import annotations

import asyncio
import ipaddress

from agent.drivers.wire import Inbox, ReopenPace, WireLost

CONNECT_TIMEOUT_S = 3.0


class TcpSocket:
    """`host` is a numeric address: a charger must not depend on a name server to read its meter."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._pace = ReopenPace()
        self._inbox = Inbox()
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    @property
    def last_byte_at(self) -> float:
        return self._inbox.last_byte_at

    async def open(self) -> None:
        """Connect, within CONNECT_TIMEOUT_S. Raises WireLost with the next thing to check."""
        if self._transport is not None:
            return
        self._pace.check()
        loop = asyncio.get_running_loop()
        connection = _Connection(self)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                transport, _ = await loop.create_connection(lambda: connection, self._host, self._port)
        except OSError as error:  # a TimeoutError is one, too
            raise self._pace.failed(self._why_not(error)) from error
        self._pace.succeeded()
        self._inbox = connection.inbox
        self._transport = transport

    def write(self, frame: bytes) -> None:
        if self._transport is None:
            raise WireLost(self._inbox.lost or f"{self} is not connected")
        self._transport.write(frame)
        self._inbox.last_byte_at = asyncio.get_running_loop().time()

    async def read(self) -> bytes:
        return await self._inbox.take()

    def discard(self) -> int:
        return self._inbox.discard()

    def close(self) -> None:
        if self._transport is not None:
            # The peer may be gone: abort does not wait for it.
            self._transport.abort()
            self._transport = None
        self._inbox.lose(f"{self} was closed")

    def disconnected(self, inbox: Inbox, error: Exception | None) -> None:
        """The connection of `inbox` ended by itself."""
        inbox.lose(f"{self} closed the connection ({error or 'end of file'}); is another program connected to it?")
        if inbox is self._inbox:
            self._transport = None

    def __str__(self) -> str:
        return f"{self._host}:{self._port}"

    def _why_not(self, error: OSError) -> str:
        match error:
            case TimeoutError():
                return f"{self} did not answer within {CONNECT_TIMEOUT_S:g} s; check address, cable and power"
            case ConnectionRefusedError():
                return f"{self} refused the connection; check the port and that Modbus TCP is switched on there"
            case _:
                return f"{self} cannot be reached ({error.strerror or error}); check address and network"


class _Connection(asyncio.Protocol):
    """Carries what the loop reports to the socket's inbox."""

    def __init__(self, socket: TcpSocket) -> None:
        self._socket = socket
        self.inbox = Inbox()

    def data_received(self, data: bytes) -> None:
        self.inbox.put(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._socket.disconnected(self.inbox, exc)


def numeric_host(host: str) -> bool:
    """Whether `host` needs no name server."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
