"""Whether the program's files are the ones that its manifest names: flash may forget a bit."""

import hashlib

from manifest import Manifest, ManifestError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PIECE = 512


def differs(manifest: bytes, folder: str, between: "Callable[[], None]") -> bool:
    """Compare every file of the manifest below `folder`; an unreadable manifest or file differs too.

    Without a manifest (b"") there is nothing to compare with. `between` is called after each piece: the watchdog waits.
    """
    if manifest == b"":
        return False
    try:
        for name, size, digest in _files(manifest):
            if _file_differs(folder + "/" + name, size, digest, between):
                return True
    except (ManifestError, OSError, UnicodeError):
        return True
    return False


def _files(text: bytes) -> "list[tuple[str, int, bytes]]":
    manifest = Manifest()
    lines = text.decode().split("\n")
    if lines.pop() != "":
        raise ManifestError("end")
    for line in lines:
        manifest.read(line)
    manifest.close()
    return manifest.files


def _file_differs(path: str, size: int, digest: bytes, between: "Callable[[], None]") -> bool:
    summed = hashlib.sha256()
    length = 0
    with open(path, "rb") as file:
        piece = file.read(PIECE)
        while piece:
            summed.update(piece)
            length += len(piece)
            between()
            piece = file.read(PIECE)
    return length != size or summed.digest() != digest
