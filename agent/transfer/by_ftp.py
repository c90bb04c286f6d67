"""Files by ftp, and by ftps with TLS asked for on the ordinary port (RFC 4217), with the standard library. Blocks.

Always passive, and data go to the machine the commands go to, whatever it says: a server cannot send us elsewhere. TLS
from the first byte on port 990 is not spoken: no standard ever described it.
"""

from __future__ import annotations

import ftplib
import posixpath
import socket
import ssl
from pathlib import Path
from typing import cast

from agent.errors import TransferBroken, TransferDenied, TransferError
from agent.transfer.addresses import Address, Scheme
from agent.transfer.connecting import SILENT_AT_MOST_S, Line
from agent.transfer.part import Part

BLOCK_BYTES = 64 * 1024
ANONYMOUS = "anonymous"
NOT_LOGGED_IN = "530"
NO_ACCESS = ("532", "550", "553")


class _Plain(ftplib.FTP):
    """One whose sockets are made by our rules."""

    address: Address
    line: Line

    def open(self, address: Address, line: Line) -> None:
        self.address, self.line, self.host = address, line, address.host
        self.sock = line.connect(address)
        self.af = self.sock.family
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        return self.line.follow(data), size


class _Encrypted(_Plain, ftplib.FTP_TLS):
    """Both connections encrypted; the data's goes on with the session of the commands', as many servers demand."""

    def auth(self) -> str:
        answer = self.voidcmd("AUTH TLS")
        assert self.sock is not None, "opened before"
        self.sock = self.line.encrypt(self.sock, self.address, self.context)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        return answer

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        data, size = super().ntransfercmd(cmd, rest)
        session = cast(ssl.SSLSocket, self.sock).session
        return self.line.encrypt(data, self.address, self.context, session), size


def _logged_in(address: Address, line: Line) -> _Plain:
    one: _Plain = _Plain(timeout=SILENT_AT_MOST_S)
    if address.scheme is Scheme.FTPS:
        one = _Encrypted(timeout=SILENT_AT_MOST_S, context=line.tls())
    try:
        one.open(address, line)
        # FTP_TLS asks for TLS before it names anybody.
        password = address.password.reveal() if address.password is not None else ""
        one.login(address.user or ANONYMOUS, password or f"{ANONYMOUS}@")
        if isinstance(one, _Encrypted):
            one.prot_p()
        one.voidcmd("TYPE I")
    except BaseException:
        one.close()
        raise
    return one


def send(file: Path, address: Address, file_name: str, line: Line) -> None:
    """Send `file`; into a folder under `file_name`. Raises TransferError, OSError, ftplib.Error."""
    path = address.named(file_name).plain_path()
    one = _logged_in(address, line)
    try:
        with file.open("rb") as opened:
            one.storbinary(f"STOR {_seen_from_login(path)}", opened, BLOCK_BYTES, lambda _block: line.check())
    finally:
        one.close()


def fetch(address: Address, file: Path, line: Line) -> None:
    """Fetch into `file`, going on where an earlier try stopped. Raises TransferError, OSError, ftplib.Error."""
    path, part = _seen_from_login(address.plain_path()), Part(file, address, line)
    one = _logged_in(address, line)
    try:
        expected = _size(one, path)
        version = _version(one, path, expected)
        before, had = part.held()
        had = had if before == version and _can_skip(one, had) else 0
        with part.writing(version=version, had=had, expected=expected) as take:
            one.retrbinary(f"RETR {path}", take, BLOCK_BYTES, had or None)
    finally:
        one.close()


def _seen_from_login(path: str) -> str:
    """A path is meant from the folder of the login (RFC 1738, 3.2.2); one that begins with "//" from the root."""
    inner = path.removeprefix("/")
    return inner or posixpath.curdir


def _size(one: ftplib.FTP, path: str) -> int | None:
    try:
        return one.size(path)
    except ftplib.error_perm:
        return None  # not every server tells


def _version(one: ftplib.FTP, path: str, size: int | None) -> str:
    """Length and time of the last change, RFC 3659; "" where the server does not tell both."""
    try:
        changed = one.sendcmd(f"MDTM {path}")
    except ftplib.error_perm:
        return ""
    return f"{size} {changed[4:].strip()}" if size is not None and changed.startswith("213 ") else ""


def _can_skip(one: ftplib.FTP, had: int) -> bool:
    try:
        return had > 0 and one.sendcmd(f"REST {had}").startswith("350")
    except ftplib.error_perm:
        return False


def of_ftp_error(error: ftplib.Error, address: Address) -> TransferError:
    """The server's refusal in words; its own text may repeat the path and is left out."""
    code = str(error)[:3]
    what = f"{address.where} answered {code if code.isdigit() else 'something that is no FTP'}"
    is_denied = code == NOT_LOGGED_IN or code in NO_ACCESS
    return TransferDenied(what) if is_denied else TransferBroken(what)
