from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA256

from agent.security.firmware import objection_to_image, objection_to_signer, sha256_of
from tests.security.zoo import A_DAY, NOW, NOW_MS, Made, make, rsa_key

MAKER = make("manufacturer")
SIGNER = make("release", by=MAKER, ca=False)
RSA_SIGNER = make("release", by=MAKER, ca=False, key=rsa_key(2048))
IMAGE = b"firmware" * 100_000


def signature(made: Made, image: bytes = IMAGE) -> str:
    if made is RSA_SIGNER:
        pss = padding.PSS(padding.MGF1(SHA256()), 32)
        return b64encode(made.key.sign(image, pss, SHA256())).decode()
    return b64encode(made.key.sign(image, ec.ECDSA(SHA256()))).decode()


def digest(image: bytes = IMAGE) -> bytes:
    return hashlib.sha256(image).digest()


def test_a_certificate_of_the_manufacturer_may_sign() -> None:
    between = make("releases", by=MAKER)
    below = make("release 7", by=between, ca=False)

    assert objection_to_signer(SIGNER.pem, [MAKER.pem], NOW_MS) is None
    assert objection_to_signer(RSA_SIGNER.pem, [make("other").pem, MAKER.pem], NOW_MS) is None
    assert objection_to_signer(below.pem + between.pem, [MAKER.pem], NOW_MS) is None
    assert objection_to_signer(below.pem + between.pem + MAKER.pem, [MAKER.pem], NOW_MS) is None


@pytest.mark.parametrize(
    ("pem", "roots", "says"),
    [
        (SIGNER.pem, [], "no manufacturer's root is installed"),
        (SIGNER.pem, [make("other").pem], "no installed root signed it"),
        (make(by=make("manufacturer"), ca=False).pem, [MAKER.pem], "no installed root signed it"),
        (make(by=MAKER, ca=False, ends=NOW - A_DAY / 2).pem, [MAKER.pem], "expired"),
        (make(by=MAKER, ca=False, key=rsa_key(1024)).pem, [MAKER.pem], "1024 bits"),
        ("nonsense", [MAKER.pem], "no certificate"),
    ],
)
def test_what_may_not_sign_is_told(pem: str, roots: list[str], says: str) -> None:
    assert says in (objection_to_signer(pem, roots, NOW_MS) or "")


def test_a_root_that_has_ended_vouches_for_nobody() -> None:
    ended = make("manufacturer", ends=NOW - A_DAY / 2)
    signer = make("release", by=ended, ca=False)

    assert objection_to_signer(signer.pem, [ended.pem], NOW_MS) is not None


@pytest.mark.parametrize("made", [SIGNER, RSA_SIGNER], ids=["ECDSA", "RSA-PSS"])
def test_an_image_carries_the_signature_of_its_certificate(made: Made, tmp_path: Path) -> None:
    file = tmp_path / "image"
    file.write_bytes(IMAGE)

    assert sha256_of(file) == digest()
    assert objection_to_image(sha256_of(file), signature(made), made.pem) is None


@pytest.mark.parametrize("made", [SIGNER, RSA_SIGNER], ids=["ECDSA", "RSA-PSS"])
def test_one_changed_octet_is_noticed(made: Made) -> None:
    changed = IMAGE[:-1] + b"!"

    assert objection_to_image(digest(changed), signature(made), made.pem) is not None


def test_another_signer_or_no_signature_is_noticed() -> None:
    assert objection_to_image(digest(), signature(SIGNER), make(by=MAKER, ca=False).pem) is not None
    assert objection_to_image(digest(), "not base64!", SIGNER.pem) == "the signature is no Base64"
    assert objection_to_image(digest(), "", SIGNER.pem) is not None
    assert objection_to_image(digest(), signature(SIGNER), "nonsense") is not None
