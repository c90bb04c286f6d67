"""A table, as JSON Schema (draft 2020-12), open for the fields that a later version adds. Pure."""

from __future__ import annotations

import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Collection, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, TypeGuard, TypeVar, Union, get_args, get_origin, get_type_hints

from agent.core.leaving import names_somebody
from agent.table_schema import own_doc, texts_below_fields
from agent.values import frozen
from tools.schemas.units import unit_of

Schema = dict[str, Any]
Table = TypeVar("Table", bound=type)

SCALARS: Mapping[object, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}
AT_THE_CHARGER = "only at the charger: from afar it is left out"


@frozen
class Rule:
    """More of what a value keeps to, in the words of JSON Schema."""

    text: str


def rule(**more: object) -> Rule:
    """For `Annotated`; as text, since what stands there has to have a hash."""
    return Rule(json.dumps(more))


_OTHERS: dict[type, object] = {}


def others(kind: object) -> Any:
    """Decorates a table whose further fields have names of their own, such as counters; all of them are of `kind`."""

    def noted(table: Table) -> Table:
        _OTHERS[table] = kind
        return table

    return noted


def is_table(hint: object) -> TypeGuard[type]:
    """Whether it is a TypedDict."""
    return isinstance(hint, type) and issubclass(hint, dict) and hasattr(hint, "__required_keys__")


def schema_of(table: type) -> Schema:
    """The object that a table describes. Raises TypeError for a type that has no place in JSON."""
    docs = _docs(table)
    # Without names of the module at hand: those of a table that it goes on from are that module's.
    hints = get_type_hints(table, None, {}, include_extras=True)
    schema: Schema = {"type": "object"}
    if doc := own_doc(table):
        schema["description"] = doc
    schema["properties"] = {name: _member(name, hint, docs.get(name, "")) for name, hint in hints.items()}
    if required := [name for name, hint in hints.items() if is_always(name, hint)]:
        schema["required"] = required
    if table in _OTHERS:
        schema["additionalProperties"] = value_schema(_OTHERS[table])
    return schema


def is_always(name: str, hint: object) -> bool:
    """Whether the field is there at every door."""
    return get_origin(hint) is not NotRequired and not names_somebody(name)


def value_schema(hint: Any) -> Schema:
    """A single value of this type. Raises TypeError for one that has no place in JSON."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        return value_schema(arguments[0])
    if origin is Annotated:
        schema = value_schema(arguments[0])
        for more in arguments[1:]:
            schema |= json.loads(more.text)
        return schema
    if origin in (Union, UnionType):
        return _one_of(arguments)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": value_schema(arguments[0])}
    if origin is dict:
        return _mapping(arguments[1])
    if is_table(hint):
        return schema_of(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    if hint not in SCALARS:
        raise TypeError(f"JSON has no {hint!r}; a table holds {', '.join(sorted(SCALARS.values()))}, lists and tables")
    return {"type": SCALARS[hint]}


def _mapping(kind: object) -> Schema:
    """Names that nobody knows beforehand. Any: of values that another schema tells."""
    return {"type": "object", **({} if kind is Any else {"additionalProperties": value_schema(kind)})}


def _one_of(arguments: tuple[Any, ...]) -> Schema:
    """Of several types, of which null may be one."""
    known = [value_schema(one) for one in arguments if one is not NoneType]
    is_nullable = NoneType in arguments
    if len(known) == 1:
        return _or_null(known[0]) if is_nullable else known[0]
    if any(set(one) != {"type"} for one in known):
        return {"anyOf": [*known, *([{"type": "null"}] if is_nullable else [])]}
    return {"type": [*(one["type"] for one in known), *(["null"] if is_nullable else [])]}


def _or_null(schema: Schema) -> Schema:
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    return {**schema, "type": [*types_of(schema), "null"]}


def _member(name: str, hint: object, doc: str) -> Schema:
    schema = value_schema(hint)
    words = [doc, "" if doc else schema.get("description", "")]
    words.append(AT_THE_CHARGER if names_somebody(name) else "")
    text = "; ".join(filter(None, words))
    if is_number(schema) and (unit := unit_of(name)):
        text = f"{text} [{unit}]".lstrip()
    return {**schema, "description": text} if text else schema


def is_number(schema: Schema, kinds: Collection[str] = ("number", "integer")) -> bool:
    """A number, or however many of them in lists."""
    if "items" in schema:
        return is_number(schema["items"], kinds)
    return bool(set(kinds) & set(types_of(schema)))


def types_of(schema: Schema) -> tuple[str, ...]:
    """The types that it names."""
    named = schema.get("type", ())
    return (named,) if isinstance(named, str) else tuple(named)


def _docs(table: type) -> dict[str, str]:
    """The texts below its fields, and below those of the tables that it goes on from."""
    docs: dict[str, str] = {}
    for base in _bases(table):
        docs |= _docs(base)
    return docs | dict(texts_below_fields(table))


def _bases(table: type) -> list[type]:
    """By its source: before Python 3.12 a TypedDict forgets what it goes on from. None of one that a call made."""
    try:
        (parsed,) = ast.parse(textwrap.dedent(inspect.getsource(table))).body
    except OSError:
        return []
    assert isinstance(parsed, ast.ClassDef)
    names = vars(sys.modules[table.__module__])
    found = [names.get(base.id) for base in parsed.bases if isinstance(base, ast.Name)]
    return [base for base in found if is_table(base)]
