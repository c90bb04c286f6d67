"""Verification in plain Python, against the library and RFC 8032."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.security.device_key import verifies as by_library
from agent.security.ed25519 import ORDER, P, verification, verifies

KEYS = st.binary(min_size=32, max_size=32).map(Ed25519PrivateKey.from_private_bytes)
RFC = (
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
)
"""RFC 8032, 7.1, TEST 1: an empty message."""


def test_the_vector_of_the_standard() -> None:
    key, signature = (bytes.fromhex(one) for one in RFC)

    assert verifies(key, signature, b"")
    assert not verifies(key, signature, b"\0")


@settings(max_examples=40)
@given(KEYS, st.binary(max_size=600), st.integers(0, 511))
def test_it_says_what_the_library_says(key: Ed25519PrivateKey, message: bytes, bit: int) -> None:
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    broken = bytearray(signature)
    broken[bit // 8] ^= 1 << bit % 8

    assert verifies(public, signature, message)
    assert verifies(public, bytes(broken), message) is by_library(public, bytes(broken), message) is False
    assert not verifies(public, signature, message + b"x")


@pytest.mark.parametrize(
    "key",
    [
        (1).to_bytes(32, "little"),
        (0).to_bytes(32, "little"),
        (P - 1).to_bytes(32, "little"),
        P.to_bytes(32, "little"),
        (P + 1).to_bytes(32, "little"),
        (2**255 - 1).to_bytes(32, "little"),
        b"\xff" * 32,
        b"",
        bytes(31),
    ],
)
def test_no_key_of_small_order_or_in_another_shape_bears_a_text(key: bytes) -> None:
    neutral = (1).to_bytes(32, "little")

    assert not verifies(key, neutral + bytes(32), b"any text")
    assert not verifies(key, key + bytes(32), b"any text")


def test_a_signature_has_one_shape() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature = key.sign(b"text")
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    other = signature[:32] + scalar.to_bytes(32, "little")

    assert verifies(key.public_key().public_bytes_raw(), signature, b"text")
    assert not verifies(key.public_key().public_bytes_raw(), other, b"text")


def test_its_slices_are_short() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    times_s = [time.perf_counter()]
    for _ in verification(key.public_key().public_bytes_raw(), key.sign(b"text"), b"text"):
        times_s.append(time.perf_counter())
    slices_s = sorted(later - earlier for earlier, later in pairwise(times_s))

    assert len(slices_s) > 15
    # Of a busy machine the median: the longest says more about its neighbours.
    assert slices_s[len(slices_s) // 2] < 0.002
