"""What an event is in the system's journal: its MESSAGE_ID, its priority, and fields to search by.

`journalctl MESSAGE_ID=…` or `EVSE_CODE=cp.short` finds it, `-x` explains it (packaging/catalog, generated from here and
the tables). The fields name no card, not even by its end, and nothing that a person typed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from agent.bus import News
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Severity
from agent.core.leaving import WITHHELD, event_fields

NAMESPACE = bytes.fromhex("ac947dc3cd155f3dadcfeef99d99f22c")
"""Never another one: with it every MESSAGE_ID would be another."""
RAISED, CLEARED = "fault.raised", "fault.cleared"
WARNING, NOTABLE, INFO = 4, 5, 6

PRIORITY_OF_FAULT: Mapping[Severity, int] = {
    Severity.CRITICAL: 2,
    Severity.STOP: 3,
    Severity.BLOCK: 3,
    Severity.DERATE: WARNING,
    Severity.WARNING: WARNING,
    Severity.INFO: NOTABLE,
}
"""In syslog's numbers: 2 is a matter of safety, 3 a fault that ends or bars charging."""
WARNINGS = frozenset(
    {
        *("meter.lost", "sensor.lost", "board.restarted", "report.dropped", "record.failed", "record.postponed"),
        *("signature.missing", "signature.disagreed", "list.contradicted", "queue.filled", "queue.thinned"),
        *("transaction.orphaned", "ocpp.disconnected", "outage.begun"),
        *("access.refused", "slot.refused", "slot.reverted", "order.refused"),
    }
)
NOTABLES = frozenset(
    {
        *("agent.started", "agent.stopped", "ocpp.connected", "outage.ended", CLEARED, "meter.returned"),
        *("sensor.returned", "clock.set", "record.withdrawn", "security.noted", "slot.taken", "slot.changed"),
        *("commission.started", "commission.completed", "report.sealed", "evidence.made", "part.replaced"),
        *("code.drawn", "code.used", "firmware.changed", "station.reset", "restart.ordered", "lock.released"),
        *("log.changed", "order.done", "support.acted", "restart.ended", "verdict.changed"),
    }
)
"""What a person who looks for what was done, and when, wants to see; all else is 6, information."""
BAD_ENDS: Mapping[str, tuple[str, frozenset[str]]] = {
    "restart.ended": ("outcome", frozenset({"silent", "unanswered"})),
    "verdict.changed": ("verdict", frozenset({"down"})),
}
"""A warning by what a field says: nobody can charge any more, or a board went and did not come back."""
CAUSES = ("cause", "why", "reason")
"""Fields of an event that say why; the first that it has."""


def message_id(name: str) -> str:
    """32 digits: the UUID of version 5 (RFC 9562 section 5.5) of an event's name, or of "fault:" and a fault's id.

    Worked out here, since the library's module takes 2 ms to load.
    """
    digest = bytearray(hashlib.sha1(NAMESPACE + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return digest.hex()


def id_of_fault(id: str) -> str:
    """The MESSAGE_ID of its being raised: each fault has a cause and a remedy of its own."""
    return message_id(f"fault:{id}")


def priority_of(news: News) -> int:
    """In syslog's numbers."""
    fields = dict(news.fields)
    if news.name == RAISED and (kind := CATALOGUE.get(str(fields.get("id")))) is not None:
        return PRIORITY_OF_FAULT[kind.severity]
    field, bad = BAD_ENDS.get(news.name, ("", frozenset()))
    if news.name in WARNINGS or fields.get(field) in bad:
        return WARNING
    return NOTABLE if news.name in NOTABLES else INFO


def fields_of(news: News, state: str = "") -> Iterator[tuple[str, str]]:
    """Those that are known, but for the message itself. `state`: of the port, in the words of OCPP 1.6."""
    told = event_fields(news.name, news.fields)
    fault = CATALOGUE.get(str(told.get("id"))) if news.name in (RAISED, CLEARED) else None
    yield "MESSAGE_ID", id_of_fault(fault.id) if fault and news.name == RAISED else message_id(news.name)
    cause = next((told[name] for name in CAUSES if told.get(name)), "")
    known = {
        "EVSE_CODE": fault.id if fault else told.get("code") or news.name,
        "EVSE_MREC": fault.mrec if fault else told.get("mrec"),
        "EVSE_PORT": news.connector,
        "EVSE_SESSION": told.get("transaction"),
        "EVSE_STATE": state,
        "EVSE_CAUSE": "" if cause == WITHHELD else cause,
        "EVSE_CASE": told.get("case"),
        "EVSE_BOOT": news.at.boot_id,
    }
    yield from ((name, str(value)) for name, value in known.items() if value not in (None, ""))
