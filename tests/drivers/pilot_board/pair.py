"""The agent's half of the link against the firmware's own half, no wire between them."""

from __future__ import annotations

from dataclasses import replace

from agent.drivers.pilot_board.conversation import (
    Conversation,
    Reply,
    Unanswered,
)
from agent.drivers.pilot_board.messages import PUTS, Put
from tests.drivers.pilot_board.paper_board import PaperBoard

STEP_S = 0.05
LEASE_S = 2.0


class Pair:
    """A conversation and a board; `carries` and `returns` say whether the wire does, each way."""

    def __init__(self, board: PaperBoard | None = None, start_s: float = 100.0) -> None:
        self.now = start_s
        self.sent: list[bytes] = []
        self.talk = Conversation(self.sent.append)
        self.board = board or PaperBoard()
        self.board.start(self.now_ms)
        self.carries = True
        self.returns = True
        self.noise = b""

    @property
    def now_ms(self) -> int:
        return round(self.now * 1000)

    def begin(self) -> Pair:
        self.talk.begin(self.now)
        self.exchange()
        return self

    def exchange(self) -> None:
        """Let the words of this instant go back and forth."""
        for _ in range(6):
            spoken = b"".join(self.sent)
            self.sent.clear()
            answer = self.board.turn(spoken if self.carries else b"", self.now_ms)
            heard = self.noise + (answer if self.returns else b"")
            self.noise = b""
            if heard:
                self.talk.hear(heard, self.now)

    def passes(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.now = round(self.now + STEP_S, 6)
            if self.talk.due_at is not None and self.now >= self.talk.due_at:
                self.talk.tick(self.now)
            self.exchange()

    def puts(self, what: str) -> list[Reply | Unanswered]:
        """What becomes of it, as soon as that is known."""
        told: list[Reply | Unanswered] = []
        self.talk.request(Put(0, PUTS.index(what), 0, b"content"), told.append, self.now)
        self.exchange()
        return told

    def wishes(self, **changes: object) -> None:
        self.talk.ask_for(replace(self.talk.wish, **changes), self.now)  # type: ignore[arg-type]
        self.exchange()
