"""The fields that a schema names, those that a document has, and documents of which one field is wrong. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

Path = tuple[str | int, ...]
"""The way to a value inside a document."""
Field = tuple[str, str]
"""A table, by its text, and a name in it."""
BRANCHES = ("oneOf", "anyOf")


def named(schema: Any, at: str) -> dict[str, Field]:
    """Every field, as "health.ports[].port"; what stands under a name that is data is "{}"."""
    if not isinstance(schema, Mapping):
        return {}
    found: dict[str, Field] = {}
    for name, one in schema.get("properties", {}).items():
        found |= {f"{at}.{name}": (table_of(schema), name)} | named(one, f"{at}.{name}")
    for branch in BRANCHES:
        for one in schema.get(branch, ()):
            found |= named(one, at)
    return found | named(schema.get("items"), f"{at}[]") | named(schema.get("additionalProperties"), f"{at}{{}}")


def members(schema: Any, value: Any, path: Path = ()) -> Iterator[tuple[Field, Path]]:
    """The named fields that a document has, each with its place there."""
    if not isinstance(schema, Mapping):
        return
    for branch in BRANCHES:
        for one in schema.get(branch, ()):
            yield from members(one, value, path)
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from members(schema.get("items"), one, (*path, number))
    elif isinstance(value, Mapping):
        properties = schema.get("properties", {})
        for name, one in value.items():
            if name in properties:
                yield (table_of(schema), name), (*path, name)
                yield from members(properties[name], one, (*path, name))
            else:
                yield from members(schema.get("additionalProperties"), one, (*path, name))


def table_of(schema: Mapping[str, Any]) -> str:
    """What a table is known by: it stands in several places, and is seen wherever one of them is."""
    kept = _TABLES.get(id(schema))
    if kept is None or kept[0] is not schema:
        properties = schema.get("properties", {})
        kept = _TABLES[id(schema)] = schema, json.dumps([schema.get("description"), properties], sort_keys=True)
    return kept[1]


_TABLES: dict[int, tuple[Mapping[str, Any], str]] = {}


def renamed(document: Any, path: Path) -> Any:
    """As somebody would who changes the unit at the end of a name, or the name."""
    changed, holder = _copy(document, path)
    holder[f"{path[-1]}_k"] = holder.pop(path[-1])
    return changed


def of_another_type(document: Any, path: Path) -> Any:
    """A list in place of what is none, and a text in place of a list."""
    changed, holder = _copy(document, path)
    holder[path[-1]] = "a text" if isinstance(holder[path[-1]], list) else [[]]
    return changed


def value_at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def _copy(document: Any, path: Path) -> tuple[Any, Any]:
    changed = deepcopy(document)
    return changed, value_at(changed, path[:-1])
