"""The board fed with written-down inputs, a line a step, so that what two interpreters make of them can be compared.

In, words parted by blanks, "-" for None or no bytes:
`kept NAME HEX` is what the next board's storage holds before its first start;
`new NOW CAUSE HAS RATED_DA PHASES EARTHING OPEN_PEN RESIDUAL SENSORS WAKE_UP_S` starts a board of that kind;
`again NOW CAUSE` starts it anew, with what it has kept;
`at NOW PINS... BYTES` moves the clock, sets all pins (the words of `boards/pin_line.py`), brings bytes from the host,
and polls once.
Out, a line for each of these: `DUE MODE DUTY COIL SIGNAL LOCK TEST RESETS CUT KEPT BYTES`, or `raised NAME` for a poll
that raised. KEPT is a checksum of what was written to the storage meanwhile, 0 for nothing.

As a program under either interpreter it goes from standard input to standard output.
"""

import gc
import sys
from binascii import crc32, hexlify, unhexlify

if __name__ == "__main__":
    HERE = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
    sys.path.insert(0, HERE)
    sys.path.insert(0, HERE + "/../pilot_board")

from board import Board
from boards.pin_line import take
from fake_hal import FakeHal, copy_pins
from kind import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inputs import Inputs


def kind_of(words: "list[str]") -> Kind:
    """The words of `new` from HAS on."""
    has, rated_da, phases, earthing, open_pen, residual, sensors, wake_up_s = words
    return Kind(
        has=int(has),
        rated_da=int(rated_da),
        phases=int(phases),
        earthing=earthing,
        open_pen=open_pen == "1",
        residual=residual,
        sensors=int(sensors),
        wake_up_s=int(wake_up_s),
        second_wake_up=True,
    )


class WrittenHal(FakeHal):
    """Pins that hold what the last line said; under MicroPython nothing moves by itself."""

    def read(self, inputs: "Inputs") -> bool:
        copy_pins(self.pins, inputs)
        return True


class Player:
    """Takes line after line. Before the first `new` there is no board: ValueError."""

    def __init__(self) -> None:
        self.hal: WrittenHal | None = None
        self.board: Board | None = None
        self._kept: dict[str, bytes] = {}
        self._kind = Kind()

    def take(self, line: str) -> str:
        """What the board did with this line."""
        what, *words = line.split(" ")
        try:
            if what == "at":
                return self._step(words)
            if what == "kept":
                self._kept[words[0]] = unhexlify(words[1])
                return "kept"
            if what == "new":
                self._kind = kind_of(words[2:])
                kept, self._kept = self._kept, {}
                return self._start(int(words[0]), words[1], kept)
            return self._start(int(words[0]), words[1], {} if self.hal is None else self.hal.kept)
        except Exception as error:  # noqa: BLE001  # whatever a firmware can raise is what is looked for
            return "raised " + type(error).__name__

    def _start(self, now: int, cause: str, kept: "dict[str, bytes]") -> str:
        self.board = None
        self.hal = WrittenHal(now, reset_cause=cause, kind=self._kind)
        self.hal.kept = kept
        if sys.implementation.name == "micropython":
            # The board of before has to be gone before there is room for another one. CPython has let it go by itself,
            # and would look through all that the tests of today have imported.
            gc.collect()
        self.board = Board(self.hal)
        return self._told(self.hal, now)

    def _step(self, words: "list[str]") -> str:
        hal, board = self.hal, self.board
        if hal is None or board is None:
            raise ValueError("no board yet")
        hal.now = int(words[0])
        take([word.encode() for word in words[1:-1]], hal.pins)
        hal.to_board = b"" if words[-1] == "-" else unhexlify(words[-1])
        return self._told(hal, board.poll())

    def _told(self, hal: WrittenHal, due: int) -> str:
        written, hal.from_board = hal.from_board, bytearray()
        hal.history.clear()
        kept = crc32(b"".join([name.encode() + content for name, content in hal.writes]))
        hal.writes.clear()
        numbers = (
            due, hal.mode, hal.duty, hal.coil_mode, hal.signal, hal.lock_drive, int(hal.residual_testing),
            hal.residual_resets, int(hal.disconnected), kept,
        )  # fmt: skip
        return " ".join([str(number) for number in numbers]) + " " + (hexlify(written).decode() or "-")


def main() -> None:
    """Until the input ends."""
    player = Player()
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        sys.stdout.write(player.take(line.rstrip("\n")) + "\n")


if __name__ == "__main__":
    main()
