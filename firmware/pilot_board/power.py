"""Is the supply going? Then everything opens, and nothing that fails with it is a fault of its own.

Safety reference, P24 and P28; a board that does not measure these lines keeps their healthy values.
"""

from doubt import Doubt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inputs import Inputs

GOING_MV = 9_000
SAGGING_MV = 11_000
"""Below it the supply explains a rail that fails: the rails are made of it."""
RAIL_MV = (11_000, 13_000)
BACK_MS = 5_000


def rails_are_out(inputs: "Inputs") -> bool:
    """One of the generator's rails is outside of 11 to 13 V."""
    low, high = RAIL_MV
    return not (low <= inputs.plus_mv <= high and low <= -inputs.minus_mv <= high)


class Power:
    """`low` from the first bad reading until the supply has been good for five seconds."""

    def __init__(self) -> None:
        self._low = Doubt(0, BACK_MS)

    @property
    def low(self) -> bool:
        return self._low.believed

    def observe(self, inputs: "Inputs", now: int) -> "int | None":
        """Look at supply and rails; returns when the verdict may change by time alone."""
        going = inputs.supply_mv < GOING_MV
        sagging = inputs.supply_mv < SAGGING_MV and rails_are_out(inputs)
        return self._low.observe(going or sagging, now)
