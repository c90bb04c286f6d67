"""The options of a driver as a table for people, from the dataclass that a board file's table is bound to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import Field
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from agent.drivers import loader
from agent.table_schema import field_docs, own_doc
from agent.tables import Among, OneOf, Spelled, Within, hints_of, is_required, keys_of
from tools.hardware.markdown import NONE, codes, table

FEW = 6
"""So many names of a choice are listed; of more the page has a table of its own."""
_TYPES: Mapping[object, str] = {bool: "true or false", int: "whole number", float: "number", str: "text", Path: "path"}


def options_table(interface: str, name: str) -> str:
    """A row for each key. Empty where there is nothing to choose."""
    rows = rows_of(loader.options_of(interface, name))
    head = ("option", "what it may be", "left out", "meaning")
    if not any(row[-1] for row in rows):
        return table(head[:-1], [row[:-1] for row in rows])
    return table(head, rows)


def rows_of(kind: type[Any]) -> list[tuple[str, ...]]:
    """Name, what it may be, what counts where it is left out, meaning. Not `bus`: every driver on one has it."""
    docs, hints = field_docs(kind), hints_of(kind)
    return [
        (f"`{key}`", "; ".join(_words(hints[key])), _default(field), docs.get(key, ""))
        for key, field in keys_of(kind).items()
        if key != "bus"
    ]


def about_options(interface: str, name: str) -> str:
    """What the options' docstring says of them together."""
    return own_doc(loader.options_of(interface, name))


def _words(hint: Any) -> Iterator[str]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        said = [words for rule in arguments[1:] for words in _rule(rule)]
        yield from said or _words(arguments[0])
    elif origin in (Union, UnionType):
        yield from _words(next(one for one in arguments if one is not NoneType))
    elif origin is tuple:
        yield f"list of: {'; '.join(_words(arguments[0]))}"
    elif isinstance(hint, type) and issubclass(hint, Enum):
        yield _choice([str(member.value) for member in hint])
    else:
        yield _TYPES.get(getattr(hint, "__supertype__", hint), "table")


def _rule(rule: object) -> Iterator[str]:
    match rule:
        case Within(low=low, high=high, unit=unit):
            yield f"{low:.9g}…{high:.9g} {unit}".strip()
        case OneOf(values=values):
            yield " or ".join(str(value) for value in values)
        case Spelled(words=words):
            yield words
        case Among(known=known, what=what, suffix=suffix):
            names = list(known())
            yield _choice(names) if len(names) <= FEW else f"name of a {what}"
            if suffix:
                yield f"or a path that ends in {suffix}"


def _choice(names: list[str]) -> str:
    return codes(f'"{name}"' for name in names)


def _default(field: Field[Any]) -> str:
    if is_required(field):
        return "needed"
    default = field.default
    match default:
        case None:
            return NONE
        case bool():
            return f"`{str(default).lower()}`"
        case Enum():
            return f'`"{default.value}"`'
        case int() | float():
            return f"{default:.9g}"
        case str() | Path():
            return f'`"{default}"`' if str(default) else NONE
        case _:
            return NONE
