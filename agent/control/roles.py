"""Who may do what at the local control socket (security.md S-11): four roles, each including those below it."""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """In ascending order of what it may do."""

    VIEWER = 1
    OPERATOR = 2
    INSTALLER = 3
    SERVICE = 4

    @property
    def word(self) -> str:
        """As it is written for people."""
        return self.name.lower()

    @property
    def group(self) -> str:
        """The system group that gives this role."""
        return f"evse-{self.word}"
