"""Facts → StartTransaction, MeterValues, StopTransaction, at the moment they are sent (ocpp16.md sections 5 to 7).

What is told never depends on when: times are those recorded with the fact, registers are whole Wh. Only the network's
id of the transaction is filled in late; where it will never be known it is -1 (errata 3.18).
"""

from __future__ import annotations

from agent.core.facts import MeterReadings, QueuedFact, StopReason, TransactionSampled, TransactionStarted
from agent.core.facts import TransactionStopped as Stopped
from agent.core.identity import IdToken
from agent.core.quantities import Measurand, ReadingContext
from agent.core.time import Instant
from agent.errors import ProtocolMisuse
from agent.ocpp_client.adapter import Payload, WireCall
from agent.ocpp_client.station.signing_settings import SigningWishes
from agent.ocpp_client.v16.meter_values import meter_value, register_value, thinned
from agent.ocpp_client.v16.moments import certain_ms, in_transaction_ms, time_text
from agent.ocpp_client.v16.signed import EVERY_METER_VALUE, NEVER, sampled_value

ID_TAG_MAX_LENGTH = 20
UNKNOWN_TRANSACTION = -1

REASONS: dict[StopReason, str] = {reason: reason.value for reason in StopReason} | {StopReason.FAULT: "Other"}
"""1.6 has the same words but for a fault, which its StatusNotification has told."""


def objection_to(token: IdToken) -> str:
    """Why 1.6 cannot carry `token` (CiString20Type), "" where it can."""
    count = len(token.value)
    if not count:
        return "it is empty"
    fits = count <= ID_TAG_MAX_LENGTH
    return "" if fits else f"it has {count} characters, and OCPP 1.6 takes at most {ID_TAG_MAX_LENGTH}"


def id_tag(token: IdToken) -> str:
    """Raises ProtocolMisuse for a token that 1.6 cannot carry: cut off it would be somebody else's."""
    if objection := objection_to(token):
        raise ProtocolMisuse(f"token {token.masked} cannot be told: {objection}")
    return token.value


def fits(token: IdToken | None) -> bool:
    """Whether `token` is there and 1.6 can carry it."""
    return token is not None and not objection_to(token)


DEFAULT_WISHES = SigningWishes()


def render(
    queued: QueuedFact, now: Instant, most_readings: int, wishes: SigningWishes = DEFAULT_WISHES
) -> WireCall | None:
    """The call that tells a fact; None where 1.6 has nothing to say about it.

    `most_readings` bounds what a stop carries along. Raises ProtocolMisuse for a start that 1.6 cannot tell.
    """
    match queued.fact:
        case TransactionStarted() as started:
            return WireCall("StartTransaction", _start(started, now))
        case TransactionSampled() as sampled:
            return _sampled(sampled, queued, now, wishes)
        case Stopped() as stopped:
            return WireCall("StopTransaction", _stop(stopped, queued, now, most_readings, wishes))


def meter_values(taken: MeterReadings, *, connector: int, transaction_id: int | None, now: Instant) -> WireCall | None:
    """MeterValues of one moment; `transaction_id` None is outside of any transaction."""
    return _meter_values(taken, certain_ms(taken.at, now), connector=connector, transaction_id=transaction_id)


def _meter_values(taken: MeterReadings, at_ms: int, *, connector: int, transaction_id: int | None) -> WireCall | None:
    value = meter_value(taken, time_text(at_ms))
    if value is None:
        return None
    payload: Payload = {"connectorId": connector, "meterValue": [value]}
    if transaction_id is not None:
        payload["transactionId"] = transaction_id
    return WireCall("MeterValues", payload)


def _start(fact: TransactionStarted, now: Instant) -> Payload:
    payload: Payload = {
        "connectorId": fact.connector,
        "idTag": id_tag(fact.token),
        "meterStart": fact.register_wh,
        "timestamp": time_text(certain_ms(fact.at, now)),
    }
    if fact.reservation_id is not None:
        payload["reservationId"] = fact.reservation_id
    return payload


def _sampled(fact: TransactionSampled, queued: QueuedFact, now: Instant, wishes: SigningWishes) -> WireCall | None:
    transaction_id = None if fact.key is None else _transaction_id(queued)
    at = fact.readings.at
    at_ms = in_transaction_ms(certain_ms(at, now), at, queued.started_at, now)
    call = _meter_values(fact.readings, at_ms, connector=fact.connector or 0, transaction_id=transaction_id)
    has_register = any(one.measurand is Measurand.ENERGY_IMPORT_REGISTER for one in fact.readings.readings)
    if call is not None and fact.begun is not None and wishes.in_stops and wishes.in_begins and has_register:
        # Once a transaction is with the stop, which is told whatever the settings were at the begin.
        with_key = wishes.public_key == EVERY_METER_VALUE
        call.payload["meterValue"][0]["sampledValue"].append(
            sampled_value(fact.begun, ReadingContext.BEGIN, with_key=with_key)
        )
    return call


def _stop(fact: Stopped, queued: QueuedFact, now: Instant, most_readings: int, wishes: SigningWishes) -> Payload:
    ended_ms = in_transaction_ms(certain_ms(fact.at, now), fact.at, queued.started_at, now)
    payload: Payload = {
        "transactionId": _transaction_id(queued),
        "meterStop": fact.register_wh,
        "timestamp": time_text(ended_ms),
        "reason": REASONS[fact.reason],
    }
    if fact.token is not None and fits(fact.token):
        payload["idTag"] = fact.token.value
    times = ((taken, _within_ms(taken.at, fact, queued, now)) for taken in thinned(fact.history, most_readings))
    times = ((taken, min(at_ms, ended_ms)) for taken, at_ms in times)
    history = [value for taken, at_ms in times if (value := meter_value(taken, time_text(at_ms))) is not None]
    if wishes.in_stops:
        _add_signed(history, fact, wishes, (_begun_ms(fact, queued, ended_ms, now), ended_ms))
    if history:
        payload["transactionData"] = history
    return payload


def _begun_ms(fact: Stopped, queued: QueuedFact, ended_ms: int, now: Instant) -> int:
    return ended_ms if fact.begun is None else min(_within_ms(fact.begun.at, fact, queued, now), ended_ms)


def _add_signed(history: list[Payload], fact: Stopped, wishes: SigningWishes, times_ms: tuple[int, int]) -> None:
    """The signed values, each beside the same register in plain.

    An end that holds the begin as well goes alone, as the note wants it (3.1.4); a begin without an end goes too.
    """
    begun = None if fact.begun is None or (fact.signed is not None and fact.signed.holds_begin) else fact.begun
    is_every = wishes.public_key == EVERY_METER_VALUE
    if begun is not None:
        value = sampled_value(begun.value, ReadingContext.BEGIN, with_key=wishes.public_key != NEVER)
        _beside(history, 0, value, register_value(begun.register_wh, ReadingContext.BEGIN), time_text(times_ms[0]))
    if fact.signed is not None:
        with_key = is_every or (begun is None and wishes.public_key != NEVER)
        value = sampled_value(fact.signed, ReadingContext.END, with_key=with_key)
        place = len(history)
        _beside(history, place, value, register_value(fact.register_wh, ReadingContext.END), time_text(times_ms[1]))


def _beside(history: list[Payload], place: int, signed: Payload, raw: Payload, timestamp: str) -> None:
    """Into the moment whose register it is, or into one of its own at `place`."""
    for moment in history:
        values = moment["sampledValue"]
        if any(value["context"] == signed["context"] and value["measurand"] == signed["measurand"] for value in values):
            values.append(signed)
            return
    history.insert(place, {"timestamp": timestamp, "sampledValue": [raw, signed]})


def _within_ms(at: Instant, fact: Stopped, queued: QueuedFact, now: Instant) -> int:
    """The time of a reading taken before an end: counted back from the end where that has a trusted time of one boot.

    A reading of a boot that never had a clock is placed too late otherwise.
    """
    is_anchored = fact.at.utc_ms is not None and fact.at.boot_id == at.boot_id
    return in_transaction_ms(certain_ms(at, fact.at if is_anchored else now), at, queued.started_at, now)


def _transaction_id(queued: QueuedFact) -> int:
    return UNKNOWN_TRANSACTION if queued.remote_id is None else queued.remote_id
