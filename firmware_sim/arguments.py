"""Arguments of verbs and faults: names and types are those of the Python function that carries them out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, get_args, get_type_hints

TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")


class BadArgument(ValueError):
    """A request that cannot be carried out as it is written; the text says what to write instead."""


class NotNow(ValueError):
    """A request that is well put, but the world is not in the state for it; the text says what stands in the way."""


def within(name: str, value: float, low: float, high: float) -> None:
    """Raises BadArgument for a value outside `low`…`high`."""
    if not low <= value <= high:
        raise BadArgument(f"{name}: {value:g} is outside {low:g}…{high:g}")


def bound(function: Callable[..., Any], given: Mapping[str, object], *, skip: int) -> dict[str, Any]:
    """The keyword arguments for `function` out of `given`. The first `skip` parameters are the caller's own.

    Texts are taken for numbers and truths where the function wants those. Raises BadArgument.
    """
    parameters = list(inspect.signature(function).parameters.values())[skip:]
    hints = get_type_hints(function)
    names = [parameter.name for parameter in parameters]
    for name in given:
        if name not in names:
            raise BadArgument(f"{name}: unknown argument; this takes {', '.join(names) or 'none'}")
    for parameter in parameters:
        if parameter.name not in given and parameter.default is inspect.Parameter.empty:
            raise BadArgument(f"{parameter.name}: is missing; this takes {', '.join(names)}")
    return {name: _converted(name, value, hints[name]) for name, value in given.items()}


def _converted(name: str, value: object, hint: Any) -> Any:
    kinds = get_args(hint) or (hint,)
    if value is None:
        if NoneType in kinds:
            return None
        raise BadArgument(f"{name}: null is no value here")
    kind = next(each for each in kinds if each is not NoneType)
    try:
        return _CONVERSIONS[kind](value)
    except (ValueError, TypeError, OverflowError):
        raise BadArgument(f"{name}: {value!r} is not {_WORDS[kind]}") from None


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    return int(value)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    number = float(value)
    if not -1e12 < number < 1e12:  # also refuses not-a-number
        raise ValueError
    return number


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text not in TRUE + FALSE:
        raise ValueError
    return text in TRUE


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    return str(value)


_CONVERSIONS: dict[type, Callable[[object], Any]] = {int: _integer, float: _number, bool: _truth, str: _text}
_WORDS: dict[type, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
