"""The listening side: who is connected, and for how long."""

from __future__ import annotations

import asyncio
import http
from base64 import b64encode
from dataclasses import dataclass
from hmac import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tools.csms.behaviour import Behaviour
from tools.csms.connection import RecordedConnection
from tools.csms.record import Record
from tools.csms.station import Station
from tools.csms.tls import ServerTls, context

if TYPE_CHECKING:
    from tools.csms.authority import Authority

SUBPROTOCOL = Subprotocol("ocpp1.6")
LARGEST_FRAME_BYTES = 1 << 20
CLOSE_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    host: str
    port: int


class CentralSystem:
    """Chargers come and go; a charger's newer connection replaces its older one."""

    def __init__(
        self,
        record: Record,
        *,
        ping_interval_s: float | None = None,
        is_quiet: bool = False,
        tls: ServerTls | None = None,
    ) -> None:
        self.record = record
        self.tls = tls
        """Read at each opening of the port: a test changes the chain by closing, setting this and opening again."""
        self.authority: Authority | None = None
        """Made with the first request that is to be signed."""
        self.behaviour = Behaviour()
        self.stations: dict[str, Station] = {}
        self._ping_interval_s = ping_interval_s
        self._is_quiet = is_quiet
        self._server: Server | None = None
        self._address = Address(host="127.0.0.1", port=0)

    async def listen(self, address: Address) -> Address:
        """Opens the port; port 0 takes a free one, and the same one again after `close`. Returns what was bound."""
        self._server = await serve(
            self._serve,
            address.host,
            address.port,
            subprotocols=[SUBPROTOCOL],
            process_request=self._admit,
            compression=None,
            ping_interval=self._ping_interval_s,
            max_size=LARGEST_FRAME_BYTES,
            close_timeout=CLOSE_TIMEOUT_S,
            ssl=None if self.tls is None else context(self.tls),
        )
        port = next(iter(self._server.sockets)).getsockname()[1]
        self._address = Address(host=address.host, port=port)
        return self._address

    async def close(self) -> None:
        """Tears every connection and closes the port."""
        for station in list(self.stations.values()):
            station.connection.tear()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def reopen(self) -> None:
        """Listens again where it listened before; nothing to do while it does."""
        if self._server is None:
            await self.listen(self._address)

    def station(self, identity: str | None) -> Station:
        """The charger called `identity`, or the only one; raises LookupError with the reason."""
        if identity is None and len(self.stations) == 1:
            return next(iter(self.stations.values()))
        if identity is None:
            raise LookupError(f"say which charger: {len(self.stations)} are connected")
        if identity not in self.stations:
            raise LookupError(f"charger {identity!r} is not connected")
        return self.stations[identity]

    def _admit(self, socket: ServerConnection, request: Request) -> Response | None:
        if (status := self.behaviour.refused_status) is not None:
            return socket.respond(http.HTTPStatus(status), "ordered by the bench\n")
        if not self._is_logged_in(identity_of(request.path), request):
            return socket.respond(http.HTTPStatus.UNAUTHORIZED, "identity or password is wrong\n")
        if not identity_of(request.path):
            return socket.respond(http.HTTPStatus.NOT_FOUND, "the last part of the address is the charger's identity\n")
        return None

    def _is_logged_in(self, identity: str, request: Request) -> bool:
        """By HTTP Basic; whoever has no password here needs none."""
        password = self.behaviour.passwords.get(identity)
        if password is None:
            return True
        expected = b64encode(f"{identity}:".encode() + password.encode()).decode()
        return compare_digest(request.headers.get("Authorization", "").encode(), f"Basic {expected}".encode())

    async def _serve(self, socket: ServerConnection) -> None:
        request = socket.request
        assert request is not None, "websockets calls the handler after the handshake"
        identity = identity_of(request.path)
        connection = RecordedConnection(identity, socket, self.record, self.behaviour, is_quiet=self._is_quiet)
        station = Station(connection, self.record, self.behaviour)
        if (older := self.stations.get(identity)) is not None:
            older.connection.tear()
        self.stations[identity] = station
        self.record.connected(identity, True)
        await self.record.tell()
        try:
            await self._run(station)
        finally:
            # A replaced connection ends after its successor registered, and must not deregister it.
            if self.stations.get(identity) is station:
                del self.stations[identity]
                self.record.connected(identity, False)
                await self.record.tell()

    @staticmethod
    async def _run(station: Station) -> None:
        async with asyncio.TaskGroup() as late_answers:
            station.connection.delay_with(late_answers)
            try:
                await station.serve()
            except ConnectionClosed:
                # Late answers still waiting are noted as withheld by `put`.
                return


def identity_of(path: str) -> str:
    """The last segment of the request's path, percent-decoded; a closing slash is ignored."""
    return unquote(urlsplit(path).path.rstrip("/").rpartition("/")[2])
