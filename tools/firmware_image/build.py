"""From the folder with the source to an unsigned image, and from an image to what lies on a board's file system."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from firmware_sim.firmware import FIRMWARE
from tools.firmware_image.layout import Image, ImageError, files_of, manifest_text, read_manifest

LOADER = FIRMWARE.parent / "loader"
PLATFORMS = {"rp2": ("boards/unix.py", "boards/pin_line.py"), "linux": ("boards/rp2040.py", "boards/sampling.py")}
"""What is left out for each `sys.platform` of MicroPython: pins that it has not."""
TABLE_HASH = "import sys; sys.path.insert(0, sys.argv[1]); from messages import table_hash; print(table_hash())"


def build(folder: Path, platform: str, epoch: int, key_id: str, *, board: str = "pilot-board") -> Image:
    """The image of the program in `folder`. ImageError where it is none, or more than the board takes."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.py"))
        if path.relative_to(folder).as_posix() not in PLATFORMS[platform]
    }
    head = {
        "version": version_of(folder),
        "board": board,
        "platform": platform,
        "epoch": str(epoch),
        "table": _table_hash(folder),
        "key": key_id,
    }
    image = Image(manifest_text(head, files), b"".join(files[name] for name in sorted(files)))
    read_manifest(image)
    return image


def version_of(folder: Path) -> str:
    """`FIRMWARE_VERSION` of the program's board.py."""
    try:
        tree = ast.parse((folder / "board.py").read_text())
    except OSError as error:
        raise ImageError(f"{folder}/board.py cannot be read: {error.strerror}") from error
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FIRMWARE_VERSION":
            return str(ast.literal_eval(node.value))
    raise ImageError(f"{folder}/board.py names no FIRMWARE_VERSION")


def _table_hash(folder: Path) -> str:
    command = [sys.executable, "-B", "-c", TABLE_HASH, str(folder)]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    if asked.returncode:
        raise ImageError(f"{folder}/messages.py does not tell the hash of its table: {asked.stderr.strip()[-200:]}")
    return asked.stdout.strip()


def lay_out(image: Image, public_key: bytes, folder: Path) -> None:
    """A board's file system as it is delivered: loader, slot a with this image, the key it will take updates from."""
    manifest = read_manifest(image)
    for name, content in {**files_of(manifest, image.content), "manifest": image.manifest}.items():
        path = folder / "a" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "main.py").write_bytes((LOADER / "loader.py").read_bytes())
    (folder / "slot_record.py").write_bytes((LOADER / "slot_record.py").read_bytes())
    (folder / "update_key").write_bytes(public_key)
