"""What `evsectl bundle` needs of the charger."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class HasBundle(Protocol):
    """A charger that can show all it knows to support."""

    async def bundle(self, hours: int | None) -> Path:
        """The file, of the last hours or of all there is; it stays where it is for some minutes, to be read.

        Raises Busy while one of another time is made, and StoreError.
        """
        ...
