"""What a proof must be made for: new at each start and after each proof that was accepted, so that none works twice."""

import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link import Identity

HASH_BLOCK = 64


class Challenge:
    """Board, serial number, boot id and a count, as text. The serial number is written at manufacture."""

    def __init__(self, identity: "Identity", serial: "bytes | None") -> None:
        self._words = (identity.board, words_of(serial), identity.boot_id)
        self._count = 0

    def text(self) -> bytes:
        """As it is now."""
        return " ".join(self._words + (str(self._count),)).encode()  # noqa: RUF005  # MicroPython has no such star

    def use_up(self) -> None:
        """A proof for it was accepted: that one is good no more."""
        self._count += 1


def words_of(serial: "bytes | None") -> str:
    """The serial number as one printable word, "-" where there is none."""
    printable = [chr(byte) for byte in serial or b"" if 0x20 < byte < 0x7F]
    return "".join(printable) or "-"


def keyed_hash(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) with a key of at most 64 bytes."""
    padded = key + bytes(HASH_BLOCK - len(key))
    inner = hashlib.sha256(bytes([byte ^ 0x36 for byte in padded]) + message).digest()
    proof: bytes = hashlib.sha256(bytes([byte ^ 0x5C for byte in padded]) + inner).digest()
    return proof


def are_same(one: bytes, other: bytes) -> bool:
    """Compares in a time that says nothing about where they differ."""
    difference = len(one) ^ len(other)
    for mine, theirs in zip(one, other):  # noqa: B905  # MicroPython's zip has no such argument
        difference |= mine ^ theirs
    return difference == 0
