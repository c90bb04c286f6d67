"""Sends and fetches files in a thread of their own; the loop only waits.

A transfer that is called off, or does not end in time, is cut at its sockets, so that its thread ends too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol

from agent.errors import TransferBroken, TransferRefused
from agent.transfer.addresses import FTP_KIND, Address, Scheme, read_address
from agent.transfer.connecting import Line, TransferRules, of_os_error

Deed = Callable[[Address, Line], None]


class Courier:
    """What the site allows decides about every transfer."""

    def __init__(self, rules: TransferRules) -> None:
        self._rules = rules

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        return self._rules.schemes

    async def send(self, file: Path, location: str, file_name: str) -> None:
        """Send `file` to `location`; into a folder under `file_name`. Raises TransferError."""
        await self._transfer(location, partial(_send, file, file_name), self._rules.upload_within_s)

    async def fetch(self, location: str, file: Path) -> None:
        """Fetch what is at `location` into `file`; what an earlier try left there is used. Raises TransferError."""
        await self._transfer(location, partial(_fetch, file), self._rules.download_within_s)

    async def _transfer(self, location: str, deed: Deed, within_s: float) -> None:
        address, line = read_address(location, self._rules.schemes), Line(self._rules)
        # One for each: a thread that waits for a silent name server holds up no other transfer.
        thread = ThreadPoolExecutor(1, "transfer")
        try:
            async with asyncio.timeout(within_s):
                await asyncio.get_running_loop().run_in_executor(thread, _done, address, line, deed)
        except TimeoutError as error:
            raise TransferBroken(f"{address.where} took longer than {within_s:g} s") from error
        finally:
            line.cut()
            thread.shutdown(wait=False)


def _done(address: Address, line: Line, deed: Deed) -> None:
    """In the thread: every failure in our own words."""
    # Loaded when first needed: a charger that was never asked for a file does not pay for them.
    import ftplib
    import http.client

    from agent.transfer.by_ftp import of_ftp_error

    try:
        deed(address, line)
    except ftplib.Error as error:
        raise of_ftp_error(error, address) from error
    except http.client.HTTPException as error:
        raise TransferBroken(f"{address.where} does not answer in HTTP ({type(error).__name__})") from error
    except EOFError as error:
        raise TransferBroken(f"{address.where} hung up") from error
    except OSError as error:
        line.check()
        raise of_os_error(error, address) from error


def _send(file: Path, file_name: str, address: Address, line: Line) -> None:
    size, most = file.stat().st_size, line.rules.largest_upload_bytes
    if size > most:
        raise TransferRefused(f"the file has {size} bytes; at most {most} are sent")
    _way(address).send(file, address, file_name, line)


def _fetch(file: Path, address: Address, line: Line) -> None:
    _way(address).fetch(address, file, line)


class _Way(Protocol):
    """A module that knows how."""

    def send(self, file: Path, address: Address, file_name: str, line: Line) -> None: ...

    def fetch(self, address: Address, file: Path, line: Line) -> None: ...


def _way(address: Address) -> _Way:
    from agent.transfer import by_ftp, by_http, by_sftp

    if address.scheme is Scheme.SFTP:
        return by_sftp
    return by_ftp if address.scheme in FTP_KIND else by_http
