"""A record that cannot be kept, in the middle of several tests at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from agent.errors import StoreError


@contextmanager
def told_as_itself() -> Iterator[None]:
    """Around a group of tasks: the failure of the store ends them all, each safely, and is what the caller gets."""
    try:
        yield
    except ExceptionGroup as group:
        found: BaseException | None = group.subgroup(StoreError)
        while isinstance(found, ExceptionGroup):
            found = found.exceptions[0]
        if found is None:
            raise
        raise found from group
