"""A meter that signs, at the wire: what it signs verifies for whoever knows the format and the label, and nothing else
is given out for it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import ocmf
from agent.core.signatures import Identification
from agent.drivers.contract import MeterBench, MeterContract
from agent.drivers.meters.iskra_signing import dataset_of, shortest
from agent.drivers.signing_contract import SOMEBODY_ELSE, WHO, SigningMeterContract
from agent.errors import DriverImplausible, DriverRejected, DriverUnavailable
from tests.drivers.meters.signing_bench import IskraBench, verified, with_iskra


class TestIskra(SigningMeterContract, MeterContract):
    def run(self, test: Callable[[MeterBench], Awaitable[None]], *, missing: bool = False) -> None:
        with_iskra(test, missing=missing)


def readings_of(text: str, label: str) -> list[Any]:
    read = verified(text, label)
    assert read is not None
    return list(read.payload.RD)


def test_one_text_of_an_end_proves_the_whole_charge() -> None:
    async def charge(bench: IskraBench) -> None:
        begun = await bench.driver.sign_begin(WHO)
        bench.flows(11_000)
        ended = await bench.driver.sign_end(begun)

        label = bench.meter.public_key_der().hex()
        (begin,) = readings_of(begun.data, label)
        first, last = readings_of(ended.data, label)
        assert (first.RV, first.TX) == (begin.RV, "B")
        assert (last.TX, float(last.RV - first.RV), last.RU) == ("E", 11.0, "kWh")
        assert ended.holds_begin
        assert not begun.holds_begin
        assert verified(ended.data, label).check_eichrecht(errors_only=True) == []
        assert begun.public_key == label.upper()

    with_iskra(charge)


def test_the_text_that_is_given_out_is_the_meters_own_to_the_last_octet() -> None:
    async def charge(bench: IskraBench) -> None:
        begun = await bench.driver.sign_begin(WHO)

        cells = bench.meter._cells
        octets = b"".join(cells[7612 + place].to_bytes(2, "big") for place in range(512))[: cells[7057]]
        assert begun.data.split("|")[1].encode() == octets

    with_iskra(charge)


def test_another_key_or_another_register_does_not_verify() -> None:
    async def charge(bench: IskraBench) -> None:
        begun = await bench.driver.sign_begin(WHO)
        other = ec.generate_private_key(ec.SECP256R1()).public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        stranger = other.public_bytes(serialization.Encoding.DER, form).hex()
        label = bench.meter.public_key_der().hex()

        assert verified(begun.data, label) is not None
        assert verified(begun.data, stranger) is None
        assert verified(begun.data.replace("10.00", "10.01"), label) is None

    with_iskra(charge)


@pytest.mark.parametrize(("time_status", "letter"), [("informative", "I"), ("synchronised", "S")])
def test_it_signs_the_chargers_clock_and_what_is_said_of_it(time_status: str, letter: str) -> None:
    async def charge(bench: IskraBench) -> None:
        begun = await bench.driver.sign_begin(WHO)

        (begin,) = readings_of(begun.data, bench.meter.public_key_der().hex())
        assert begin.time_status == letter
        utc_ms = bench.clock.now().utc_ms
        assert utc_ms is not None
        assert begin.timestamp.timestamp() == pytest.approx(utc_ms / 1000, abs=3)

    with_iskra(charge, time_status=time_status)


def test_without_the_time_nothing_is_signed() -> None:
    async def charge(bench: IskraBench) -> None:
        bench.clock.is_lost = True

        with pytest.raises(DriverUnavailable, match="does not know the time"):
            await bench.driver.sign_begin(WHO)

    with_iskra(charge)


def test_a_meter_that_lost_its_supply_in_a_charge_signs_its_end_all_the_same() -> None:
    async def charge(bench: IskraBench) -> None:
        begun = await bench.driver.sign_begin(WHO)
        bench.flows(2_000)
        bench.meter.loses_supply()
        ended = await bench.driver.sign_end(begun)

        assert ended.signed_wh - begun.signed_wh == 2_000
        assert WHO.data == verified(ended.data, bench.meter.public_key_der().hex()).payload.ID

    with_iskra(charge)


def test_an_end_that_went_with_the_supply_is_said_to_be_gone() -> None:
    async def charge(bench: IskraBench) -> None:
        begun = await bench.driver.sign_begin(WHO)
        await bench.driver.sign_end(begun)
        bench.meter.loses_supply()

        with pytest.raises((DriverRejected, DriverUnavailable, DriverImplausible)):
            await bench.driver.sign_end(begun)

    with_iskra(charge)


def test_a_meter_without_the_begin_in_its_end_is_not_believed() -> None:
    async def charge(bench: IskraBench) -> None:
        begun = await bench.driver.sign_begin(WHO)
        bench.meter.forgets_begin = True

        with pytest.raises(DriverRejected, match="another measurement"):
            await bench.driver.sign_end(begun)

    with_iskra(charge)


@pytest.mark.parametrize(
    ("status", "words"), [(128, "clock"), (253, "size"), (254, "signature failed"), (255, "manual")]
)
def test_what_the_meter_refuses_is_told_in_words(status: int, words: str) -> None:
    async def charge(bench: IskraBench) -> None:
        bench.meter.refuses_with = status

        with pytest.raises(DriverRejected, match=words):
            await bench.driver.sign_begin(WHO)

    with_iskra(charge)


def test_the_firmware_that_pads_its_numbers_verifies_as_well() -> None:
    async def charge(bench: IskraBench) -> None:
        bench.meter.pads_numbers = True
        begun = await bench.driver.sign_begin(WHO)

        assert bench.verifies(begun)

    with_iskra(charge)


def test_a_command_whose_answer_was_lost_is_not_taken_for_refused() -> None:
    async def charge(bench: IskraBench) -> None:
        honest = bench.meter.answer
        lost: list[bytes] = []

        def answer(pdu: bytes) -> bytes:
            said = honest(pdu)
            if pdu[0] == 6 and pdu[1:3] == (7051).to_bytes(2, "big") and len(lost) % 2 == 0:
                lost.append(pdu)
                bench.meter.silent = True
                bench.site.world.timeline.after(0.1, lambda: setattr(bench.meter, "silent", False))
            return said

        bench.meter.answer = answer  # type: ignore[method-assign]  # the meter hears, and its answer is lost
        await bench.driver.read()
        begun = await bench.driver.sign_begin(SOMEBODY_ELSE)
        bench.flows(400)
        ended = await bench.driver.sign_end(begun)

        assert lost
        assert ended.signed_wh - begun.signed_wh == 400

    with_iskra(charge)


def test_signing_is_quick_and_readings_go_on_around_it() -> None:
    async def charge(bench: IskraBench) -> None:
        before_s = bench.now_s()
        begun = await bench.driver.sign_begin(WHO)

        assert bench.now_s() - before_s < 3
        assert (await bench.driver.read()).register_wh == begun.signed_wh
        assert bench.driver.public_key() == begun.public_key

    with_iskra(charge)


def test_a_label_can_be_compared_before_anything_was_signed() -> None:
    async def look(bench: IskraBench) -> None:
        assert bench.driver.public_key() == ""
        await bench.driver.read()

        assert bench.driver.public_key() == bench.meter.public_key_der().hex().upper()

    with_iskra(look)


# --- pure parts

ANY_TEXT = st.text(max_size=40)


@given(st.builds(Identification, kind=st.sampled_from(["NONE", "LOCAL", "ISO14443"]), data=ANY_TEXT, place=ANY_TEXT))
def test_a_dataset_holds_whatever_a_token_is(who: Identification) -> None:
    """In the manual's order, in ASCII, without the sign that parts an OCMF text."""
    written = dataset_of(who)

    assert written.isascii()
    assert "|" not in written
    fields = json.loads(written)
    assert list(fields) == ["FV", "GI", "GS", "PG", "MV", "MM", "MS", "MF", "IS", "IF", "IT", "ID", "CT", "CI", "RD"]
    assert fields["ID"] == who.data.replace("|", " ")


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=40), st.booleans(), st.integers(0, 3))
def test_any_form_of_a_signature_becomes_the_one_that_verifies(message: bytes, is_text: bool, padding: int) -> None:
    private = ec.derive_private_key(12345, ec.SECP256R1())
    der = private.sign(message, ec.ECDSA(hashes.SHA256()))
    first = der[4 : 4 + der[3]]
    second = der[6 + len(first) :]
    padded = b"".join(bytes((2, len(number) + padding)) + b"\0" * padding + number for number in (first, second))
    given_out = bytes((0x30, len(padded))) + padded

    assert shortest(given_out.hex().encode() if is_text else given_out) == der


@given(st.binary(max_size=80))
def test_what_is_no_signature_is_a_value_error(octets: bytes) -> None:
    try:
        found = shortest(octets)
    except ValueError:
        return
    assert found[0] == 0x30


@given(st.text(max_size=200) | st.text(alphabet='OCMF|{}[]":,RDTXVU019.k', max_size=60).map("OCMF|".__add__))
def test_any_text_is_read_or_refused_as_no_ocmf(text: str) -> None:
    try:
        ocmf.read(text)
    except ocmf.NotOcmf:
        return
    assert text.startswith("OCMF|")


@given(st.integers(0, 10**9), st.integers(0, 4))
def test_a_register_is_read_exactly_with_the_step_of_its_last_digit(thousandths: int, digits: int) -> None:
    written = f"{thousandths / 1000:.{digits}f}"
    text = ocmf.joined(f'{{"RD":[{{"TX":"B","RV":{written},"RU":"kWh"}}]}}', "ECDSA-secp256r1-SHA256", "30")

    reading = ocmf.read(text).reading(ocmf.BEGIN_REASONS)

    assert reading is not None
    assert float(reading.wh) == pytest.approx(float(written) * 1000)
    assert reading.step_wh == Decimal(1000).scaleb(-digits)


def test_a_reading_has_what_it_leaves_out_from_the_one_before() -> None:
    payload = '{"RD":[{"TM":"2023-04-14T11:51:06,000+0000 S","TX":"B","RV":1.5,"RU":"kWh"},{"TX":"E","RV":2.5}]}'

    begin, end = ocmf.read_payload(payload).readings

    assert (int(begin.wh), int(end.wh), end.time) == (1500, 2500, begin.time)
