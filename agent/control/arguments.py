"""Checks the arguments of a request against the parameters of its action, with every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.control.verb import Action, Arguments, Kind, Parameter
from agent.control.wire import Argument
from agent.core.identity import ConnectorId, IdToken
from agent.core.orders.checking import CASE
from agent.errors import BadRequest
from agent.tables import nearest


def checked(action: Action, given: Mapping[str, Argument]) -> Arguments:
    """The arguments as the handler gets them: complete, of the right kind, within bounds. Raises BadRequest."""
    known = [parameter.name for parameter in action.parameters]
    problems = [f"{name[:40]}: unknown argument{nearest(name[:40], known)}" for name in given if name not in known]
    values: dict[str, Argument] = {}
    for parameter in action.parameters:
        value = given.get(parameter.name, parameter.default)
        if value is None:
            problems += [f"{parameter.name}: is missing; {parameter.purpose}"] if _is_needed(parameter) else []
            continue
        # A default that says "not given" need not be what anybody could type, as the empty text of a list.
        what = _problem(parameter, value) if parameter.name in given else None
        if what:
            problems.append(f"{parameter.name}: {what}")
        values[parameter.name] = value
    if problems:
        raise BadRequest("; ".join(problems))
    return values


def _is_needed(parameter: Parameter) -> bool:
    return parameter.required or (parameter.positional and parameter.default is None)


def _problem(parameter: Parameter, value: Argument) -> str | None:
    match parameter.kind:
        case Kind.FLAG:
            return None if isinstance(value, bool) else f"{value!r} is neither true nor false"
        case Kind.WHOLE | Kind.CONNECTOR:
            if type(value) is not int:
                is_connector = parameter.kind is Kind.CONNECTOR
                example = "the number of one, as 1" if is_connector else f"one from {parameter.low} to {parameter.high}"
                return f"{value!r} is no whole number; write {example}"
            in_bounds = parameter.low <= value <= parameter.high
            return None if in_bounds else f"{value} is outside of {parameter.low} to {parameter.high}"
        case Kind.TEXT | Kind.FILE:
            if not isinstance(value, str) or not value:
                return "a text is needed"
            if parameter.choices and value not in parameter.choices:
                return f'there is no "{value[:40]}"{nearest(value[:40], list(parameter.choices))}'
            return None


def case_of(action: Action | None, given: Mapping[str, Argument]) -> str:
    """The support case that a verb is there to tell; "" for what is none: it may be a name, and goes where cases go."""
    is_told = action is not None and any(one.name == "case" for one in action.parameters)
    case = str(given.get("case", "")) if is_told else ""
    return case if CASE.fullmatch(case) else ""


def port_of(given: Mapping[str, Argument]) -> int | None:
    """The connector that a request is about; None for the whole charger."""
    number = given.get("connector")
    return number if type(number) is int else None


def redacted(action: Action, given: Mapping[str, Argument]) -> str:
    """What the log of commands keeps of the arguments: known names only, tokens masked (security.md S-15)."""
    return " ".join(
        f"{parameter.name}={_loggable(parameter, given[parameter.name])}"
        for parameter in action.parameters
        if parameter.name in given
    )


def without_words(action: Action, logged: str) -> str:
    """`redacted` text without what a person typed there, nor what stands behind it: a sentence may hold anything."""
    places = [
        place
        for parameter in action.parameters
        if parameter.is_words and (place := f" {logged}".find(f" {parameter.name}=")) >= 0
    ]
    return logged if not places else f"{logged[: min(places)]}…"


def _loggable(parameter: Parameter, value: Argument) -> str:
    if parameter.is_personal:
        return "…"
    return IdToken(str(value)).masked if parameter.is_token else str(value)[:80]


def existing_connector(connectors: Iterable[ConnectorId], arguments: Arguments) -> ConnectorId | None:
    """The connector that was named, None where none was. Raises BadRequest for one this charger does not have."""
    number = arguments.get("connector")
    if number is None:
        return None
    known = list(connectors)
    if number not in known:
        names = " and ".join(str(one) for one in known)
        raise BadRequest(f"connector: there is no connector {number}; this charger has {names}")
    return ConnectorId(int(number))


def chosen_connectors(connectors: Iterable[ConnectorId], arguments: Arguments) -> tuple[ConnectorId, ...]:
    """The connector that was named, else all of them."""
    named = existing_connector(connectors, arguments)
    return tuple(connectors) if named is None else (named,)
