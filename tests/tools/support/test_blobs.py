"""A file that comes in pieces is believed with its hash, and what is missing is named."""

from __future__ import annotations

import hashlib

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.support.blobs import Arriving, BadChunk, promise_of

WHOLE = bytes(range(256)) * 3


def pieces(whole: bytes, size: int) -> list[bytes]:
    """As a charger sends them."""
    cut = [whole[at : at + size] for at in range(0, len(whole), size)] or [b""]
    told = {"bytes": len(whole), "chunks": len(cut), "sha256": hashlib.sha256(whole).hexdigest()}
    head = {**told, "content_type": "application/gzip", "name": "b.tar.gz"}
    return [cbor2.dumps({"k": k, "data": data, **(head if k == 0 else {})}) for k, data in enumerate(cut)]


@given(st.binary(max_size=600), st.integers(1, 100), st.randoms(use_true_random=False))
def test_any_file_in_any_pieces_in_any_order_and_twice_comes_whole(whole: bytes, size: int, random: object) -> None:
    sent = list(enumerate(pieces(whole, size))) * 2
    random.shuffle(sent)  # type: ignore[attr-defined]
    arriving = Arriving()
    for number, payload in sent:
        arriving.take(number, payload)

    assert arriving.is_complete
    assert arriving.whole() == whole


def test_what_did_not_come_is_named() -> None:
    arriving = Arriving()
    for number, payload in enumerate(pieces(WHOLE, 100)):
        if number not in (2, 5):
            arriving.take(number, payload)

    with pytest.raises(BadChunk, match="pieces 2, 5 of 8 did not come"):
        arriving.whole()


def test_a_changed_piece_is_no_file() -> None:
    arriving = Arriving()
    for number, payload in enumerate(pieces(WHOLE, 100)):
        arriving.take(number, payload)
    arriving.take(3, cbor2.dumps({"k": 3, "data": b"X" * 100}))

    with pytest.raises(BadChunk, match=r"SHA-256 is not the one .* piece 3 came twice and differ"):
        arriving.whole()


@given(st.integers(0, 5), st.binary(max_size=30))
def test_octets_that_are_no_piece_are_counted_and_change_nothing(number: int, garbage: bytes) -> None:
    arriving = Arriving()
    for at, payload in enumerate(pieces(WHOLE, 200)):
        arriving.take(at, payload)
    try:
        is_piece = isinstance(cbor2.loads(garbage), dict)
    except Exception:  # noqa: BLE001 - whatever the library says of it
        is_piece = False

    arriving.take(number, garbage)

    assert is_piece or (arriving.refused == 1 and arriving.whole() == WHOLE)


@pytest.mark.parametrize(
    "wrong", [{"bytes": 1 << 40}, {"chunks": 0}, {"chunks": 10**9}, {"sha256": None, "bytes": "x"}]
)
def test_a_promise_of_more_than_any_charger_sends_is_none(wrong: dict[str, object]) -> None:
    told = {"bytes": 10, "chunks": 1, "sha256": "0" * 64, "content_type": "a/b", "name": "n"}

    with pytest.raises(BadChunk):
        promise_of({**told, **wrong})


@pytest.mark.parametrize("size", [float("inf"), float("nan"), 10**30, -1, None, "x", []])
def test_a_size_that_is_none_is_no_promise_and_a_piece_that_tells_it_is_only_counted(size: object) -> None:
    told = {"bytes": size, "chunks": 1, "sha256": "", "content_type": "", "name": "b"}
    arriving = Arriving()
    arriving.take(0, cbor2.dumps({"k": 0, "data": b"", **told}))

    assert arriving.refused == 1
    with pytest.raises(BadChunk):
        promise_of(told)
