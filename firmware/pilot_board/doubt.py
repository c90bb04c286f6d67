"""A doubt about one reading: a flickering contact neither escapes it nor hastens its end."""


class Doubt:
    """`believed` after it has been so for `begins_ms`; no longer after it has not been so for `ends_ms`.

    Interruptions shorter than `ends_ms` count as if it had gone on: it is meant for what is wrong.
    """

    def __init__(self, begins_ms: int, ends_ms: int = 0, believed: bool = False) -> None:
        self.believed = believed
        self._begins_ms = begins_ms
        self._ends_ms = ends_ms
        self._since = 0 if believed else -1
        self._over_since = -1

    @property
    def is_calm(self) -> bool:
        """It is not so, and was not within the last `ends_ms`."""
        return self._since < 0

    def observe(self, is_so: bool, now: int) -> "int | None":
        """Take a reading; returns when the verdict changes if the reading does not, None for never."""
        if is_so:
            return self._begin(now)
        if self._since < 0:
            return None
        if self._over_since < 0:
            self._over_since = now
        due = self._over_since + self._ends_ms
        if now < due:
            return due
        self.believed = False
        self._since = -1
        self._over_since = -1
        return None

    def _begin(self, now: int) -> "int | None":
        self._over_since = -1
        if self._since < 0:
            self._since = now
        due = self._since + self._begins_ms
        self.believed = self.believed or now >= due
        return None if self.believed else due
