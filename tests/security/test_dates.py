"""The end of a certificate, read without the library that judges certificates, is the one that library reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.security.certificates import validity
from agent.security.dates import dates_of
from tests.security.zoo import NOW, SIGNED_WITH_SHA1, make


@pytest.mark.parametrize("years", [1, 20, 30, 90])
def test_the_end_and_the_name_are_those_of_the_library(years: int) -> None:
    """From 2050 on the end is written otherwise."""
    made = make("charger CP-01", ca=False, organization="Somebody", ends=NOW + timedelta(days=365 * years))

    [dates] = dates_of(made.pem)

    assert dates.ends_ms == validity(made.certificate).not_after_ms
    assert dates.subject == "charger CP-01"


def test_a_chain_is_read_in_its_order_and_what_is_no_certificate_is_left_out() -> None:
    root = make("root")
    leaf = make("leaf", by=root, ca=False)
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

    assert [one.subject for one in dates_of(leaf.pem + broken + "words" + root.pem)] == ["leaf", "root"]
    assert dates_of("") == dates_of("no certificate") == ()
    assert len(dates_of(root.pem * 5, most=3)) == 3


def test_two_digits_of_a_year_are_of_this_century_up_to_49() -> None:
    old = make("of the last one", begins=datetime(1990, 1, 1, tzinfo=UTC), ends=datetime(1999, 12, 31, tzinfo=UTC))

    [dates] = dates_of(old.pem)

    assert dates.ends_ms == validity(old.certificate).not_after_ms


def test_one_made_by_another_program_is_read() -> None:
    [dates] = dates_of(SIGNED_WITH_SHA1)

    assert datetime.fromtimestamp(dates.ends_ms / 1000, UTC) == datetime(2126, 11, 6, 15, 47, 5, tzinfo=UTC)


@given(st.binary(max_size=200), st.integers(0, 300))
@settings(max_examples=60)
def test_damage_is_no_date_and_no_failure(noise: bytes, place: int) -> None:
    import base64

    body = "".join(SIGNED_WITH_SHA1.splitlines()[1:-1])
    der = bytearray(base64.b64decode(body))
    der[place : place + len(noise)] = noise

    dates_of(f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(bytes(der)).decode()}\n-----END CERTIFICATE-----")
