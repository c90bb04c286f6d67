"""How long something has been so: the clocks of protective functions that act after a time."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def soonest(moments: "Iterable[int | None]") -> "int | None":
    """The earliest of these moments, None when there is none."""
    found = None
    for moment in moments:
        if moment is not None and (found is None or moment < found):
            found = moment
    return found


def sooner(first: "int | None", second: "int | None") -> "int | None":
    """The earlier of two moments, None when there is neither."""
    if first is None:
        return second
    return first if second is None or first < second else second


class Lasting:
    """A condition that is believed once every look of the last `hold_ms` has found it."""

    def __init__(self, hold_ms: int) -> None:
        self.believed = False
        self._hold_ms = hold_ms
        self.since: int | None = None
        """First look that found it; None while it is not there."""

    @property
    def rests(self) -> bool:
        """It is not so: taking that once more changes nothing."""
        return self.since is None

    def observe(self, there: bool, now: int) -> "int | None":
        """Take what is so now; returns when it will be believed if nothing changes, None for never or already."""
        if not there:
            self.believed = False
            self.since = None
            return None
        if self.since is None:
            self.since = now
        due = self.since + self._hold_ms
        self.believed = now >= due
        return None if self.believed else due


class Tally:
    """A condition that is believed while it is there and has been there `hold_ms` longer than it was not.

    Time without it takes back as much as time with it has added, so one good look between bad ones ends nothing, and
    one bad look between good ones begins nothing. What is there for more than half of the time is always found.
    """

    def __init__(self, hold_ms: int) -> None:
        self.believed = False
        self._hold_ms = hold_ms
        self._counted_ms = 0
        self._there = False
        self._seen_at = 0

    @property
    def rests(self) -> bool:
        """It is not so, and nothing is left of what was counted: taking that once more changes nothing."""
        return not self._there and self._counted_ms == 0

    def observe(self, there: bool, now: int) -> "int | None":
        """Take what is so now; returns when it will be believed if nothing changes, None for never or already."""
        passed_ms = now - self._seen_at
        self._seen_at = now
        if self._there:
            self._counted_ms = min(self._hold_ms, self._counted_ms + passed_ms)
        else:
            self._counted_ms = max(0, self._counted_ms - passed_ms)
        self._there = there
        self.believed = there and self._counted_ms == self._hold_ms
        return now + self._hold_ms - self._counted_ms if there and not self.believed else None

    def forget(self) -> None:
        """What was counted belonged to another plug."""
        self._counted_ms = 0


def all_rest(conditions: "Sequence[Lasting | Tally]") -> bool:
    """None of them counts or is believed."""
    return all(condition.rests for condition in conditions)
