from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from agent.security.authorization_key import KeyEncoding, can_mean_both, is_hex, objection_to_key
from agent.security.keys import new_key, public_part, signing_request
from tests.security import zoo

KEY = new_key()


def names(request: x509.CertificateSigningRequest, oid: x509.ObjectIdentifier) -> list[object]:
    return [one.value for one in request.subject.get_attributes_for_oid(oid)]


def test_a_request_names_the_charger_and_its_operator_and_holds_no_private_key() -> None:
    pem = signing_request(KEY, common_name="QE-000123", organization="Quay Power")

    request = x509.load_pem_x509_csr(pem.encode())

    assert request.is_signature_valid
    assert names(request, NameOID.COMMON_NAME) == ["QE-000123"]
    assert names(request, NameOID.ORGANIZATION_NAME) == ["Quay Power"]
    assert "PRIVATE" not in pem
    assert len(pem) < 5500
    assert zoo.certificates_key(request) == public_part(KEY)


def test_an_operator_without_a_name_is_left_out() -> None:
    request = x509.load_pem_x509_csr(signing_request(KEY, common_name="CP-1", organization="").encode())

    assert names(request, NameOID.ORGANIZATION_NAME) == []


def test_no_two_keys_are_alike() -> None:
    assert len({new_key() for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("text", "encoding", "is_good"),
    [
        ("0123456789abcdef", KeyEncoding.PLAIN, True),
        ("0123456789abcde", KeyEncoding.PLAIN, False),
        ("0" * 40, KeyEncoding.PLAIN, True),
        ("0" * 41, KeyEncoding.PLAIN, False),
        ("0123456789abcdeö", KeyEncoding.PLAIN, False),
        ("0123456789abcd\nf", KeyEncoding.PLAIN, False),
        ("0" * 32, KeyEncoding.HEX, True),
        ("0" * 33, KeyEncoding.HEX, False),
        ("0" * 30, KeyEncoding.HEX, False),
        ("g" * 32, KeyEncoding.HEX, False),
        ("0123456789abcdef", KeyEncoding.AUTO, True),
    ],
)
def test_a_key_has_sixteen_octets_and_forty_characters_at_most(text: str, encoding: KeyEncoding, is_good: bool) -> None:
    assert (objection_to_key(text, encoding) is None) == is_good


def test_a_plain_key_is_never_decoded_and_a_short_one_of_digits_is_plain() -> None:
    assert not is_hex("ab" * 20, KeyEncoding.PLAIN)
    assert is_hex("ab" * 20, KeyEncoding.AUTO)
    assert not is_hex("0123456789abcdef", KeyEncoding.AUTO)


@pytest.mark.parametrize(
    ("text", "encoding", "both"),
    [
        ("ab" * 16, KeyEncoding.AUTO, True),
        ("ab" * 20, KeyEncoding.AUTO, True),
        ("ab" * 15, KeyEncoding.AUTO, False),
        ("a" * 33, KeyEncoding.AUTO, False),
        ("g" * 32, KeyEncoding.AUTO, False),
        ("ab" * 16, KeyEncoding.HEX, False),
        ("ab" * 16, KeyEncoding.PLAIN, False),
    ],
)
def test_a_key_can_mean_both_where_it_spells_enough_octets(text: str, encoding: KeyEncoding, both: bool) -> None:
    assert can_mean_both(text, encoding) == both


@given(st.text(max_size=60), st.sampled_from(KeyEncoding))
def test_an_objection_never_shows_the_key(text: str, encoding: KeyEncoding) -> None:
    why = objection_to_key(text, encoding) or ""

    assert len(text) < 6 or text not in why
