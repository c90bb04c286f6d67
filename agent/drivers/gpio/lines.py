"""What a driver asks of a GPIO line, and what it is told of it. Values are logical, after `active_low`."""

from __future__ import annotations

from enum import Enum

from agent.errors import DriverUnavailable
from agent.values import frozen

LineName = str
"""The kernel's name of a line ("GPIO17", "RELAY_1"), or its offset on the chip in digits ("17")."""


class Bias(Enum):
    """The resistor inside the chip. NONE leaves it as the board's own wiring and device tree want it."""

    NONE = "none"
    PULL_UP = "pull_up"
    PULL_DOWN = "pull_down"


@frozen(kw_only=True)
class OutputLine:
    """`safe` is its value from the request on, after each return of the chip, and at the end."""

    line: LineName
    active_low: bool = False
    safe: bool = False
    open_drain: bool = False


@frozen(kw_only=True)
class InputLine:
    """Both edges are told. `debounce_s` is done by the kernel: a level counts once it held for so long; 0 is none."""

    line: LineName
    active_low: bool = False
    bias: Bias = Bias.NONE
    debounce_s: float = 0.0


@frozen(kw_only=True)
class Edge:
    """One change. `place` counts from 0 in the order the lines were asked for; `at_s` is the kernel's, in loop time.

    `after_gap`: the kernel had dropped changes of this line before it.
    """

    place: int
    active: bool
    at_s: float
    after_gap: bool = False


@frozen
class Absent:
    """These lines cannot be used now; `why` says what to check."""

    why: str

    def error(self, driver: str) -> DriverUnavailable:
        """What an operation of `driver` raises."""
        return DriverUnavailable(driver, self.why)


Values = tuple[bool, ...]
LinesLevel = Values | Absent | None
"""In the order the lines were asked for. None: the bus is not open yet."""
