"""A look at the file of a firmware image before anything of it leaves for the board. Runs in `evsectl`.

The layout is that of docs/firmware-update.md. The board verifies all of it again, and the signature, which only it can.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

from agent.errors import BadRequest

MAGIC = b"EVPB"
FORMAT = 1
HEADER = struct.Struct("<4sHHI32s64s")
MANIFEST_MOST = 12_288
CONTENT_MOST = 600_000
KEY_BEGINS = b"-----BEGIN"
HOW = "make one: python -m tools.firmware_image build, then sign"


def checked_size(file: Path) -> int:
    """The bytes of a whole and signed image. Raises BadRequest with what is wrong."""
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            start = opened.read(HEADER.size + MANIFEST_MOST)
    except OSError as error:
        raise BadRequest(f"{file} cannot be read ({error.strerror})") from error
    wrong = problem(start, size)
    if wrong:
        raise BadRequest(f"{file}: {wrong}")
    return size


def problem(start: bytes, size: int) -> str:
    """What is wrong with a file of `size` bytes; "" is nothing. `start` holds its header and manifest at least."""
    if start.startswith(KEY_BEGINS):
        return "this is a key and no firmware image; a private key belongs where images are signed, and never here"
    if not start.startswith(MAGIC):
        return f"this is no firmware image, it does not begin with {MAGIC.decode()}; {HOW}"
    if len(start) < HEADER.size:
        return f"the image is cut off: it has {size} bytes, its header alone has {HEADER.size}"
    _, form, manifest_bytes, content_bytes, digest, signature = HEADER.unpack_from(start)
    whole = HEADER.size + manifest_bytes + content_bytes
    if form != FORMAT:
        return f"the image has format {form}; the board takes format {FORMAT}"
    if manifest_bytes > MANIFEST_MOST or content_bytes > CONTENT_MOST:
        return f"the image announces {whole} bytes, more than the board takes"
    if size < whole:
        return f"the image is cut off: it has {size} bytes, its header announces {whole}"
    if size > whole:
        return f"the image has {size} bytes, and its header announces {whole}; copy it anew"
    if hashlib.sha256(start[HEADER.size : HEADER.size + manifest_bytes]).digest() != digest:
        return "the image is damaged: its manifest is not the one that its header names; copy it anew"
    if not any(signature):
        return "the image is not signed; next: python -m tools.firmware_image sign"
    return ""
