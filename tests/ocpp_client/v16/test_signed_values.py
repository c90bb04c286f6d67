"""Registers that the meter signed, in the words of 1.6 and of the OCA's application note."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.facts import SignedBegin, TransactionSampled, TransactionStopped
from agent.core.quantities import ReadingContext
from agent.core.signatures import MOST_CHARACTERS, SignedValue
from agent.ocpp_client.station import signing_settings as settings
from agent.ocpp_client.v16.settings import ChangeVerdict, Configuration
from firmware_sim.virtual_loop import run
from tests.ocpp_client.v16.station import KEY, NOW, ONE, TWO, Bench, faults_of, payload_of
from tests.ocpp_client.v16.test_render import queued, register, stopped, taken

PUBLIC_KEY = "3059" + "AB" * 89
VALUE = SignedValue(
    data='OCMF|{"RD":[]}|{"SA":"ECDSA-secp256r1-SHA256","SD":"30"}',
    encoding="OCMF",
    method="ECDSA-secp256r1-SHA256",
    public_key=PUBLIC_KEY,
    signed_wh=1000,
)
BEGUN = SignedBegin(at=NOW.plus(-600.0), register_wh=1000, value=VALUE)
END = replace(VALUE, data=VALUE.data.replace("30", "31"), signed_wh=2000)


def signed_of(payload: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    found = []
    for moment in payload.get("transactionData", payload.get("meterValue", [])):
        for value in moment["sampledValue"]:
            if value["format"] == "SignedData":
                found.append((value["context"], json.loads(value["value"])))
    return found


def rendered(fact: TransactionStopped | TransactionSampled, **texts: str) -> dict[str, Any]:
    bench = Bench()
    run(bench.settings.put(texts))
    call = bench.adapter.render(queued(fact))
    assert call is not None
    payload = payload_of(call)
    assert faults_of(call.action, payload) == []
    return payload


def test_the_value_has_the_four_fields_of_the_note() -> None:
    payload = rendered(stopped(signed=replace(END, holds_begin=True), begun=BEGUN))

    ((context, value),) = signed_of(payload)
    assert context == "Transaction.End"
    assert base64.b64decode(value.pop("signedMeterData")).decode() == END.data
    assert base64.b64decode(value.pop("publicKey")).decode() == f"oca:base16:asn1:{PUBLIC_KEY}"
    assert value == {"signingMethod": "", "encodingMethod": "OCMF"}


def test_a_method_that_the_text_does_not_name_is_told_beside_it() -> None:
    other = replace(END, data="some EDL", encoding="EDL", holds_begin=True)

    ((_, value),) = signed_of(rendered(stopped(signed=other)))

    assert (value["encodingMethod"], value["signingMethod"]) == ("EDL", "ECDSA-secp256r1-SHA256")


def test_two_texts_go_both_and_the_key_with_the_first_of_them() -> None:
    values = signed_of(rendered(stopped(signed=END, begun=BEGUN)))

    assert [context for context, _ in values] == ["Transaction.Begin", "Transaction.End"]
    assert [bool(value["publicKey"]) for _, value in values] == [True, False]


@pytest.mark.parametrize(("wish", "with_key"), [("Never", [False, False]), ("EveryMeterValue", [True, True])])
def test_the_key_goes_along_as_the_network_wants_it(wish: str, with_key: list[bool]) -> None:
    texts = {settings.PUBLIC_KEY_WITH_SIGNED_VALUE: wish}

    values = signed_of(rendered(stopped(signed=END, begun=BEGUN), **texts))

    assert [bool(value["publicKey"]) for _, value in values] == with_key


def test_a_begin_whose_end_could_not_be_signed_is_told_all_the_same() -> None:
    values = signed_of(rendered(stopped(begun=BEGUN, unsigned_because="no supply")))

    assert [context for context, _ in values] == ["Transaction.Begin"]


def test_signed_values_stand_in_the_moments_of_their_registers() -> None:
    history = (
        taken(register(1000), at=NOW.plus(-600.0), context=ReadingContext.BEGIN),
        taken(register(1500), at=NOW.plus(-60.0)),
        taken(register(2000), context=ReadingContext.END),
    )

    payload = rendered(stopped(signed=END, begun=BEGUN, history=history))

    formats = [[value["format"] for value in moment["sampledValue"]] for moment in payload["transactionData"]]
    assert formats == [["Raw", "SignedData"], ["Raw"], ["Raw", "SignedData"]]


def test_without_registers_in_the_history_each_brings_its_own() -> None:
    payload = rendered(stopped(signed=END, begun=BEGUN))

    begin, end = payload["transactionData"]
    assert [value["format"] for value in begin["sampledValue"]] == ["Raw", "SignedData"]
    assert (begin["sampledValue"][0]["value"], end["sampledValue"][0]["value"]) == ("1000", "2000")
    assert begin["timestamp"] < end["timestamp"]


def test_a_network_that_wants_none_gets_none() -> None:
    payload = rendered(stopped(signed=END, begun=BEGUN), **{settings.SIGN_READINGS: "false"})

    assert "transactionData" not in payload


@pytest.mark.parametrize(
    ("stops", "begins", "count"), [("true", "true", 1), ("true", "false", 0), ("false", "true", 0)]
)
def test_a_begin_is_told_with_its_signature_where_both_are_wanted(stops: str, begins: str, count: int) -> None:
    readings = taken(register(1000), context=ReadingContext.BEGIN)
    fact = TransactionSampled(key=KEY, connector=ONE, readings=readings, begun=VALUE)

    payload = rendered(fact, **{settings.SIGN_READINGS: stops, settings.SIGN_STARTED_READINGS: begins})

    assert len(signed_of(payload)) == count


@given(st.text(min_size=1, max_size=MOST_CHARACTERS // 4).filter(lambda text: text.isprintable()))
def test_whatever_is_kept_fits_the_field_and_comes_out_as_it_went_in(text: str) -> None:
    ((_, value),) = signed_of(rendered(stopped(signed=replace(END, data=text, holds_begin=True))))

    assert len(value["signedMeterData"]) <= 2500
    assert base64.b64decode(value["signedMeterData"]).decode() == text


def test_the_keys_of_meters_that_sign_are_read_by_connector() -> None:
    bench = Bench()
    bench.station.public_keys = {ONE: PUBLIC_KEY}
    configuration = Configuration(bench.station, bench.settings)

    key = configuration.find("meterpublickey1")
    assert key is not None
    text = configuration.value(key)
    assert text is not None
    assert len(text) <= 500
    assert base64.b64decode(text).decode() == f"oca:base16:asn1:{PUBLIC_KEY}"
    assert configuration.find(f"MeterPublicKey{TWO}") is None
    assert run(configuration.change("MeterPublicKey1", "x")) is ChangeVerdict.REJECTED


def test_a_meter_that_has_not_told_its_key_yet_has_an_empty_one() -> None:
    bench = Bench()
    bench.station.public_keys = {ONE: ""}
    configuration = Configuration(bench.station, bench.settings)

    key = configuration.find("MeterPublicKey1")

    assert key is not None
    assert configuration.value(key) == ""
