"""The board fed with written-down inputs, a line a step, so that what two interpreters make of them can be compared.

In, numbers and hexadecimal digits parted by blanks, "-" for None or no bytes:
`new NOW CAUSE VENTILATION` starts a board; `at NOW HIGH_MV LOW_MV SAMPLES_HIGH FROZEN MIRROR_OPEN CHAIN_OK BYTES` moves
the clock, sets the pins, brings bytes from the host, and polls once.
Out, a line for each of these: `DUE MODE DUTY COIL SIGNAL BYTES`, or `raised NAME` for a poll that raised.

As a program under either interpreter it goes from standard input to standard output.
"""

import sys
from binascii import hexlify, unhexlify

if __name__ == "__main__":
    HERE = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
    sys.path.insert(0, HERE)
    sys.path.insert(0, HERE + "/../pilot_board")

from board import Board
from fake_hal import FakeHal
from kind import VENTILATION, Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inputs import Inputs


def number_or_none(word: str) -> "int | None":
    return None if word == "-" else int(word)


class WrittenHal(FakeHal):
    """Pins that hold what the last line said; nothing moves by itself."""

    def __init__(self, now: int, reset_cause: str, ventilation: bool) -> None:
        super().__init__(now, reset_cause=reset_cause, kind=Kind(has=VENTILATION if ventilation else 0))
        self.window: tuple[int, int | None, int, bool] = (0, None, 0, False)
        self.mirror = False
        self.chain = False

    def read(self, inputs: "Inputs") -> bool:
        super().read(inputs)
        inputs.high_mv, inputs.low_mv, inputs.samples_high, inputs.frozen = self.window
        inputs.mirror_open = self.mirror
        return True


class Player:
    """Takes line after line. Before the first `new` there is no board: ValueError."""

    def __init__(self) -> None:
        self.hal: WrittenHal | None = None
        self.board: Board | None = None

    def take(self, line: str) -> str:
        """What the board did with this line."""
        kind, *words = line.split(" ")
        try:
            if kind == "new":
                return self._start(words)
            return self._step(words)
        except Exception as error:  # noqa: BLE001  # whatever a firmware can raise is what is looked for
            return "raised " + type(error).__name__

    def _start(self, words: "list[str]") -> str:
        self.hal = WrittenHal(int(words[0]), words[1], words[2] == "1")
        self.board = Board(self.hal)
        return self._told(self.hal, self.hal.now)

    def _step(self, words: "list[str]") -> str:
        hal, board = self.hal, self.board
        if hal is None or board is None:
            raise ValueError("no board yet")
        hal.now = int(words[0])
        hal.window = (int(words[1]), number_or_none(words[2]), int(words[3]), words[4] == "1")
        hal.mirror = words[5] == "1"
        hal.chain = words[6] == "1"
        hal.to_board = b"" if words[7] == "-" else unhexlify(words[7])
        return self._told(hal, board.poll())

    def _told(self, hal: WrittenHal, due: int) -> str:
        written, hal.from_board = hal.from_board, bytearray()
        hal.history.clear()
        numbers = (due, hal.mode, hal.duty, hal.coil_mode, hal.signal)
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
