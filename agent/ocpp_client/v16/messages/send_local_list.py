"""SendLocalList: a new list, or changes to it, durable as a whole before it is accepted (ocpp16.md section 11)."""

from __future__ import annotations

import asyncio
from typing import Any

from agent.core.identity import IdToken
from agent.core.local_list import ListEntry, ListUpdate, UpdateKind, UpdateVerdict, objection
from agent.core.session.events import AuthorizationStatus
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.checks import bad_value
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.ocpp_client.v16.moments import read_time
from agent.ocpp_client.v16.profiles import MOST

ENTRIES_A_SLICE = 100
"""Read in one go: well below a millisecond, so that a long list holds up nobody."""


async def handle(asked: Payload, charger: Charger) -> Answered:
    """What speaks against an update whatever the list is now is found before the store is asked."""
    if not charger.settings.local_list_enabled:
        return status(UpdateVerdict.NOT_SUPPORTED.value)
    version = asked["listVersion"]
    if abs(version) > MOST:
        raise bad_value("listVersion has more than 32 bits")
    entries = await _entries(asked.get("localAuthorizationList") or [])
    update = ListUpdate(kind=UpdateKind(asked["updateType"]), version=version, entries=entries)
    if objection(update) is not None:
        return status(UpdateVerdict.FAILED.value)
    verdict = await charger.station.local_list.update(update)
    return status(verdict.value)


async def _entries(given: list[dict[str, Any]]) -> list[ListEntry]:
    entries: list[ListEntry] = []
    for start in range(0, len(given), ENTRIES_A_SLICE):
        entries += [_entry(one) for one in given[start : start + ENTRIES_A_SLICE]]
        await asyncio.sleep(0)
    return entries


def _entry(given: dict[str, Any]) -> ListEntry:
    """Without idTagInfo the token is to go. Raises PeerViolation for an end that is no time."""
    token, word = IdToken(given["idTag"]), given.get("idTagInfo")
    if word is None:
        return ListEntry(token=token, status=None)
    expires_ms = read_time(word.get("expiryDate"))
    if expires_ms is None and "expiryDate" in word:
        raise bad_value("expiryDate is no time")
    parent = word.get("parentIdTag")
    return ListEntry(
        token=token,
        status=AuthorizationStatus(word["status"]),
        group=IdToken(parent, "Central") if parent else None,
        expires_ms=expires_ms,
    )


MESSAGE = Message(handle)
