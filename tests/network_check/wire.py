"""A charger's network of its own: two namespaces of the kernel and a cable between them, with real servers at its end.

The check runs in a thread that lives in the charger's namespace, with its own /sys and /etc/resolv.conf; the sockets of
the servers are made in the other one, and served by the same loop. Nothing leaves this machine.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import socket
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import pytest

from agent.core.network_check.model import Finding
from agent.core.network_check.own_link import LinkSeen
from agent.ocpp_client.link import LinkOptions
from agent.ocpp_client.tls import Trust
from agent.station.network_check import Subject, Waits, check_network

T = TypeVar("T")

IP = shutil.which("ip") or "ip"
CHARGER_IP, WORLD_IP, MASK = "10.81.0.2", "10.81.0.1", 24
CHARGER_IP6, WORLD_IP6 = "fd81::2", "fd81::1"
BEYOND_IP, ROUTER_IP = "10.82.0.2", "10.82.0.1"
BEYOND_IP6, ROUTER_IP6 = "fd82::2", "fd82::1"
HOST = "csms.example"
NEW_MOUNTS, NEW_NETWORK = 0x00020000, 0x40000000
PRIVATE, BIND = 0x40000 | 0x4000, 0x1000
_numbers = count()
_libc = ctypes.CDLL(None, use_errno=True)


def why_not() -> str:
    """Why this machine allows no namespaces, "" where it does."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    try:
        made = subprocess.run([IP, "netns", "add", f"evse-try-{os.getpid()}"], capture_output=True, text=True)
    except OSError as error:
        return f"there is no program ip ({error.strerror})"
    if made.returncode:
        return f"no network namespace can be made: {made.stderr.strip()}"
    _ip("netns", "del", f"evse-try-{os.getpid()}")
    return ""


def _ip(*words: str) -> None:
    subprocess.run([IP, *words], check=True, capture_output=True)


class Cable:
    """Both ends, and what to do to them."""

    def __init__(self) -> None:
        mark = f"{os.getpid()}-{next(_numbers)}"
        self.charger, self.world, self.beyond = f"evse-c-{mark}", f"evse-w-{mark}", f"evse-b-{mark}"
        self._places = [self.charger, self.world]

    def at_charger(self, *words: str) -> None:
        _ip("-n", self.charger, *words)

    def at_world(self, *words: str) -> None:
        _ip("-n", self.world, *words)

    def lay(self) -> None:
        for name in self._places:
            _add(name)
        _ip("link", "add", "eth0", "netns", self.charger, "type", "veth", "peer", "eth0", "netns", self.world)
        self.at_world("link", "set", "eth0", "up")
        self.at_world("addr", "add", f"{WORLD_IP}/{MASK}", "dev", "eth0")
        self.at_world("addr", "add", f"{WORLD_IP6}/64", "dev", "eth0", "nodad")
        self.at_charger("link", "set", "eth0", "up")

    def address(self) -> None:
        """What DHCP would have given."""
        self.at_charger("addr", "add", f"{CHARGER_IP}/{MASK}", "dev", "eth0")
        self.at_charger("route", "add", "default", "via", WORLD_IP)

    def lead_beyond(self, *, takes_bytes: int) -> None:
        """The world is a router now, and behind it lies a machine by a line that takes so much, one way only.

        That machine does not know it: it sends as much as Ethernet takes, and it arrives.
        """
        self._places.append(self.beyond)
        _add(self.beyond)
        for name in (self.world, self.beyond):
            _in_thread(partial(_enter, name), _trust_new_addresses)
        _ip("link", "add", "eth1", "netns", self.world, "type", "veth", "peer", "eth0", "netns", self.beyond)
        for name, own, way, v4, v6 in (
            (self.world, "eth1", WORLD_IP, ROUTER_IP, ROUTER_IP6),
            (self.beyond, "eth0", ROUTER_IP, BEYOND_IP, BEYOND_IP6),
        ):
            _ip("-n", name, "link", "set", own, "up")
            _ip("-n", name, "addr", "add", f"{v4}/24", "dev", own)
            _ip("-n", name, "addr", "add", f"{v6}/64", "dev", own, "nodad")
            if name == self.beyond:
                _ip("-n", name, "route", "add", "default", "via", way)
                _ip("-n", name, "route", "add", "default", "via", ROUTER_IP6)
        self.at_charger("addr", "add", f"{CHARGER_IP6}/64", "dev", "eth0", "nodad")
        self.at_charger("route", "add", "default", "via", WORLD_IP6)
        self.at_world("link", "set", "eth1", "mtu", str(takes_bytes))
        _in_thread(lambda: _enter(self.world), _forward)

    def eat_icmp(self) -> None:
        """As a firewall does whose owner was told that pings are dangerous."""
        self.at_world("rule", "add", "iif", "lo", "ipproto", "icmp", "blackhole")
        self.at_world("rule", "add", "from", WORLD_IP, "ipproto", "icmp", "blackhole")

    def cut(self) -> None:
        for name in self._places:
            _ip("netns", "del", name)

    def socket(self, kind: socket.SocketKind, port: int, host: str = "0.0.0.0", *, place: str = "") -> socket.socket:
        """One that listens in the world, or in another place."""

        def made() -> socket.socket:
            one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((host, port))
            if kind is socket.SOCK_STREAM:
                one.listen(8)
            one.setblocking(False)
            return one

        return _in_thread(lambda: _enter(place or self.world), made)

    def live(self, story: Callable[[], Awaitable[T]], folder: Path) -> T:
        """Run `story` in the charger's place."""
        resolv_conf = folder / "resolv.conf"
        resolv_conf.write_text(f"nameserver {WORLD_IP}\noptions timeout:1 attempts:1\n")

        def move() -> None:
            _check(_libc.unshare(NEW_MOUNTS))
            _enter(self.charger)
            _check(_libc.mount(b"none", b"/", None, PRIVATE, None))
            _check(_libc.mount(b"sysfs", b"/sys", b"sysfs", 0, None))
            _check(_libc.mount(str(resolv_conf).encode(), b"/etc/resolv.conf", None, BIND, None))

        async def told() -> T:
            return await story()

        return _in_thread(move, lambda: asyncio.run(told()))


def _add(name: str) -> None:
    _ip("netns", "add", name)
    _ip("-n", name, "link", "set", "lo", "up")


def _trust_new_addresses() -> None:
    """Else a router's own IPv6 address is not used for a second or two, and asks nobody the way."""
    Path("/proc/sys/net/ipv6/conf/default/accept_dad").write_text("0")


def _forward() -> None:
    for switch in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        Path("/proc/sys/net", switch).write_text("1")


def _enter(name: str) -> None:
    with Path(f"/var/run/netns/{name}").open() as of:
        _check(_libc.setns(of.fileno(), NEW_NETWORK))


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _in_thread(move: Callable[[], None], work: Callable[[], T]) -> T:
    """Namespaces are a thread's own; it ends with them."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            move()
            outcome.extend((True, work()))
        except BaseException as error:  # noqa: BLE001 - raised again by who waits
            outcome.extend((False, error))

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if not outcome[0]:
        raise outcome[1]
    found: T = outcome[1]
    return found


@contextmanager
def cable() -> Iterator[Cable]:
    one = Cable()
    try:
        one.lay()
        yield one
    finally:
        with suppress(subprocess.CalledProcessError):
            one.cut()


# Servers.


class NameServer(asyncio.DatagramProtocol):
    """Of one name. `code` is the RCODE of every answer; `v4` and `v6` its addresses."""

    def __init__(self, v4: tuple[str, ...] = (WORLD_IP,), v6: tuple[str, ...] = (), code: int = 0) -> None:
        self.v4, self.v6, self.code = v4, v6, code

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, asked: bytes, sender: Any) -> None:
        end = asked.index(b"\0", 12) + 5
        (kind,) = struct.unpack_from("!H", asked, end - 4)
        family, texts = {1: (socket.AF_INET, self.v4), 28: (socket.AF_INET6, self.v6)}.get(kind, (socket.AF_INET, ()))
        blobs = [] if self.code else [socket.inet_pton(family, text) for text in texts]
        head = asked[:2] + struct.pack("!HHHHH", 0x8180 | self.code, 1, len(blobs), 0, 0)
        rows = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(blob)) + blob for blob in blobs)
        self.transport.sendto(head + asked[12:end] + rows, sender)


@asynccontextmanager
async def name_server(wire: Cable, server: NameServer | None = None) -> AsyncIterator[None]:
    loop, own = asyncio.get_running_loop(), server or NameServer()
    transport, _ = await loop.create_datagram_endpoint(lambda: own, sock=wire.socket(socket.SOCK_DGRAM, 53))
    try:
        yield
    finally:
        transport.close()


@asynccontextmanager
async def listening(
    one: socket.socket, says: bytes | None = b"", secured: ssl.SSLContext | None = None
) -> AsyncIterator[None]:
    """Answers every connection with `says` once something came; None: says nothing for ever."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            if await reader.read(4096) and says is not None:
                writer.write(says)
                await writer.drain()
            if says is None:
                await asyncio.Event().wait()
        writer.close()

    server = await asyncio.start_server(served, sock=one, ssl=secured)
    try:
        yield
    finally:
        server.close()


def http(status: str, *headers: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "", "")).encode()


# The check.


class Check:
    """Of `url`, believing `ca_file`, by the charger's clock; its own connection is `own`."""

    def __init__(self, url: str = f"ws://{HOST}:9000/", **how: Any) -> None:
        self.url, self.how = url, how

    async def findings(self) -> list[Finding]:
        async def options() -> LinkOptions:
            trust = Trust(ca_file=self.how.get("ca_file"), has_clock=self.how.get("has_clock", True))
            return LinkOptions(url=self.url, identity="CP-1", trust=trust)

        async def own(_: LinkOptions) -> LinkSeen:
            return LinkSeen(is_open=True, subprotocol="ocpp1.6", registration="Accepted", trips_s=(0.01,))

        async def stands() -> bool:
            return bool(self.how.get("stands", False))

        subject = Subject(
            options=options,
            own=own,
            stands=stands,
            now_ms=lambda: self.how.get("now_ms"),
            bits=lambda count: 4711 % (1 << count),
            root=self.how.get("root", Path("/nowhere")),
            portal_check_url=self.how.get("portal_check_url", ""),
            waits=QUICK,
        )
        return [finding async for finding in check_network(subject)]


QUICK = Waits(look_up_s=2.0, server_s=0.5, page_s=0.6, connect_s=0.8, handshake_s=1.0, smaller_s=1.0, router_s=1.0)
"""For a cable of a metre; the charger's own are longer (test_waits.py)."""

reason = why_not()
needs_namespaces = pytest.mark.skipif(bool(reason), reason=reason)
