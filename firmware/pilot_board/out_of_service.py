"""State F: -12 V tells a car before it is plugged in that it can have nothing here (safety reference, section 11).

While it is driven nobody can see whether a plug comes (pilot reference, section 6), so the board looks in between: half
a second of x1 in every ten, longer where what it reads is no empty outlet. A plug that is in then is believed as ever,
and sees x1 until it is out again.
"""

from pilot import A

TYPE_CHECKING = False
if TYPE_CHECKING:
    from situation import Situation

SHOWN_MS = 10_000
LOOK_MS = 500
"""Readings count 100 ms after the change, and a plug is believed after another 100."""
UNPLUGGED_MS = 2_000
"""State A must last this long before it clears the faults that clear by unplugging (fault catalogue, recovery U)."""
EMPTY_MS = 250
"""So long every reading before F says that the outlet is empty: what cannot be read may be a plug."""
AGAIN_MS = 1_000
"""From the end of a wish for F to the next F: a host that changes its mind all the time hides no plug from the board.
F itself may last for 300 ms of it."""


class OutOfService:
    """Whether F is to be driven now. Begins at the earliest once the outlet has been empty for two seconds."""

    def __init__(self) -> None:
        self.shown = False
        self._turns_at = 0
        """When F begins at the earliest; once it is shown, when the present half of the round ends."""

    def observe(self, wanted: bool, situation: "Situation", now: int) -> "int | None":
        """`wanted`: the host took the outlet out of service, or a fault waits for a service person."""
        pilot = situation.pilot
        if not wanted or pilot.state != A:
            if self.shown:
                self.shown = False
                self._turns_at = now + AGAIN_MS
            return None
        turns_at = max(self._turns_at, pilot.since + UNPLUGGED_MS)
        if now < turns_at:
            return turns_at
        if not self.shown:
            empty_ms = pilot.steady_ms(now)
            if empty_ms < EMPTY_MS:
                return now + EMPTY_MS - empty_ms
        self.shown = not self.shown
        self._turns_at = now + (SHOWN_MS if self.shown else LOOK_MS)
        return self._turns_at
