"""Servers of other people's making on this machine, each in a thread, which take and give files and can be bad."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Web:
    """What a web server holds, what it was sent, and how it misbehaves. `asked` is each request's line and headers."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    received: dict[str, bytes] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    """HTTP statuses of the next answers, before it behaves again."""
    moves: dict[str, tuple[int, str]] = field(default_factory=dict)
    breaks_after: int | None = None
    """The next file given breaks off after so many bytes."""
    pauses_after: int | None = None
    """The next file given stops after so many bytes, until `stalls` is set."""
    tag: str = '"v1"'
    changed: str = ""
    """Last-Modified."""
    knows_if_range: bool = True
    knows_range: bool = True
    password: str = ""
    stalls: threading.Event | None = None
    """Set by the test when the answer may go on."""
    scheme: str = "http"

    def url(self, path: str, credentials: str = "") -> str:
        return f"{self.scheme}://{credentials}127.0.0.1:{self.port}{path}"


class _Handler(BaseHTTPRequestHandler):
    """A subclass knows its server: `web`."""

    web: Web
    protocol_version = "HTTP/1.1"

    def log_message(self, *_words: Any) -> None:
        return

    def do_PUT(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def do_GET(self) -> None:
        self.web.asked.append(("GET", self.path, dict(self.headers)))
        if not self._is_turned_away():
            self._give(self.web.files.get(self.path))

    def _take(self) -> None:
        self.web.asked.append((self.command, self.path, dict(self.headers)))
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.web.stalls is not None:
            self.web.stalls.wait(30)
        if not self._is_turned_away():
            self.web.received[self.path] = body
            self._answer(201)

    def _is_turned_away(self) -> bool:
        if self.web.failures:
            self._answer(self.web.failures.pop(0))
            return True
        if self.web.password and self.headers.get("Authorization") != self.web.password:
            self._answer(401)
            return True
        if self.path in self.web.moves:
            status, where = self.web.moves[self.path]
            self._answer(status, Location=where)
            return True
        return False

    def _give(self, content: bytes | None) -> None:
        if content is None:
            self._answer(404)
            return
        start = self._start()
        if start > len(content):
            self._answer(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if self.web.tag:
            self.send_header("ETag", self.web.tag)
        if self.web.changed:
            self.send_header("Last-Modified", self.web.changed)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        rest = content[start:]
        if self.web.breaks_after is not None:
            rest, self.web.breaks_after = rest[: self.web.breaks_after], None
            self.close_connection = True
        if self.web.pauses_after is not None and self.web.stalls is not None:
            first, rest = rest[: self.web.pauses_after], rest[self.web.pauses_after :]
            self.web.pauses_after = None
            self.wfile.write(first)
            self.web.stalls.wait(30)
        with suppress(OSError):
            self.wfile.write(rest)

    def _start(self) -> int:
        if "Range" not in self.headers or not self.web.knows_range:
            return 0
        is_same = self.headers.get("If-Range") in (self.web.tag, self.web.changed)
        if self.web.knows_if_range and not is_same:
            return 0
        return int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))

    def _answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def web_server(folder: Path | None = None) -> Iterator[Web]:
    """A web server; with `folder`, one that speaks TLS with a certificate from `folder/ca.pem`."""
    web = Web()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"web": web}))
    server.daemon_threads = True
    if folder is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server_certificate(folder))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        web.scheme = "https"
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def ftp_server(root: Path, certificate: Path | None = None, ways: FtpWays | None = None) -> Iterator[int]:
    """The port of an FTP server over `root` for the user "cp" with the password "s3cret-word"; TLS demanded, if any."""
    from pyftpdlib.authorizers import DummyAuthorizer  # type: ignore[import-untyped]
    from pyftpdlib.handlers import FTPHandler, ThrottledDTPHandler, TLS_FTPHandler  # type: ignore[import-untyped]
    from pyftpdlib.servers import ThreadedFTPServer  # type: ignore[import-untyped]

    authorizer = DummyAuthorizer()
    authorizer.add_user("cp", "s3cret-word", str(root), perm="elradfmw")
    base = FTPHandler if certificate is None else TLS_FTPHandler
    words: dict[str, Any] = {"authorizer": authorizer}
    if certificate is not None:
        words |= {"certfile": str(certificate), "tls_control_required": True, "tls_data_required": True}
    if ways is not None:
        commands = {name: told for name, told in FTPHandler.proto_cmds.items() if name not in ways.unknown}
        words |= {"proto_cmds": commands, "pre_process_command": _noting(base, ways.asked)}
        if ways.is_slow:
            slow = type("Slow", (ThrottledDTPHandler,), {"write_limit": 64 * 1024, "ac_out_buffer_size": 65536})
            words |= {"dtp_handler": slow, "use_sendfile": False}
    server = ThreadedFTPServer(("127.0.0.1", 0), type("Handler", (base,), words))

    def serve() -> None:
        with suppress(OSError):  # it is closed while it waits
            server.serve_forever(timeout=0.01)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.address[1]
    finally:
        server.close_all()
        thread.join(5)


@dataclass
class FtpWays:
    """How an FTP server behaves. `asked` is every command it was given; `unknown` are those it does not have."""

    asked: list[str] = field(default_factory=list)
    unknown: tuple[str, ...] = ()
    is_slow: bool = False


def _noting(base: Any, asked: list[str]) -> Any:
    def pre_process_command(self: Any, line: str, cmd: str, arg: str) -> None:
        asked.append(cmd if cmd == "PASS" else line)
        base.pre_process_command(self, line, cmd, arg)

    return pre_process_command


def server_certificate(folder: Path) -> Path:
    """A file with key and certificate for this machine; the authority behind it is `folder/ca.pem`."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    ca = _certificate(name, name, ca_key.public_key(), ca_key, is_authority=True)
    host = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    own = _certificate(host, name, key.public_key(), ca_key, is_authority=False)
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + own.public_bytes(serialization.Encoding.PEM))
    return file


def _certificate(
    subject: x509.Name, issuer: x509.Name, public: Any, signer: Any, *, is_authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=10))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    return builder.sign(signer, hashes.SHA256())


@dataclass
class Sftp:
    """An SFTP server over `root` for the user "cp". `hangs_up_after`: in the middle of the next file it gives."""

    port: int = 0
    known_host: str = ""
    """Its line of a file of known hosts."""
    hangs_up_after: int | None = None
    offsets: list[int] = field(default_factory=list)
    """Where each reading began."""

    def url(self, path: str, user: str = "cp:s3cret-word@") -> str:
        return f"sftp://{user}127.0.0.1:{self.port}{path}"


@contextmanager
def sftp_server(root: Path, user_key: str = "") -> Iterator[Sftp]:
    """With `user_key`, a line of authorized keys, no password is taken."""
    import asyncio

    import asyncssh

    sftp, host_key = Sftp(), asyncssh.generate_private_key("ssh-ed25519")

    class Guard(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return not user_key

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("cp", "s3cret-word")

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(root).encode())

        def read(self, file_obj: Any, offset: int, size: int) -> Any:
            sftp.offsets.append(offset)
            if sftp.hangs_up_after is not None and offset + size > sftp.hangs_up_after:
                sftp.hangs_up_after = None
                self.channel.get_connection().abort()
            return super().read(file_obj, offset, size)

    async def begin() -> Any:
        keys = asyncssh.import_authorized_keys(user_key) if user_key else None
        return await asyncssh.listen(
            "127.0.0.1", 0, server_factory=Guard, server_host_keys=[host_key], sftp_factory=Files,
            authorized_client_keys=keys,
        )  # fmt: skip

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    sftp.port = server.get_port()
    sftp.known_host = f"[127.0.0.1]:{sftp.port} {host_key.export_public_key().decode()}"
    try:
        yield sftp
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
