"""Whether a document keeps its schema, more strictly than a reader may be: no field that the schema does not name."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from agent.events import EVENTS
from agent.telemetry.topics import place_of
from firmware_sim.mqtt_packets import Message

OF_EVENTS = {"session": ("session.recorded",), "outage": ("outage.begun", "outage.ended")}
"""Their fields are those of these events, and no others."""
HEALTH = "health"
"""Only the names of its sections are closed: what stands in one is told by docs/health.md."""


@cache
def validator(kind: str) -> Draft202012Validator:
    schema = json.loads((files("agent.telemetry") / "schemas" / f"{kind}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    for event in OF_EVENTS.get(kind, ()):
        named = {one.name: True for one in EVENTS[event].fields}
        schema["properties"] = named | schema["properties"]
        schema["additionalProperties"] = False
    return Draft202012Validator({**schema, "additionalProperties": False} if kind == HEALTH else _closed(schema))


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
