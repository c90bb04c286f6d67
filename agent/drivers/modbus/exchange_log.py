"""The last exchanges of a line byte by byte, for whoever has to find out why a device is not understood.

Kept in memory alone, and little of it: a chatty line must neither fill it nor wear out the storage.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.values import frozen

EXCHANGES_AT_MOST = 100
"""field-problems.md section 1, rule 12."""
KEPT_BYTES = 300
"""Of one exchange; a Modbus frame has 260 at most, and some noise in front of it tells more than it costs."""


@frozen(kw_only=True)
class Exchanged:
    """One request and what was heard until it ended. `at` is loop time, `took_s` counts from the first byte out."""

    at: float
    took_s: float
    sent: bytes
    heard: bytes
    ended: str
    """"answered", or by what else it ended."""

    def told(self, now: float) -> str:
        """One line for a person, at `now` (loop time)."""
        heard = self.heard.hex(" ") or "nothing"
        when = f"{now - self.at:.1f} s ago, {1000 * self.took_s:.0f} ms"
        return f"{when}: sent {self.sent.hex(' ')}; heard {heard}; {self.ended}"


class ExchangeLog:
    """The newest at the end; older ones make room."""

    def __init__(self) -> None:
        self._kept: deque[Exchanged] = deque(maxlen=EXCHANGES_AT_MOST)

    @contextmanager
    def exchange(self, sent: bytes, clock: Callable[[], float]) -> Iterator[bytearray]:
        """Keep what is added to the bytes this gives, and what ended the block: nothing, or the error it raises."""
        began, heard, ended = clock(), bytearray(), "answered"
        try:
            yield heard
        except TimeoutError:
            ended = "no answer in time"
            raise
        except BaseException as error:
            ended = str(error) or "given up"
            raise
        finally:
            took_s = clock() - began
            self._kept.append(
                Exchanged(at=began, took_s=took_s, sent=sent, heard=bytes(heard[:KEPT_BYTES]), ended=ended)
            )

    def kept(self) -> tuple[Exchanged, ...]:
        """The oldest first."""
        return tuple(self._kept)

    def told(self, now: float) -> tuple[str, ...]:
        """One line for each, the oldest first."""
        return tuple(one.told(now) for one in self._kept)
