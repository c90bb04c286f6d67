"""Whether there is room for records: a warning beside those of the configuration, for status, explain and faults."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

LOW_MB, LOW_PERCENT = 200, 10
"""As storage.low of the fault catalogue."""
FULL_MB = 8
"""Below it the next record may find no room."""
MEGABYTE = 1_000_000


def room_notices(folder: Path) -> Iterator[str]:
    """One sentence where room is short in the file system of `folder`; none where that cannot be told."""
    try:
        seen = os.statvfs(folder)
    except OSError:
        return
    free_mb, all_mb = (seen.f_frsize * blocks / MEGABYTE for blocks in (seen.f_bavail, seen.f_blocks))
    if seen.f_flag & os.ST_RDONLY:
        yield f"storage.readonly: {folder} takes no writing, so no charge is put on record; exchange the storage"
    elif free_mb < FULL_MB:
        yield (
            f"storage.low: the disk of {folder} is full ({free_mb:.1f} MB of {all_mb:.0f} MB are free), and what "
            "happens cannot be put on record; take files away that are not the charger's"
        )
    elif free_mb < LOW_MB or 100 * free_mb < LOW_PERCENT * all_mb:
        yield (
            f"storage.low: {free_mb:.0f} MB of {all_mb:.0f} MB are free on the disk of {folder}; take files away that "
            "are not the charger's, or use a larger storage"
        )
