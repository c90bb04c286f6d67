"""The published schemas: of everything that leaves, open for a reader, and each field with its unit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from agent.telemetry.topics import KINDS
from tests.telemetry.schemas import closed, published
from tools.generate_remote_actions import remote_actions
from tools.generate_schemas import ROOT, files, stale
from tools.schemas import answers
from tools.schemas.shape import is_number, types_of
from tools.schemas.units import UNITS

NAMES = [*KINDS, *(f"answers/{answers.file_of(words).removesuffix('.schema.json')}" for words in answers.tables())]
WITHOUT_UNIT = {
    "share": "of 1",
    "coincidence": "of 1",
    "value": "its unit stands beside it",
    "low": "its unit stands beside it",
    "high": "its unit stands beside it",
    "s": "is its own unit",
}
"""Numbers that are no counts and whose name ends in no unit, and why."""
OPEN = {("res", "body"): "answers/<action>.schema.json tells it, and misfits() holds it to that"}
"""Objects of which a schema says nothing."""


def objects(schema: Any, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Each object that is described, with the names that lead to it."""
    if isinstance(schema, list):
        for one in schema:
            yield from objects(one, at)
    elif isinstance(schema, dict):
        if "object" in types_of(schema):
            yield at, schema
        for name, one in schema.get("properties", {}).items():
            yield from objects(one, (*at, name))
        for key in ("items", "additionalProperties", "oneOf", "anyOf"):
            yield from objects(schema.get(key), at)


def test_the_files_are_those_of_the_tables() -> None:
    assert [str(file.relative_to(ROOT)) for file in stale()] == [], "run python -m tools.generate_schemas"


def test_every_action_from_afar_has_a_schema_of_its_answer_and_no_other_has() -> None:
    assert set(answers.tables()) == {words for words, _ in remote_actions()}


def test_every_schema_has_a_name_of_its_own() -> None:
    ids = [json.loads(text)["$id"] for text in files().values()]

    assert len(set(ids)) == len(ids) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_takes_fields_that_a_later_version_adds(name: str) -> None:
    refusing = [at for at, one in objects(published(name), (name,)) if one.get("additionalProperties") is False]

    assert refusing == []


@pytest.mark.parametrize("name", NAMES)
def test_no_object_is_left_open_without_a_reason(name: str) -> None:
    found = objects(closed(published(name)), (name,))
    open_ones = [at for at, one in found if "additionalProperties" not in one]

    assert [at for at in open_ones if at not in OPEN] == []


@pytest.mark.parametrize("name", NAMES)
def test_each_number_that_is_no_count_says_its_unit(name: str) -> None:
    fields = [
        (field, schema)
        for _, one in objects(published(name), (name,))
        for field, schema in one.get("properties", {}).items()
        if is_number(schema, ("number",)) and not is_number(schema, ("string",))
    ]
    units = {f"[{unit}]" for unit in UNITS.values()} | {"[%]", "[kB/d]"}

    assert [
        field
        for field, schema in fields
        if field not in WITHOUT_UNIT and not any(unit in schema.get("description", "") for unit in units)
    ] == []
