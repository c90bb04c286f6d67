"""Payloads of 1.6's messages made up from the package's schemas by one random generator: fitting ones, broken ones.

Not by hypothesis' own strategies: a run of hundreds of messages would be too large for it, so it draws a number for
each message, and everything else follows from that.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from typing import Any

from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from tools.generate_validators import inlined, read_schema, reduced

Schema = dict[str, Any]

CODES_BY_RULE = {
    "type": "TypeConstraintViolation",
    "required": "ProtocolError",
    "additionalProperties": "FormationViolation",
    "minItems": "OccurenceConstraintViolation",
    "maxItems": "OccurenceConstraintViolation",
    "enum": "PropertyConstraintViolation",
    "maxLength": "PropertyConstraintViolation",
}
"""What each broken rule of a schema earns (ocpp16.md section 1)."""

TIMES = (
    "2026-09-21T10:00:00Z",
    "2026-09-22T00:00:00.000+02:00",
    "2031-01-01T00:00:00Z",
    "2001-01-01T00:00:00",
    "soon",
    "",
)
ODD: tuple[Any, ...] = (None, True, -1, 0, 2**31, 1.5, "", "x" * 60, "\x00", "ß" * 300, [], [[]], {}, {"a": None})
WORDS = (
    "",
    "a",
    "CAFE",
    "0",
    "60",
    "true",
    "x" * 20,
    "x" * 500,
    "ü\u2028💡",
    "-----BEGIN CERTIFICATE-----\nMA==\n-----END",
)


class Inventor:
    """Draws from `random`; `known` are values worth trying by the name of their field."""

    def __init__(self, random: Random, known: Mapping[str, Sequence[Any]]) -> None:
        self._random = random
        self._known = known

    def fitting(self, name: str) -> dict[str, Any]:
        """A payload of the schema called `name`."""
        made: dict[str, Any] = self._of(schema_of(name), "")
        return made

    def broken(self, name: str) -> dict[str, Any]:
        """One with a place changed: a value replaced, a field gone, or one too many. It may still fit."""
        payload = copy.deepcopy(self.fitting(name))
        place = payload
        while (inner := self._below(place)) is not None and self._random.random() < 0.6:
            place = inner
        field = self._random.choice(sorted(place)) if place else None
        kind = self._random.randrange(3)
        if kind == 0 and field is not None:
            place[field] = self._random.choice(ODD)
        elif kind == 1 and field is not None:
            del place[field]
        else:
            place[self._random.choice(("nobodyKnows", "", "status", "ß"))] = self._random.choice(ODD)
        return payload

    def _below(self, place: dict[str, Any]) -> dict[str, Any] | None:
        values = [value for value in place.values() if isinstance(value, dict)]
        values += [one for value in place.values() if isinstance(value, list) for one in value if isinstance(one, dict)]
        return self._random.choice(values) if values else None

    def _of(self, schema: Schema, name: str) -> Any:
        random = self._random
        if name in self._known and random.random() < 0.8:
            return random.choice(self._known[name])
        match schema["type"]:
            case "object":
                required = schema.get("required", [])
                fields = schema.get("properties", {})
                return {
                    field: self._of(one, field)
                    for field, one in fields.items()
                    if field in required or random.random() < 0.5
                }
            case "array":
                count = max(schema.get("minItems", 0), random.choice((0, 1, 1, 2, 5)))
                return [self._of(schema["items"], name) for _ in range(count)]
            case "string" if "enum" in schema:
                return random.choice(schema["enum"])
            case "string":
                words = TIMES if name.lower().endswith(("time", "date", "from", "to", "startschedule")) else WORDS
                return random.choice(words)[: schema.get("maxLength", 500)]
            case "integer":
                return random.choice((0, 1, 2, 3, 60, -1, 7200, 2**31, -(2**40)))
            case "number":
                return random.choice((0, 6, 10.5, 16, 32.0, -1, 1e9, 0.1))
            case "boolean":
                return random.random() < 0.5
            case other:
                raise AssertionError(f"no payloads for {other}")


@cache
def schema_of(name: str) -> Schema:
    """The package's schema, its definitions in their places, without the rules that nobody is held to."""
    schema = read_schema(name)
    return dict(reduced(inlined(schema, schema.get("definitions", {}))))


@cache
def _judge(name: str) -> Draft4Validator:
    return Draft4Validator(schema_of(name))


def broken_rules(name: str, payload: Any) -> set[str]:
    """The rules of the schema that `payload` breaks, by their keywords; none for one that fits."""
    return {str(error.validator) for error in _judge(name).iter_errors(payload)}
