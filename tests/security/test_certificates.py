from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import CertificateRefused
from agent.security import certificates
from tests.security.zoo import A_DAY, A_YEAR, NOW, NOW_MS, SIGNED_WITH_SHA1, Made, make, rsa_key

ROOT = make("root")
BETWEEN = make("between", by=ROOT)
LEAF = make("QE-000123", by=BETWEEN, ca=False, client=True)


def objection_to_root(made: Made) -> str | None:
    return certificates.objection_to_root(made.certificate, NOW_MS)


def test_a_good_root_is_good() -> None:
    assert objection_to_root(ROOT) is None
    assert objection_to_root(make("rsa", key=rsa_key(2048))) is None


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (make(ends=NOW - timedelta(hours=1)), "expired on 2026-10-01"),
        (make(begins=NOW + A_DAY), "is valid from 2026-10-02 on"),
        (make(key=rsa_key(1024)), "RSA key of 1024 bits; 2048 is the least"),
        (make(key=ec.generate_private_key(ec.SECP192R1())), "curve of 192 bits; 224 is the least"),
        (make(ca=False), "no authority's"),
        (make(with_constraints=False), "no authority's"),
    ],
    ids=["expired", "early", "rsa 1024", "p-192", "no ca", "no constraints"],
)
def test_what_is_wrong_with_a_root_is_said(made: Made, says: str) -> None:
    assert says in (objection_to_root(made) or "")


def test_a_root_signed_with_sha_1_is_refused() -> None:
    root = certificates.read_one(SIGNED_WITH_SHA1)
    in_2027_ms = NOW_MS + 200 * 86_400_000

    assert "signed with SHA1" in (certificates.objection_to_root(root, in_2027_ms) or "")


def test_a_root_whose_own_signature_does_not_fit_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    forged = make(public_key=other.public_key())

    assert "signature does not fit" in (objection_to_root(forged) or "")


def test_a_root_that_another_one_signed_needs_that_one() -> None:
    heir = make("new root", by=ROOT)

    assert objection_to_root(heir) is not None
    assert certificates.objection_to_root(heir.certificate, NOW_MS, [ROOT.certificate]) is None


def test_a_key_of_another_kind_is_refused() -> None:
    odd = make(by=ROOT, ca=False, public_key=ed25519.Ed25519PrivateKey.generate().public_key())

    assert "neither RSA" in (certificates.objection_to_leaf(odd.certificate) or "")


@given(days=st.integers(-400, 400))
def test_dates_are_judged_at_the_given_moment(days: int) -> None:
    made = make(begins=NOW - A_DAY, ends=NOW + A_DAY)
    at_ms = NOW_MS + days * 86_400_000

    assert (certificates.objection_to_dates(made.certificate, at_ms) is None) == (abs(days) <= 1)


def test_a_successor_is_signed_by_the_old_root() -> None:
    heir, stranger = make("new root", by=ROOT), make("stranger")

    assert certificates.objection_to_successor(heir.certificate, [ROOT.certificate]) is None
    assert certificates.objection_to_successor(stranger.certificate, [ROOT.certificate]) is not None


def test_a_chain_holds_together_in_its_order_only() -> None:
    chain = [LEAF.certificate, BETWEEN.certificate, ROOT.certificate]
    no_authority = make("no authority", by=ROOT, ca=False)
    below = make("below", by=no_authority, ca=False)

    assert certificates.objection_to_links(chain) is None
    assert certificates.objection_to_links(chain[:1]) is None
    assert "certificate 1 is not signed" in (certificates.objection_to_links(chain[::-1]) or "")
    assert "no authority's" in (certificates.objection_to_links([below.certificate, no_authority.certificate]) or "")


@pytest.mark.parametrize(
    ("made", "is_good"),
    [
        (LEAF, True),
        (make(by=ROOT, ca=False), True),
        (make(by=ROOT, ca=False, client=False), False),
        (make(by=ROOT, ca=True), False),
    ],
    ids=["client", "any purpose", "server only", "an authority"],
)
def test_a_charger_shows_a_certificate_for_clients(made: Made, is_good: bool) -> None:
    assert (certificates.objection_to_leaf(made.certificate) is None) == is_good


def test_hashes_are_those_of_the_issuer() -> None:
    named = certificates.hash_data(BETWEEN.certificate, ROOT.certificate)

    name = ROOT.certificate.subject.public_bytes()
    point = ROOT.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert named.algorithm == "SHA256"
    assert named.issuer_name_hash == hashlib.sha256(name).hexdigest()
    assert named.issuer_key_hash == hashlib.sha256(point).hexdigest()
    assert named.serial_number == f"{BETWEEN.certificate.serial_number:x}"


def test_hashes_of_an_rsa_root_are_over_the_bits_of_its_key() -> None:
    root = make("rsa", key=rsa_key(2048))

    named = certificates.hash_data(root.certificate, None, "SHA512")

    bits = root.key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert named.issuer_key_hash == hashlib.sha512(bits).hexdigest()


@given(zeros=st.integers(0, 8), upper=st.booleans())
def test_a_name_counts_however_its_digits_are_written(zeros: int, upper: bool) -> None:
    named = certificates.hash_data(ROOT.certificate, None)
    serial = "0" * zeros + (named.serial_number.upper() if upper else named.serial_number)
    written = certificates.HashData(
        algorithm="SHA256",
        issuer_name_hash=named.issuer_name_hash.upper() if upper else named.issuer_name_hash,
        issuer_key_hash=named.issuer_key_hash,
        serial_number=serial,
    )

    assert named.names(written)


@given(st.text(max_size=300) | st.just("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"))
def test_what_is_no_certificate_is_refused_and_nothing_else_happens(pem: str) -> None:
    with pytest.raises(CertificateRefused):
        certificates.read_chain(pem)


@given(place=st.integers(0, 2000), sign=st.sampled_from("AZaz09+/=\n"))
def test_a_damaged_certificate_is_refused_or_another_one(place: int, sign: str) -> None:
    pem = ROOT.pem
    place %= len(pem)
    damaged = pem[:place] + sign + pem[place + 1 :]

    try:
        [read] = certificates.read_chain(damaged)
    except CertificateRefused:
        return
    assert read == ROOT.certificate or objection_to_root(Made(read, None)) is not None


def test_a_chain_without_end_is_refused() -> None:
    with pytest.raises(CertificateRefused, match="holds 7 certificates"):
        certificates.read_chain(ROOT.pem * 7)
    with pytest.raises(CertificateRefused, match="one is wanted"):
        certificates.read_one(LEAF.pem + BETWEEN.pem)


def test_the_library_is_loaded_with_the_first_certificate_only() -> None:
    probe = (
        "import sys, agent.app, agent.security.certificates, agent.security.keys, agent.security.firmware\n"
        "import agent.security.certificate_store, agent.station.security_side\n"
        "print('cryptography' in sys.modules)"
    )

    told = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"


def test_a_year_is_a_year() -> None:
    made = make(begins=NOW, ends=NOW + A_YEAR)

    valid = certificates.validity(made.certificate)

    assert valid.not_after_ms - valid.not_before_ms == 365 * 86_400_000
