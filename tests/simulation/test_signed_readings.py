"""A charge with a meter that signs, from its registers to the central system: what is found there verifies with the key
on the meter's label, by somebody who knows the format and nothing of this program."""

from __future__ import annotations

import base64
import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from agent.control.transparency import xml_of
from firmware_sim.signing_meter import SigningMeter
from tests.drivers.meters.signing_bench import verified
from tests.simulation.stage import CARD, Charger, tell
from tests.simulation.test_board_stories import body

EVSE_ID = "DE*ABC*E1234*1"
SITE = f"""
[meter]
signature = "required"

[connector.1]
evse_id = "{EVSE_ID}"
"""
WANTED = SITE.replace("required", "when_available")
SIGNING: dict[str, Any] = {"board": "sim-signing", "more_site": SITE}


def meter(charger: Charger) -> SigningMeter:
    found = charger.stage.rig.world.meters[1]
    assert isinstance(found, SigningMeter)
    return found


def label(charger: Charger) -> str:
    return meter(charger).public_key_der().hex()


async def one_charge(charger: Charger, seconds: float = 200.0) -> None:
    await charger.charge()
    await charger.passes(seconds)
    await charger.swipe()
    await charger.passes(20.0)


def signed_values(charger: Charger) -> list[dict[str, Any]]:
    """What the last stop carried, as the central system received it, with the context of each."""
    stop = charger.told("StopTransaction")[-1]
    found = []
    for moment in stop.get("transactionData", []):
        for value in moment["sampledValue"]:
            if value["format"] == "SignedData":
                found.append({**json.loads(value["value"]), "context": value["context"]})
    return found


def text_of(signed: dict[str, Any]) -> str:
    return base64.b64decode(signed["signedMeterData"]).decode()


def test_what_the_central_system_holds_proves_the_charge_to_the_meters_label() -> None:
    async def story(charger: Charger) -> None:
        await one_charge(charger)

        (transaction,) = charger.transactions()
        (signed,) = signed_values(charger)
        read = verified(text_of(signed), label(charger))
        assert read is not None
        assert read.check_eichrecht(errors_only=True) == []
        begin, end = read.payload.RD
        assert (begin.TX, end.TX) == ("B", "E")
        step_kwh = 0.01
        drawn_kwh = (transaction["meter_stop_wh"] - transaction["meter_start_wh"]) / 1000
        assert drawn_kwh > 0.3
        assert float(end.RV - begin.RV) == pytest.approx(drawn_kwh, abs=step_kwh / 2)
        assert float(begin.RV) * 1000 == pytest.approx(transaction["meter_start_wh"], abs=1)
        assert (read.payload.ID, read.payload.CI) == (CARD, EVSE_ID)
        assert (signed["context"], signed["encodingMethod"], signed["signingMethod"]) == ("Transaction.End", "OCMF", "")
        wrapped = base64.b64decode(signed["publicKey"]).decode()
        assert wrapped == f"oca:base16:asn1:{label(charger).upper()}"
        assert await charger.events("signature.disagreed") == []

    tell(story, **SIGNING)


def test_each_signed_value_stands_beside_the_same_register_in_plain() -> None:
    async def story(charger: Charger) -> None:
        await one_charge(charger, 120.0)

        stop = charger.told("StopTransaction")[-1]
        last = stop["transactionData"][-1]
        assert [value["format"] for value in last["sampledValue"]] == ["Raw", "SignedData"]
        assert int(last["sampledValue"][0]["value"]) == stop["meterStop"]
        signed = json.loads(last["sampledValue"][1]["value"])
        end = verified(text_of(signed), label(charger)).payload.RD[-1]
        assert float(end.RV) * 1000 == pytest.approx(stop["meterStop"], abs=1)

    tell(story, **SIGNING, settings={"StopTxnSampledData": "", "MeterValueSampleInterval": 60})


def test_the_begin_is_told_at_once_where_the_network_wants_it() -> None:
    settings = {
        "StartTxnSampledData": "Energy.Active.Import.Register",
        "SampledDataSignStartedReadings": "true",
        "PublicKeyWithSignedMeterValue": "EveryMeterValue",
        "MeterValueSampleInterval": 0,
    }

    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(20.0)

        begins = [one for one in charger.told("MeterValues") if "transactionId" in one]
        raw, signed = begins[0]["meterValue"][0]["sampledValue"]
        assert (raw["context"], signed["context"], signed["format"]) == (*["Transaction.Begin"] * 2, "SignedData")
        value = json.loads(signed["value"])
        (begin,) = verified(text_of(value), label(charger)).payload.RD
        assert float(begin.RV) * 1000 == pytest.approx(int(raw["value"]), abs=1)
        assert value["publicKey"]

    tell(story, **SIGNING, settings=settings)


def test_the_central_system_reads_the_key_and_the_person_at_the_charger_too() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(10.0)
        answer = await charger.network("get_configuration", keys=["MeterPublicKey1"])
        (key,) = answer["answer"]["configurationKey"]
        (shown,) = (await body(charger, "signed keys"))["keys"]

        assert base64.b64decode(key["value"]).decode() == f"oca:base16:asn1:{label(charger).upper()}"
        assert shown == {"connector": 1, "public_key": label(charger).upper()}

    tell(story, **SIGNING)


def test_nobody_charges_where_the_meter_must_sign_and_does_not() -> None:
    async def story(charger: Charger) -> None:
        meter(charger).refuses_with = 254
        await charger.plug_in()
        await charger.swipe()
        await charger.passes(60.0)

        assert charger.outlet()["contactor"] == "open"
        assert charger.transactions() == []
        explained = str(await body(charger, "explain"))
        assert "meter.signature" in explained
        assert "no signed start" in explained
        meter(charger).refuses_with = None
        await charger.swipe()
        await charger.world("wait", connector=1, until="charging", timeout_s=60)

    tell(story, **SIGNING)


def test_where_it_is_only_wanted_the_charge_begins_without_it_and_says_so() -> None:
    async def story(charger: Charger) -> None:
        meter(charger).refuses_with = 254
        await charger.plug_in()
        await charger.swipe()
        await charger.world("wait", connector=1, until="charging", timeout_s=60)
        await charger.passes(60.0)
        await charger.swipe()
        await charger.passes(20.0)

        (event,) = await charger.events("signature.missing")
        assert (event["edge"], "status 254" in str(event["why"])) == ("begin", True)
        assert signed_values(charger) == []
        (row,) = (await body(charger, "signed list"))["signed"]
        assert "status 254" in row["begin"]
        assert row["end"] == "not due"

    tell(story, board="sim-signing", more_site=WANTED)


def test_a_power_cut_in_a_charge_leaves_its_proof_whole() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(300.0)
        await charger.stage.charger.kill(with_power=True)
        meter(charger).loses_supply()
        await charger.passes(60.0)
        await charger.world("plug_out", connector=1)
        await charger.stage.charger.start()
        await charger.passes(60.0)

        (transaction,) = charger.transactions()
        (signed,) = signed_values(charger)
        begin, end = verified(text_of(signed), label(charger)).payload.RD
        assert float(begin.RV) * 1000 == pytest.approx(transaction["meter_start_wh"], abs=1)
        assert float(end.RV) * 1000 == pytest.approx(transaction["meter_stop_wh"], abs=1)

    tell(story, **SIGNING)


def test_an_end_that_is_gone_leaves_the_begin_in_the_stop_and_a_reason_on_record() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(300.0)
        await charger.stage.charger.kill(with_power=True)
        meter(charger).forgets_begin = True
        await charger.passes(60.0)
        await charger.world("plug_out", connector=1)
        await charger.stage.charger.start()
        await charger.passes(90.0)

        (signed,) = signed_values(charger)
        assert signed["context"] == "Transaction.Begin"
        assert verified(text_of(signed), label(charger)) is not None
        shown = await body(charger, "signed show")
        begin, end = shown["values"]
        assert begin["data"] == text_of(signed)
        assert "cannot be signed any more" in end["missing"]
        (event,) = await charger.events("signature.missing")
        assert event["edge"] == "end"

    tell(story, **SIGNING)


def test_a_meter_that_signs_another_register_than_it_shows_is_told() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(60.0)
        meter(charger).shifts_wh = 500
        await charger.swipe()
        await charger.passes(20.0)

        (event,) = await charger.events("signature.disagreed")
        (transaction,) = charger.transactions()
        assert event["register_wh"] == transaction["meter_stop_wh"]
        assert event["signed_wh"] == transaction["meter_stop_wh"] + 500
        assert len(signed_values(charger)) == 1

    tell(story, **SIGNING)


def test_a_slow_signature_holds_the_charge_up_no_longer_than_it_takes() -> None:
    async def story(charger: Charger) -> None:
        meter(charger).signs_in_s = 4.0
        await charger.plug_in()
        await charger.world("swipe", token=CARD)
        await charger.world("wait", connector=1, until="charging", timeout_s=9)

    tell(story, **SIGNING)


def test_the_file_for_the_transparency_software_is_read_by_others(tmp_path: Path) -> None:
    async def story(charger: Charger) -> None:
        await one_charge(charger)
        file = tmp_path / "charge.xml"
        file.write_text(xml_of(await body(charger, "signed show")), encoding="utf-8")

        pyocmf = pytest.importorskip("pyocmf.utils.xml")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (entry,) = pyocmf.OcmfContainer.from_xml(file)
            assert entry.verify_signature()
        assert entry.public_key.key.lower() == label(charger)

    tell(story, **SIGNING)
