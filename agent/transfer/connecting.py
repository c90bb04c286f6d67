"""Connections of one transfer: to checked machines only, cut off at the deadline however slowly the other side talks.

The address that was checked is the one that is connected to: a name that is looked up twice can mean two machines.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from pathlib import Path

from agent.errors import TransferBroken, TransferRefused
from agent.transfer.addresses import Address, Scheme, objection_to_host
from agent.values import frozen

CONNECTS_WITHIN_S = 20.0
SILENT_AT_MOST_S = 60.0
"""One step of the other side: a line, a block."""


@frozen(kw_only=True)
class TransferRules:
    """What the site allows. `ca_file`: further authorities beside the system's. The last three are for sftp alone."""

    schemes: tuple[Scheme, ...] = (Scheme.HTTPS, Scheme.FTPS)
    may_reach_private: bool = False
    posts: bool = False
    """HTTP: send by POST, as a form with one file, instead of PUT."""
    ca_file: Path | None = None
    largest_upload_bytes: int = 20 * 1024 * 1024
    largest_download_bytes: int = 1024 * 1024 * 1024
    upload_within_s: float = 15 * 60.0
    download_within_s: float = 4 * 3600.0
    sftp_known_hosts_file: Path | None = None
    sftp_key_file: Path | None = None
    sftp_password_file: Path | None = None


class Line:
    """Every socket of one transfer. `cut` may be called from another thread, and ends whatever waits on one."""

    def __init__(self, rules: TransferRules) -> None:
        self.rules = rules
        self._guard = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_cut = False

    def cut(self) -> None:
        with self._guard:
            self._is_cut = True
            for one in self._sockets:
                # Shut down and not closed: its number may mean another file to the other thread by then.
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def check(self) -> None:
        """Raises TransferBroken once the line was cut."""
        if self._is_cut:
            raise TransferBroken("the transfer was called off, or took too long")

    def follow(self, one: socket.socket) -> socket.socket:
        """Cut this one, too, when it comes to it."""
        with self._guard:
            self._sockets = [known for known in self._sockets if known.fileno() >= 0]
            self._sockets.append(one)
        self.check()
        return one

    def connect(self, address: Address) -> socket.socket:
        """A connection to the first machine of that name that may be reached and answers. Raises TransferError."""
        failure: OSError | None = None
        for family, numeric in self._machines(address):
            self.check()
            one = socket.socket(family, socket.SOCK_STREAM)
            try:
                one.settimeout(CONNECTS_WITHIN_S)
                self.follow(one)
                one.connect((numeric, address.port))
                one.settimeout(SILENT_AT_MOST_S)
            except OSError as error:
                one.close()
                failure = error
            else:
                return one
        raise TransferBroken(f"{address.where} does not answer ({failure})") from failure

    def _machines(self, address: Address) -> list[tuple[socket.AddressFamily, str]]:
        try:
            found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise TransferBroken(f"no machine is named {address.host}") from error
        machines: list[tuple[socket.AddressFamily, str]] = [(one[0], str(one[4][0])) for one in found]
        if self.rules.may_reach_private:
            return machines
        for _, numeric in machines:
            if why := objection_to_host(numeric):
                raise TransferRefused(
                    f"{address.where} may not be reached: {why}; check [transfer] allow_private_addresses",
                )
        return machines

    def encrypt(
        self, plain: socket.socket, address: Address, context: ssl.SSLContext, session: ssl.SSLSession | None = None
    ) -> ssl.SSLSocket:
        """The connection, encrypted; it takes the place of `plain`. Raises OSError."""
        encrypted = context.wrap_socket(
            plain, server_hostname=address.host, session=session, do_handshake_on_connect=False
        )
        # Followed before the other side gets a say: a handshake, too, can fall silent.
        self.follow(encrypted)
        encrypted.do_handshake()
        return encrypted

    def tls(self) -> ssl.SSLContext:
        """TLS 1.2 or newer, certificate and name checked. Raises TransferError for a file that cannot be used."""
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.rules.ca_file is not None:
            try:
                context.load_verify_locations(self.rules.ca_file)
            except OSError as error:
                what = f"{self.rules.ca_file} cannot be used ({error}); check [transfer] ca_file"
                raise TransferRefused(what) from error
        return context


def of_os_error(error: OSError, address: Address) -> TransferBroken:
    """The same failure in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        what = f"{address.where} cannot prove who it is ({error.verify_message}); check its certificate and our clock"
        return TransferBroken(what)
    if isinstance(error, ssl.SSLError):
        return TransferBroken(f"{address.where}: no TLS connection came about ({error.reason})")
    if isinstance(error, TimeoutError):
        return TransferBroken(f"{address.where} fell silent")
    return TransferBroken(f"{address.where}: the connection broke ({error})")
