"""`python -m tools.firmware_image key|build|sign|show|lay-out …`: firmware images for the pilot board.

    python -m tools.firmware_image key board.pem                       the private key; keep it off every charger
    python -m tools.firmware_image build --key board.pem out.img       from firmware/pilot_board
    python -m tools.firmware_image sign --key board.pem out.img
    python -m tools.firmware_image show out.img --key board.pub
    python -m tools.firmware_image lay-out out.img --key board.pem FOLDER     a board's file system as delivered

Exit codes: 0 done, 1 the image is not good, 2 wrong use.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from firmware_sim.firmware import FIRMWARE
from tools.firmware_image.build import PLATFORMS, build, lay_out
from tools.firmware_image.keys import key_id, make_key, read_private, read_public, verifies
from tools.firmware_image.layout import UNSIGNED, Image, ImageError, read_manifest, unpack


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m tools.firmware_image", description=__doc__.partition("\n")[0])
    verbs = top.add_subparsers(dest="verb", required=True)
    key = verbs.add_parser("key", help="make a private key; prints the public one")
    key.add_argument("file", type=Path)
    made = verbs.add_parser("build", help="an unsigned image from the source")
    made.add_argument("image", type=Path)
    made.add_argument("--key", type=Path, required=True, help="private or public key that the image names")
    made.add_argument("--source", type=Path, default=FIRMWARE)
    made.add_argument("--platform", choices=sorted(PLATFORMS), default="rp2", help="rp2 is the board, linux a process")
    made.add_argument("--epoch", type=int, default=0, help="raise it when older images must never run again")
    signed = verbs.add_parser("sign", help="put the signature into an image")
    signed.add_argument("image", type=Path)
    signed.add_argument("--key", type=Path, required=True)
    shown = verbs.add_parser("show", help="what an image holds, and whether it is whole and signed")
    shown.add_argument("image", type=Path)
    shown.add_argument("--key", type=Path, help="check the signature with this key")
    laid = verbs.add_parser("lay-out", help="a board's file system: loader, program, key for updates")
    laid.add_argument("image", type=Path)
    laid.add_argument("folder", type=Path)
    laid.add_argument("--key", type=Path, required=True)
    return top


def read_image(path: Path) -> Image:
    try:
        return unpack(path.read_bytes())
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror}") from error


def sign(path: Path, key: Path) -> None:
    """Sign an image in its place; a key that the image does not name is a mistake."""
    image = read_image(path)
    private = read_private(key)
    named, ours = read_manifest(image).head["key"], key_id(private.public_key().public_bytes_raw())
    if named != ours:
        raise ImageError(f"the image names key {named}, this one is {ours}; build it for this key")
    path.write_bytes(replace(image, signature=private.sign(image.digest)).packed())


def show(path: Path, key: Path | None) -> None:
    """Print the head and the sizes; ImageError where a signature is asked for and does not fit."""
    image = read_image(path)
    manifest = read_manifest(image)
    for name, word in manifest.head.items():
        print(f"{name:10}{word}")
    print(f"{'files':10}{len(manifest.files)}, {manifest.content_bytes} bytes")
    print(f"{'digest':10}{image.digest.hex()}")
    if image.signature == UNSIGNED:
        print("not signed; next: python -m tools.firmware_image sign")
    elif key is None:
        print("signed; --key FILE checks by whom")
    if key is None:
        return
    if not verifies(read_public(key), image.digest, image.signature):
        raise ImageError(f"the signature is not one of {key}")
    print("signed by this key")


def delivered(path: Path, key: Path, folder: Path) -> None:
    """A board's file system, in a folder that holds none: what lies there may be latches and counters of a board."""
    image, public = read_image(path), read_public(key)
    if not verifies(public, image.digest, image.signature):
        raise ImageError(f"{path} is not signed by {key}, whose updates the board would take; first: sign")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ImageError(f"{folder} is there and not empty; name a new folder, or remove that one first")
    lay_out(image, public, folder)


def run(arguments: argparse.Namespace) -> None:
    match arguments.verb:
        case "key":
            print(make_key(arguments.file).hex())
        case "build":
            made = build(arguments.source, arguments.platform, arguments.epoch, key_id(read_public(arguments.key)))
            arguments.image.write_bytes(made.packed())
            print(f"{arguments.image}: {len(made.packed())} bytes, not signed")
        case "sign":
            sign(arguments.image, arguments.key)
            print(f"{arguments.image}: signed")
        case "show":
            show(arguments.image, arguments.key)
        case "lay-out":
            delivered(arguments.image, arguments.key, arguments.folder)
            print(f"{arguments.folder}: copy it to the root of the board's file system")


def main(words: Sequence[str] | None = None) -> int:
    """The exit code."""
    arguments = parser().parse_args(words)
    try:
        run(arguments)
    except ImageError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
