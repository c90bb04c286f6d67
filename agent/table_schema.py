"""What `agent/tables.py` binds, as JSON Schema (draft 2020-12), made from the same dataclasses.

For editors, which show it while a file is written. What a `__post_init__` refuses is beyond it, and so is the
difference between 1 and 1.0, which JSON does not make; whatever is bound without a problem is always accepted.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import Field, is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from agent.tables import Among, OneOf, Spelled, Within, hints_of, is_required, keys_of

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

SCALARS: Mapping[object, Schema] = {
    object: {},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    Path: {"type": "string", "minLength": 1},
}


def schema_of(kind: type[Any], given: Mapping[str, Schema] | None = None) -> Schema:
    """The table that `bind(kind, …)` takes. `given` says of single keys more than their type does.

    Raises TypeError for a type that no table can hold.
    """
    given, docs = given or {}, field_docs(kind)
    keys, hints = keys_of(kind), hints_of(kind)
    table: Schema = {
        "type": "object",
        "properties": {
            name: given.get(name) or _property(hints[name], field, docs.get(name, "")) for name, field in keys.items()
        },
        "additionalProperties": False,
    }
    if required := [name for name, field in keys.items() if is_required(field)]:
        table["required"] = required
    return _described(table, own_doc(kind))


def value_schema(hint: Any) -> Schema:
    """A single value of this type. Raises TypeError for a type that no table can hold."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(value_schema(arguments[0]), arguments[1:])
    if origin in (Union, UnionType):
        # TOML has no word for nothing: what may be absent is left out.
        return value_schema(next(one for one in arguments if one is not NoneType))
    if origin is tuple:
        return {"type": "array", "items": value_schema(arguments[0])}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": value_schema(arguments[1])}
    hint = getattr(hint, "__supertype__", hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return schema_of(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _described({"enum": [member.value for member in hint]}, own_doc(hint))
    if hint not in SCALARS:
        raise TypeError(f"no table can hold {hint!r}; see agent/tables.py for what it can")
    return dict(SCALARS[hint])


def own_doc(of: Any) -> str:
    """The docstring somebody wrote, in one paragraph; "" where there is none."""
    doc = of.__doc__ or ""
    # A dataclass without a docstring gets its signature for one.
    is_signature = isinstance(of, type) and doc.startswith(f"{of.__name__}(")
    return "" if is_signature else " ".join(doc.split())


def _property(hint: Any, field: Field[Any], doc: str) -> Schema:
    schema = value_schema(hint)
    if doc:
        schema["description"] = " ".join(filter(None, (doc, schema.get("description"))))
    if (default := _shown_default(field.default)) is not None:
        schema["default"] = default
    return schema


def _shown_default(default: object) -> object:
    """As a file would write it; None where there is nothing to write."""
    match default:
        case Enum():
            return default.value
        case Path():
            return str(default)
        case bool() | int() | float() | str():
            return default
        case _:
            return None


def _bounded(schema: Schema, rules: tuple[object, ...]) -> Schema:
    for rule in rules:
        match rule:
            case Within(low=low, high=high, unit=unit):
                schema |= {"minimum": low, "maximum": high}
                _described(schema, f"{low:g} to {high:g} {unit}".strip())
            case OneOf(values=values):
                schema["enum"] = list(values)
            case Spelled(pattern=pattern, words=words):
                schema["pattern"] = f"^(?:{pattern})$"
                _described(schema, words)
            case Among(known=known, suffix=""):
                schema["enum"] = list(known())
            case Among(known=known, suffix=suffix):
                schema["anyOf"] = [{"enum": list(known())}, {"pattern": f"{re.escape(suffix)}$"}]
    return schema


def _described(schema: Schema, doc: str) -> Schema:
    if doc:
        schema["description"] = doc
    return schema


def field_docs(kind: type[Any]) -> dict[str, str]:
    """The text below each field, which Python itself forgets. Empty where the source is not at hand."""
    docs: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if is_dataclass(one):
            docs |= dict(texts_below_fields(one))
    return docs


def texts_below_fields(kind: type[Any]) -> Iterator[tuple[str, str]]:
    """Those that this very class writes, without what it goes on from."""
    try:
        (parsed,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    except OSError:
        return
    assert isinstance(parsed, ast.ClassDef)
    for above, below in zip(parsed.body, parsed.body[1:], strict=False):
        match above, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(doc))):
                yield name, " ".join(doc.split())
