"""`@frozen` and `@mutable`: the slotted dataclasses of this code base, made in a twentieth of the time.

`dataclass(frozen=True, slots=True)` compiles six functions for each class, 0.4 ms in all; some four hundred classes
would be the larger half of the agent's start. Here a class gets its slots, and the rest when somebody asks for it:
comparison, hash, representation and write protection are shared, the list of fields is drawn up when it is first read,
and the `__init__` when the first instance is made, which most classes never see. What is left is a real dataclass:
`fields`, `replace`, `asdict`, `field(...)`, `__post_init__` and `match` work as everywhere.

`@frozen` is a value, `@mutable` changes over its life. What orders its instances, or has defaults that no argument can
replace, stays a plain `dataclass`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")

_FROM_FACTORY = object()
"""Stands for an argument that was not given, where the field has a factory."""
_OF_THE_CLASS_BEFORE = frozenset({"__dict__", "__weakref__"})
"""What a class without slots has and its successor with slots must not have."""


@overload
def frozen(cls: type[T], /) -> type[T]: ...
@overload
def frozen(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field, Field))
def frozen(cls: type[T] | None = None, /, *, kw_only: bool = False) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a class of annotated fields a value: equal when all fields are, hashable when they are, written once.

    Raises ValueError for a default that every instance would share and could change.
    """
    if cls is None:
        return lambda named: _made(named, _OF_VALUES, kw_only)
    return _made(cls, _OF_VALUES, kw_only)


@dataclass_transform(field_specifiers=(field, Field))
def mutable(cls: type[T], /) -> type[T]:
    """The same of what changes over its life: equal as values are, written by anybody, and no key of anything."""
    return _made(cls, _OF_MUTABLES, kw_only=False)


def _made(named: type[T], shared: Mapping[str, object], kw_only: bool) -> type[T]:
    """The class once more, with slots: they cannot be given to one that is there."""
    before = named.__dict__
    names = tuple(name for name, hint in before.get("__annotations__", {}).items() if "ClassVar" not in str(hint))
    given = {name: before[name] for name in names if name in before}
    for name, value in given.items():
        default = value.default if isinstance(value, Field) else value
        if default.__class__.__hash__ is None:
            raise ValueError(f"{named.__qualname__}.{name}: use field(default_factory=...); this default can change")
    inherited = {name for parent in named.__mro__[1:-1] for name in parent.__dict__.get("__slots__", ())}
    slots = tuple(name for name in names if name not in inherited)
    namespace = {
        **shared,
        # The names once where they are the same, and no empty dictionaries: there are hundreds of classes.
        "__given__": (slots if slots == names else names, given or _NO_DEFAULTS, kw_only),
        **{name: value for name, value in before.items() if name not in given and name not in _OF_THE_CLASS_BEFORE},
        "__slots__": slots,
    }
    remade: Any = type(named)
    made: type[T] = remade(named.__name__, named.__bases__, namespace)
    return made


class _Later:
    """An attribute of a class that is made when it is first asked for, and then stands in this one's place.

    All classes share one of each name; what it is made of is the class's own.
    """

    __slots__ = ("_make", "_name")

    def __init__(self, name: str, make: Callable[[Any], Any]) -> None:
        self._name, self._make = name, make

    def __get__(self, instance: object, of: type) -> Any:
        # An heir that was not made here finds its parent's.
        owner = next((one for one in of.__mro__ if one.__dict__.get(self._name) is self), None)
        if owner is None:  # another thread was quicker
            return getattr(of if instance is None else instance, self._name)
        made = self._make(owner)
        setattr(owner, self._name, made)
        return made.__get__(instance) if isinstance(made, FunctionType) and instance is not None else made


def _fields(cls: Any) -> dict[str, Field[Any]]:
    """Of the parents and its own, as `dataclasses.fields` expects them."""
    names, given, kw_only = cls.__given__
    known: dict[str, Field[Any]] = {}
    for parent in reversed(cls.__mro__[1:]):
        known |= getattr(parent, "__dataclass_fields__", {})
    for name in names:
        value = given.get(name, MISSING)
        one: Any = value if isinstance(value, Field) else field(default=value)
        one.name, one.type, one._field_type = name, cls.__annotations__[name], _ORDINARY._field_type
        if one.kw_only is MISSING:
            one.kw_only = kw_only
        known[name] = one
    return known


def _arguments(cls: Any) -> list[Field[Any]]:
    return [one for one in fields(cls) if one.init]


def _places(cls: Any) -> tuple[str, ...]:
    return tuple(one.name for one in _arguments(cls) if not one.kw_only)


def _compared(cls: Any) -> Callable[[Any], object]:
    compared = [one.name for one in fields(cls) if one.compare]
    return attrgetter(*compared) if compared else _nothing


def _init(cls: Any) -> Callable[..., None]:
    """The code of its shape, with its own names, defaults and slots."""
    taken = sorted(_arguments(cls), key=lambda one: bool(one.kw_only))
    by_place = sum(not one.kw_only for one in taken)
    is_frozen = cls.__setattr__ is _setattr
    # The slot itself writes, past the protection that is for everybody else.
    known = {f"set_{i}": getattr(cls, one.name).__set__ for i, one in enumerate(taken)} if is_frozen else {}
    factories = tuple(i for i, one in enumerate(taken) if one.default_factory is not MISSING)
    known |= {f"make_{i}": taken[i].default_factory for i in factories} | {"FROM_FACTORY": _FROM_FACTORY}
    names = [one.name for one in taken]
    code = _shape(len(taken), factories, hasattr(cls, "__post_init__"), is_frozen=is_frozen)
    named = {f"f_{i}": name for i, name in enumerate(names)}
    code = code.replace(
        co_varnames=("self", *names),
        co_names=tuple(named.get(name, name) for name in code.co_names),
        co_argcount=1 + by_place,
        co_kwonlyargcount=len(taken) - by_place,
        co_qualname=f"{cls.__qualname__}.__init__",
    )
    defaults = {one.name: value for one in taken if (value := _default(one)) is not MISSING}
    init = FunctionType(code, known)
    init.__defaults__ = _last(taken[:by_place], defaults)
    init.__kwdefaults__ = {one.name: defaults[one.name] for one in taken[by_place:] if one.name in defaults}
    return init


@cache
def _shape(count: int, factories: tuple[int, ...], has_more_to_do: bool, *, is_frozen: bool) -> CodeType:
    """An `__init__` of so many fields. Compiling is the dear part, and the names in it can be given afterwards."""
    values = [f"make_{i}() if a_{i} is FROM_FACTORY else a_{i}" if i in factories else f"a_{i}" for i in range(count)]
    body = [f" set_{i}(self, {value})" if is_frozen else f" self.f_{i} = {value}" for i, value in enumerate(values)]
    if has_more_to_do:  # which sets the fields that no argument gives
        body.append(" self.__post_init__()")
    made: dict[str, Any] = {}
    parameters = ", ".join(["self", *(f"a_{i}" for i in range(count))])
    exec(f"def __init__({parameters}):\n" + "\n".join(body or [" pass"]), made)  # noqa: S102 - as dataclasses does
    code: CodeType = made["__init__"].__code__
    return code


def _default(one: Field[Any]) -> object:
    return one.default if one.default_factory is MISSING else _FROM_FACTORY


def _last(by_place: list[Field[Any]], defaults: dict[str, object]) -> tuple[object, ...]:
    """The defaults as a function holds them. Raises TypeError where an argument without one follows one that has it."""
    without = [one.name for one in by_place if one.name not in defaults]
    if without != [one.name for one in by_place[: len(without)]]:
        raise TypeError(f"non-default argument {without[-1]!r} follows default argument")
    return tuple(defaults[one.name] for one in by_place[len(without) :])


def _nothing(_value: object) -> tuple[()]:
    return ()


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    own = self.__class__.__compared__
    return own(self) == own(other)


def _hash(self: Any) -> int:
    return hash(self.__class__.__compared__(self))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _setattr(self: Any, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[object]:
    return [getattr(self, one.name) for one in fields(self)]


def _setstate(self: Any, state: list[object]) -> None:
    for one, given in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, given)


@dataclass(init=False, repr=False, eq=False)
class _Sample:
    """What the library notes of each field and class."""

    one: int


_ORDINARY: Any = fields(_Sample)[0]
_PARAMETERS: Any = vars(_Sample)["__dataclass_params__"]
_FROZEN_PARAMETERS = copy(_PARAMETERS)
_FROZEN_PARAMETERS.frozen = True
_NO_DEFAULTS: Mapping[str, object] = {}
_OF_MUTABLES: dict[str, object] = {
    **{
        name: _Later(name, make)
        for name, make in {
            "__dataclass_fields__": _fields,
            "__match_args__": _places,
            "__compared__": _compared,
            "__init__": _init,
        }.items()
    },
    "__dataclass_params__": _PARAMETERS,
    "__eq__": _eq,
    "__hash__": None,
    "__repr__": _repr,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}
_OF_VALUES = _OF_MUTABLES | {
    "__dataclass_params__": _FROZEN_PARAMETERS,
    "__hash__": _hash,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
}
