"""What a device's refusal is to whoever gave a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from agent.errors import Busy, DriverRejected, DriverUnavailable


@contextmanager
def in_words() -> Iterator[None]:
    """A device's refusal is one by the charger's state, its silence a time that ran out (operations.md section 9)."""
    try:
        yield
    except DriverRejected as error:
        raise Busy(str(error)) from error
    except DriverUnavailable as error:
        raise TimeoutError(str(error)) from error
