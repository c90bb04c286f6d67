"""Files by http and https, with the standard library. Blocks: for a thread."""

from __future__ import annotations

import http.client
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

from agent.errors import TransferBroken, TransferDenied, TransferRefused
from agent.transfer.addresses import Address, Scheme
from agent.transfer.connecting import SILENT_AT_MOST_S, Line

BLOCK_BYTES = 64 * 1024
MOST_REDIRECTS = 3
FORM_BOUNDARY = "evse-agent-7c1d5f0e2b9a4683"
MOVED_FOR_GET = (301, 302, 303, 307, 308)
MOVED_FOR_ALL = (307, 308)
"""With these a file may be sent again; the others turn a request into a question."""
DENIALS = (401, 403, 407)
_STRONG_TAG = re.compile(r'"[\x21\x23-\x7e]{0,200}"')
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class _Connection(http.client.HTTPConnection):
    """One whose socket is made by our rules."""

    def __init__(self, address: Address, line: Line) -> None:
        super().__init__(address.host, address.port, timeout=SILENT_AT_MOST_S)
        self._address = address
        self._line = line

    def connect(self) -> None:
        plain = self._line.connect(self._address)
        if self._address.scheme is Scheme.HTTP:
            self.sock = plain
            return
        try:
            self.sock = self._line.encrypt(plain, self._address, self._line.tls())
        except BaseException:
            plain.close()
            raise


def send(file: Path, address: Address, file_name: str, line: Line) -> None:
    """Send `file`; into a folder under `file_name`. Raises TransferError, OSError, http.client.HTTPException."""
    target = address.named(file_name)
    for _ in range(MOST_REDIRECTS + 1):
        moved_to = _sent(file, target, file_name, line)
        if moved_to is None:
            return
        target = target.redirected(moved_to)
    raise TransferBroken(f"{address.where} sends us round in circles")


def _sent(file: Path, address: Address, file_name: str, line: Line) -> str | None:
    """Where to send it instead; None where it was taken."""
    head, tail, kind = _form(file_name) if line.rules.posts else (b"", b"", "application/octet-stream")
    length = len(head) + file.stat().st_size + len(tail)
    headers = _credentials(address) | {"Content-Type": kind, "Content-Length": str(length), "Connection": "close"}
    connection = _Connection(address, line)
    try:
        method = "POST" if line.rules.posts else "PUT"
        connection.request(method, address.target, body=_body(file, head, tail, line), headers=headers)
        answer = connection.getresponse()
        if answer.status in MOVED_FOR_ALL:
            return answer.getheader("Location", "")
        _judge(answer.status, address)
        return None
    finally:
        connection.close()


def _body(file: Path, head: bytes, tail: bytes, line: Line) -> Iterator[bytes]:
    yield head
    with file.open("rb") as opened:
        while block := opened.read(BLOCK_BYTES):
            line.check()
            yield block
    yield tail


def _form(file_name: str) -> tuple[bytes, bytes, str]:
    """What stands before and behind the file in a form (RFC 7578), and the kind of content. The name is our own."""
    head = (
        f'--{FORM_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode(), f"\r\n--{FORM_BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={FORM_BOUNDARY}"


def fetch(address: Address, file: Path, line: Line) -> None:
    """Fetch into `file`, going on where an earlier try stopped if the server can.

    Raises TransferError, OSError, http.client.HTTPException.
    """
    for _ in range(MOST_REDIRECTS + 1):
        moved_to = _fetched(address, file, line)
        if moved_to is None:
            return
        address = address.redirected(moved_to)
    raise TransferBroken(f"{address.where} sends us round in circles")


def _fetched(address: Address, file: Path, line: Line) -> str | None:
    """Where it is instead; None where it came."""
    version = file.with_name(f"{file.name}.version")
    had = file.stat().st_size if file.exists() and version.exists() else 0
    # Without a word from the server on the version of the half there is, the other half may belong to another file.
    ranged = {"Range": f"bytes={had}-", "If-Range": version.read_text()} if had else {}
    connection = _Connection(address, line)
    try:
        connection.request("GET", address.target, headers=_credentials(address) | ranged | {"Connection": "close"})
        answer = connection.getresponse()
        if answer.status in MOVED_FOR_GET:
            return answer.getheader("Location", "")
        if answer.status == 416 and had:
            version.unlink(missing_ok=True)
            raise TransferBroken(f"{address.where} has no rest of the file; it is fetched anew")
        _judge(answer.status, address)
        goes_on = answer.status == 206 and _starts_at(answer) == had
        if answer.status == 206 and not goes_on:
            version.unlink(missing_ok=True)
            raise TransferBroken(f"{address.where} sends another part than was asked for")
        _note_version(answer, version, file, goes_on=goes_on)
        _take(answer, file, line, address, had=had if goes_on else 0)
        version.unlink(missing_ok=True)
        return None
    finally:
        connection.close()


def _note_version(answer: http.client.HTTPResponse, version: Path, file: Path, *, goes_on: bool) -> None:
    """Keep what proves later that the file is still the same; a weak tag proves nothing (RFC 9110, 13.1.5)."""
    if goes_on:
        return
    file.unlink(missing_ok=True)
    tag = answer.getheader("ETag", "")
    if _STRONG_TAG.fullmatch(tag) and answer.getheader("Accept-Ranges", "bytes") != "none":
        version.write_text(tag)
    else:
        version.unlink(missing_ok=True)


def _take(answer: http.client.HTTPResponse, file: Path, line: Line, address: Address, *, had: int) -> None:
    most, size = line.rules.largest_download_bytes, had
    expected = None if answer.length is None else had + answer.length
    if expected is not None and expected > most:
        raise TransferRefused(f"the file at {address.where} has {expected} bytes; at most {most} are fetched")
    with file.open("ab" if had else "wb") as opened:
        while block := answer.read1(BLOCK_BYTES):
            line.check()
            size += len(block)
            if size > most:
                raise TransferRefused(f"the file at {address.where} does not end; at most {most} bytes are fetched")
            opened.write(block)
    if expected is not None and size < expected:
        raise TransferBroken(f"{address.where} broke off after {size} of {expected} bytes")


def _starts_at(answer: http.client.HTTPResponse) -> int | None:
    found = _RANGE.fullmatch(answer.getheader("Content-Range", ""))
    return int(found[1]) if found else None


def _credentials(address: Address) -> dict[str, str]:
    if not address.user and address.password is None:
        return {}
    password = address.password.reveal() if address.password is not None else ""
    return {"Authorization": "Basic " + b64encode(f"{address.user}:{password}".encode()).decode()}


def _judge(status: int, address: Address) -> None:
    """Raises TransferError for anything but success."""
    if 200 <= status < 300:
        return
    what = f"{address.where} answered {status}"
    raise TransferDenied(what) if status in DENIALS else TransferBroken(what)
