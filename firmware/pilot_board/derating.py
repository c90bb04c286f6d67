"""How much current a temperature allows, and how fast the limit may follow (safety reference, section 8)."""

from lasting import Lasting

LEAST_DA = 60
STEP_DA = 10
LOWER_EVERY_MS = 10_000
RAISE_EVERY_MS = 60_000


def line_da(temperature_dc: int, from_dc: int, to_dc: int, rated_da: int) -> int:
    """The rated current up to `from_dc`, straight down to 6 A at `to_dc`, in 0.1 A rounded down."""
    if temperature_dc <= from_dc or rated_da <= LEAST_DA:
        return rated_da
    if temperature_dc >= to_dc:
        return LEAST_DA
    return LEAST_DA + (rated_da - LEAST_DA) * (to_dc - temperature_dc) // (to_dc - from_dc)


class PacedLimit:
    """A limit that follows its target by 1 A: down every ten seconds, up after each minute with room above it."""

    def __init__(self, limit_da: int, now: int) -> None:
        self.limit_da = limit_da
        self._lower_at = now
        self._room = Lasting(RAISE_EVERY_MS)

    def cap(self, most_da: int, now: int) -> None:
        """Not more than this from now on, without any pace."""
        if self.limit_da > most_da:
            self.limit_da = most_da
            self._lower_at = now + LOWER_EVERY_MS

    def follow(self, target_da: int, now: int) -> "int | None":
        """One step towards the target if one is due; returns when the next one is."""
        if target_da < self.limit_da and now >= self._lower_at:
            self.limit_da = max(target_da, self.limit_da - STEP_DA)
            self._lower_at = now + LOWER_EVERY_MS
        due = self._room.observe(target_da > self.limit_da, now)
        if self._room.believed:
            self.limit_da = min(target_da, self.limit_da + STEP_DA)
            self._room.observe(False, now)
            due = self._room.observe(target_da > self.limit_da, now)
        return self._lower_at if target_da < self.limit_da else due
