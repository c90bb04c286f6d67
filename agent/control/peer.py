"""Who is calling: the kernel's word on the process at the other end of the socket, never a claimed name (S-10)."""

from __future__ import annotations

import grp
import os
import pwd
import socket
import struct
from collections.abc import Mapping
from typing import Protocol

from agent.control.roles import Role
from agent.values import frozen

ROOT_UID = 0
CREDENTIALS = struct.Struct("3i")
"""`struct ucred`: pid, uid, gid."""
SO_PEERGROUPS = 59
"""Linux 4.13; Python has no name for it. The groups the caller had when it connected, without asking a name service."""
GROUPS_BYTES = 1024
"""The most that Python's getsockopt takes: 256 groups."""


UNKNOWN_UID = -1
REMOTE_UID = -2
SOCKET = "socket"


class Socket(Protocol):
    """The part of a socket that is asked; asyncio's transports give one that has no more."""

    def getsockopt(self, level: int, optname: int, buflen: int, /) -> bytes: ...


@frozen(kw_only=True)
class Peer:
    """A caller. `groups` holds its group and its supplementary groups."""

    uid: int
    groups: frozenset[int]


@frozen(kw_only=True)
class Caller:
    """Who asks. `role` None is somebody without any.

    `via` is the door: "socket", "mqtt", "ocpp". Beyond the socket there is no user: `uid` is REMOTE_UID, `key` names
    the key that signed the order `order_id` ("" over OCPP), and `case` the support case it was for.
    """

    uid: int
    role: Role | None
    via: str = SOCKET
    key: str = ""
    case: str = ""
    order_id: str = ""

    @property
    def is_remote(self) -> bool:
        return self.via != SOCKET

    @property
    def words(self) -> str:
        """For people, as in "user 1000 (installer)"."""
        role = self.role.word if self.role is not None else "no role"
        if not self.is_remote:
            return f"user {self.uid} ({role})"
        return f"key {self.key} over {self.via} ({role})" if self.key else f"the central system ({role})"


def caller_of(connection: Socket) -> Caller:
    """The caller at the other end and what it may do here; nothing where the kernel does not say who it is."""
    try:
        peer = peer_of(connection)
    except OSError:
        return Caller(uid=UNKNOWN_UID, role=None)
    return Caller(uid=peer.uid, role=role_of(peer, role_groups(), os.getuid()))


def peer_of(connection: Socket) -> Peer:
    """Who is at the other end of a connected unix socket. Raises OSError where the kernel does not say."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    _, uid, gid = CREDENTIALS.unpack(credentials)
    return Peer(uid=uid, groups=frozenset({gid, *_supplementary(connection, uid, gid)}))


def role_groups() -> Mapping[int, Role]:
    """Which of the system's groups give which role; a group that does not exist gives nothing."""
    found = {}
    for role in Role:
        try:
            found[grp.getgrnam(role.group).gr_gid] = role
        except KeyError:
            continue
    return found


def role_of(peer: Peer, groups: Mapping[int, Role], own_uid: int) -> Role | None:
    """The highest role of a caller, None for nobody we know. Root and the agent's own user hold all."""
    if peer.uid in (ROOT_UID, own_uid):
        return Role.SERVICE
    return max((role for gid, role in groups.items() if gid in peer.groups), default=None)


def _supplementary(connection: Socket, uid: int, gid: int) -> list[int]:
    try:
        packed = connection.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, GROUPS_BYTES)
    except OSError:
        # An old kernel, or more groups than fit: ask the system's own tables.
        return _listed(uid, gid)
    return [number for (number,) in struct.iter_unpack("I", packed)]


def _listed(uid: int, gid: int) -> list[int]:
    try:
        return os.getgrouplist(pwd.getpwuid(uid).pw_name, gid)
    except KeyError:
        return []
