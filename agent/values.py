"""`@frozen`: the frozen, slotted dataclass of this code base, made in a tenth of the time.

`dataclass(frozen=True, slots=True)` compiles six functions for each class, 0.4 ms in all; some two hundred classes were
the larger half of the agent's start. Here comparison, hash, representation and write protection are shared, and the
`__init__` is compiled when the first instance is made, which most classes never see. What is left is a real dataclass:
`fields`, `replace`, `asdict`, `field(...)`, `__post_init__` and `match` work as everywhere.

What changes over its life, or orders its instances, stays a plain `dataclass`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")

_FROM_FACTORY = object()
"""Stands for an argument that was not given, where the field has a factory."""


@overload
def frozen(cls: type[T], /) -> type[T]: ...
@overload
def frozen(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field, Field))
def frozen(cls: type[T] | None = None, /, *, kw_only: bool = False) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a class of annotated fields a value: equal when all fields are, hashable when they are, written once."""
    if cls is None:
        return lambda named: _made(named, kw_only)
    return _made(cls, kw_only)


def _made(named: type[T], kw_only: bool) -> type[T]:
    cls: Any = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(named)
    compared = [one.name for one in fields(cls) if one.compare]
    cls.__compared__ = attrgetter(*compared) if compared else _nothing
    for name, shared in _SHARED.items():
        if name not in named.__dict__:
            setattr(cls, name, shared)
    if "__init__" not in named.__dict__:
        cls.__init__ = _first_init(cls)
    made: type[T] = cls
    return made


def _first_init(cls: Any) -> Callable[..., None]:
    """An `__init__` that compiles the real one, puts it in its own place and passes the first call on."""

    def __init__(self: object, *args: object, **kwargs: object) -> None:
        cls.__init__ = init = _compiled_init(cls)
        init(self, *args, **kwargs)

    return __init__


def _compiled_init(cls: Any) -> Callable[..., None]:
    known: dict[str, object] = {"_FROM_FACTORY": _FROM_FACTORY}
    by_place: list[str] = []
    by_name: list[str] = []
    body: list[str] = []
    for one in (one for one in fields(cls) if one.init):
        (by_name if one.kw_only else by_place).append(one.name + _default(one, known))
        known[f"_set_{one.name}"] = _setter(cls, one.name)
        body.append(f" _set_{one.name}(self, {_given(one)})")
    if hasattr(cls, "__post_init__"):  # which sets the fields that no argument gives
        body.append(" self.__post_init__()")
    parameters = ", ".join(["self", *by_place, *(["*", *by_name] if by_name else [])])
    exec(f"def __init__({parameters}):\n" + "\n".join(body or [" pass"]), known)  # noqa: S102 - as dataclasses does
    init: Any = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init  # type: ignore[no-any-return]


def _default(one: Field[Any], known: dict[str, object]) -> str:
    """The default as the parameter list writes it; its object becomes known under a name."""
    if one.default_factory is not MISSING:
        known[f"_factory_{one.name}"] = one.default_factory
        return "=_FROM_FACTORY"
    if one.default is not MISSING:
        known[f"_default_{one.name}"] = one.default
        return f"=_default_{one.name}"
    return ""


def _given(one: Field[Any]) -> str:
    if one.default_factory is MISSING:
        return one.name
    return f"_factory_{one.name}() if {one.name} is _FROM_FACTORY else {one.name}"


def _setter(cls: Any, name: str) -> object:
    """The slot itself writes, past the protection that is for everybody else."""
    return getattr(cls, name).__set__


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


_SHARED: dict[str, object] = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}
