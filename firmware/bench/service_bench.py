"""A bench whose board keeps what it must over a restart, and a host that asks for more than it wishes."""

from bench import Bench
from board import Board
from challenge import keyed_hash
from hal import COIL_OFF, X1
from kind import CAPTURE, STORAGE, Kind
from messages import (
    ANSWER,
    ASK,
    ASKS,
    BLOCK,
    CLEAR,
    IDENTIFY,
    MAX_CONTENT,
    PUT,
    PUTS,
    RESULTS,
    TEST,
    TEST_STEPS,
    table_hash,
)
from watch import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOCAL_KEY = bytes(range(32))
ANSWERS_WITHIN_MS = 4_000
"""What a host waits: four times a second."""
FIRST_BOOT = 0x0BADCAFE
PAGE_MS = 5_000


class ServiceBench(Bench):
    """`service_key` is the public key that clears latches; the board's own storage is `hal.kept`."""

    def __init__(
        self, sparse: bool = False, service_key: bytes = b"", local_key: bytes = LOCAL_KEY, has: int = 0
    ) -> None:
        self.boots = 0
        self.number = 0
        super().__init__(sparse, kind=Kind(has=STORAGE | CAPTURE | has))
        # As manufacture leaves it: written before the first start that counts.
        self.hal.kept = {"service_key": service_key, "local_key": local_key, "serial": b"S-4711"}
        self.restart()

    def restart(self, cause: str = "soft") -> None:
        """The program starts anew on the same pins, the same car, the same contactor and the same storage."""
        self.boots += 1
        hal = self.hal
        hal.restarts = 0
        hal.coil(COIL_OFF)
        hal.cp_drive(X1, 0)
        hal.cp_disconnect(False)
        hal.residual_test(False)
        hal.to_board = b""
        hal._boot_id = "%08x" % (FIRST_BOOT + self.boots)
        hal._reset_cause = cause
        self.watch = Watch(hal)
        self.board = Board(hal)
        self._due = hal.now
        self.write(IDENTIFY, (1, table_hash()))
        self._poll()

    def ask(self, what: str, number: int = 0) -> "tuple[int, list[Any]]":
        """The reply to this question."""
        return self.request(ASK, (ASKS.index(what), number))

    def content(self, what: str) -> bytes:
        """All blocks of an answer, joined."""
        found: bytes = b""
        number = 0
        while True:
            kind, values = self.ask(what, number)
            assert kind == BLOCK, "no block " + str(number) + " of " + what
            assert len(values[4]) <= MAX_CONTENT
            found += values[4]
            number += 1
            if number >= values[3]:
                return found

    def put(self, what: str, content: bytes, number: int = 0) -> str:
        """What became of it."""
        return self.result(self.request(PUT, (PUTS.index(what), number, content)))

    def clear(self, code: int, operator: str, reason: str, signature: bytes) -> str:
        """What became of it."""
        return self.result(self.request(CLEAR, (code, operator, reason, signature)))

    def test(self, step: str, proof: bytes = b"", duty: int = 0) -> str:
        """What became of it."""
        result = self.result(self.request(TEST, (TEST_STEPS.index(step), proof, duty)))
        if result == "done":
            self.watch.tests(step)
        return result

    def begin_test(self, key: bytes = LOCAL_KEY) -> str:
        """With a proof by this key."""
        return self.test("begin", keyed_hash(key, self.content("challenge")))

    def result(self, reply: "tuple[int, list[Any]]") -> str:
        """The word of an answer."""
        assert reply[0] == ANSWER, "a block where an answer was due"
        return RESULTS[reply[1][1]]

    def run(self, milliseconds: int) -> None:
        """Let time pass, without keeping all that is said and driven meanwhile: the memory is small."""
        while milliseconds > PAGE_MS:
            super().run(PAGE_MS)
            milliseconds -= PAGE_MS
            self.hal.from_board = bytearray()
            self.hal.history.clear()
        super().run(milliseconds)

    def request(self, kind: int, fields: "tuple[object, ...]") -> "tuple[int, list[Any]]":
        """Say it once under a new number, and wait for the one reply."""
        self.number += 1
        self.messages()
        self.write(kind, (self.number,) + fields)  # noqa: RUF005  # MicroPython has no such star
        self._poll()
        replies = self.replies()
        start = self.hal.now
        while not replies:
            assert self.hal.now - start < ANSWERS_WITHIN_MS, "no answer"
            self.run(5)
            replies = self.replies()
        assert len(replies) == 1 and replies[0][1][0] == self.number
        return replies[0]

    def replies(self) -> "list[tuple[int, list[Any]]]":
        """Answers and blocks since the last look."""
        return [(kind, values) for kind, values in self.messages() if kind in (ANSWER, BLOCK)]

    def _poll(self) -> None:
        if self.hal.restarts:
            self.restart()
        if self.hal.hung:
            self.hal.hung = False
            self.restart("watchdog")
        super()._poll()
