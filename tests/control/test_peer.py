"""Who may do what: the kernel's word, the system's groups, and the table of roles."""

from __future__ import annotations

import os
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.control.peer import CREDENTIALS, SO_PEERGROUPS, Peer, caller_of, peer_of, role_of
from agent.control.registry import load, verb_names
from agent.control.roles import Role

GROUPS = {101: Role.VIEWER, 102: Role.OPERATOR, 103: Role.INSTALLER, 104: Role.SERVICE}
AGENT_UID = 990
TABLE = {
    "audit": Role.OPERATOR,
    "board capture": Role.INSTALLER,
    "board challenge": Role.SERVICE,
    "board clear": Role.SERVICE,
    "board evidence": Role.INSTALLER,
    "board flash": Role.SERVICE,
    "board info": Role.VIEWER,
    "bundle": Role.OPERATOR,
    "commission": Role.INSTALLER,
    "completion": "local",
    "config check": Role.VIEWER,
    "config diff": Role.VIEWER,
    "config explain": Role.VIEWER,
    "config show": Role.VIEWER,
    "display": Role.VIEWER,
    "events": Role.VIEWER,
    "evidence list": Role.VIEWER,
    "evidence make": Role.OPERATOR,
    "evidence name": Role.INSTALLER,
    "evidence replace": Role.INSTALLER,
    "evidence wear": Role.VIEWER,
    "explain": Role.VIEWER,
    "factory-reset": Role.SERVICE,
    "faults clear": Role.SERVICE,
    "faults list": Role.VIEWER,
    "handover activate": Role.OPERATOR,
    "handover code": Role.INSTALLER,
    "handover pack": Role.OPERATOR,
    "handover show": Role.VIEWER,
    "handover tick": Role.INSTALLER,
    "handover": Role.VIEWER,
    "hardware scan": Role.INSTALLER,
    "hardware test": Role.VIEWER,
    "health crashes": Role.VIEWER,
    "health history": Role.VIEWER,
    "health": Role.VIEWER,
    "live": Role.VIEWER,
    "load": Role.VIEWER,
    "log-level": Role.OPERATOR,
    "maintenance close": Role.OPERATOR,
    "maintenance list": Role.VIEWER,
    "maintenance open": Role.OPERATOR,
    "maintenance visit": Role.OPERATOR,
    "meter-trace": Role.OPERATOR,
    "metrics export": Role.VIEWER,
    "metrics prometheus": Role.VIEWER,
    "metrics": Role.VIEWER,
    "network check": Role.OPERATOR,
    "network wifi": Role.OPERATOR,
    "ocpp connect": Role.INSTALLER,
    "ocpp status": Role.VIEWER,
    "ocpp trace": Role.INSTALLER,
    "ocpp undo": Role.INSTALLER,
    "ocpp use": Role.INSTALLER,
    "plan apply": Role.INSTALLER,
    "plan check": "local",
    "plan diff": Role.INSTALLER,
    "plan new": "local",
    "plan undo": Role.INSTALLER,
    "report export": Role.OPERATOR,
    "report key": Role.VIEWER,
    "report list": Role.VIEWER,
    "report show": Role.OPERATOR,
    "restart board": Role.OPERATOR,
    "restart forced": Role.SERVICE,
    "restart modem": Role.OPERATOR,
    "restart service": Role.OPERATOR,
    "restart system": Role.OPERATOR,
    "selftest health": Role.OPERATOR,
    "selftest list": Role.VIEWER,
    "selftest run": Role.INSTALLER,
    "selftest show": Role.VIEWER,
    "sessions": Role.VIEWER,
    "signed keys": Role.VIEWER,
    "signed list": Role.VIEWER,
    "signed show": Role.OPERATOR,
    "start": Role.OPERATOR,
    "status": Role.VIEWER,
    "stop": Role.OPERATOR,
    "token add": Role.OPERATOR,
    "token list": Role.OPERATOR,
    "token remove": Role.OPERATOR,
    "unlock": Role.OPERATOR,
    "uptime exclude": Role.OPERATOR,
    "uptime sessions": Role.VIEWER,
    "uptime": Role.VIEWER,
    "version": Role.VIEWER,
    "watch": Role.VIEWER,
    "waveform": Role.OPERATOR,
}


class Kernel:
    """Says what it was told to say, as a connected socket would."""

    def __init__(self, uid: int, gid: int, groups: list[int] | None) -> None:
        self._credentials = CREDENTIALS.pack(1234, uid, gid)
        self._groups = groups

    def getsockopt(self, level: int, optname: int, buflen: int, /) -> bytes:
        assert level == socket.SOL_SOCKET
        if optname == socket.SO_PEERCRED:
            return self._credentials[:buflen]
        assert optname == SO_PEERGROUPS
        if self._groups is None:
            raise OSError("ERANGE")
        return struct.pack(f"{len(self._groups)}I", *self._groups)


class Silent:
    """A socket whose other end the kernel knows nothing about."""

    def getsockopt(self, level: int, optname: int, buflen: int, /) -> bytes:
        raise OSError("ENOTCONN")


@given(st.sets(st.sampled_from(sorted(GROUPS))), st.sets(st.integers(200, 300)))
def test_the_highest_group_counts_and_foreign_groups_count_nothing(ours: set[int], others: set[int]) -> None:
    role = role_of(Peer(uid=1000, groups=frozenset(ours | others)), GROUPS, AGENT_UID)

    assert role == (GROUPS[max(ours)] if ours else None)


@pytest.mark.parametrize("uid", [0, AGENT_UID])
def test_root_and_the_agents_own_user_hold_all_roles(uid: int) -> None:
    assert role_of(Peer(uid=uid, groups=frozenset()), GROUPS, AGENT_UID) is Role.SERVICE


def test_supplementary_groups_are_the_kernels() -> None:
    peer = peer_of(Kernel(1000, 100, [4, 102]))

    assert peer == Peer(uid=1000, groups=frozenset({100, 4, 102}))


def test_a_kernel_that_cannot_list_the_groups_leaves_the_systems_tables() -> None:
    peer = peer_of(Kernel(0, 0, None))

    assert peer.uid == 0
    assert 0 in peer.groups


def test_an_unknown_user_without_a_list_of_groups_has_its_own_group() -> None:
    assert peer_of(Kernel(4_000_000, 77, None)).groups == {77}


def test_a_caller_the_kernel_does_not_know_may_do_nothing() -> None:
    assert caller_of(Silent()).role is None


def test_a_real_socket_tells_this_very_process() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        peer = peer_of(ours)

    assert peer.uid == os.getuid()
    assert {os.getgid(), *os.getgroups()} <= peer.groups


def test_each_role_includes_those_below_it() -> None:
    assert Role.VIEWER < Role.OPERATOR < Role.INSTALLER < Role.SERVICE


def test_every_verb_needs_the_role_of_the_table() -> None:
    found = {}
    for name in verb_names():
        for action in load(name).actions:
            found[f"{name} {action.name}".strip()] = action.role if action.answer else "local"

    assert found == TABLE
