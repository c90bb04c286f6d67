"""One TOML table to one frozen dataclass, strictly and with every problem at once.

Used for the site file, for board files and for the `Options` of drivers, so that they all refuse the same mistakes with
the same words. A field's type is its rule: str, int, float (a whole number will do), bool, Path, an Enum by its value,
`tuple[X, ...]`, `Mapping[str, X]`, `X | None`, another dataclass; `Annotated[float, Within(6, 80, "A")]` adds bounds.
`agent/table_schema.py` says the same to editors: what is added here is added there.
"""

from __future__ import annotations

import inspect
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from agent.values import frozen

T = TypeVar("T")

NO_KEY = {"key": False}
"""Metadata of a field that no table may set; the program fills it in."""

KeyPath = tuple[str | int, ...]
"""The way to a value; an element of an array is named by its index from 0."""


@frozen
class Within:
    """Bounds of a number, both included. `because` says where they come from and what to do."""

    low: float
    high: float
    unit: str = ""
    because: str = ""


@frozen
class OneOf:
    """The only values there are."""

    values: tuple[int, ...]


@frozen
class Spelled:
    """Text that fully matches `pattern`; `words` say how to write it."""

    pattern: str
    words: str


@frozen
class Among:
    """One of the names that `known` tells; asked at each check, for what it looks through may have grown.

    `suffix`: text with this ending is the path of a file instead, which whoever uses it reads.
    """

    known: Callable[[], Sequence[str]]
    what: str
    suffix: str = ""

    def allows(self, value: str) -> bool:
        """Whether it is such a name, or such a path."""
        return bool(self.suffix and value.endswith(self.suffix)) or value in self.known()


@frozen
class TableProblem:
    """What is wrong with the value at `key`, and what to write instead."""

    key: KeyPath
    what: str


class _Refused(Exception):
    """A value that does not fit; carries the finished problems."""

    def __init__(self, problems: list[TableProblem]) -> None:
        super().__init__()
        self.problems = problems


def bind(kind: type[T], table: Mapping[str, object], at: KeyPath = ()) -> tuple[T | None, tuple[TableProblem, ...]]:
    """The dataclass and no problems, or None and all of them. `at` is where the table itself stands.

    A ValueError of `__post_init__` becomes a problem of the table; written as "key: what", of that key.
    """
    try:
        return cast(T, _dataclass(kind, table, at)), ()
    except _Refused as refused:
        return None, tuple(refused.problems)


IS_NEAR = 0.6
"""How alike two names are that one is taken for the other, 1.0 for the same letters."""


def nearest(name: str, known: list[str], is_near: float = IS_NEAR) -> str:
    """ "; did you mean …?", or the list of what is known."""
    return close_to(name, known, is_near) or (f"; known here: {', '.join(known)}" if known else "")


def close_to(name: str, known: Iterable[str], is_near: float = IS_NEAR) -> str:
    """ "; did you mean …?", or nothing where none of `known` is close. Dashes before two names make them no closer."""
    # Costs three milliseconds of every start and is needed for a mistake only.
    from difflib import get_close_matches

    bare = {one.lstrip("-"): one for one in known}
    close = get_close_matches(name.lstrip("-"), bare, 1, is_near)
    return f'; did you mean "{bare[close[0]]}"?' if close else ""


def _dataclass(kind: type[Any], table: object, at: KeyPath) -> object:
    if not isinstance(table, Mapping):
        raise _refused(at, f"{_shown(table)} is not a table")
    known = keys_of(kind)
    problems = [
        TableProblem((*at, key), f"unknown key{nearest(key, list(known))}") for key in table if key not in known
    ]
    values: dict[str, object] = {}
    hints = hints_of(kind)
    for name, field in known.items():
        if name not in table:
            problems += _missing(field, at)
            continue
        try:
            values[name] = _value(hints[name], table[name], (*at, name))
        except _Refused as refused:
            problems += refused.problems
    if problems:
        raise _Refused(problems)
    return _build(kind, values, at)


_HINTS: dict[type[Any], dict[str, Any]] = {}


def keys_of(kind: type[Any]) -> dict[str, Field[Any]]:
    """What a table of this kind may hold."""
    return {field.name: field for field in fields(kind) if field.init and field.metadata.get("key", True)}


def is_required(field: Field[Any]) -> bool:
    """Whether a table must hold it."""
    return field.default is MISSING and field.default_factory is MISSING


def hints_of(kind: type[Any]) -> dict[str, Any]:
    """The types of the fields. Found once: that takes longer than all the rest, and a map has dozens of tables."""
    if kind not in _HINTS:
        _HINTS[kind] = {name: hint for parent in reversed(kind.__mro__) for name, hint in _written_in(parent)}
    return _HINTS[kind]


def _written_in(kind: type[Any]) -> Iterable[tuple[str, Any]]:
    """`typing.get_type_hints` of one class, in one piece: it compiles each annotation by itself, 20 µs each."""
    written = inspect.get_annotations(kind)
    if not all(isinstance(hint, str) for hint in written.values()):
        return get_type_hints(kind, include_extras=True).items()
    names = vars(sys.modules[kind.__module__])
    return zip(written, eval(f"({''.join(f'{hint}, ' for hint in written.values())})", names), strict=True)  # noqa: S307


def _missing(field: Field[Any], at: KeyPath) -> list[TableProblem]:
    if is_required(field):
        return [TableProblem((*at, field.name), "is missing; there is no default for it")]
    return []


def _build(kind: type[Any], values: dict[str, object], at: KeyPath) -> object:
    try:
        return kind(**values)
    except ValueError as error:
        key, colon, what = str(error).partition(": ")
        if colon and key in {field.name for field in fields(kind)}:
            raise _refused((*at, key), what) from error
        raise _refused(at, str(error)) from error


def _value(hint: Any, value: object, at: KeyPath) -> object:
    """`value` as the field's type wants it; raises _Refused."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _obeys(arguments[1:], _value(arguments[0], value, at), at)
    if origin in (Union, UnionType):
        return _value(next(one for one in arguments if one is not NoneType), value, at)
    if origin is tuple:
        return _elements(arguments[0], value, at)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(arguments[1], value, at)
    # A NewType is checked as the type below it.
    hint = getattr(hint, "__supertype__", hint)
    if is_dataclass(hint):
        return _dataclass(cast(type[Any], hint), value, at)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _member(hint, value, at)
    return _scalar(hint, value, at)


def _scalar(hint: Any, value: object, at: KeyPath) -> object:
    match hint, value:
        case (t, _) if t is object:
            return value
        case (t, bool()) if t is bool:
            return value
        case (_, bool()):
            pass
        case (t, int()) if t is int:
            return value
        case (t, int() | float()) if t is float and math.isfinite(value):
            return float(value)
        case (t, str()) if t is str:
            return value
        case (t, str()) if t is Path and value:
            return Path(value)
    raise _refused(at, f"{_shown(value)} is not {_TYPE_WORDS.get(hint, 'what belongs here')}")


_TYPE_WORDS: dict[object, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: 'text in "quotes"',
    Path: 'a path in "quotes"',
}


def _member(hint: type[Enum], value: object, at: KeyPath) -> Enum:
    for member in hint:
        if member.value == value and type(member.value) is type(value):
            return member
    choices = ", ".join(_shown(member.value) for member in hint)
    raise _refused(at, f"{_shown(value)} is not one of {choices}")


def _elements(hint: Any, value: object, at: KeyPath) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise _refused(at, f"{_shown(value)} is not a list in [brackets]")
    elements, problems = [], []
    for index, element in enumerate(value):
        try:
            elements.append(_value(hint, element, (*at, index)))
        except _Refused as refused:
            problems += refused.problems
    if problems:
        raise _Refused(problems)
    return tuple(elements)


def _mapping(hint: Any, value: object, at: KeyPath) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise _refused(at, f"{_shown(value)} is not a table")
    pairs, problems = {}, []
    for key, element in value.items():
        try:
            pairs[key] = _value(hint, element, (*at, key))
        except _Refused as refused:
            problems += refused.problems
    if problems:
        raise _Refused(problems)
    return pairs


def _obeys(rules: tuple[object, ...], value: object, at: KeyPath) -> object:
    for rule in rules:
        match rule, value:
            case Within(low=low, high=high), int() | float() if not low <= value <= high:
                raise _refused(at, _beyond(rule, value))
            case OneOf(values=values), int() if value not in values:
                raise _refused(at, f"{value} is not {' or '.join(str(one) for one in values)}")
            case Spelled(pattern=pattern, words=words), str() if not re.fullmatch(pattern, value):
                raise _refused(at, f"{_shown(value)} cannot be used; {words}")
            case Among(), str() if not rule.allows(value):
                raise _refused(at, f"there is no {rule.what} {_shown(value)}{nearest(value, list(rule.known()))}")
    return value


def _beyond(rule: Within, value: float) -> str:
    bound, side = (rule.low, "below") if value < rule.low else (rule.high, "above")
    unit = f" {rule.unit}" if rule.unit else ""
    because = f", {rule.because}" if rule.because else ""
    return f"{value:g} is {side} {bound:g}{unit}{because}"


def _refused(at: KeyPath, what: str) -> _Refused:
    return _Refused([TableProblem(at, what)])


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return str(value)
