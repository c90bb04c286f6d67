"""Ed25519 verification (RFC 8032, 5.1.7) in slices, each short enough for the 5 ms loop of the board.

Only public values are handled: nothing here needs to take the same time for all of them. Long integers are slow under
MicroPython, about 1 us for a product modulo P on a workstation and a hundred times that on the board, hence the slices.
"""

from sha512 import sha512

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    Point = tuple[int, int, int, int]
    """Extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, x*y = T/Z."""

KEY_BYTES = 32
SIGNATURE_BYTES = 64
MOST_MESSAGE = 47
"""Commitment, key and message fit into one block of SHA-512; the board signs 32-byte digests."""
PRODUCTS_AT_ONCE = 8
"""As many as one addition of points needs."""

P = (1 << 255) - 19
ORDER = (1 << 252) + 27742317777372353535851937790883648493
D = 37095705934669439343138083508754565189542113879843219016388785533085940283555
ROOT_OF_MINUS_ONE = 19681161376707505956807079304988542015446066515923890162744021073123829784752
BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
BASE_Y = 46316835694926478169428394003475163141307993866256225615783033603165251855960
IDENTITY = (0, 1, 1, 0)


class Verifier:
    """Whether `signature` of `digest` is that of `public_key`; asked slice by slice.

    About 635 slices for a good one. False also for a key, a point or a scalar that is not in its one proper form, and
    for a key of small order.
    """

    def __init__(self, public_key: bytes, digest: bytes, signature: bytes) -> None:
        self._result: bool | None = None
        self._work = _verify(public_key, digest, signature)

    def turn(self) -> "bool | None":
        """Do one slice; None until the answer is known."""
        if self._result is None:
            try:
                next(self._work)
            except StopIteration as end:
                self._result = bool(end.value)
        return self._result


def _verify(public_key: bytes, digest: bytes, signature: bytes) -> "Generator[None, None, bool]":
    if len(public_key) != KEY_BYTES or len(digest) > MOST_MESSAGE or len(signature) != SIGNATURE_BYTES:
        return False
    commitment = signature[:32]
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= ORDER:
        # The same signature in another shape; RFC 8032 refuses it.
        return False
    key = yield from _unpacked(public_key)
    if key is None:
        return False
    yield
    if (yield from _has_small_order(key)):
        return False
    challenge = yield from sha512(commitment + public_key + digest)
    factor = int.from_bytes(challenge, "little") % ORDER
    yield
    point = yield from _difference(scalar, factor, key)
    packed = yield from _packed(point)
    return bool(packed == commitment)


def _power(base: int, exponent: int) -> "Generator[None, None, int]":
    """`base` to the `exponent` modulo P."""
    result = 1
    products = 0
    for place in range(254, -1, -1):
        result = result * result % P
        if exponent >> place & 1:
            result = result * base % P
            products += 1
        products += 1
        if products >= PRODUCTS_AT_ONCE - 1:
            products = 0
            yield
    return result


def _unpacked(packed: bytes) -> "Generator[None, None, Point | None]":
    """The point of 32 bytes, None where they are those of none or not its shortest form (RFC 8032, 5.1.3)."""
    number = int.from_bytes(packed, "little")
    sign = number >> 255
    y = number & ((1 << 255) - 1)
    if y >= P:
        return None
    square = y * y % P
    over, under = (square - 1) % P, (D * square + 1) % P
    yield
    cubed = under * under % P * under % P
    power = over * cubed % P * cubed % P * under % P
    yield
    root = yield from _power(power, (P - 5) // 8)
    yield
    x = over * cubed % P * root % P
    yield
    found = under * x % P * x % P
    if found != over:
        if found != P - over:
            return None
        x = x * ROOT_OF_MINUS_ONE % P
    if x == 0 and (sign or over):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _packed(point: "Point") -> "Generator[None, None, bytes]":
    x, y, z, _ = point
    inverse = yield from _power(z, P - 2)
    yield
    number = y * inverse % P | (x * inverse % P & 1) << 255
    return number.to_bytes(32, "little")


def _doubled(point: "Point") -> "Point":
    x, y, z, _ = point
    a, b = x * x % P, y * y % P
    h = a + b
    e = h - (x + y) * (x + y) % P
    g = a - b
    f = 2 * z * z % P + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def _prepared(point: "Point") -> "Point":
    """The four factors that an addition of this point needs: made once, used many times."""
    x, y, z, t = point
    return y - x, y + x, 2 * z, 2 * D * t % P


def _sum(point: "Point", prepared: "Point") -> "Point":
    x, y, z, t = point
    difference, total, double_z, scaled_t = prepared
    a, b = (y - x) * difference % P, (y + x) * total % P
    c, d = t * scaled_t % P, z * double_z % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _has_small_order(point: "Point") -> "Generator[None, None, bool]":
    """Eight times it is nothing: such a key would accept one signature for many texts."""
    for _ in range(3):
        point = _doubled(point)
        yield
    return point[0] == 0 and point[1] == point[2]


def _difference(scalar: int, factor: int, key: "Point") -> "Generator[None, None, Point]":
    """`scalar` times the base point minus `factor` times the key, both in one pass over their bits."""
    x, y, z, t = key
    base = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)
    base_addend, minus_key = _prepared(base), _prepared((P - x, y, z, P - t))
    yield
    both = _sum(base, minus_key)
    yield
    addends = (None, base_addend, minus_key, _prepared(both))
    point = IDENTITY
    for place in range(252, -1, -1):
        point = _doubled(point)
        yield
        addend = addends[(scalar >> place & 1) + 2 * (factor >> place & 1)]
        if addend is not None:
            point = _sum(point, addend)
            yield
    return point
