"""Everything that is told to the outside: the one list of names, with their fields and units.

A table and not one dataclass per event: the core tells most of them, and it may import nothing that lies above it. So
a teller gives a name and fields (`Tell` in the core, `News` on the bus), and this table says which there are; a test
reads every teller in the source and refuses a name or a field that is not here. `docs/events.md` is generated from it.

A name is `<subject>.<past participle>`, lower case, singular. A field's unit ends its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.event_kinds import EventField, EventKind
from agent.order_events import ORDER_KINDS
from agent.service_events import SERVICE_KINDS

_TRANSACTION = EventField("transaction", "our own name of the transaction; the network's may come later")
_ITS_TRANSACTION = EventField("transaction", "the one it is about, if any", may_be_absent=True)
_TOKEN = EventField("token", "the last four characters of the id token")
_RESERVATION = EventField("reservation", "the network's number of it")
_SENSOR = (
    EventField("sensor", "its driver, and what names it there"),
    EventField("place", "what it is fastened to"),
    EventField("key", "its table in the board file"),
)
_QUEUED = EventField("queued", "records that wait to be told")
_SLOT = EventField("slot", "the number of the slot that holds the address")
_ENDPOINT = EventField("endpoint", "the address, without credentials")
_COST = EventField("cost", "in the charger's currency, rounded as it is shown")
_REGISTER = EventField("register_wh", "what the meter's register said")
_JOB = EventField("number", "which commissioning of this charger, counted from 1")
_VISIT = EventField("run", "which visit of it, counted from 1")
_STEP = EventField("step", "its word, as evsectl commission --only takes it")
_EDGE = EventField("edge", "begin or end")

_KINDS = (
    EventKind("plug.inserted", "A car was plugged in."),
    EventKind("plug.removed", "The car is gone."),
    EventKind(
        "session.authorized",
        "Somebody may charge.",
        (_TOKEN, EventField("by", "who said so: a local list, the network, the policy for times without a network")),
    ),
    EventKind(
        "session.refused",
        "Somebody was turned away.",
        (_TOKEN, EventField("reason", "why, in words")),
    ),
    EventKind("transaction.started", "The start is on record; power may follow.", (_TRANSACTION, _TOKEN, _REGISTER)),
    EventKind(
        "transaction.resumed",
        "After a restart the same car is still there, and its transaction goes on.",
        (_TRANSACTION, _REGISTER),
    ),
    EventKind(
        "transaction.stopped",
        "The end is on record.",
        (
            _TRANSACTION,
            EventField("reason", "why it ended, in the words of OCPP 2.0.1"),
            _REGISTER,
            EventField("energy_wh", "energy of the whole transaction, by difference of the register"),
        ),
    ),
    EventKind(
        "charging.started",
        "The car draws from a closed contactor.",
        (EventField("offered_a", "the current that is offered"),),
    ),
    EventKind(
        "charging.paused",
        "Within a transaction no power flows any more.",
        (EventField("by", "car or charger"),),
    ),
    EventKind(
        "reservation.made",
        "The network keeps a connector for somebody.",
        (_RESERVATION, _TOKEN, EventField("place", "the connector, 0 for any of them")),
    ),
    EventKind(
        "reservation.ended",
        "A reservation is over.",
        (_RESERVATION, EventField("why", "used, expired, cancelled, or the connector cannot serve any more")),
    ),
    EventKind(
        "list.changed",
        "The network changed its list of tokens at this charger.",
        (
            EventField("version", "the list's number now; 0 where nothing is on it"),
            EventField("kind", "Full or Differential"),
            EventField("entries", "how many were sent"),
        ),
    ),
    EventKind(
        "clock.set",
        "The wall clock of the controller was set while the program ran.",
        (EventField("by_s", "how far, beyond the time that passed"),),
    ),
    EventKind(
        "list.contradicted",
        "The network said something else of a token than the list it sent.",
        (_TOKEN, EventField("listed", "what the list says"), EventField("said", "what the network says")),
    ),
    EventKind("contactor.closed", "The power path is closed."),
    EventKind("contactor.opened", "The power path is open again.", (EventField("state", "what the board reports"),)),
    EventKind(
        "board.restarted",
        "The pilot board started anew; what became of a car meanwhile nobody saw, and a running charge ends.",
        (EventField("boot_id", "the board's name for this run of its program"),),
    ),
    EventKind(
        "limit.changed",
        "Another limit decides about the current, or the deciding one has another value.",
        (
            EventField("current_a", "the current that may be offered"),
            EventField("source", "whose limit decides", may_be_absent=True),
            EventField("detail", "the profile, key or sensor behind it"),
        ),
    ),
    EventKind(
        "offer.changed",
        "The car is offered another current.",
        (EventField("current_a", "0 for a pause, else at least 6"), EventField("reason", "why, in words")),
    ),
    EventKind("meter.lost", "The meter does not answer any more.", (EventField("detail", "what went wrong"),)),
    EventKind("meter.returned", "The meter answers again."),
    EventKind(
        "signature.missing",
        "A register was to be signed by the meter, and is not.",
        (_TRANSACTION, _EDGE, EventField("why", "what stood in the way, in words")),
    ),
    EventKind(
        "signature.late",
        "The meter signed a register that nobody waited for any more; it went on no record.",
        (_TRANSACTION, _EDGE),
    ),
    EventKind(
        "signature.disagreed",
        "The register that the meter signed is not the one on record; both are told to the network.",
        (_TRANSACTION, _EDGE, _REGISTER, EventField("signed_wh", "the register in the signed data")),
    ),
    EventKind(
        "fault.raised",
        "A fault of the catalogue came (faults.md). One that stood before a restart is not told again after it.",
        (
            EventField("id", "which one"),
            EventField("severity", "C, S, B, D, W or I"),
            EventField("evidence", "the values behind it"),
        ),
    ),
    EventKind(
        "fault.cleared",
        "A fault of the catalogue is gone. One that stood before a restart and is not seen after it: once somebody "
        "sees that it is gone, or 75 s after the start.",
        (EventField("id", "which one"),),
    ),
    EventKind(
        "sensor.lost",
        "A temperature sensor is not trusted any more; where it was the only one of its place, a fault says so too.",
        (*_SENSOR, EventField("detail", "what was wrong with its last reading")),
    ),
    EventKind("sensor.returned", "A temperature sensor has told good readings for a minute again.", _SENSOR),
    EventKind(
        "report.dropped",
        "More happened at a connector at once than it could take; the newest was thrown away. It should be told to us.",
        (EventField("count", "how many, since it was told last"),),
    ),
    EventKind(
        "record.failed",
        "The store could not keep something; it is tried again.",
        (EventField("record", "what was to be kept"), EventField("error", "the store's words")),
    ),
    EventKind("commission.started", "An installer began to take the charger into service.", (_JOB, _VISIT)),
    EventKind("commission.resumed", "An installer went on with a commissioning.", (_JOB, _VISIT)),
    EventKind(
        "commission.paused",
        "A commissioning was left, to be gone on with; the outputs are safe.",
        (_JOB, _VISIT, EventField("why", "in words")),
    ),
    EventKind("step.begun", "A step of a commissioning begins.", (_JOB, _STEP)),
    EventKind(
        "step.ended",
        "A step of a commissioning is over.",
        (_JOB, _STEP, EventField("verdict", "pass, warn, fail, skip or error")),
    ),
    EventKind(
        "commission.completed",
        "A commissioning has come to its end, and its report is sealed.",
        (
            _JOB,
            EventField("verdict", "complete, or incomplete"),
            EventField("missing", "how many mandatory tests and steps have not passed"),
        ),
    ),
    EventKind(
        "report.sealed",
        "A commissioning report is sealed and on disk.",
        (
            EventField("report", "its id"),
            EventField("complete", "whether nothing is missing"),
            EventField("missing", "how many things are"),
            EventField("hash", "SHA-256 of the report, as its seal and the next report name it"),
        ),
    ),
    EventKind(
        "evidence.made",
        "A sealed bundle for a claim under warranty was made.",
        (EventField("claim", "its id"), EventField("hash", "SHA-256 of the claim, which the next one names")),
    ),
    EventKind(
        "part.replaced",
        "A device tells another serial number than before: its wear is counted from 0 now, and the old one's kept.",
        (EventField("part", "which one"), EventField("serial", "the new one's"), EventField("before", "the old one's")),
    ),
    EventKind(
        "handover.ticked",
        "Something of the owner's check-list is done.",
        (EventField("item", "its word, as evsectl handover tick takes it"),),
    ),
    EventKind("code.drawn", "A new activation code was drawn for the owner; any earlier one no longer counts."),
    EventKind("code.used", "The owner has activated the charger."),
    EventKind(
        "agent.started",
        "The program runs.",
        (EventField("version", "the agent's version"), EventField("board", "the board file's name")),
    ),
    EventKind("agent.stopped", "The program ended in order; no power flows."),
    EventKind(
        "ocpp.connected",
        "The central system answers.",
        (
            EventField("endpoint", "its address, without credentials"),
            EventField("reconnects", "connections after the first since the start of the program"),
            _QUEUED,
        ),
    ),
    EventKind(
        "ocpp.disconnected", "The central system does not answer.", (EventField("cause", "why, in words"), _QUEUED)
    ),
    EventKind(
        "record.postponed",
        "The central system answers everything but this record. Others go past it; it is kept and told again.",
        (EventField("kind", "start, sample or stop"), _ITS_TRANSACTION),
    ),
    EventKind(
        "record.answered",
        "A record that had been set aside was answered after all.",
        (EventField("kind", "start, sample or stop"), _ITS_TRANSACTION),
    ),
    EventKind(
        "record.withdrawn",
        "Another network took over. What waited for the one before, of no transaction, is told to nobody any more.",
        (EventField("count", "how many meter values"),),
    ),
    EventKind(
        "queue.filled",
        "The queue to the central system is nearly full; samples will have to go. Starts and stops never do.",
        (_QUEUED, EventField("percent", "of its limit of records or bytes, whichever is nearer")),
    ),
    EventKind(
        "queue.thinned",
        "The queue is full: every second sample goes, stretch by stretch. Told once until there is room again.",
        (_QUEUED,),
    ),
    EventKind("queue.eased", "There is room in the queue again.", (_QUEUED,)),
    EventKind(
        "transaction.orphaned",
        "A transaction was open at a connector this board does not have; it ended with the last register on record.",
        (
            _TRANSACTION,
            EventField("connector_id", "the connector it belonged to"),
            EventField("reason", "why it ended, in the words of OCPP 2.0.1"),
            _REGISTER,
        ),
    ),
    EventKind(
        "slot.taken",
        "The charger was accepted at another of its addresses than last time.",
        (_SLOT, _ENDPOINT, EventField("previous_slot", "where it was accepted last, 0 where nowhere")),
    ),
    EventKind("slot.tried", "The central system wants another address for a slot; it is tried.", (_SLOT, _ENDPOINT)),
    EventKind("slot.changed", "An address that was tried works and is the slot's now.", (_SLOT, _ENDPOINT)),
    EventKind(
        "access.refused",
        "The central system wants a key or a security profile that this charger cannot or must not take.",
        (EventField("what", "the setting"), EventField("why", "what is wrong with it; never the key")),
    ),
    EventKind(
        "slot.refused",
        "The central system wants an address that is none, or that the charger must not go to.",
        (EventField("what", "a slot, or their priority"), EventField("why", "what is wrong with it")),
    ),
    EventKind(
        "slot.reverted",
        "An address that was tried did not work; everything is as it was.",
        (_SLOT, _ENDPOINT, EventField("why", "what the last attempt came to")),
    ),
    EventKind(
        "security.noted",
        "Something happened to the security of the charger; the security log keeps it for longer than this one.",
        (
            EventField("event", "which one, in the words of OCPP 1.6"),
            EventField("info", "more about it, empty where there is no more"),
        ),
    ),
    EventKind(
        "upload.ended",
        "A file that the central system asked for was sent, or not.",
        (
            EventField("state", "Uploaded, a word for what went wrong, or that it will be tried again"),
            EventField("file", "its name"),
            EventField("detail", "what went wrong, empty where nothing did"),
        ),
    ),
    EventKind(
        "firmware.changed",
        "An update of the firmware went a step further, or came to nothing.",
        (
            EventField("state", "how far it is, in the words of OCPP"),
            EventField("detail", "what went wrong, empty where nothing did"),
        ),
    ),
    EventKind("price.told", "The network told what charging costs for somebody.", (_TOKEN,)),
    EventKind(
        "cost.updated",
        "The network told what a charge costs so far, or other prices for it.",
        (_TRANSACTION, _COST, EventField("state", "Charging or Idle")),
    ),
    EventKind(
        "cost.triggered",
        "A mark was passed at which the network wants meter values, to work out the cost; they are told.",
        (_TRANSACTION, EventField("why", "time, energy, power or status; several joined by commas")),
    ),
    EventKind("cost.settled", "The network told the final cost of a charge.", (_TRANSACTION, _COST)),
    *SERVICE_KINDS,
    EventKind(
        "station.reset",
        "The network asked for a restart; transactions are closed first.",
        (EventField("kind", "soft or hard"),),
    ),
    *ORDER_KINDS,
)

EVENTS: Mapping[str, EventKind] = {kind.name: kind for kind in _KINDS}
"""Every event there is, by name."""


def misfit(name: str, fields: Iterable[str]) -> str:
    """What is wrong with an event of this name and these fields, as a sentence; empty where it fits the table."""
    kind = EVENTS.get(name)
    if kind is None:
        return f"{name} is no event of agent/events.py"
    told = set(fields)
    unknown = told - {field.name for field in kind.fields}
    missing = {field.name for field in kind.fields if not field.may_be_absent} - told
    parts = [f"does not know {', '.join(sorted(unknown))}"] * bool(unknown)
    parts += [f"needs {', '.join(sorted(missing))}"] * bool(missing)
    return f"{name} {' and '.join(parts)}" if parts else ""
