"""Which classes a recording is made of, with their fields and values: what a reader of another version needs."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union

from agent.core.faults.model import FaultKind
from agent.core.session.effects import SessionEffect
from agent.core.session.events import SessionEvent
from agent.core.session.model import Session
from agent.values import frozen

ROOTS: tuple[Any, ...] = (SessionEvent, SessionEffect, Session)
FORM = 1
"""Of the rows and blocks around the values. Another number is another program's."""


class Unreadable(ValueError):
    """A recording that cannot be read, in a sentence for whoever wanted to play it."""


@frozen(kw_only=True)
class Schema:
    """By name: the fields of each class in the order in which they are written, the values of each enum in theirs."""

    classes: dict[str, tuple[str, ...]]
    enums: dict[str, tuple[str, ...]]

    def as_plain(self) -> list[Any]:
        """Plain lists; `from_plain` is the way back."""
        return [
            [[name, list(given)] for name, given in self.classes.items()],
            [[name, list(given)] for name, given in self.enums.items()],
        ]


def from_plain(plain: Any) -> Schema:
    """Raises Unreadable."""
    try:
        classes, enums = plain
        return Schema(
            classes={str(name): tuple(map(str, given)) for name, given in classes},
            enums={str(name): tuple(map(str, given)) for name, given in enums},
        )
    except (TypeError, ValueError) as error:
        raise Unreadable("the recording does not say how it was written; its head is damaged") from error


@cache
def schema_of() -> Schema:
    """This program's."""
    classes: dict[str, type] = {}
    for cls in _reached():
        if classes.setdefault(cls.__qualname__, cls) is not cls:
            raise TypeError(f"two classes of a recording are called {cls.__qualname__}; give one another name")
    return Schema(
        classes={name: tuple(written_fields(cls)) for name, cls in sorted(classes.items()) if is_dataclass(cls)},
        enums={
            name: tuple(str(member.value) for member in cls)
            for name, cls in sorted(classes.items())
            if issubclass(cls, Enum)
        },
    )


@cache
def written_fields(cls: Any) -> dict[str, Any]:
    """The types of the fields that an instance is made from; the others follow from them."""
    hints = typing.get_type_hints(cls)
    return {one.name: hints[one.name] for one in fields(cls) if one.init}


def default_of(cls: Any, field: Field[Any]) -> Any:
    """What a field has that the recording does not know yet. Raises Unreadable where it has to be given."""
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    raise Unreadable(f"this version needs {cls.__qualname__}.{field.name}, which the recording does not have")


def _reached() -> Iterator[type]:
    seen: set[Any] = set()
    todo: list[Any] = list(ROOTS)
    while todo:
        hint = todo.pop()
        if hint in seen:
            continue
        seen.add(hint)
        if hasattr(hint, "__supertype__"):
            todo.append(hint.__supertype__)
        elif isinstance(hint, type) and issubclass(hint, Enum):
            yield hint
        elif is_dataclass(hint) and hint is not FaultKind:
            assert isinstance(hint, type)
            yield hint
            todo += written_fields(hint).values()
        elif typing.get_origin(hint) in (Union, types.UnionType, tuple, frozenset):
            todo += typing.get_args(hint)
