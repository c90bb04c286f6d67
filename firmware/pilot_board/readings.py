"""What the host may read of the board, cut into blocks: content is made piece by piece, as it is asked for."""

import struct

from answers import UNKNOWN
from boards.pin_line import FIELDS
from calibration import NAME as CALIBRATION
from kind import CAPTURE
from messages import MAX_CONTENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence import Evidence
    from hal import Hal
    from inputs import Inputs
    from residual import Residual
    from situation import Situation
    from storage import Storage

NONE = -0x8000_0000
"""A reading that there is not, in `measures`."""
CAPTURE_HEAD = "<HH"
CAPTURE_HEAD_BYTES = struct.calcsize(CAPTURE_HEAD)


def blocks(size: int) -> int:
    """How many blocks so many bytes need."""
    return -(-size // MAX_CONTENT)


def measures(inputs: "Inputs") -> bytes:
    """All readings in the order of `pin_line.FIELDS`, 32 bits each, signed, the lowest byte first."""
    numbers: list[int] = []
    for name in FIELDS:
        field = getattr(inputs, name)
        numbers.extend(field if isinstance(field, tuple) else (field,))
    return b"".join([struct.pack("<i", NONE if number is None else int(number)) for number in numbers])


class Capture:
    """Raw pilot samples of one moment: microseconds between two and their number (2 bytes each), then the samples."""

    def __init__(self) -> None:
        self._head = b""
        self._samples = b""

    def take(self, step_us: int, samples: bytes) -> None:
        """Whatever was taken before is gone."""
        self._head = struct.pack(CAPTURE_HEAD, step_us, len(samples) // 2)
        self._samples = samples

    def drop(self) -> None:
        """Give the memory back before the next ones are taken: there may not be room for both."""
        self._head = self._samples = b""

    def size(self) -> int:
        return len(self._head) + len(self._samples)

    def read(self, at: int, size: int) -> bytes:
        """A piece."""
        piece = self._head[at : at + size]
        start = max(0, at - len(self._head))
        return piece + self._samples[start : start + size - len(piece)]


class Reader:
    """Answers what is asked for block by block; the first block, number 0, takes what changes by itself."""

    def __init__(
        self,
        hal: "Hal",
        situation: "Situation",
        storage: "Storage",
        evidence: "Evidence",
        residual: "Residual | None" = None,
    ) -> None:
        self._hal = hal
        self._situation = situation
        self._storage = storage
        self._evidence = evidence
        self._residual = residual
        self._capture = Capture()

    def block(self, what: str, number: int, now: int) -> "tuple[int, bytes] | int":
        """How many blocks there are, and this one; or a place in `messages.RESULTS`. Nothing kept is no block."""
        if what == "evidence":
            size = self._evidence.size()
            return self._cut(size, number, lambda at, most: self._evidence.read(at, most, now))
        if what == "capture":
            if not self._hal.kind.fits(CAPTURE):
                return UNKNOWN
            if number == 0:
                self._capture.drop()
                self._capture.take(*self._hal.samples())
            return self._cut(self._capture.size(), number, self._capture.read)
        content = self._content(what)
        if content is None:
            return UNKNOWN
        return self._cut(len(content), number, lambda at, most: content[at : at + most])

    def _cut(self, size: int, number: int, read: "Callable[[int, int], bytes]") -> "tuple[int, bytes] | int":
        count = blocks(size)
        if number < count:
            return count, read(number * MAX_CONTENT, MAX_CONTENT)
        return UNKNOWN if number else (0, b"")

    def _content(self, what: str) -> "bytes | None":
        if what == "measures":
            return measures(self._situation.inputs)
        if what == "calibration":
            return self._storage.recall(CALIBRATION)
        if what == "configuration":
            return self._situation.kind.text().encode()
        if what == "travel":
            return self._situation.moves.text()
        if what == "residual_test":
            return None if self._residual is None else self._residual.text()
        if what == "counters":
            operations = getattr(self._situation, "operations", None)
            return None if operations is None else operations.packed()
        return None
