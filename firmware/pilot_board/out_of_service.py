"""State F: -12 V tells a car before it is plugged in that it can have nothing here (safety reference, section 11).

While it is driven nobody can see whether a plug comes (pilot reference, section 6), so the board looks in between: half
a second of x1 in every ten. A plug that is in then is believed as ever, and stays in x1 until it is out again.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from situation import Situation

SHOWN_MS = 10_000
LOOK_MS = 500
"""Readings count 100 ms after the change, and a plug is believed after another 100."""
AGAIN_MS = 1_000
"""From the end of the wish for F to the next F: a host that changes its mind all the time hides no plug from the board.
F itself may last for 300 ms of it."""


class OutOfService:
    """Whether F is to be driven now. Begins at the earliest once the outlet has been empty for two seconds."""

    def __init__(self) -> None:
        self.shown = False
        self._turns_at = -1

    def observe(self, wanted: bool, situation: "Situation", now: int) -> "int | None":
        """`wanted`: the host took the outlet out of service, or a fault waits for a service person."""
        if not (wanted and situation.unplugged_for_good):
            self.shown = False
            self._turns_at = now + AGAIN_MS
            return None
        if now >= self._turns_at:
            self.shown = not self.shown
            self._turns_at = now + (SHOWN_MS if self.shown else LOOK_MS)
        return self._turns_at
