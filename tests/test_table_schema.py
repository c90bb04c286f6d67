"""The schema of a table and its binding say the same of every table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from agent.table_schema import own_doc, schema_of, value_schema
from agent.tables import NO_KEY, Among, OneOf, Spelled, Within, bind
from agent.values import frozen


class Colour(Enum):
    """What the lid is painted with."""

    RED = "red"
    BLUE = "blue"


@frozen(kw_only=True)
class Inner:
    size_mm: Annotated[float, Within(1, 9, "mm")]
    """Across its flat side."""


@frozen(kw_only=True)
class Sample:
    """A box, and what is in it."""

    name: str
    count: Annotated[int, Within(1, 9, "pieces", "the shelf is short")] = 1
    ratio: float = 1.0
    on: bool = False
    colour: Colour = Colour.RED
    file: Path | None = None
    inner: Inner | None = None
    several: tuple[Inner, ...] = ()
    free: Mapping[str, object] = field(default_factory=dict)
    whole: Mapping[str, int] = field(default_factory=dict)
    phases: Annotated[int, OneOf((1, 3))] = 3
    code: Annotated[str, Spelled("[A-Z]+|x", "write capital letters")] = "A"
    shape: Annotated[str, Among(lambda: ["round", "flat"], "shape")] = "round"
    pattern: Annotated[str, Among(lambda: ["round", "flat"], "pattern", ".d")] = "round"
    filled_in_later: str = field(default="", metadata=NO_KEY)


SCHEMA = schema_of(Sample)

LETTERS = st.text("ABxé /", max_size=3) | st.sampled_from([".d", "x.d", "xd", "x.dx"])
# JSON makes no difference between 1 and 1.0, and has no word for what is no number.
FRACTIONS = st.floats(-20, 20).filter(lambda number: not number.is_integer())
SCALARS = st.booleans() | st.integers(-1, 11) | FRACTIONS | LETTERS | st.sampled_from(["red", "round", "flat"])
INNER = st.fixed_dictionaries({"size_mm": SCALARS}) | st.dictionaries(LETTERS, SCALARS, max_size=2)
VALUES = SCALARS | INNER | st.lists(SCALARS | INNER, max_size=3) | st.dictionaries(LETTERS, SCALARS | INNER, max_size=2)
KEYS = st.sampled_from(["name", "filled_in_later", "zz", *SCHEMA["properties"]])


def accepts(schema: Mapping[str, Any], table: object) -> bool:
    return bool(Draft202012Validator(schema).is_valid(table))


@given(st.dictionaries(KEYS, VALUES))
def test_a_schema_accepts_what_is_bound_and_nothing_else(table: dict[str, object]) -> None:
    bound, _ = bind(Sample, table)

    assert accepts(SCHEMA, table) == (bound is not None)


@given(KEYS, VALUES)
def test_that_holds_too_where_only_one_value_is_in_doubt(key: str, value: object) -> None:
    table = {"name": "x", key: value}

    assert accepts(SCHEMA, table) == (bind(Sample, table)[0] is not None)


@pytest.mark.parametrize("size_mm", [0.9, 1, 9, 9.1])
@pytest.mark.parametrize("count", [0, 1, 9, 10])
def test_bounds_are_the_same_to_the_last_step(count: int, size_mm: float) -> None:
    table = {"name": "x", "count": count, "inner": {"size_mm": size_mm}}

    assert accepts(SCHEMA, table) == (bind(Sample, table)[0] is not None) == (1 <= count <= 9 and 1 <= size_mm <= 9)


def test_it_is_a_schema_itself() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_it_carries_what_people_wrote_about_the_table_and_its_keys() -> None:
    keys = SCHEMA["properties"]

    assert SCHEMA["description"] == "A box, and what is in it."
    assert keys["colour"] == {"enum": ["red", "blue"], "description": "What the lid is painted with.", "default": "red"}
    assert keys["inner"]["properties"]["size_mm"]["description"] == "Across its flat side. 1 to 9 mm"
    assert keys["code"]["description"] == "write capital letters"


def test_keys_without_a_default_are_required_and_those_the_program_fills_in_are_none() -> None:
    assert SCHEMA["required"] == ["name"]
    assert "filled_in_later" not in SCHEMA["properties"]


def test_a_signature_is_no_description() -> None:
    @dataclass(frozen=True)
    class Bare:
        size_mm: int

    assert Bare.__doc__
    assert own_doc(Bare) == ""


def test_keys_of_an_inherited_table_keep_their_descriptions() -> None:
    @frozen(kw_only=True)
    class More(Inner):
        depth_mm: int = 2

    assert schema_of(More)["properties"]["size_mm"]["description"].startswith("Across its flat side.")


def test_a_type_that_no_table_can_hold_is_our_own_mistake() -> None:
    with pytest.raises(TypeError, match="no table can hold"):
        value_schema(set)
