"""A table becomes the schema that says the same of each field."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal, TypedDict
from typing import NotRequired as Maybe

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.tools.schemas.elsewhere import Base
from tools.schemas.shape import AT_THE_CHARGER, others, rule, schema_of, value_schema


class Word(Enum):
    ONE = "one"
    TWO = "two"


class Detail(TypedDict):
    of_there: int


class Own(Base):
    """It has a name in common with the module of its base."""

    mine: Detail


@others(float)
class Counters(TypedDict):
    name: str


class Everything(TypedDict):
    """All that a table can hold."""

    current_a: float
    """what is offered"""
    levels_mv: list[int]
    attempts: int
    word: Word
    either: Literal["a", "b"]
    port: Annotated[int, rule(minimum=1, description="from 1")]
    detail: Maybe[Detail]
    nothing_yet: float | None
    token: str


def test_a_field_says_its_type_its_text_and_the_unit_that_ends_its_name() -> None:
    fields = schema_of(Everything)["properties"]

    assert fields["current_a"] == {"type": "number", "description": "what is offered [A]"}
    assert fields["levels_mv"] == {"type": "array", "items": {"type": "integer"}, "description": "[mV]"}
    assert fields["attempts"] == {"type": "integer"}
    assert fields["word"] == {"enum": ["one", "two"]}
    assert fields["either"] == {"enum": ["a", "b"]}
    assert fields["port"] == {"type": "integer", "minimum": 1, "description": "from 1"}
    assert fields["detail"]["properties"] == {"of_there": {"type": "integer"}}


def test_what_may_be_absent_is_not_required_and_what_may_be_null_is() -> None:
    schema = schema_of(Everything)

    assert schema["properties"]["nothing_yet"]["type"] == ["number", "null"]
    assert "nothing_yet" in schema["required"]
    assert "detail" not in schema["required"]


def test_what_names_somebody_is_told_at_the_charger_only() -> None:
    schema = schema_of(Everything)

    assert "token" not in schema["required"]
    assert schema["properties"]["token"]["description"] == AT_THE_CHARGER


def test_a_table_is_open_and_further_fields_have_a_type_only_where_it_says_so() -> None:
    assert "additionalProperties" not in schema_of(Everything)
    assert schema_of(Counters)["additionalProperties"] == {"type": "number"}


def test_a_table_that_goes_on_from_another_module_means_the_names_of_that_module_there() -> None:
    fields = schema_of(Own)["properties"]

    assert fields["detail"]["properties"] == {"of_here": {"type": "boolean"}}
    assert fields["detail"]["description"] == "of the module where it is written"
    assert fields["mine"]["properties"] == {"of_there": {"type": "integer"}}


@pytest.mark.parametrize(
    ("hint", "fits", "fails"),
    [
        (Word | None, ["one", None], ["three", 1]),
        (Word | Literal[""], ["one", ""], [None, "x"]),
        (Detail | None, [{"of_there": 1}, None], [{"of_there": "1"}, []]),
        (str | float | None, ["", 1.5, None], [[], {}]),
        (dict[str, int], [{}, {"a": 1}], [{"a": "1"}, [1]]),
        (list[list[float | None]], [[[1.5, None]]], [[1.5], [["1"]]]),
    ],
)
def test_a_value_of_several_types_takes_each_of_them_and_no_other(hint: Any, fits: list[Any], fails: list[Any]) -> None:
    validator = Draft202012Validator(value_schema(hint))

    assert [one for one in fits if not validator.is_valid(one)] == []
    assert [one for one in fails if validator.is_valid(one)] == []


def test_a_type_that_json_has_not_is_a_mistake_of_the_table() -> None:
    with pytest.raises(TypeError, match="JSON has no"):
        value_schema(bytes)
