"""The command line of `evsectl`, built from the verbs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from agent import VERSION
from agent.control.client import DEFAULT_SOCKET
from agent.control.door import AT_THE_CHARGER, LOCAL, Door
from agent.control.registry import load, verb_names
from agent.control.typed import metavar_of, option_of, taken_apart
from agent.control.verb import Action, Kind, Parameter
from agent.control.wire import Argument
from agent.errors import BadRequest
from agent.tables import nearest
from agent.values import frozen

EXIT_CODES = """\
exit code: 0 done; 1 the verdict is bad; 2 typed wrongly; 3 no agent answers; 4 not allowed, or not now; 5 too late"""


@frozen(kw_only=True)
class CommandLine:
    """What was typed. `words` name the action on the wire."""

    words: str
    action: Action
    arguments: dict[str, Argument]
    socket: Path
    json: bool


def parse(arguments: Sequence[str], door: Door = AT_THE_CHARGER) -> CommandLine:
    """What was typed. Raises BadRequest for wrong use; --help and --version end the program.

    Help and sentences name the program of `door`, and offer what may be asked there.
    """
    if any(word.startswith("--json=") for word in arguments):
        raise BadRequest("--json takes no value; write it alone")
    common, rest = _everywhere().parse_known_args(list(arguments))
    if common.socket is None:
        raise BadRequest(f"--socket needs a value: where the agent listens; write --socket {DEFAULT_SOCKET}")
    name, action_name, left = _named(rest, door)
    verb = load(name)
    action = next(action for action in verb.actions if action.name == action_name)
    words = f"{name} {action_name}".strip()
    if _asks_for_help(left):
        _help_parser(words, action, door).print_help()
        raise SystemExit(0)
    try:
        arguments_typed = taken_apart(words, action, left)
    except BadRequest as error:
        raise BadRequest(door.told(str(error))) from error
    return CommandLine(words=words, action=action, arguments=arguments_typed, socket=common.socket, json=common.json)


def _asks_for_help(left: Sequence[str]) -> bool:
    typed = left[: left.index("--")] if "--" in left else left
    return "-h" in typed or "--help" in typed


def _everywhere() -> argparse.ArgumentParser:
    """Options that may stand before and behind the verb."""
    parser = argparse.ArgumentParser(prog="evsectl", add_help=False, allow_abbrev=False)
    parser.add_argument("--socket", type=Path, default=DEFAULT_SOCKET, nargs="?", const=None)
    parser.add_argument("--json", action="store_true")
    return parser


def _named(rest: list[str], door: Door) -> tuple[str, str, list[str]]:
    """Verb, action and what is left. Ends the program for help and version."""
    if not rest or rest[0] in ("-h", "--help", "help"):
        _print_help(0 if rest else 2, door)
    if rest[0] == "--version":
        _end(f"evsectl {VERSION}", 0)
    if rest[0].startswith("-"):
        raise BadRequest(f"{rest[0]}: unknown option{nearest(rest[0], ['--socket', '--json', '--help', '--version'])}")
    actions = [action.name for action in load(rest[0], None if door is AT_THE_CHARGER else door.offers).actions]
    is_bare = len(rest) < 2 or rest[1] not in (*actions, "-h", "--help")
    if actions == [""] or ("" in actions and is_bare):
        return rest[0], "", rest[1:]
    if len(rest) < 2 or rest[1] in ("-h", "--help"):
        _print_verb_help(rest[0], 0 if len(rest) > 1 else 2, door)
    if rest[1] not in actions:
        offered = [action.name for action in load(rest[0]).actions if door.offers(action)]
        raise BadRequest(f'"{rest[0]}" has no "{rest[1]}"{nearest(rest[1], offered)}')
    return rest[0], rest[1], rest[2:]


def _help_parser(words: str, action: Action, door: Door) -> argparse.ArgumentParser:
    needs = "no agent" if action.answer is None else f"the role {action.role.word}"
    parser = argparse.ArgumentParser(
        prog=f"{door.program} {words}",
        description=f"{action.purpose}. Needs {needs}.",
        epilog="--json prints JSON" + (", --socket PATH asks another agent" if door is AT_THE_CHARGER else ""),
    )
    for parameter in action.parameters:
        _add(parser, parameter)
    return parser


def _add(parser: argparse.ArgumentParser, parameter: Parameter) -> None:
    purpose = parameter.purpose.replace("%", "%%")
    choices = parameter.choices or None
    if parameter.positional:
        nargs = "?" if parameter.default is not None else None
        parser.add_argument(parameter.name, nargs=nargs, choices=choices, help=purpose)
    elif parameter.kind is Kind.FLAG:
        parser.add_argument(option_of(parameter), action="store_true", help=purpose)
    else:
        parser.add_argument(
            option_of(parameter),
            choices=choices,
            required=parameter.required,
            metavar=metavar_of(parameter),
            help=purpose + (f" ({parameter.default})" if parameter.default is not None else ""),
        )


def _print_help(code: int, door: Door) -> NoReturn:
    """All verbs with the role each needs (security.md S-11)."""
    lines = [f"usage: {door.program} VERB …{' [--socket PATH]' if door is AT_THE_CHARGER else ''} [--json]", ""]
    for name in verb_names():
        verb = load(name)
        lines += [f"  {words:<18} {role:<10} {purpose}" for words, role, purpose in _rows(name, verb.actions, door)]
    lines += ["", f"{door.program} VERB --help tells more; the second column is the role it needs", EXIT_CODES]
    _end("\n".join(lines), code)


def _print_verb_help(name: str, code: int, door: Door) -> NoReturn:
    lines = [f"usage: {door.program} {name} WORD …", ""]
    rows = _rows(name, load(name).actions, door)
    lines += [f"  {words:<18} {role:<10} {purpose}" for words, role, purpose in rows]
    if not rows:
        lines += [f"  nothing of it may be asked here; at the charger: {LOCAL} {name} --help"]
    _end("\n".join(lines), code)


def _rows(name: str, actions: tuple[Action, ...], door: Door) -> list[tuple[str, str, str]]:
    return [
        (f"{name} {action.name}".strip(), "-" if action.answer is None else action.role.word, action.purpose)
        for action in actions
        if door.offers(action)
    ]


def _end(text: str, code: int) -> NoReturn:
    (sys.stdout if code == 0 else sys.stderr).write(text + "\n")
    raise SystemExit(code)
