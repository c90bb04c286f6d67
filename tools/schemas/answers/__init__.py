"""The body of the answer of each action that can be asked from afar: one module a verb, named as the verb's own.

`ANSWERS` holds a table for each of its actions, by name; "" is the verb alone. Of an answer that comes in parts, which
are shown as they come, the table says what may stand in a part. At the socket `evsectl --json` shows the same body.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from tools.schemas.shape import Schema, schema_of


def tables() -> Mapping[str, type]:
    """By the words of the action."""
    found: dict[str, type] = {}
    for module in sorted(one.name for one in iter_modules(__path__)):
        answers: Mapping[str, type] = import_module(f"{__name__}.{module}").ANSWERS
        found |= {f"{module.replace('_', '-')} {name}".strip(): table for name, table in answers.items()}
    return found


def schemas() -> dict[str, Schema]:
    """Of each action, by its words."""
    return {words: schema_of(table) for words, table in tables().items()}


def file_of(words: str) -> str:
    """Its name below `schemas/answers/`."""
    return f"{words.replace(' ', '-')}.schema.json"
