"""The board's own Ed25519 and SHA-512, held to RFC 8032, to hashlib and to the library `cryptography`."""

import hashlib
from collections.abc import Generator
from typing import Any, TypeVar

import pytest
from ed25519 import ORDER, P, Verifier, _unpacked
from hypothesis import given, settings
from hypothesis import strategies as st
from sha512 import MOST_BYTES, sha512
from signatures import vectors

from tests.vectors import load_vectors, name_of

ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")

few = settings(max_examples=30)
SMALL_ORDER = (
    (1).to_bytes(32, "little"),
    (P - 1).to_bytes(32, "little"),
    bytes(32),
    (1 << 255).to_bytes(32, "little"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
)
"""Points whose eightfold is nothing: with them for a key, one signature fits many texts."""


Returned = TypeVar("Returned")


def returned(work: Generator[None, None, Returned]) -> Returned:
    """What a generator returns in the end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: Returned = end.value
            return value


def verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    verifier = Verifier(key, message, signature)
    for _ in range(1_000):
        answer = verifier.turn()
        if answer is not None:
            return answer
    raise AssertionError("not within a thousand slices")


@given(st.binary(max_size=MOST_BYTES))
def test_the_digest_is_that_of_hashlib(message: bytes) -> None:
    assert returned(sha512(message)) == hashlib.sha512(message).digest()


def test_a_message_of_two_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="more than one block"):
        returned(sha512(bytes(MOST_BYTES + 1)))


@pytest.mark.parametrize(("key", "message", "signature"), vectors())
def test_the_signatures_of_the_rfc_verify(key: bytes, message: bytes, signature: bytes) -> None:
    assert verifies(key, message, signature)


@pytest.mark.parametrize("vector", load_vectors("ed25519")["signatures"], ids=name_of)
def test_it_says_of_the_common_vectors_what_the_agent_says(vector: dict[str, Any]) -> None:
    """`tests/security/test_ed25519.py` holds the agent's own verification to the same ones."""
    key, message, signature = (bytes.fromhex(vector[name]) for name in ("key", "message", "signature"))

    assert verifies(key, message, signature) is vector["verifies"]


@few
@given(seed=st.binary(min_size=32, max_size=32), digest=st.binary(min_size=32, max_size=32))
def test_what_another_library_signed_verifies(seed: bytes, digest: bytes) -> None:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)

    assert verifies(private.public_key().public_bytes_raw(), digest, private.sign(digest))


@few
@given(seed=st.binary(min_size=32, max_size=32), bit=st.integers(0, 8 * 128 - 1))
def test_one_flipped_bit_of_key_text_or_signature_ends_it(seed: bytes, bit: int) -> None:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    digest = hashlib.sha256(seed).digest()
    whole = bytearray(private.public_key().public_bytes_raw() + digest + private.sign(digest))

    whole[bit // 8] ^= 1 << bit % 8

    assert not verifies(bytes(whole[:32]), bytes(whole[32:64]), bytes(whole[64:]))


@few
@given(key=st.binary(min_size=32, max_size=32), signature=st.binary(min_size=64, max_size=64))
def test_noise_never_verifies_and_never_raises(key: bytes, signature: bytes) -> None:
    assert not verifies(key, bytes(32), signature)


def test_a_scalar_above_the_order_is_refused_though_the_equation_holds() -> None:
    key, message, signature = vectors()[1]
    scalar = int.from_bytes(signature[32:], "little") + ORDER

    assert not verifies(key, message, signature[:32] + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize("key", SMALL_ORDER, ids=lambda key: key.hex()[:8])
def test_a_key_of_small_order_is_refused(key: bytes) -> None:
    # S = 0 and R = -k*A: for the identity as key this holds for every text.
    assert not verifies(key, bytes(32), (1).to_bytes(32, "little") + bytes(32))


@pytest.mark.parametrize("vector", load_vectors("ed25519")["points"], ids=name_of)
def test_a_point_has_one_shape(vector: dict[str, Any]) -> None:
    assert (returned(_unpacked(bytes.fromhex(vector["packed"]))) is not None) is vector["is_one"]


@pytest.mark.parametrize("sizes", [(31, 32, 64), (33, 32, 64), (32, 48, 64), (32, 32, 63), (32, 32, 65), (0, 0, 0)])
def test_other_sizes_are_refused(sizes: tuple[int, int, int]) -> None:
    key, message, signature = (bytes(size) for size in sizes)

    assert not verifies(key, message, signature)


def test_the_answer_stays() -> None:
    verifier = Verifier(b"", b"", b"")

    assert (verifier.turn(), verifier.turn()) == (False, False)
