"""Whether what leaves the charger keeps its schema, more strictly than a reader may be: no field that it does not name.

A reader takes fields that a later version adds, so the published schemas are open (docs/mqtt.md); here each is closed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from agent.events import EVENTS
from agent.telemetry.topics import RESULT, place_of
from firmware_sim.mqtt_packets import Message
from tools.schemas.answers import file_of
from tools.schemas.shape import types_of

OF_EVENTS = ("session", "outage")
"""Open for fields that their events may get; those of today are named."""
TOLD = ("progress", "result")
"""Answers to an order that have a body."""
OVER_OCPP = ("passed", "cut", "file")
"""Beside the members of an answer by DataTransfer; with `cut` any of those may be missing."""


@cache
def published(name: str) -> dict[str, Any]:
    """As a reader gets it. `name`: a kind of message, or answers/<action>."""
    schema: dict[str, Any] = json.loads(
        (files("agent.telemetry") / "schemas" / f"{name}.schema.json").read_text("utf-8")
    )
    Draft202012Validator.check_schema(schema)
    return schema


@cache
def validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(closed(published(kind), keeps_open=kind not in OF_EVENTS))


@cache
def of_answer(words: str, *, is_whole: bool = True) -> Draft202012Validator:
    """Of what an action answers. Not whole: cut for want of room, so that any member may be missing."""
    schema = closed(published(f"answers/{file_of(words).removesuffix('.schema.json')}"))
    return Draft202012Validator(schema if is_whole else {**schema, "required": []})


def closed(schema: Any, *, keeps_open: bool = True) -> Any:
    """The same without room for a field that it does not name. `keeps_open`: but where those have a type of theirs."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if "object" in types_of(schema) and isinstance(schema.get("properties"), dict):
        found |= {} if keeps_open and "additionalProperties" in schema else {"additionalProperties": False}
    return found


def misfits(message: Message, body: Mapping[str, Any]) -> list[str]:
    """What is wrong with it, in words."""
    place = place_of(message.topic)
    if place is None:
        return [f"{message.topic} is no topic of ours"]
    wrong = [f"{message.topic}: {what}" for what in _told(validator(place.kind), body, f"the message {place.kind}")]
    if place.kind == RESULT and body.get("kind") in TOLD:
        wrong += misfits_of_answer(str(body["verb"]), body["body"])
    return wrong + [f"{message.topic}: {what}" for what in _of_events(body)]


def misfits_of_answer(words: str, body: Mapping[str, Any]) -> list[str]:
    """Of the body of one answer, or of a part of one that is shown as it comes."""
    return [*_told(of_answer(words), body, f"the answer of {words}"), *_of_events(body)]


def misfits_over_ocpp(words: str, body: Mapping[str, Any]) -> list[str]:
    """Of an answer to DataTransfer that was done."""
    rest = {name: value for name, value in body.items() if name not in OVER_OCPP}
    return list(_told(of_answer(words, is_whole="cut" not in body), rest, f"the answer of {words}"))


def _told(of: Draft202012Validator, body: Mapping[str, Any], what: str) -> Iterator[str]:
    for error in of.iter_errors(body):
        yield f"{what}: {error.json_path} {error.message}; its table is in tools/schemas/, see CONTRIBUTING.md"


def _of_events(value: Any) -> Iterator[str]:
    """Events, wherever they stand: their fields are those of the table."""
    if isinstance(value, list):
        for one in value:
            yield from _of_events(one)
    elif isinstance(value, Mapping):
        name, fields = value.get("name", value.get("event")), value.get("fields")
        if isinstance(fields, Mapping) and name in EVENTS:
            unknown = set(fields) - {one.name for one in EVENTS[name].fields}
            yield from (f"{name} has no field {one}; agent/events.py" for one in sorted(unknown))
        for one in value.values():
            yield from _of_events(one)
