"""The octets of an image: header, manifest, files. The board's end of it is `firmware/pilot_board/update.py`."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firmware_sim.firmware import load_module

UNSIGNED = bytes(64)


class ImageError(Exception):
    """What stands in the way, in words."""


@dataclass(frozen=True, slots=True)
class Image:
    """`signature` is of the SHA-256 of `manifest`; `content` is all files in the manifest's order."""

    manifest: bytes
    content: bytes
    signature: bytes = UNSIGNED

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.manifest).digest()

    def packed(self) -> bytes:
        """The octets of the image's file: the first `HEADER_BYTES` go into `image_begin`, the rest into blocks."""
        update = load_module("update")
        header = struct.pack(
            update.HEADER,
            update.MAGIC,
            update.FORMAT,
            len(self.manifest),
            len(self.content),
            self.digest,
            self.signature,
        )
        return header + self.manifest + self.content


def manifest_text(head: Mapping[str, str], files: Mapping[str, bytes]) -> bytes:
    """The one text for this head, in the board's order of names, and these files."""
    manifest = load_module("manifest")
    lines = [manifest.FIRST, *(f"{name} {head[name]}" for name in manifest.HEAD)]
    lines += [
        f"{manifest.FILE} {name} {len(files[name])} {hashlib.sha256(files[name]).hexdigest()}" for name in sorted(files)
    ]
    return "".join(line + "\n" for line in lines).encode()


def unpack(octets: bytes) -> Image:
    """The image in a file's octets; ImageError where it is none."""
    update = load_module("update")
    if len(octets) < update.HEADER_BYTES or not octets.startswith(update.MAGIC):
        raise ImageError("this is no firmware image: it does not begin with EVPB")
    _, format_, manifest_bytes, content_bytes, digest, signature = struct.unpack_from(update.HEADER, octets)
    if format_ != update.FORMAT:
        raise ImageError(f"format {format_} is unknown here; this tool reads format {update.FORMAT}")
    rest = octets[update.HEADER_BYTES :]
    if len(rest) != manifest_bytes + content_bytes:
        raise ImageError(f"{len(rest)} bytes follow the header, which announces {manifest_bytes + content_bytes}")
    image = Image(rest[:manifest_bytes], rest[manifest_bytes:], signature)
    if image.digest != digest:
        raise ImageError("the manifest is not the one that the header names")
    return image


def read_manifest(image: Image) -> Any:
    """The manifest as the board reads it, its files held against the contents. ImageError where something is wrong."""
    board = load_module("manifest")
    if len(image.manifest) > board.MOST_BYTES:
        raise ImageError(f"the manifest has {len(image.manifest)} bytes; the board takes {board.MOST_BYTES}")
    manifest = board.Manifest()
    try:
        for line in image.manifest.decode().split("\n")[:-1]:
            manifest.read(line)
        manifest.close()
    except ValueError as error:
        raise ImageError(f"the board would refuse the manifest: {error}") from error
    for name, content in files_of(manifest, image.content).items():
        digest = next(digest for other, _, digest in manifest.files if other == name)
        if hashlib.sha256(content).digest() != digest:
            raise ImageError(f"{name} is not the file that the manifest names")
    return manifest


def files_of(manifest: Any, content: bytes) -> dict[str, bytes]:
    """The contents cut into files."""
    if len(content) != manifest.content_bytes:
        raise ImageError(f"the files have {len(content)} bytes; the manifest names {manifest.content_bytes}")
    files = {}
    for name, size, _ in manifest.files:
        files[name], content = content[:size], content[size:]
    return files
