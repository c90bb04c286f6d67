"""The command line of `evsectl`, built from the verbs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from agent import VERSION
from agent.control.client import DEFAULT_SOCKET
from agent.control.registry import load, verb_names
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


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as everything else here does: one sentence, no usage in front of it."""

    def error(self, message: str) -> NoReturn:
        raise BadRequest(f"{message}; see: {self.prog} --help")


def parse(arguments: Sequence[str]) -> CommandLine:
    """What was typed. Raises BadRequest for wrong use; --help and --version end the program."""
    everywhere = _everywhere()
    common, rest = everywhere.parse_known_args(list(arguments))
    name, action_name, left = _named(rest)
    verb = load(name)
    action = next(action for action in verb.actions if action.name == action_name)
    words = f"{name} {action_name}".strip()
    _refuse_unknown_options(words, action, left)
    values = vars(_action_parser(words, action).parse_args(left))
    return CommandLine(
        words=words,
        action=action,
        arguments={key: value for key, value in values.items() if value is not None},
        socket=common.socket,
        json=common.json,
    )


def _everywhere() -> argparse.ArgumentParser:
    """Options that may stand before and behind the verb."""
    parser = _Parser(prog="evsectl", add_help=False, allow_abbrev=False)
    parser.add_argument("--socket", type=Path, default=DEFAULT_SOCKET)
    parser.add_argument("--json", action="store_true")
    return parser


def _named(rest: list[str]) -> tuple[str, str, list[str]]:
    """Verb, action and what is left. Ends the program for help and version."""
    if not rest or rest[0] in ("-h", "--help", "help"):
        _print_help(0 if rest else 2)
    if rest[0] == "--version":
        _end(f"evsectl {VERSION}", 0)
    if rest[0].startswith("-"):
        raise BadRequest(f"{rest[0]}: unknown option{nearest(rest[0], ['--socket', '--json', '--help', '--version'])}")
    actions = [action.name for action in load(rest[0]).actions]
    if actions == [""]:
        return rest[0], "", rest[1:]
    if len(rest) < 2 or rest[1] in ("-h", "--help"):
        _print_verb_help(rest[0], 0 if len(rest) > 1 else 2)
    if rest[1] not in actions:
        raise BadRequest(f'"{rest[0]}" has no "{rest[1]}"{nearest(rest[1], actions)}')
    return rest[0], rest[1], rest[2:]


def _refuse_unknown_options(words: str, action: Action, left: list[str]) -> None:
    """Before anything else is asked for: a misspelt option would look like a missing one. Raises BadRequest."""
    named = [parameter for parameter in action.parameters if not parameter.positional]
    known = [f"--{parameter.name.replace('_', '-')}" for parameter in named]
    known += ["--socket", "--json", "--help"]
    for word in left:
        if word == "--":
            return
        option = word.partition("=")[0]
        if option.startswith("--") and option not in known:
            raise BadRequest(f'"{words}" has no {option}{nearest(option, known)}')


def _action_parser(words: str, action: Action) -> argparse.ArgumentParser:
    needs = "no agent" if action.answer is None else f"the role {action.role.word}"
    parser = _Parser(
        prog=f"evsectl {words}",
        description=f"{action.purpose}. Needs {needs}.",
        epilog="--json prints JSON, --socket PATH asks another agent",
        allow_abbrev=False,
        argument_default=None,
    )
    for parameter in action.parameters:
        _add(parser, parameter)
    return parser


def _add(parser: argparse.ArgumentParser, parameter: Parameter) -> None:
    purpose = parameter.purpose.replace("%", "%%")
    name = parameter.name.replace("_", "-")
    kind = int if parameter.kind in (Kind.WHOLE, Kind.CONNECTOR) else str
    choices = parameter.choices or None
    if parameter.positional:
        nargs = "?" if parameter.default is not None else None
        parser.add_argument(parameter.name, type=kind, nargs=nargs, choices=choices, help=purpose)
    elif parameter.kind is Kind.FLAG:
        parser.add_argument(f"--{name}", dest=parameter.name, action="store_true", default=None, help=purpose)
    else:
        parser.add_argument(
            f"--{name}",
            dest=parameter.name,
            type=kind,
            choices=choices,
            required=parameter.required,
            metavar="N" if kind is int else name.rpartition("-")[2].upper(),
            help=purpose + (f" ({parameter.default})" if parameter.default is not None else ""),
        )


def _print_help(code: int) -> NoReturn:
    """All verbs with the role each needs (security.md S-11)."""
    lines = ["usage: evsectl VERB … [--socket PATH] [--json]", ""]
    for name in verb_names():
        verb = load(name)
        lines += [f"  {words:<18} {role:<10} {purpose}" for words, role, purpose in _rows(name, verb.actions)]
    lines += ["", "evsectl VERB --help tells more; the second column is the role it needs", EXIT_CODES]
    _end("\n".join(lines), code)


def _print_verb_help(name: str, code: int) -> NoReturn:
    lines = [f"usage: evsectl {name} WORD …", ""]
    lines += [f"  {words:<18} {role:<10} {purpose}" for words, role, purpose in _rows(name, load(name).actions)]
    _end("\n".join(lines), code)


def _rows(name: str, actions: tuple[Action, ...]) -> list[tuple[str, str, str]]:
    return [
        (f"{name} {action.name}".strip(), "-" if action.answer is None else action.role.word, action.purpose)
        for action in actions
    ]


def _end(text: str, code: int) -> NoReturn:
    (sys.stdout if code == 0 else sys.stderr).write(text + "\n")
    raise SystemExit(code)
