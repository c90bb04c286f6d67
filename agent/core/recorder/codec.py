"""Values of the session core as plain lists, and back: one table, derived once from the types of their fields.

A dataclass is the list of its fields in the order of its schema, an enum its place, a member of a union begins with the
place of its class. What the recording was written with is read by its own schema, so that a recording of another
version is read as far as its classes are still there; what is not is said in a sentence.

Who charged is no business of whoever reads a recording: tokens pass through `veil`, which keeps which are equal, how
long they are and whether they are hexadecimal digits, as far as the core looks at them. Where a text names the last
characters of a token ("…1234") they are left out, and so are data that a meter signed, which may hold a token.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from operator import attrgetter
from typing import Any, Union

from agent.core.faults.catalogue import fault_kind
from agent.core.faults.model import FaultKind
from agent.core.identity import IdToken
from agent.core.leaving import without_cards
from agent.core.recorder.schema import Schema, Unreadable, default_of, schema_of, written_fields
from agent.core.signatures import Identification, SignedValue

Plain = Any
"""None, bool, int, float, str, or a list of these."""
Write = Callable[[Any], Plain]
Read = Callable[[Plain], Any]
Veil = Callable[[str], str]
"""Another name for a token's value, always the same for the same value whatever its case; itself where it is one."""

MASK = "…"
_NOTHING: tuple[Plain, ...] = (None, False, 0, 0.0, "", [])
_SCALARS = (str, int, float, bool, types.NoneType)


def unveiled(value: str) -> str:
    """For a replay: what it reads has been veiled already."""
    return value


class Codec:
    """Writes and reads by one schema: this program's, or the one that a recording was written with.

    With the latter, what this program's classes have more is not written, so that values can be held against those of
    the recording. `compares_all`: they have everything that the recording has.
    """

    def __init__(self, veil: Veil = unveiled, written_with: Schema | None = None) -> None:
        self.schema = schema_of()
        self._veil = veil
        self._with = written_with or self.schema
        self._places = {name: place for place, name in enumerate(self._with.classes)}
        self.names = list(self._with.classes)
        """Of the classes, by their place."""
        own = self.schema.classes
        self.compares_all = all(set(given) <= set(own.get(name, ())) for name, given in self._with.classes.items())
        self._writers: dict[Any, Write | None] = {IdToken: self._write_token, SignedValue: self._write_signed}
        self._readers: dict[Any, Read | None] = {IdToken: self._read_token}
        self._writers |= {FaultKind: attrgetter("id"), str: _without_masks, Identification: _write_identification}
        self._readers |= {FaultKind: _read_fault_kind, SignedValue: _read_signed, Identification: _read_identification}

    def write(self, hint: Any, value: object) -> Plain:
        """`value`, which is of the type `hint`, as plain lists."""
        writer = self.writer(hint)
        return value if writer is None else writer(value)

    def read(self, hint: Any, plain: Plain) -> Any:
        """The value of the type `hint` again. Raises Unreadable, in a sentence, for everything that is none."""
        reader = self._reader(hint)
        try:
            return plain if reader is None else reader(plain)
        except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
            if isinstance(error, Unreadable):
                raise
            raise Unreadable(f"a value of the recording cannot be one: {type(error).__name__}, {error}") from error

    def writer(self, hint: Any) -> Write | None:
        """How a value of this type is written; None where it stays what it is."""
        if hint not in self._writers:
            self._writers[hint] = self._make_writer(hint)
        return self._writers[hint]

    def _reader(self, hint: Any) -> Read | None:
        if hint not in self._readers:
            self._readers[hint] = self._make_reader(hint)
        return self._readers[hint]

    # How each kind of type is written.

    def _make_writer(self, hint: Any) -> Write | None:
        if hint in _SCALARS:
            return None
        if hasattr(hint, "__supertype__"):
            return self.writer(hint.__supertype__)
        if isinstance(hint, type) and issubclass(hint, Enum):
            places = {value: place for place, value in enumerate(self._with.enums.get(hint.__qualname__, ()))}
            return {member: places.get(str(member.value), str(member.value)) for member in hint}.__getitem__
        if is_dataclass(hint):
            return self._fields_writer(hint)
        origin, given = typing.get_origin(hint), typing.get_args(hint)
        if origin in (Union, types.UnionType):
            return self._union_writer(given)
        if origin is tuple and given[-1] is not Ellipsis:
            return _each_writer([self.writer(one) for one in given])
        if origin in (tuple, frozenset):
            return _all_writer(self.writer(given[0]), is_set=origin is frozenset)
        raise TypeError(f"{hint} has no form in a recording; teach agent/core/recorder/codec.py")

    def fields_of(self, cls: Any) -> dict[str, Any]:
        """The fields of a class that are written, in their order, with their types."""
        own = written_fields(cls)
        return {name: own[name] for name in self._with.classes.get(cls.__qualname__, own) if name in own}

    def _fields_writer(self, cls: Any) -> Write:
        named = self.fields_of(cls)
        write = _each_writer([self.writer(hint) for hint in named.values()])
        if not named:
            return lambda _: []
        if len(named) == 1:
            one = attrgetter(*named)
            return lambda value: write((one(value),))
        values = attrgetter(*named)
        return lambda value: write(values(value))

    def _union_writer(self, members: tuple[Any, ...]) -> Write | None:
        inner = [one for one in members if one is not types.NoneType]
        if all(one in _SCALARS for one in inner):
            return _scalar if str in inner else None
        if len(inner) == 1:
            write = self.writer(inner[0])
            return None if write is None else lambda value: None if value is None else write(value)
        # Filled when one of a class comes: most of a union's classes are never seen in one run.
        return lambda value: None if value is None else self._tagged(value)

    def _tagged(self, value: object) -> Plain:
        cls = type(value)
        return [self._places.get(cls.__qualname__, cls.__qualname__), *self.write(cls, value)]

    def _write_token(self, token: IdToken) -> Plain:
        return [self._veil(token.value), token.kind, token.is_random]

    def _write_signed(self, value: SignedValue) -> Plain:
        told = [value.encoding, value.method, value.public_key, value.signed_wh, value.step_wh, value.holds_begin]
        return [self._veil(value.data), *told]

    # How each kind of type is read.

    def _make_reader(self, hint: Any) -> Read | None:
        if hint in _SCALARS:
            return _of_type(hint)
        if hasattr(hint, "__supertype__"):
            return self._reader(hint.__supertype__)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return self._enum_reader(hint)
        if is_dataclass(hint):
            return self._fields_reader(hint)
        origin, given = typing.get_origin(hint), typing.get_args(hint)
        if origin in (Union, types.UnionType):
            return self._union_reader(given)
        if origin is tuple and given[-1] is not Ellipsis:
            readers = [self._reader(one) for one in given]
            return lambda plain: tuple(_read(reader, one) for reader, one in zip(readers, plain, strict=True))
        inner = self._reader(given[0])
        return lambda plain: origin(_read(inner, one) for one in _list(plain))

    def _enum_reader(self, hint: type[Enum]) -> Read:
        values = self._with.enums.get(hint.__qualname__, ())
        now = {str(member.value): member for member in hint}

        def read(place: Plain) -> Enum:
            value = values[place] if isinstance(place, int) and 0 <= place < len(values) else place
            if value not in now:
                raise Unreadable(f"{hint.__qualname__} {value!r} of the recording is unknown to this version")
            return now[value]

        return read

    def _fields_reader(self, cls: Any) -> Read:
        there = self._with.classes.get(cls.__qualname__)
        if there is None:
            raise Unreadable(f"the recording knows no {cls.__qualname__}; play it with the version that wrote it")
        known = written_fields(cls)
        # Of a field that is newer than the recording the class may be newer, too, and nothing has to read it.
        named = {name: self._reader(hint) for name, hint in known.items() if name in there}
        own: dict[str, Field[Any]] = {one.name: one for one in fields(cls)}

        def read(plain: Plain) -> Any:
            given = dict(zip(there, _list(plain), strict=True))
            for name in given.keys() - named.keys():
                if given[name] not in _NOTHING:
                    raise Unreadable(f"{cls.__qualname__}.{name} of the recording is unknown to this version")
            values = {
                name: _read(named[name], given[name]) if name in given else default_of(cls, own[name]) for name in known
            }
            return cls(**values)

        return read

    def _union_reader(self, members: tuple[Any, ...]) -> Read | None:
        inner = [one for one in members if one is not types.NoneType]
        if all(one in _SCALARS for one in inner):
            return _of_type(*members)
        if len(inner) == 1:
            one = self._reader(inner[0])
            return lambda plain: None if plain is None else _read(one, plain)
        classes = {cls.__qualname__: cls for cls in inner}
        return lambda plain: None if plain is None else self._read_tagged(classes, _list(plain))

    def _read_tagged(self, classes: Mapping[str, Any], plain: list[Plain]) -> Any:
        name = self.names[plain[0]]
        if name not in classes:
            raise Unreadable(f"{name} of the recording is unknown to this version; play it with the one that wrote it")
        return self.read(classes[name], plain[1:])

    @staticmethod
    def _read_token(plain: Plain) -> IdToken:
        value, kind, is_random = _list(plain)
        return IdToken(_text(value), _text(kind), is_random=bool(is_random))


def _read(reader: Read | None, plain: Plain) -> Any:
    return plain if reader is None else reader(plain)


def _each_writer(writers: list[Write | None]) -> Write:
    return lambda values: [one if write is None else write(one) for write, one in zip(writers, values, strict=True)]


def _all_writer(write: Write | None, *, is_set: bool) -> Write:
    if is_set:
        return lambda values: sorted((one if write is None else write(one) for one in values), key=str)
    return lambda values: list(values) if write is None else [write(one) for one in values]


def _without_masks(text: str) -> str:
    return without_cards(text, MASK)


def _scalar(value: Plain) -> Plain:
    return _without_masks(value) if isinstance(value, str) else value


def _of_type(*allowed: type) -> Read:
    """A whole number may stand for a float, and nothing else for another thing."""
    wide = (*allowed, int) if float in allowed else allowed
    has_bool = bool in allowed

    def read(plain: Plain) -> Plain:
        if not isinstance(plain, wide) or (isinstance(plain, bool) and not has_bool):
            raise Unreadable(f"{plain!r:.40} stands in the recording where {allowed[0].__name__} should")
        return plain

    return read


def _list(plain: Plain) -> list[Plain]:
    if not isinstance(plain, list):
        raise Unreadable(f"{plain!r:.40} stands in the recording where a list should")
    return plain


def _text(plain: Plain) -> str:
    if not isinstance(plain, str):
        raise Unreadable(f"{plain!r:.40} stands in the recording where a text should")
    return plain


def _read_fault_kind(plain: Plain) -> FaultKind:
    try:
        return fault_kind(_text(plain))
    except KeyError as error:
        raise Unreadable(f"the fault {plain!r:.60} of the recording is unknown to this version") from error


def _write_identification(who: Identification) -> Plain:
    """Without who it is: the token itself, or our name of the transaction, which is known."""
    return [who.kind, list(who.flags), who.place]


def _read_identification(plain: Plain) -> Identification:
    kind, flags, place = _list(plain)
    return Identification(kind=_text(kind), data="", flags=tuple(map(_text, _list(flags))), place=_text(place))


def _read_signed(plain: Iterable[Plain]) -> SignedValue:
    """What stands for a signed value: its data are none that could be verified."""
    data, encoding, method, public_key, signed_wh, step_wh, holds_begin = plain
    return SignedValue(
        data=_text(data),
        encoding=_text(encoding),
        method=_text(method),
        public_key=_text(public_key),
        signed_wh=signed_wh,
        step_wh=step_wh,
        holds_begin=bool(holds_begin),
    )
