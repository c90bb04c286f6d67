from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Annotated, NewType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.tables import NO_KEY, OneOf, Spelled, Within, bind, nearest

Slot = NewType("Slot", int)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    size_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    name: str
    count: Annotated[int, Within(1, 9, "pieces", "the shelf is short")] = 1
    ratio: float = 1.0
    on: bool = False
    colour: Colour = Colour.RED
    file: Path | None = None
    inner: Inner | None = None
    several: tuple[Inner, ...] = ()
    free: Mapping[str, object] = field(default_factory=dict)
    slot: Slot = Slot(0)
    phases: Annotated[int, OneOf((1, 3))] = 3
    code: Annotated[str, Spelled("[A-Z]+", "write capital letters")] = "A"
    filled_in_later: str = field(default="", metadata=NO_KEY)

    def __post_init__(self) -> None:
        if self.name == "bad":
            raise ValueError("name: bad is bad; write good")


def test_a_full_table_becomes_the_dataclass() -> None:
    table = {
        "name": "x",
        "count": 9,
        "ratio": 2,
        "on": True,
        "colour": "blue",
        "file": "/a",
        "inner": {"size_mm": 1.5},
        "several": [{"size_mm": 1}, {"size_mm": 2}],
        "free": {"a": [1], "b": True},
        "slot": 4,
    }

    bound, problems = bind(Sample, table)

    assert problems == ()
    assert bound == Sample(
        name="x",
        count=9,
        ratio=2.0,
        on=True,
        colour=Colour.BLUE,
        file=Path("/a"),
        inner=Inner(size_mm=1.5),
        several=(Inner(size_mm=1.0), Inner(size_mm=2.0)),
        free={"a": [1], "b": True},
        slot=Slot(4),
    )


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("count", 0, "0 is below 1 pieces, the shelf is short"),
        ("count", 10, "10 is above 9 pieces, the shelf is short"),
        ("count", 1.0, "1.0 is not a whole number"),
        ("count", True, "true is not a whole number"),
        ("ratio", "1", '"1" is not a number'),
        ("ratio", float("nan"), "nan is not a number"),
        ("on", 1, "1 is not true or false"),
        ("colour", "green", '"green" is not one of "red", "blue"'),
        ("file", 3, '3 is not a path in "quotes"'),
        ("inner", 3, "3 is not a table"),
        ("several", {}, "a table is not a list in [brackets]"),
        ("free", [], "a list is not a table"),
        ("phases", 2, "2 is not 1 or 3"),
        ("code", "a", '"a" cannot be used; write capital letters'),
        ("nmae", "x", 'unknown key; did you mean "name"?'),
    ],
)
def test_a_wrong_value_is_told_with_its_key(key: str, value: object, what: str) -> None:
    bound, (problem,) = bind(Sample, {"name": "x", key: value}, ("top",))

    assert bound is None
    assert problem.key == ("top", key)
    assert problem.what == what


def test_problems_deep_inside_name_the_whole_way() -> None:
    _, problems = bind(Sample, {"name": "x", "several": [{"size_mm": 1}, {"size_mm": "a"}, {}], "inner": {"size": 1}})

    assert [problem.key for problem in problems] == [
        ("inner", "size"),
        ("inner", "size_mm"),
        ("several", 1, "size_mm"),
        ("several", 2, "size_mm"),
    ]


def test_what_the_class_itself_refuses_belongs_to_the_key_it_names() -> None:
    _, (problem,) = bind(Sample, {"name": "bad"})

    assert (problem.key, problem.what) == (("name",), "bad is bad; write good")


def test_a_field_the_program_fills_in_is_no_key() -> None:
    _, (problem,) = bind(Sample, {"name": "x", "filled_in_later": "no"})

    assert problem.what.startswith("unknown key")


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["name", "count", "ratio", "on", "colour", "file", "inner", "several", "free", "slot", "zz"])


@given(st.dictionaries(FIELDS, JSON_LIKE))
def test_whatever_is_written_gives_a_value_or_problems_never_an_error(table: dict[str, object]) -> None:
    bound, problems = bind(Sample, table)

    assert (bound is None) == bool(problems)


def test_nearest_lists_what_is_known_when_nothing_is_near() -> None:
    assert nearest("zzz", ["url", "identity"]) == "; known here: url, identity"
    assert nearest("ulr", ["url", "identity"]) == '; did you mean "url"?'
