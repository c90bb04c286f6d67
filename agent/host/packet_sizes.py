"""How large a packet may be on the way to a machine, without any right: by connections, and whether their data is had.

A connection sends more than fits into one packet and asks the kernel how much of it the other end has acknowledged
(tcp(7), SIOCOUTQ). The size of a connection's packets is bounded by its TCP_MAXSEG.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import termios

from agent.core.network_check.packets import Fate, PacketsSeen, SizeTried
from agent.host.reaching import family_of

LADDER = (1492, 1452, 1400, 1280, 576)
"""PPPoE; PPPoE in a tunnel; LTE and most tunnels; the least of IPv6 (RFC 8200); the least of IPv4 (RFC 791)."""
HEAD_BYTES = {socket.AF_INET: 40, socket.AF_INET6: 60}
"""IP and TCP; options of TCP count as data to TCP_MAXSEG."""
LEVEL_AND_MTU = {socket.AF_INET: (socket.IPPROTO_IP, 14), socket.AF_INET6: (socket.IPPROTO_IPV6, 24)}
"""IP_MTU, IPV6_MTU (linux/in.h, in6.h)."""
LOOKS_EVERY_S = 0.02


async def sizes_to(address: str, port: int, sends: bytes, within_s: float, smaller_within_s: float) -> PacketsSeen:
    """`sends`: what a connection begins with there, some packets long; it is not gone on with. Never fails.

    The size that is in use first; where that is lost, it once more beside all the smaller ones.
    """
    found = await _tried(address, port, sends, within_s, None)
    if found.fate is not Fate.LOST:
        return PacketsSeen(first=found, path_bytes=path_bytes(address))
    sizes = [size for size in LADDER if size < found.packet_bytes]
    again, *smaller = await asyncio.gather(
        *(_tried(address, port, sends, smaller_within_s, size) for size in (None, *sizes))
    )
    return PacketsSeen(first=found, repeated=again, smaller=smaller)


def path_bytes(address: str) -> int | None:
    """What the kernel believes the way takes, its own line's figure before it was told less. Nothing is sent."""
    try:
        with socket.socket(family_of(address), socket.SOCK_DGRAM) as one:
            one.connect((address, 9))
            return one.getsockopt(*LEVEL_AND_MTU[one.family])
    except OSError:
        return None


async def _tried(address: str, port: int, sends: bytes, within_s: float, packet_bytes: int | None) -> SizeTried:
    family = family_of(address)
    size = packet_bytes or 0
    try:
        with socket.socket(family, socket.SOCK_STREAM) as one:
            one.setblocking(False)
            if packet_bytes is not None:
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, packet_bytes - HEAD_BYTES[family])
            async with asyncio.timeout(within_s):
                await asyncio.get_running_loop().sock_connect(one, (address, port))
                size = min(packet_bytes or one.getsockopt(*LEVEL_AND_MTU[family]), len(sends) + HEAD_BYTES[family])
                one.send(sends)
                while _unacknowledged(one):
                    if one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                        return SizeTried(packet_bytes=size, fate=Fate.CUT)
                    await asyncio.sleep(LOOKS_EVERY_S)
    except TimeoutError:
        return SizeTried(packet_bytes=size, fate=Fate.LOST)
    except OSError:
        return SizeTried(packet_bytes=size, fate=Fate.CUT)
    return SizeTried(packet_bytes=size, fate=Fate.ARRIVED)


def _unacknowledged(one: socket.socket) -> int:
    room = bytearray(4)
    fcntl.ioctl(one, termios.TIOCOUTQ, room)
    (count,) = struct.unpack("=i", room)
    return int(count)
