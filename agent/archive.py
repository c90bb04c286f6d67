"""An entry of a tar archive in which every octet is determined: a bundle may be looked at, and made again, anywhere."""

from __future__ import annotations

ENTRY_MODE = 0o600


def entry(name: str, content: bytes, at_s: int) -> bytes:
    """As it stands in the archive: a head, the content, and what fills the last of its blocks. `at_s`: UTC seconds."""
    import tarfile  # loaded when an archive is made for the first time

    head = tarfile.TarInfo(name)
    head.size, head.mtime, head.mode = len(content), at_s, ENTRY_MODE
    return head.tobuf(tarfile.USTAR_FORMAT) + content + b"\0" * (-len(content) % tarfile.BLOCKSIZE)
