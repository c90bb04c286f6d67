from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.core.facts import (
    Fact,
    MeterReadings,
    QueuedFact,
    StopReason,
    TransactionSampled,
    TransactionStarted,
    TransactionStopped,
)
from agent.core.identity import ID_TOKEN_MAX_LENGTH, IdToken
from agent.core.quantities import Measurand, Phase, Reading, ReadingContext
from agent.core.time import Instant
from agent.errors import ProtocolMisuse
from agent.ocpp_client.v16.meter_values import number_text
from agent.ocpp_client.v16.moments import read_time, time_text
from agent.ocpp_client.v16.render import ID_TAG_MAX_LENGTH, fits, id_tag, objection_to
from tests.ocpp_client.v16.station import BOOT, CARD, KEY, NOON_MS, NOW, ONE, REMOTE_ID, Bench, faults_of, payload_of

VALUES = st.floats(allow_nan=True, allow_infinity=True) | st.integers(0, 10**9)
READINGS = st.builds(Reading, st.sampled_from(Measurand), VALUES, st.none() | st.sampled_from(Phase))
AGO_S = st.floats(0, 4999)
MOMENTS = st.builds(
    lambda ago_s, trusted: Instant(NOW.monotonic_s - ago_s, NOON_MS - round(ago_s * 1000) if trusted else None, BOOT),
    AGO_S,
    st.booleans(),
)
TAKEN = st.builds(
    MeterReadings,
    at=MOMENTS,
    context=st.sampled_from(ReadingContext),
    readings=st.lists(READINGS, max_size=6).map(tuple),
)


def started(**changes: object) -> TransactionStarted:
    fact = TransactionStarted(key=KEY, connector=ONE, at=NOW, token=CARD, register_wh=1000)
    return replace(fact, **changes)  # type: ignore[arg-type]


def stopped(**changes: object) -> TransactionStopped:
    fact = TransactionStopped(key=KEY, connector=ONE, at=NOW, register_wh=2000, reason=StopReason.LOCAL, token=CARD)
    return replace(fact, **changes)  # type: ignore[arg-type]


def taken(*values: Reading, at: Instant = NOW, context: ReadingContext = ReadingContext.PERIODIC) -> MeterReadings:
    return MeterReadings(at=at, context=context, readings=values)


def register(value_wh: int) -> Reading:
    return Reading(Measurand.ENERGY_IMPORT_REGISTER, value_wh)


def queued(fact: Fact, *, remote_id: int | None = REMOTE_ID, abandoned: bool = False) -> QueuedFact:
    return QueuedFact(seq=1, fact=fact, remote_id=remote_id, abandoned_start=abandoned)


def test_a_start_tells_who_where_when_and_the_register() -> None:
    call = Bench().adapter.render(queued(started(), remote_id=None))

    assert call is not None
    assert call.action == "StartTransaction"
    assert payload_of(call) == {
        "connectorId": 1,
        "idTag": CARD.value,
        "meterStart": 1000,
        "timestamp": "2026-09-21T14:13:20.000Z",
    }


def test_a_start_that_uses_up_a_reservation_names_it() -> None:
    assert payload_of(Bench().adapter.render(queued(started(reservation_id=0))))["reservationId"] == 0


def test_a_start_with_a_token_beyond_twenty_characters_is_told_to_nobody() -> None:
    with pytest.raises(ProtocolMisuse, match="21 characters"):
        Bench().adapter.render(queued(started(token=IdToken("X" * 21))))


def test_a_token_beyond_twenty_characters_cannot_be_asked_about() -> None:
    with pytest.raises(ProtocolMisuse):
        Bench().adapter.authorize(IdToken("X" * 21))


def test_a_refusal_shows_no_token() -> None:
    with pytest.raises(ProtocolMisuse) as refused:
        Bench().adapter.authorize(IdToken("SECRETSECRETSECRETSECRET"))

    assert "SECRETS" not in str(refused.value)


def test_a_stop_tells_the_end() -> None:
    call = Bench().adapter.render(queued(stopped(history=(taken(register(1500)),))))

    assert payload_of(call) == {
        "transactionId": REMOTE_ID,
        "idTag": CARD.value,
        "meterStop": 2000,
        "timestamp": "2026-09-21T14:13:20.000Z",
        "reason": "Local",
        "transactionData": [
            {
                "timestamp": "2026-09-21T14:13:20.000Z",
                "sampledValue": [
                    {
                        "value": "1500",
                        "context": "Sample.Periodic",
                        "format": "Raw",
                        "measurand": "Energy.Active.Import.Register",
                        "location": "Outlet",
                        "unit": "Wh",
                    }
                ],
            }
        ],
    }


@pytest.mark.parametrize("reason", list(StopReason))
def test_every_reason_has_a_word(reason: StopReason) -> None:
    told = payload_of(Bench().adapter.render(queued(stopped(reason=reason))))["reason"]

    assert told == ("Other" if reason is StopReason.FAULT else reason.value)


@pytest.mark.parametrize("token", [None, IdToken("X" * 21)])
def test_a_stop_leaves_out_a_token_it_cannot_tell(token: IdToken | None) -> None:
    payload = payload_of(Bench().adapter.render(queued(stopped(token=token))))

    assert "idTag" not in payload
    assert "transactionData" not in payload


@pytest.mark.parametrize("remote_id", [0, -5, 1_900_000_000, 2**40])
def test_any_number_is_an_id_of_a_transaction(remote_id: int) -> None:
    assert payload_of(Bench().adapter.render(queued(stopped(), remote_id=remote_id)))["transactionId"] == remote_id


def test_what_follows_a_start_that_was_given_up_goes_out_with_minus_one() -> None:
    adapter = Bench().adapter
    sample = TransactionSampled(key=KEY, connector=ONE, readings=taken(register(1500)))

    told = [payload_of(adapter.render(queued(fact, remote_id=None, abandoned=True))) for fact in (sample, stopped())]

    assert [payload["transactionId"] for payload in told] == [-1, -1]


def test_a_sample_outside_of_a_transaction_names_none() -> None:
    sample = TransactionSampled(key=None, connector=ONE, readings=taken(register(7), context=ReadingContext.CLOCK))

    payload = payload_of(Bench().adapter.render(queued(sample, remote_id=None)))

    assert "transactionId" not in payload
    assert payload["connectorId"] == 1


def test_a_sample_of_the_station_is_of_connector_0() -> None:
    sample = TransactionSampled(key=None, connector=None, readings=taken(register(7)))

    assert payload_of(Bench().adapter.render(queued(sample)))["connectorId"] == 0


def test_readings_with_nothing_in_them_are_not_told() -> None:
    sample = TransactionSampled(key=KEY, connector=ONE, readings=taken(Reading(Measurand.VOLTAGE, float("nan"))))

    assert Bench().adapter.render(queued(sample)) is None


@pytest.mark.parametrize(
    ("reading", "value", "phase", "unit"),
    [
        (Reading(Measurand.VOLTAGE, 230.25, Phase.L1), "230.25", "L1-N", "V"),
        (Reading(Measurand.CURRENT_IMPORT, 15.9, Phase.L2), "15.9", "L2", "A"),
        (Reading(Measurand.POWER_IMPORT, 11040.0), "11040", None, "W"),
        (Reading(Measurand.FREQUENCY, 49.987), "49.987", None, None),
        (Reading(Measurand.CURRENT_OFFERED, 0.0), "0", None, "A"),
        (Reading(Measurand.TEMPERATURE, -0.0001), "0", None, "Celsius"),
    ],
)
def test_readings_have_the_standards_units_and_phases(
    reading: Reading, value: str, phase: str | None, unit: str | None
) -> None:
    sample = TransactionSampled(key=KEY, connector=ONE, readings=taken(reading))

    (told,) = payload_of(Bench().adapter.render(queued(sample)))["meterValue"][0]["sampledValue"]

    assert (told["value"], told.get("phase"), told.get("unit")) == (value, phase, unit)


@given(st.floats(-1e15, 1e15) | st.integers(-(10**15), 10**15))
def test_a_number_is_plain_and_close(value: float) -> None:
    text = number_text(value)

    assert re.fullmatch(r"-?[0-9]+(\.[0-9]{1,3})?", text)
    assert text != "-0"
    assert abs(Decimal(text) - Decimal(value)) <= Decimal("0.0005")


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_energy_is_told_to_the_last_wh(start_wh: int, charged_wh: int) -> None:
    adapter = Bench().adapter

    begin = payload_of(adapter.render(queued(started(register_wh=start_wh))))
    end = payload_of(adapter.render(queued(stopped(register_wh=start_wh + charged_wh))))

    assert end["meterStop"] - begin["meterStart"] == charged_wh


@given(at=MOMENTS, later_s=st.integers(0, 10**7))
def test_what_is_told_does_not_depend_on_when(at: Instant, later_s: int) -> None:
    bench = Bench()
    first = bench.adapter.render(queued(stopped(at=at, history=(taken(register(1), at=at),))))

    bench.station.time = NOW.plus(later_s)

    assert bench.adapter.render(queued(stopped(at=at, history=(taken(register(1), at=at),)))) == first


@given(MOMENTS)
def test_the_time_told_is_that_of_the_event(at: Instant) -> None:
    payload = payload_of(Bench().adapter.render(queued(started(at=at))))

    expected_ms = NOON_MS - round((NOW.monotonic_s - at.monotonic_s) * 1000)
    assert abs((read_time(payload["timestamp"]) or 0) - expected_ms) <= 1


@given(start=MOMENTS, end=MOMENTS)
def test_an_end_is_never_told_before_its_start(start: Instant, end: Instant) -> None:
    assume(start.monotonic_s + 0.002 <= end.monotonic_s)
    adapter = Bench().adapter

    began = payload_of(adapter.render(queued(started(at=start))))["timestamp"]
    ended = payload_of(adapter.render(queued(stopped(at=end))))["timestamp"]

    assert began <= ended


def test_history_before_the_clock_was_trusted_is_counted_back_from_the_end() -> None:
    earlier = Instant(30.0, None, "boot-0")
    fact = stopped(at=Instant(60.0, NOON_MS - 10_000_000, "boot-0"), history=(taken(register(1), at=earlier),))

    payload = payload_of(Bench().adapter.render(queued(fact)))

    assert payload["timestamp"] == time_text(NOON_MS - 10_000_000)
    assert payload["transactionData"][0]["timestamp"] == time_text(NOON_MS - 10_030_000)


def test_history_of_a_boot_without_a_clock_is_not_told_behind_the_end() -> None:
    earlier = Instant(30.0, None, "boot-0")
    fact = stopped(at=Instant(60.0, NOON_MS - 10_000_000, "boot-00"), history=(taken(register(1), at=earlier),))

    payload = payload_of(Bench().adapter.render(queued(fact)))

    assert payload["transactionData"][0]["timestamp"] == payload["timestamp"] == time_text(NOON_MS - 10_000_000)


@given(count=st.integers(0, 700), most=st.integers(2, 200))
def test_a_long_history_is_thinned_evenly_and_keeps_its_ends(count: int, most: int) -> None:
    bench = Bench(first={"SampledDataCtrlr.TxEndedMaxMeterValues": str(most)})
    history = tuple(taken(register(number)) for number in range(count))

    payload = payload_of(bench.adapter.render(queued(stopped(history=history))))

    told = [int(value["sampledValue"][0]["value"]) for value in payload.get("transactionData", [])]
    assert len(told) == min(count, most)
    assert told[:1] == list(range(count))[:1]
    assert told[-1:] == list(range(count))[-1:]
    assert told == sorted(set(told))


@given(
    st.builds(TransactionSampled, key=st.none() | st.just(KEY), connector=st.none() | st.just(ONE), readings=TAKEN)
    | st.builds(
        stopped,
        at=MOMENTS,
        register_wh=st.integers(0, 2**40),
        reason=st.sampled_from(StopReason),
        history=st.lists(TAKEN, max_size=4).map(tuple),
    )
    | st.builds(started, at=MOMENTS, register_wh=st.integers(0, 2**40)),
    st.none() | st.integers(-(2**31), 2**31),
)
def test_whatever_is_rendered_fits_its_schema(fact: Fact, remote_id: int | None) -> None:
    call = Bench().adapter.render(queued(fact, remote_id=remote_id))

    assert call is None or faults_of(call.action, call.payload) == []


@given(st.text(max_size=ID_TOKEN_MAX_LENGTH))
def test_a_token_is_objected_to_where_a_start_cannot_carry_it(value: str) -> None:
    token = IdToken(value)
    can_be_told = 0 < len(value) <= ID_TAG_MAX_LENGTH

    assert (objection_to(token) == "") is can_be_told
    assert fits(token) is can_be_told
    if not can_be_told:
        with pytest.raises(ProtocolMisuse):
            id_tag(token)
