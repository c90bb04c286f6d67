"""`@frozen` against the dataclass it stands for."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.values import frozen, mutable


@frozen
class Light:
    """A value with all that a field can be."""

    number: int
    text: str = "none"
    many: tuple[int, ...] = ()
    made: dict[str, int] = field(default_factory=dict)
    aside: float = field(default=0.0, compare=False, repr=False)
    double: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", 2 * self.number)


@dataclass(frozen=True, slots=True)
class Full:
    """The same, as the standard library makes it."""

    number: int
    text: str = "none"
    many: tuple[int, ...] = ()
    made: dict[str, int] = field(default_factory=dict)
    aside: float = field(default=0.0, compare=False, repr=False)
    double: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", 2 * self.number)


@frozen(kw_only=True)
class Named:
    first: int = 1
    second: int


@frozen
class Heir(Light):
    more: int = 7


@frozen
class Twin:
    """Of the shape of `Light`."""

    left: int
    middle: str = "two"
    behind: int = 0
    right: list[int] = field(default_factory=list)
    aside: int = 1

    def __post_init__(self) -> None:
        """As there."""


@frozen
class Empty:
    """No fields at all."""


@frozen
class Hidden:
    secret: str

    def __repr__(self) -> str:
        return "Hidden"

    def __hash__(self) -> int:
        return 5


ARGUMENTS = st.fixed_dictionaries(
    {"number": st.integers()},
    optional={
        "text": st.text(max_size=3),
        "many": st.tuples(st.integers()),
        "made": st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
        "aside": st.floats(allow_nan=False),
    },
)


@given(ARGUMENTS, ARGUMENTS)
def test_it_compares_shows_and_converts_as_the_dataclass_does(one: dict[str, object], other: dict[str, object]) -> None:
    light, full = Light(**one), Full(**one)  # type: ignore[arg-type]
    assert repr(light) == repr(full).replace("Full", "Light")
    assert asdict(light) == asdict(full)
    assert (light == Light(**other)) == (full == Full(**other))  # type: ignore[arg-type]
    assert light.__eq__(full) is NotImplemented
    assert Light.__match_args__ == Full.__match_args__


@given(ARGUMENTS, st.integers())
def test_replaced_copied_and_pickled_it_is_made_anew_and_whole(given_: dict[str, object], number: int) -> None:
    light = Light(**given_)  # type: ignore[arg-type]
    assert replace(light, number=number) == Light(**{**given_, "number": number})  # type: ignore[arg-type]
    assert replace(light, number=number).double == 2 * number
    for twin in (copy.deepcopy(light), pickle.loads(pickle.dumps(light))):
        assert (twin, twin.aside, twin.double) == (light, light.aside, light.double)


@given(st.integers(), st.text())
def test_equal_values_have_equal_hashes(number: int, text: str) -> None:
    assert hash(Named(first=number, second=2)) == hash(Named(first=number, second=2))
    assert len({Named(second=1), Named(second=1), Named(second=2)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(Light(number, text))


def test_each_class_has_its_own_whoever_of_a_family_is_asked_first() -> None:
    @frozen
    class Old:
        age: int = 90

    @frozen
    class Young(Old):
        toys: int = 3

    class Plain(Old):
        """Not made here."""

    assert (repr(Plain(1)), Plain.__match_args__) == (f"{Plain.__qualname__}(age=1)", ("age",))
    assert "__init__" not in vars(Plain)
    assert (Young(1, 2), Young.__match_args__) == (Young(toys=2, age=1), ("age", "toys"))
    assert (Old(1), Old.__match_args__) == (Old(age=1), ("age",))


def test_two_threads_may_ask_first_for_the_same() -> None:
    later = vars(frozen(type("Asked", (), {"__annotations__": {"one": "int"}})))["__init__"]

    @frozen
    class Asked:
        one: int

    asked = Asked(7)  # by the thread that was quicker

    assert later.__get__(None, Asked) is Asked.__init__
    later.__get__(asked, Asked)(8)
    assert asked == Asked(8)


def test_nothing_writes_it() -> None:
    light = Light(1)
    with pytest.raises(FrozenInstanceError):
        light.number = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        light.unheard_of = 2  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError):
        del light.number
    assert not hasattr(light, "__dict__")


def test_each_instance_gets_its_own_from_the_factory() -> None:
    assert Light(1).made is not Light(1).made


def test_what_is_left_out_or_unknown_is_told_with_the_name_of_the_class() -> None:
    with pytest.raises(TypeError, match=r"Light\.__init__\(\) missing 1 required positional argument: 'number'"):
        Light()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        Light(1, colour=2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        Named(1, 2)  # type: ignore[call-arg]


def test_an_heir_has_all_fields_and_is_not_equal_to_its_parent() -> None:
    assert [one.name for one in fields(Heir)] == [*(one.name for one in fields(Light)), "more"]
    assert Heir(1, more=3).double == 2
    assert Heir(1) != Light(1)


def test_a_class_without_fields_and_one_with_its_own_methods() -> None:
    assert Empty() == Empty()
    assert repr(Empty()) == "Empty()"
    assert repr(Hidden("x")) == "Hidden"
    assert hash(Hidden("x")) == 5
    assert Hidden("x") == Hidden("x")


def test_a_match_takes_it_apart() -> None:
    match Light(3, "x"):
        case Light(number, text="x"):
            assert number == 3
        case _:
            pytest.fail("it did not match")


def test_a_default_that_all_instances_would_share_is_refused_as_the_dataclass_refuses_it() -> None:
    defaults: tuple[Any, ...] = ([], field(default=[]))
    for make in (frozen, dataclass(frozen=True, slots=True)):
        for default in defaults:
            with pytest.raises(ValueError, match="default_factory"):
                make(type("Shared", (), {"__annotations__": {"many": "list[int]"}, "many": default}))


def test_an_argument_without_a_default_behind_one_with_is_refused_at_the_first_instance() -> None:
    late: Any = frozen(type("Late", (), {"__annotations__": {"first": "int", "second": "int"}, "first": 1}))
    with pytest.raises(TypeError, match="non-default argument 'second' follows default argument"):
        late(1, 2)


def test_a_frozen_dataclass_may_follow_it_and_a_class_attribute_is_no_field() -> None:
    @frozen
    class Counted:
        number: int
        made: ClassVar[int] = 0

    @dataclass(frozen=True)
    class Grown(Counted):
        more: int = 2

    assert [one.name for one in fields(Counted)] == ["number"]
    assert (Counted.made, repr(Grown(1)).rpartition(".")[2]) == (0, "Grown(number=1, more=2)")
    with pytest.raises(TypeError, match="cannot inherit non-frozen dataclass from a frozen one"):
        dataclass(type("Loose", (Counted,), {}))


def test_classes_of_one_shape_keep_their_own_names_defaults_and_factories() -> None:
    one, other = Light(1), Twin(left=2)
    assert (one.text, one.made, other.middle, other.right) == ("none", {}, "two", [])
    with pytest.raises(TypeError, match=r"Twin\.__init__\(\) missing 1 required positional argument: 'left'"):
        Twin()  # type: ignore[call-arg]


def test_a_mutable_one_is_the_plain_dataclass_in_all_but_its_making() -> None:
    @dataclass(slots=True)
    class Usual:
        name: str
        many: list[int] = field(default_factory=list)
        most: int = 3

    @mutable
    class Counting:
        name: str
        many: list[int] = field(default_factory=list)
        most: int = 3

    one, same, usual = Counting("a"), Counting("a"), Usual("a")
    one.many.append(1)
    usual.many.append(1)
    same.most = usual.most = 4
    assert (same.many, asdict(replace(one, most=4))) == ([], asdict(usual))
    assert one != same
    same.many, one.most = [1], 4
    assert one == same == copy.deepcopy(one)
    assert repr(one).rpartition(".")[2] == repr(usual).rpartition(".")[2].replace("Usual", "Counting")
    assert not hasattr(one, "__dict__")
    with pytest.raises(TypeError, match="unhashable type: 'Counting'"):
        hash(one)
