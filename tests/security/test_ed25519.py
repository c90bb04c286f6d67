"""Verification in plain Python, against RFC 8032, the library, and the vectors that the pilot board bears, too."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.security.device_key import verifies as by_library
from agent.security.ed25519 import _unpacked, verification, verifies
from tests.vectors import load_vectors, name_of

KEYS = st.binary(min_size=32, max_size=32).map(Ed25519PrivateKey.from_private_bytes)


@pytest.mark.parametrize("vector", load_vectors("ed25519")["signatures"], ids=name_of)
def test_it_says_of_the_common_vectors_what_the_pilot_board_says(vector: dict[str, Any]) -> None:
    """`tests/firmware/test_ed25519.py` holds the board's own verification to the same ones."""
    key, signature, message = (bytes.fromhex(vector[name]) for name in ("key", "signature", "message"))

    assert verifies(key, signature, message) is vector["verifies"]


@pytest.mark.parametrize("vector", load_vectors("ed25519")["points"], ids=name_of)
def test_a_point_has_one_shape(vector: dict[str, Any]) -> None:
    assert (_unpacked(bytes.fromhex(vector["packed"])) is not None) is vector["is_one"]


@settings(max_examples=40)
@given(KEYS, st.binary(max_size=600), st.integers(0, 511))
def test_it_says_what_the_library_says(key: Ed25519PrivateKey, message: bytes, bit: int) -> None:
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    broken = bytearray(signature)
    broken[bit // 8] ^= 1 << bit % 8

    assert verifies(public, signature, message)
    assert verifies(public, bytes(broken), message) is by_library(public, bytes(broken), message) is False
    assert not verifies(public, signature, message + b"x")


def test_its_slices_are_short() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    times_s = [time.perf_counter()]
    for _ in verification(key.public_key().public_bytes_raw(), key.sign(b"text"), b"text"):
        times_s.append(time.perf_counter())
    slices_s = sorted(later - earlier for earlier, later in pairwise(times_s))

    assert len(slices_s) > 15
    # Of a busy machine the median: the longest says more about its neighbours.
    assert slices_s[len(slices_s) // 2] < 0.002
