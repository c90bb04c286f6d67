"""What was typed behind a verb, taken apart by its parameters. What is wrong is one sentence with the way out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.control.verb import Action, Kind, Parameter
from agent.control.wire import Argument
from agent.errors import BadRequest
from agent.tables import nearest

EVERYWHERE = ("--socket", "--json", "--help")
OPTION_IS_NEAR = 0.65
"""A verb has few options, and a wrong guess hides the list of them."""
NUMBERS = (Kind.WHOLE, Kind.CONNECTOR)


def taken_apart(words: str, action: Action, typed: Sequence[str]) -> dict[str, Argument]:
    """The arguments by name, as far as they were typed. Raises BadRequest; bounds and choices are not looked at yet."""
    options = {option_of(parameter): parameter for parameter in action.parameters if not parameter.positional}
    _refuse_unknown(words, [*options, *EVERYWHERE], typed)
    places = iter([parameter for parameter in action.parameters if parameter.positional])
    found: dict[str, Argument] = {}
    left = iter(typed)
    for word in left:
        if word == "--":
            for plain in left:
                _place(words, next(places, None), plain, found)
        elif _is_option(word):
            name, equals, value = word.partition("=")
            parameter = options[name]
            found[parameter.name] = _value(parameter, equals, value, left)
        else:
            _place(words, next(places, None), word, found)
    _refuse_missing(words, action, found)
    return found


def option_of(parameter: Parameter) -> str:
    """As it is typed."""
    return f"--{parameter.name.replace('_', '-')}"


def metavar_of(parameter: Parameter) -> str:
    """What stands for its value."""
    if parameter.kind in NUMBERS:
        return "N"
    return parameter.name.upper() if parameter.positional else parameter.name.rpartition("_")[2].upper()


def _is_option(word: str) -> bool:
    """A lone dash stands for the standard input, and a number is a number."""
    return word.startswith("-") and word != "-" and not word[1:].replace(".", "", 1).isdecimal()


def _refuse_unknown(words: str, known: list[str], typed: Sequence[str]) -> None:
    """Before anything else is asked for: a misspelt option would look like a missing one."""
    for word in typed:
        if word == "--":
            return
        name = word.partition("=")[0]
        if _is_option(word) and name not in known:
            raise BadRequest(f'"{words}" has no {name}{nearest(name, known, OPTION_IS_NEAR)}')


def _value(parameter: Parameter, equals: str, value: str, left: Iterator[str]) -> Argument:
    option = option_of(parameter)
    if parameter.kind is Kind.FLAG:
        if equals:
            raise BadRequest(f"{option} takes no value; write it alone")
        return True
    if not equals:
        value = next(left, "--")
        if _is_option(value):
            raise BadRequest(f"{option} needs a value: {parameter.purpose}; write {option} {metavar_of(parameter)}")
    return _typed(parameter, value)


def _place(words: str, parameter: Parameter | None, word: str, found: dict[str, Argument]) -> None:
    if parameter is None:
        raise BadRequest(f'"{words}" has no place for "{word[:40]}"; leave it away, or see: evsectl {words} --help')
    found[parameter.name] = _typed(parameter, word)


def _typed(parameter: Parameter, text: str) -> Argument:
    """What is no number stays a text, for the check of all arguments to say."""
    try:
        return int(text) if parameter.kind in NUMBERS else text
    except ValueError:
        return text


def _refuse_missing(words: str, action: Action, found: dict[str, Argument]) -> None:
    needed = [one for one in action.parameters if one.required or (one.positional and one.default is None)]
    missing = [one for one in needed if one.name not in found]
    if missing:
        names = " and ".join(metavar_of(one) if one.positional else option_of(one) for one in missing)
        example = " ".join(
            metavar_of(one) if one.positional else f"{option_of(one)} {metavar_of(one)}" for one in needed
        )
        raise BadRequest(f'"{words}" needs {names}; write: evsectl {words} {example}')
