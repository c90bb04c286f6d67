"""Requests to the board, one after another, without the link: moments and replies in, messages out. Pure.

Wish and status are repeated by themselves; a request is said until it is answered. It keeps its number when it is said
again, so that the board answers again and does nothing twice (docs/pilot-board-protocol.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from agent.drivers.pilot_board.messages import PUTS, U16, Answer, Ask, Block, Clear, Message, Put, Test
from agent.values import frozen

ANSWER_WITHIN_S = 1.0
TRIES = 4
"""The first saying and three repetitions."""
TRIES_TO_CLEAR = 120
"""A board answers once it has verified the signature, in slices between its safety steps."""

IMAGE_PUTS = tuple(PUTS.index(word) for word in ("image_begin", "image", "image_end"))

Request = Ask | Put | Clear | Test
Reply = Answer | Block


@frozen
class Unanswered:
    """Nothing is known of what became of the request; `why` is for a person."""

    why: str


Tell = Callable[[Reply | Unanswered], None]
"""Called once for each request, with what came of it."""


class Requests:
    """Those that wait, and the one that is under way. `say` sends a message at once."""

    def __init__(self, say: Callable[[Message], None]) -> None:
        self.repetitions = 0
        self._say = say
        self._waiting: deque[tuple[Request, Tell]] = deque()
        self._under_way: tuple[Request, Tell] | None = None
        self._number: int | None = None
        self._tries_left = 0
        self._say_at = 0.0

    @property
    def is_pending(self) -> bool:
        """An answer is due."""
        return self._under_way is not None

    @property
    def due_at(self) -> float | None:
        """When `tick` must be called at the latest; None while no answer is due."""
        return None if self._under_way is None else self._say_at

    def post(self, request: Request, tell: Tell, now: float) -> None:
        """Say it as soon as those before it are answered; its number is not the caller's to set."""
        self._waiting.append((request, tell))
        if self._under_way is None:
            self._next(now)

    def hear(self, reply: Reply, now: float) -> bool:
        """Whether the reply was one to a request of ours; one that comes twice is no news."""
        if reply.request != self._number:
            return False
        if self._under_way is not None:
            request, tell = self._under_way
            if not _fits(reply, request):
                return False
            self._under_way = None
            tell(reply)
            self._next(now)
        return True

    def tick(self, now: float) -> None:
        """Say again what is unanswered, and give it up in the end. Calling it early does no harm."""
        if self._under_way is None or now < self._say_at:
            return
        request, tell = self._under_way
        if self._tries_left:
            self.repetitions += 1
            self._speak(request, now)
            return
        self._under_way = None
        tell(Unanswered(f"the board did not answer a request that was put to it {_tries(request)} times"))
        self._next(now)

    def end(self, why: str) -> None:
        """Nobody will answer any more."""
        given_up = [*([self._under_way] if self._under_way else []), *self._waiting]
        self._under_way = None
        self._waiting.clear()
        for _, tell in given_up:
            tell(Unanswered(why))

    def _next(self, now: float) -> None:
        if self._under_way is not None or not self._waiting:
            return
        request, tell = self._waiting.popleft()
        # Like the wish: a new program must not begin at the number that the old one ended with.
        before = int(now * 1000) if self._number is None else self._number
        self._number = (before + 1) & U16
        self._tries_left = _tries(request)
        numbered = replace(request, request=self._number)
        self._under_way = (numbered, tell)
        self._speak(numbered, now)

    def _speak(self, request: Request, now: float) -> None:
        self._tries_left -= 1
        self._say_at = now + ANSWER_WITHIN_S
        self._say(request)


def is_of_every_table(request: Request) -> bool:
    """A board that speaks another message table takes it, too: a piece of a new firmware."""
    return isinstance(request, Put) and request.what in IMAGE_PUTS


def _tries(request: Request) -> int:
    return TRIES_TO_CLEAR if isinstance(request, Clear) else TRIES


def _fits(reply: Reply, request: Request) -> bool:
    """A block answers the question it was asked for; an answer any request."""
    if isinstance(reply, Block):
        return isinstance(request, Ask) and (reply.what, reply.number) == (request.what, request.number)
    return True
