"""When another state of something is worth telling: once it stands, and after a while however it goes on. Pure.

What fails together, or rises step by step, is one message then, or one row on record, and not one for each.
"""

from __future__ import annotations

WITHIN_S = 15.0


class Settling:
    """Of one thing that is looked at again and again. Seconds come in."""

    def __init__(self) -> None:
        self._moved_s: float | None = None
        """When a look first found it other than it was told."""

    def is_over(self, now_s: float, *, is_other: bool, is_still: bool) -> bool:
        """Whether it is to be told at this look; so again at the next ones until it is.

        `is_other`: than it was told last; `is_still`: as the look before found it.
        """
        if not is_other:
            self._moved_s = None
            return False
        if self._moved_s is None:
            self._moved_s = now_s
        return is_still or now_s - self._moved_s >= WITHIN_S

    def told(self) -> None:
        """As it was found last: what moves from now on settles anew."""
        self._moved_s = None
