"""A file that this process may not open, for real: also where the tests run as root, whom no mode of a file stops."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65_534


@contextmanager
def forbidden(path: Path) -> Iterator[None]:
    """Opening `path` fails with the kernel's own "permission denied"; its folder stays open to everybody."""
    path.parent.chmod(0o755)
    target, is_root = path.resolve(), os.geteuid() == 0
    mode = target.stat().st_mode
    target.chmod(0)
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        target.chmod(mode)
