"""journald's end of its socket, in its own words of the protocol."""

from __future__ import annotations

import socket
from pathlib import Path
from types import TracebackType

LARGEST = 1 << 20


def decoded(octets: bytes) -> list[tuple[str, str]]:
    """The fields of one datagram, in order. Fails where it is none."""
    found = []
    while octets:
        head, line, octets = octets.partition(b"\n")
        assert line, "a field without an end"
        name, is_short, value = head.partition(b"=")
        if not is_short:
            length = int.from_bytes(octets[:8], "little")
            value, octets = octets[8 : 8 + length], octets[8 + length :]
            assert len(value) == length
            assert octets[:1] == b"\n"
            octets = octets[1:]
        assert name.isascii()
        assert name.decode().replace("_", "A").isalnum()
        assert name.isupper()
        assert name[:1] != b"_"
        found.append((name.decode(), value.decode()))
    return found


class Listener:
    """A socket at `path` that hears every entry."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Listener:
        self.path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.setblocking(False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def heard(self) -> list[dict[str, str]]:
        """Every entry since the last question, each field once."""
        entries: list[dict[str, str]] = []
        while True:
            try:
                fields = decoded(self._socket.recv(LARGEST))
            except BlockingIOError:
                return entries
            assert len(dict(fields)) == len(fields)
            entries.append(dict(fields))
