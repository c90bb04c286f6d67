"""Ed25519 verification (RFC 8032, 5.1.7) in plain Python, in slices: for orders from afar, a few a day.

The library `cryptography` would cost the running agent 7.6 MB for it. Only public values are handled, so nothing needs
to take the same time for all of them. Accepted is what RFC 8032 calls the one proper form: a scalar below the order of
the group, points in their shortest form, and no key of small order, which would bear any text.
"""

from __future__ import annotations

from collections.abc import Generator
from hashlib import sha512

KEY_BYTES = 32
SIGNATURE_BYTES = 64
STEPS_AT_ONCE = 16
"""Doublings between two slices: 0.2 ms on a workstation, 2 ms on the smallest Pi."""

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
BASE_Y = 4 * pow(5, -1, P) % P

Point = tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, x*y = T/Z."""
IDENTITY: Point = (0, 1, 1, 0)


def verification(public_key: bytes, signature: bytes, message: bytes) -> Generator[None, None, bool]:
    """Whether `signature` of `message` is that of `public_key`: the value the generator returns after its slices."""
    if len(public_key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    commitment, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    key = _unpacked(public_key)
    yield
    if scalar >= ORDER or key is None or _has_small_order(key):
        return False
    digest = sha512(commitment + public_key + message).digest()
    factor = int.from_bytes(digest, "little") % ORDER
    point = yield from _difference(scalar, factor, key)
    return _packed(point) == commitment


def verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """The same at one go, for who may wait."""
    work = verification(public_key, signature, message)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return bool(end.value)


def _unpacked(packed: bytes) -> Point | None:
    """The point of 32 bytes, None where they are those of none or not its shortest form (RFC 8032, 5.1.3)."""
    number = int.from_bytes(packed, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    x = None if y >= P else _x_of(y)
    if x is None or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def _x_of(y: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    if root * root % P != square:
        root = root * ROOT_OF_MINUS_ONE % P
    return root if root * root % P == square else None


def _packed(point: Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")


def _sum(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _doubled(point: Point) -> Point:
    x, y, z, _ = point
    a, b = x * x % P, y * y % P
    h = a + b
    e, g = h - (x + y) ** 2 % P, a - b
    f = 2 * z * z % P + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def _has_small_order(point: Point) -> bool:
    x, y, z, _ = _doubled(_doubled(_doubled(point)))
    return x % P == 0 and (y - z) % P == 0


def _difference(scalar: int, factor: int, key: Point) -> Generator[None, None, Point]:
    """`scalar` times the base point minus `factor` times the key, both in one pass over their bits."""
    base = _unpacked(BASE_Y.to_bytes(32, "little"))
    assert base is not None
    minus_key = (P - key[0], key[1], key[2], P - key[3])
    addends = (None, base, minus_key, _sum(base, minus_key))
    point = IDENTITY
    for place in range(252, -1, -1):
        point = _doubled(point)
        addend = addends[(scalar >> place & 1) + 2 * (factor >> place & 1)]
        if addend is not None:
            point = _sum(point, addend)
        if place % STEPS_AT_ONCE == 0:
            yield
    return point
