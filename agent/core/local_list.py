"""The list of tokens that the network sends to the charger, as an update of it arrives (ocpp16.md section 11)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from agent.core.identity import IdToken
from agent.core.session.events import AuthorizationStatus
from agent.values import frozen

EMPTY = 0
"""The version of a list with nothing on it, by OCPP's own words."""


class UpdateKind(Enum):
    FULL = "Full"
    """The list is these entries from now on."""
    DIFFERENTIAL = "Differential"
    """The list stays, but for these entries."""


class UpdateVerdict(Enum):
    """OCPP's answer to SendLocalList."""

    ACCEPTED = "Accepted"
    FAILED = "Failed"
    NOT_SUPPORTED = "NotSupported"
    VERSION_MISMATCH = "VersionMismatch"


@frozen(kw_only=True)
class ListEntry:
    """A word on one token. `status` None takes it off the list. `expires_ms`: UTC milliseconds."""

    token: IdToken
    status: AuthorizationStatus | None
    group: IdToken | None = None
    expires_ms: int | None = None


@frozen(kw_only=True)
class ListUpdate:
    """All of it takes effect, or nothing. `version` is the list's number afterwards."""

    kind: UpdateKind
    version: int
    entries: Sequence[ListEntry]


def objection(update: ListUpdate) -> str | None:
    """What is wrong with an update by itself, in words; None where it may be tried.

    0 and -1 are no versions of a list (errata 3.52); of a token named twice nobody could tell which word counts.
    """
    if update.version <= EMPTY:
        return f"{update.version} is no version of a list"
    tokens = {entry.token.folded for entry in update.entries}
    if len(tokens) < len(update.entries):
        return "a token is named twice"
    if "" in tokens:
        return "a token is empty"
    if update.kind is UpdateKind.FULL and any(entry.status is None for entry in update.entries):
        return "a full list has a token without a word on it"
    return None


def is_too_old(update: ListUpdate, version: int) -> bool:
    """A differential update follows a list of a lower number; `version` is that of the list as it is."""
    return update.kind is UpdateKind.DIFFERENTIAL and update.version <= version
