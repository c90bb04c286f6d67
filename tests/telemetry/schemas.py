"""Whether a document keeps its schema, more strictly than a reader may be: no field that the schema does not name."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from agent.telemetry.topics import place_of
from firmware_sim.mqtt_packets import Message

OPEN = {"health", "session", "outage", "res"}
"""Their fields are another's: the document of health, the event's, the verb's."""


@cache
def validator(kind: str) -> Draft202012Validator:
    schema = json.loads((files("agent.telemetry") / "schemas" / f"{kind}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema if kind in OPEN else _closed(schema))


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        found.setdefault("additionalProperties", False)
    return found


def misfits(message: Message, body: dict[str, Any]) -> list[str]:
    """What is wrong with it, in words."""
    place = place_of(message.topic)
    if place is None:
        return [f"{message.topic} is no topic of ours"]
    return [f"{message.topic}: {error.json_path} {error.message}" for error in validator(place.kind).iter_errors(body)]
