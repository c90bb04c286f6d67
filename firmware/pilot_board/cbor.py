"""A CBOR codec (RFC 8949) just large enough for the link: integers, bytes, text, booleans, None, lists and maps.

Deterministic on the way out (shortest heads, map keys ascending), strict on the way in: no longer heads, no floats, no
tags, no indefinite lengths, no duplicate keys, nothing after the value, no deeper than `MAX_DEPTH`.
"""

MAX_DEPTH = 4

UNSIGNED = 0x00
NEGATIVE = 0x20
BYTES = 0x40
TEXT = 0x60
LIST = 0x80
MAP = 0xA0
FALSE = 0xF4
TRUE = 0xF5
NONE = 0xF6

LEAST_BEHIND_HEAD = (24, 0x100, 0x10000, 0x100000000)
"""What needs one, two, four, eight bytes behind the first: whatever is less has a shorter form."""


class CborError(ValueError):
    """The bytes are not one value of the subset."""


def encode(value: object) -> bytes:
    """The value as bytes. A type outside the subset is our own mistake: TypeError."""
    out = bytearray()
    _put(out, value)
    return bytes(out)


def encode_places(values: "tuple[object, ...]") -> bytes:
    """A map of the values by their places from 0, as `encode` writes it; at most 255 of them."""
    out = bytearray((MAP | len(values),)) if len(values) < 24 else bytearray((MAP | 24, len(values)))
    for place, value in enumerate(values):
        if place < 24:
            out.append(place)
        else:
            _put_int(out, place)
        if type(value) is int and 0 <= value < 24:
            out.append(value)
        else:
            _put(out, value)
    return bytes(out)


class Places:
    """`encode_places` for one message that is said again and again: only what is another object is encoded anew.

    Immutable values only, beside such that are made anew for each message: the same object must mean the same bytes.
    """

    def __init__(self, count: int) -> None:
        self._values: list[object] = [self] * count
        self._pieces = [bytes(_head(MAP, count))]
        self._pieces.extend([b""] * count)

    def encode(self, values: "tuple[object, ...]") -> bytes:
        """As many values as there are places."""
        known = self._values
        for place, value in enumerate(values):
            if value is not known[place]:
                known[place] = value
                piece = _head(UNSIGNED, place)
                _put(piece, value)
                self._pieces[place + 1] = bytes(piece)
        return b"".join(self._pieces)


def _head(major: int, argument: int) -> bytearray:
    out = bytearray()
    _put_head(out, major, argument)
    return out


def _put(out: bytearray, value: object) -> None:
    # Most of what a board says is whole numbers, five times a second: they come first. The type of a truth is not int.
    if type(value) is int:
        _put_int(out, value)
    elif value is None:
        out.append(NONE)
    elif value is True:
        out.append(TRUE)
    elif value is False:
        out.append(FALSE)
    elif isinstance(value, str):
        _put_string(out, TEXT, value.encode())
    elif isinstance(value, (bytes, bytearray)):
        _put_string(out, BYTES, value)
    else:
        _put_container(out, value)


def _put_container(out: bytearray, value: object) -> None:
    if isinstance(value, dict):
        _put_head(out, MAP, len(value))
        for key in sorted(value):
            _put(out, key)
            _put(out, value[key])
    elif isinstance(value, (list, tuple)):
        _put_head(out, LIST, len(value))
        for item in value:
            _put(out, item)
    else:
        raise TypeError("no CBOR for this type")


def _put_int(out: bytearray, value: int) -> None:
    if 0 <= value < 24:
        out.append(value)
    elif value >= 0:
        _put_head(out, UNSIGNED, value)
    else:
        _put_head(out, NEGATIVE, -1 - value)


def _put_string(out: bytearray, major: int, content: "bytes | bytearray") -> None:
    _put_head(out, major, len(content))
    out.extend(content)


def _put_head(out: bytearray, major: int, argument: int) -> None:
    if argument < 24:
        out.append(major | argument)
    elif argument <= 0xFF:
        out.append(major | 24)
        out.append(argument)
    elif argument <= 0xFFFF:
        out.append(major | 25)
        out.append(argument >> 8)
        out.append(argument & 0xFF)
    else:
        is_long = argument > 0xFFFFFFFF
        out.append(major | (27 if is_long else 26))
        out.extend(argument.to_bytes(8 if is_long else 4, "big"))


def decode(content: bytes) -> object:
    """The one value that `content` is; CborError for anything else."""
    value, end = _take(content, 0, 0)
    if end != len(content):
        raise CborError("bytes after the value")
    return value


def _take(content: bytes, at: int, depth: int) -> "tuple[object, int]":
    if depth > MAX_DEPTH:
        raise CborError("too deep")
    if at >= len(content):
        raise CborError("cut short")
    head = content[at]
    if head >= FALSE:
        return _simple(head), at + 1
    argument, at = _argument(content, head & 0x1F, at + 1)
    major = head & 0xE0
    if major == UNSIGNED:
        return argument, at
    if major == NEGATIVE:
        return -1 - argument, at
    if major in (BYTES, TEXT):
        return _string(content, major, at, argument)
    if argument > len(content) - at:
        raise CborError("more items than bytes")
    if major == LIST:
        return _list(content, at, argument, depth)
    if major == MAP:
        return _map(content, at, argument, depth)
    raise CborError("tag or simple value outside the subset")


def _simple(head: int) -> "bool | None":
    if head == TRUE:
        return True
    if head == FALSE:
        return False
    if head == NONE:
        return None
    raise CborError("float or simple value outside the subset")


def _argument(content: bytes, code: int, at: int) -> "tuple[int, int]":
    if code < 24:
        return code, at
    if code > 27:
        raise CborError("indefinite or reserved length")
    end = at + (1 << (code - 24))
    if end > len(content):
        raise CborError("cut short")
    argument = int.from_bytes(content[at:end], "big")
    if argument < LEAST_BEHIND_HEAD[code - 24]:
        raise CborError("not the shortest head")
    return argument, end


def _string(content: bytes, major: int, at: int, size: int) -> "tuple[object, int]":
    end = at + size
    if end > len(content):
        raise CborError("cut short")
    if major == BYTES:
        return bytes(content[at:end]), end
    try:
        text = str(content[at:end], "utf-8")
    except UnicodeError:
        raise CborError("text is not UTF-8") from None
    if not _is_strict(text, size):
        raise CborError("text is not UTF-8")
    return text, end


def _is_strict(text: str, size: int) -> bool:
    """These `size` bytes of UTF-8 hold characters only, each in its shortest form. MicroPython's own look is laxer."""
    least = 0
    for character in text:
        number = ord(character)
        if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF:
            return False
        least += 1 + (number >= 0x80) + (number >= 0x800) + (number >= 0x10000)
    return least == size


def _list(content: bytes, at: int, count: int, depth: int) -> "tuple[object, int]":
    items = []
    for _ in range(count):
        item, at = _take(content, at, depth + 1)
        items.append(item)
    return items, at


def _map(content: bytes, at: int, count: int, depth: int) -> "tuple[object, int]":
    pairs: dict[int, object] = {}
    for _ in range(count):
        key, at = _take(content, at, depth + 1)
        if not isinstance(key, int) or isinstance(key, bool) or key in pairs:
            raise CborError("map key is not an integer, or there twice")
        pairs[key], at = _take(content, at, depth + 1)
    return pairs, at
