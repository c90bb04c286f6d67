"""journald's native protocol: one datagram of fields an entry, to a socket that everybody may write to.

A field is `NAME=value` and a line break; a value that holds line breaks stands behind its length, eight octets, the
least first (systemd's documentation, "Native Journal Protocol"). Names are upper case, and none of ours begins with
"_", which journald keeps for what it finds out itself.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from pathlib import Path

SOCKET = Path("/run/systemd/journal/socket")
Fields = Iterable[tuple[str, str]]


def datagram(fields: Fields) -> bytes:
    """One entry."""
    return b"".join(_field(name, value.encode("utf-8", "replace")) for name, value in fields)


def _field(name: str, value: bytes) -> bytes:
    if b"\n" not in value:
        return b"%s=%s\n" % (name.encode(), value)
    return b"%s\n%s%s\n" % (name.encode(), len(value).to_bytes(8, "little"), value)


class Journal:
    """Sending never waits and never fails. Each entry finds the socket anew: journald may have been started again."""

    def __init__(self, address: Path = SOCKET) -> None:
        self._address = str(address)
        self._socket: socket.socket | None = None

    def send(self, fields: Fields) -> bool:
        """Whether journald took it: it may be gone, or slow, and a datagram has a longest length."""
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
                self._socket.setblocking(False)
            self._socket.sendto(datagram(fields), self._address)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Give the socket back; what is sent later opens it anew."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
