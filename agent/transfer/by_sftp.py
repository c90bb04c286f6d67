"""Files by sftp, with asyncssh where it is installed. Blocks: for a thread, in which it keeps a loop of its own.

Nobody is believed at first sight: the server's key must stand in the site's file of known hosts. Nothing of the user's
own is used: no configuration, no agent and no keys but the one the site file names.
"""

from __future__ import annotations

import asyncio
import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import BadAddress, TransferBroken, TransferDenied, TransferError, TransferRefused, UnknownScheme
from agent.transfer.addresses import Address
from agent.transfer.connecting import CONNECTS_WITHIN_S, SILENT_AT_MOST_S, Line
from agent.transfer.part import Part

if TYPE_CHECKING:
    import asyncssh

LIBRARY = "asyncssh"
BLOCK_BYTES = 256 * 1024
"""Asked for as several requests at once, so that a long way does not slow it down."""
HOME = "/~/"
ALIVE_EVERY_S = SILENT_AT_MOST_S / 3


def is_installed() -> bool:
    """Whether the library is there; looked up without loading it."""
    return find_spec(LIBRARY) is not None


def send(file: Path, address: Address, file_name: str, line: Line) -> None:
    """Send `file`; into a folder under `file_name`. Raises TransferError, OSError."""
    path = _path(address.named(file_name))

    async def sent(sftp: asyncssh.SFTPClient) -> None:
        async with sftp.open(path, "wb") as remote:
            with file.open("rb") as opened:
                while block := opened.read(BLOCK_BYTES):
                    line.check()
                    await remote.write(block)

    _done(address, line, sent)


def fetch(address: Address, file: Path, line: Line) -> None:
    """Fetch into `file`, going on where an earlier try stopped. Raises TransferError, OSError."""
    path, part = _path(address), Part(file, address, line)

    async def fetched(sftp: asyncssh.SFTPClient) -> None:
        seen = await sftp.stat(path)
        version = f"{seen.size} {seen.mtime}" if None not in (seen.size, seen.mtime) else ""
        before, had = part.held()
        had = had if before == version else 0
        with part.writing(version=version, had=had, expected=seen.size) as take:
            async with sftp.open(path, "rb") as opened:
                remote: Any = opened  # its annotations know only text
                while block := await remote.read(BLOCK_BYTES, had):
                    take(block)
                    had += len(block)

    _done(address, line, fetched)


def _path(address: Address) -> str:
    """From the root; behind "/~/" from the folder of the login, as curl has it."""
    path = address.plain_path()
    return path.removeprefix(HOME) if path.startswith(HOME) else path


def _done(address: Address, line: Line, deed: Any) -> None:
    """Do it over a connection of its own; every failure of the library in our own words."""
    if not is_installed():
        raise UnknownScheme("files cannot travel by sftp here: pip install 'evse-agent[sftp]', or take sftp out")
    if not address.user:
        raise BadAddress("an address of sftp names the user; write sftp://USER@HOST/PATH")
    import asyncssh

    # The library's own notes would tell names and paths.
    logging.getLogger(LIBRARY).setLevel(logging.CRITICAL)
    try:
        asyncio.run(_connected(address, line, deed))
    except asyncssh.Error as error:
        line.check()
        raise _of_error(error, address) from error


async def _connected(address: Address, line: Line, deed: Any) -> None:
    import asyncssh

    seen: list[str] = []

    class Stranger(asyncssh.SSHClient):
        """Told of a key that is not among the known ones."""

        def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
            seen.append(key.get_fingerprint())
            return False

    options = {"known_hosts": _known_hosts(line), "client_keys": _keys(line), "password": _password(address, line)}
    try:
        connection, _ = await asyncssh.create_connection(
            Stranger,
            address.host,
            address.port,
            sock=line.connect(address),
            username=address.user,
            **options,
            config=None,
            agent_path=None,
            x509_trusted_certs=None,
            login_timeout=CONNECTS_WITHIN_S,
            keepalive_interval=ALIVE_EVERY_S,
        )
    except asyncssh.HostKeyNotVerifiable as error:
        shown = f" (it shows {seen[0]})" if seen else ""
        raise TransferRefused(
            f"{address.where} is not among the known hosts{shown}; if that is its key, add the line that "
            f"ssh-keyscan prints to [transfer] sftp_known_hosts_file"
        ) from error
    async with connection, connection.start_sftp_client() as sftp:
        await deed(sftp)


def _known_hosts(line: Line) -> asyncssh.SSHKnownHosts:
    """Raises TransferRefused for a file that cannot be used."""
    import asyncssh

    file = line.rules.sftp_known_hosts_file
    if file is None:
        raise TransferRefused("no server of sftp is known here; check [transfer] sftp_known_hosts_file")
    try:
        return asyncssh.import_known_hosts(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, asyncssh.Error) as error:
        raise TransferRefused(f"{file} cannot be used; check [transfer] sftp_known_hosts_file") from error


def _keys(line: Line) -> list[asyncssh.SSHKey] | None:
    """The charger's own key, where the site has one. Raises TransferRefused."""
    import asyncssh

    file = line.rules.sftp_key_file
    if file is None:
        return None
    try:
        return [asyncssh.import_private_key(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError, asyncssh.Error) as error:
        what = f"{file} holds no private key without a passphrase; check [transfer] sftp_key_file"
        raise TransferRefused(what) from error


def _password(address: Address, line: Line) -> str | None:
    """The one of the address; otherwise the site's."""
    if address.password is not None:
        return address.password.reveal()
    file = line.rules.sftp_password_file
    try:
        return None if file is None else file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise TransferRefused(f"{file} cannot be read; check [transfer] sftp_password_file") from error


def _of_error(error: asyncssh.Error, address: Address) -> TransferError:
    """Without the server's own text, which may repeat the path."""
    import asyncssh

    match error:
        case asyncssh.PermissionDenied():
            return TransferDenied(f"{address.where} does not take this user with that key or password")
        case asyncssh.SFTPPermissionDenied() | asyncssh.SFTPNoSuchFile() | asyncssh.SFTPNoSuchPath():
            return TransferDenied(f"{address.where} has no such file or folder for this user")
        case asyncssh.ConnectionLost():
            return TransferBroken(f"{address.where} hung up")
        case _:
            return TransferBroken(f"{address.where}: sftp failed ({type(error).__name__})")
