"""The files of `evsectl board`: a signature or an image read piece by piece for the agent, tables written as CSV.

They are opened by `evsectl`, with the rights of its user; the agent sees what it asks for and no path. A question is a
text such as "image 108 400": so many bytes from a place on, answered in base64.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from agent.control.verb import Arguments
from agent.control.wire import Body
from agent.errors import BadRequest

SIGNATURE = "signature"
SIZE = "image size"
SIGNATURE_BYTES = 64
PIECE_MOST = 700
"""Bytes; as base64 they fit into one answer."""
IMAGE_MOST = 1 << 20


def question(at: int, length: int) -> str:
    """For a piece of the image."""
    return f"image {at} {length}"


def size_of(answer: str) -> int:
    """The answer to SIZE. Raises BadRequest."""
    if not answer.isdecimal() or not 0 < int(answer) <= IMAGE_MOST:
        raise BadRequest(f"image: its size must be 1 to {IMAGE_MOST} bytes")
    return int(answer)


def piece_of(answer: str, length: int) -> bytes:
    """The answer to `question`. Raises BadRequest."""
    piece = _bytes(answer, "image")
    if len(piece) != length:
        raise BadRequest(f"image: {len(piece)} bytes came where {length} were asked for; has the file changed?")
    return piece


def signature_of(answer: str) -> bytes:
    """The answer to SIGNATURE. Raises BadRequest."""
    signature = _bytes(answer, "signature")
    if len(signature) != SIGNATURE_BYTES:
        raise BadRequest(f"signature: {len(signature)} bytes; an Ed25519 signature has {SIGNATURE_BYTES}")
    return signature


def _bytes(answer: str, name: str) -> bytes:
    try:
        return b64decode(answer, validate=True)
    except (Base64Error, ValueError) as error:
        raise BadRequest(f"{name}: an answer in base64 is needed") from error


# --- in evsectl


def supply_signature(arguments: Arguments, asked: str) -> str:
    """The content of the signature's file, be it raw or hexadecimal digits."""
    if asked != SIGNATURE:
        raise BadRequest(f'the agent asks for "{asked[:40]}"; are evsectl and the agent of the same release?')
    return b64encode(signature_in(arguments)).decode()


def signature_in(arguments: Arguments) -> bytes:
    """The content of the signature's file. Raises BadRequest."""
    content = _content(Path(str(arguments["signature"])), 0, 4 * SIGNATURE_BYTES)
    if len(content) != SIGNATURE_BYTES:
        try:
            content = bytes.fromhex(content.decode("ascii"))
        except ValueError:
            raise BadRequest("signature: neither 64 bytes nor their hexadecimal digits are in the file") from None
    return content


def supply_image(arguments: Arguments, asked: str) -> str:
    """A piece of the image's file, or its size once it was found whole and signed."""
    if asked == SIZE:
        return str(size_in(arguments))
    file = Path(str(arguments["image"]))
    words = asked.split()
    if len(words) != 3 or words[0] != "image" or not (words[1] + words[2]).isdecimal() or int(words[2]) > PIECE_MOST:
        raise BadRequest(f'the agent asks for "{asked[:40]}"; are evsectl and the agent of the same release?')
    return b64encode(_content(file, int(words[1]), int(words[2]))).decode()


def size_in(arguments: Arguments) -> int:
    """The size of the image's file once it was found whole and signed. Raises BadRequest."""
    from agent.control.board_image import checked_size

    return checked_size(Path(str(arguments["image"])))


def place_of_csv(arguments: Arguments) -> None:
    """Before the board is asked: its record of a trip is gone with the next one. Raises BadRequest."""
    from agent.control import papers

    if "csv" in arguments:
        papers.look(str(arguments["csv"]))


def keep_capture(arguments: Arguments, body: Body) -> Body:
    """With what the samples show, and without them where they went into a file."""
    from agent.control.waveform import waveform

    step_us, levels_mv = body["step_us"], body["levels_mv"]
    shown = asdict(waveform([level / 1000 for level in levels_mv], step_us / 1e6))
    kept = {"connector": body["connector"], "step_us": step_us, "samples": len(levels_mv), **shown}
    if "csv" not in arguments:
        return {**kept, "levels_mv": levels_mv}
    rows = ((place * step_us, level / 1000) for place, level in enumerate(levels_mv))
    return {**kept, "csv": _written(str(arguments["csv"]), ("time_us", "pilot_v"), rows)}


def keep_evidence(arguments: Arguments, body: Body) -> Body:
    """As it came, and in a file."""
    if "csv" not in arguments:
        return body
    return {**body, "csv": _written(str(arguments["csv"]), body["columns"], body["rows"])}


def _written(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The name of the file. Raises BadRequest where it cannot be written."""
    import csv

    try:
        with Path(name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(rows)
    except OSError as error:
        raise BadRequest(f"csv: {name} cannot be written ({error.strerror})") from error
    return name


def _content(file: Path, at: int, length: int) -> bytes:
    try:
        with file.open("rb") as opened:
            opened.seek(at)
            return opened.read(length)
    except OSError as error:
        raise BadRequest(f"{file} cannot be read ({error.strerror})") from error
