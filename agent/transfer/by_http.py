"""Files by http and https, with the standard library. Blocks: for a thread."""

from __future__ import annotations

import http.client
import re
from base64 import b64encode
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

from agent.errors import TransferBroken, TransferDenied
from agent.transfer.addresses import Address, Scheme
from agent.transfer.connecting import SILENT_AT_MOST_S, Line
from agent.transfer.part import Part

BLOCK_BYTES = 64 * 1024
MOST_REDIRECTS = 3
FORM_BOUNDARY = "evse-agent-7c1d5f0e2b9a4683"
MOVED_FOR_GET = (301, 302, 303, 307, 308)
MOVED_FOR_ALL = (307, 308)
"""With these a file may be sent again; the others turn a request into a question."""
DENIALS = (401, 403, 407)
LEFT_ALONE_S = 60.0
"""A file that changed in the same second has the same date; a minute allows for two clocks (RFC 7232, 2.2.2)."""
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
    for _ in range(MOST_REDIRECTS + 2):
        moved_to = _fetched(address, Part(file, address, line), line)
        if moved_to is None:
            return
        address = address.redirected(moved_to)
    raise TransferBroken(f"{address.where} sends us round in circles")


def _fetched(address: Address, part: Part, line: Line) -> str | None:
    """Where it is instead, or the same once more to begin anew; None where it came."""
    version, had = part.held()
    # Without a word from the server on the version of the half there is, the other half may belong to another file.
    ranged = {"Range": f"bytes={had}-", "If-Range": version} if had else {}
    connection = _Connection(address, line)
    try:
        connection.request("GET", address.target, headers=_credentials(address) | ranged | {"Connection": "close"})
        answer = connection.getresponse()
        if answer.status in MOVED_FOR_GET:
            return answer.getheader("Location", "")
        goes_on = answer.status == 206 and _is_rest_of(answer, version, had)
        if had and answer.status in (206, 416) and not goes_on:
            part.forget()
            return address.target
        _judge(answer.status, address)
        if answer.status == 206 and not goes_on:
            raise TransferBroken(f"{address.where} sends a part where the whole was asked for")
        if not goes_on:
            version, had = _version(answer), 0
        expected = None if answer.length is None else had + answer.length
        with part.writing(version=version, had=had, expected=expected) as take:
            while block := answer.read1(BLOCK_BYTES):
                take(block)
        return None
    finally:
        connection.close()


def _version(answer: http.client.HTTPResponse) -> str:
    """What proves later that the file is still the same, "" where nothing does (RFC 9110, 13.1.5).

    A weak tag proves nothing, and a date only where the file had been left alone for a while (8.8.2.2).
    """
    if answer.getheader("Accept-Ranges", "bytes") == "none":
        return ""
    tag, changed = answer.getheader("ETag", ""), answer.getheader("Last-Modified", "")
    if tag:
        return tag if _STRONG_TAG.fullmatch(tag) else ""
    try:
        age = parsedate_to_datetime(answer.getheader("Date", "")) - parsedate_to_datetime(changed)
    except (TypeError, ValueError):
        return ""
    return changed if age.total_seconds() >= LEFT_ALONE_S and changed.isprintable() else ""


def _is_rest_of(answer: http.client.HTTPResponse, version: str, had: int) -> bool:
    """Whether a partial answer begins where we stopped; servers that do not know If-Range send the rest of any file."""
    found = _RANGE.fullmatch(answer.getheader("Content-Range", ""))
    now = answer.getheader("ETag" if version.startswith('"') else "Last-Modified", version)
    return found is not None and int(found[1]) == had and now == version


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
