"""The log of this whole process, set up by a test and put back behind it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def as_before() -> Iterator[None]:
    """Afterwards handlers and level of the root are what they were."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        yield
    finally:
        for handler in [handler for handler in root.handlers if handler not in before[0]]:
            root.removeHandler(handler)
            handler.close()
        root.handlers[:], root.level = before
        logging.captureWarnings(False)
