"""What outlives a loss of power: named contents, each with a checksum, so that damage is never taken for content."""

from binascii import crc32

from kind import STORAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hal import Hal

CHECKSUM_BYTES = 4


def sealed(content: bytes) -> bytes:
    """`content` with its CRC-32 behind it, the lowest byte first."""
    checksum: int = crc32(content)
    return content + checksum.to_bytes(CHECKSUM_BYTES, "little")


def unsealed(kept: bytes) -> "bytes | None":
    """The content of what `sealed` made; None where it is none."""
    content = kept[:-CHECKSUM_BYTES]
    return content if len(kept) > CHECKSUM_BYTES and sealed(content) == kept else None


class Storage:
    """The board's storage, or its absence: then nothing was ever kept, and keeping fails."""

    def __init__(self, hal: "Hal") -> None:
        self._hal = hal
        self.is_fitted = hal.kind.fits(STORAGE)

    def recall(self, name: str) -> "bytes | None":
        """What was kept under this name, b"" where nothing was, None where it cannot be read."""
        if not self.is_fitted:
            return b""
        try:
            return self._hal.recall(name)
        except OSError:
            return None

    def keep(self, name: str, content: bytes) -> bool:
        """Whether it is kept now. Takes longer than the charge pump endures: only while the coil has no current."""
        if not self.is_fitted:
            return False
        try:
            self._hal.keep(name, content)
        except OSError:
            return False
        return True
