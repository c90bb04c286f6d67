"""Which event matters how much to whoever watches from afar, and what of it may leave the charger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.bus import News
from agent.core.leaving import event_fields
from agent.telemetry.profile import Level

Field = str | int | float | bool

OUTAGE_EVENTS: Mapping[str, str] = {"outage.begun": "begun", "outage.ended": "ended"}
SESSION_EVENT = "session.recorded"

_CHATTER = frozenset({"offer.changed", "limit.changed", "contactor.closed", "contactor.opened", "price.told"}) | {
    *("cost.updated", "cost.triggered", "cost.settled", "step.begun", "step.ended", "record.answered"),
    *("code.drawn", "code.used", "handover.ticked", "charging.paused", "transaction.resumed", "verdict.changed"),
}
"""Many a day, or seen in status, meter and health anyway."""
_WARNINGS = frozenset({"meter.lost", "meter.returned", "sensor.lost", "sensor.returned", "report.dropped"}) | {
    *("record.failed", "record.postponed", "record.withdrawn", "queue.filled", "queue.thinned", "transaction.orphaned"),
    *("board.restarted", "clock.set", "slot.reverted", "slot.refused", "access.refused", "ocpp.disconnected"),
    *("ocpp.connected", "agent.started", "agent.stopped", "station.reset", "firmware.changed", "list.contradicted"),
    *("signature.missing", "signature.late", "signature.disagreed", "order.refused"),
}
_RECORDS = frozenset({"fault.raised", "fault.cleared", SESSION_EVENT, *OUTAGE_EVENTS, "commission.completed"})
_HARMLESS_FAULT = frozenset({"W", "I"})


ORDERS = "order."
_ANSWERED = frozenset({"order.accepted", "order.done"})


def is_of_orders(news: News) -> bool:
    """What orders alone make, however many come: it has a rate of its own, and takes nothing from that of charges."""
    return news.name.startswith(ORDERS) or news.name == "support.acted"


def level_of(news: News) -> Level:
    """How much it matters. An event that is not named here is information."""
    if news.name in _ANSWERED and dict(news.fields).get("via") == "mqtt":
        return Level.CHATTER  # the answers to the order say as much, on this very broker
    if news.name in _RECORDS:
        harmless = news.name.startswith("fault.") and dict(news.fields).get("severity") in _HARMLESS_FAULT
        return Level.WARNING if harmless else Level.RECORD
    if news.name in _WARNINGS:
        return Level.WARNING
    return Level.CHATTER if news.name in _CHATTER else Level.INFO


def fields_of(pairs: Iterable[tuple[str, Field | None]], event: str = "") -> dict[str, Field]:
    """What may leave the charger: nothing that names a person, no login inside an address, nothing unknown."""
    return event_fields(event, pairs)
