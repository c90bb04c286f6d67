"""What the program asks of the computer it runs on, beside files: two clocks, waiting, chance, and who serves its wire.

`main` is given one and hands it on, so that the same program also runs where time is not this computer's: what asks a
broker, and orders. `watch`, the history and the cases go by the clock of this computer wherever they run.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from tools.support.telling import now_ms

if TYPE_CHECKING:
    from paho.mqtt.client import Client


class News(Protocol):
    """Something that is waited for, as `threading.Condition` has it. Callbacks of the wire tell, the program waits."""

    def __enter__(self) -> bool: ...
    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, where: TracebackType | None, /
    ) -> None: ...
    def notify_all(self) -> None: ...
    def wait_for(self, true: Callable[[], bool], timeout: float, /) -> bool:
        """Whether it is true; looked at again with every `notify_all`, for `timeout` seconds at most."""
        ...


class Here(Protocol):
    """One computer."""

    def now_ms(self) -> int:
        """Since 1970, by its wall clock."""
        ...

    def monotonic(self) -> float:
        """Seconds from anywhere, which nobody sets."""
        ...

    def token(self, octets: int) -> str:
        """So many that nobody can guess, as hexadecimal digits."""
        ...

    def news(self) -> News: ...

    def serve(self, client: Client) -> None:
        """From now on what comes for this client, whose connection is open, reaches its callbacks."""
        ...

    def leave(self, client: Client) -> None:
        """No more; what it said last is on its way."""
        ...


class ThisComputer:
    """The real one. paho's own thread serves the wire."""

    def now_ms(self) -> int:
        return now_ms()

    def monotonic(self) -> float:
        return time.monotonic()

    def token(self, octets: int) -> str:
        return secrets.token_hex(octets)

    def news(self) -> News:
        return threading.Condition()

    def serve(self, client: Client) -> None:
        client.loop_start()

    def leave(self, client: Client) -> None:
        client.loop_stop()


THIS_COMPUTER = ThisComputer()
