"""`evsectl VERB … [--socket PATH] [--json]`: the installer's and the support's way to talk to the agent."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

from agent.control.arguments import checked
from agent.control.client import AnswerTimedOut, NotReachable, Pause, ask
from agent.control.parser import CommandLine, parse
from agent.control.render import Page, wrapped
from agent.control.sent_files import Arriving
from agent.control.terminal import unwritten
from agent.control.verb import Arguments
from agent.control.wire import (
    NOT_ON_RECORD,
    Argument,
    Ask,
    BadReply,
    Body,
    Done,
    Part,
    Piece,
    RefusalKind,
    Refused,
    Request,
)
from agent.errors import BadRequest, ControlError


class Exit(IntEnum):
    """What a script can tell apart (operations.md section 9)."""

    OK = 0
    FAILED = 1
    WRONG_USE = 2
    NOT_REACHABLE = 3
    REFUSED = 4
    TIMED_OUT = 5


STARTS_ANEW_S = 4.0
"""An agent that said it would start anew does so a second or two later; then it is waited for as any other."""
INTERRUPTED = 128 + 2
"""Ctrl-C in the middle of something, as shells tell it: whether it was done is not known."""
BY_REFUSAL = {
    RefusalKind.BAD_REQUEST: Exit.WRONG_USE,
    RefusalKind.NOT_PERMITTED: Exit.REFUSED,
    RefusalKind.BUSY: Exit.REFUSED,
    RefusalKind.FAILED: Exit.FAILED,
    RefusalKind.TIMED_OUT: Exit.TIMED_OUT,
}


def main(arguments: Sequence[str] | None = None, *, pause: Pause = time.sleep) -> int:
    """Runs one verb; the answer is the exit code. `pause` passes the time until an agent that starts is there."""
    if why := unwritten():
        return _fail(why, Exit.FAILED)
    for stream in (sys.stdout, sys.stderr):
        # A terminal without Unicode shall show "?" and not a traceback.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        return _run(parse(sys.argv[1:] if arguments is None else arguments), pause)
    except BadRequest as error:
        return _fail(error, Exit.WRONG_USE)
    except (NotReachable, BadReply) as error:
        return _fail(error, Exit.NOT_REACHABLE)
    except AnswerTimedOut as error:
        return _fail(error, Exit.TIMED_OUT)
    except ControlError as error:
        return _fail(error, Exit.FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output had enough (`evsectl events | head`); nothing is left to say at the exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except OSError as error:
        if why := unwritten(error):
            return _fail(why, Exit.FAILED)
        raise


def _run(line: CommandLine, pause: Pause) -> int:
    action = line.action
    given = _with_standard_input(line)
    values = checked(action, given)
    is_local = action.is_local is not None and action.is_local(values)
    if action.local is not None and (is_local or action.answer is None or action.local_when in given):
        return _finish(line, values, action.local(values), {})
    if action.look is not None:
        action.look(values)
    request, answer = Request(line.words, given), _answer_of(line, values)
    try:
        while True:
            replies = ask(line.socket, request, timeout_s=action.timeout_s, answer=answer, pause=pause)
            if (code := _told(line, values, replies)) is not None:
                return code
            pause(STARTS_ANEW_S)
    except NotReachable as error:
        if action.without_agent:
            raise NotReachable(f"{error}; without an agent: {action.without_agent}") from error
        if action.local is None or not action.falls_back:
            raise
        return _finish(line, values, action.local(values), {})
    except KeyboardInterrupt:
        if action.left:
            sys.stderr.write(f"\nevsectl: {action.left}\n")
        elif action.follows:
            return Exit.OK
        raise


def _told(line: CommandLine, values: Arguments, replies: Iterator[Part | Piece | Done | Refused]) -> int | None:
    """Every reply shown as it comes, or joined; the last one decides. None: ask again, of the agent that starts."""
    arriving = Arriving(str(values.get("to", "")))
    try:
        return _told_with(arriving, line, values, replies)
    finally:
        arriving.drop()


def _told_with(
    arriving: Arriving, line: CommandLine, values: Arguments, replies: Iterator[Part | Piece | Done | Refused]
) -> int | None:
    gathered: dict[str, Any] = {}
    for reply in replies:
        match reply:
            case Piece(octets):
                arriving.take(octets)
            case Part(body) if line.action.follows:
                _print(line, body)
            case Part(body):
                _join(gathered, body)
            case Done(body) if line.action.goes_on is not None and line.action.goes_on(body):
                return None
            case Done(body, passed, Path() as file):
                whole = arriving.finish(file.name)
                return _finish(line, values, Done({**body, "file": str(whole)}, passed), gathered)
            case Done():
                return _finish(line, values, reply, gathered)
            case Refused(kind, text):
                return _refused(line, kind, text)
    raise NotReachable(f"{line.socket}: the agent ended before it had answered; see its log")


def _with_standard_input(line: CommandLine) -> dict[str, Argument]:
    """Arguments in which a token written "-" was read from the standard input (security.md S-14)."""
    given = dict(line.arguments)
    for parameter in line.action.parameters:
        if parameter.is_token and given.get(parameter.name) == "-":
            given[parameter.name] = sys.stdin.readline().strip()
    return given


def _answer_of(line: CommandLine, values: Arguments) -> Callable[[Ask], str]:
    supply = line.action.supply
    if line.action.supplier is not None:
        supplied = line.action.supplier(values)
        return lambda asked: supplied(asked.question)
    if supply is not None:
        return lambda asked: supply(values, asked.question)

    def answer(asked: Ask) -> str:
        if not sys.stdin.isatty():
            instead = f"write {asked.instead} instead" if asked.instead else "call it from one"
            raise BadRequest(f"{line.words} asks a person, and this is no terminal; {instead}")
        sys.stderr.write(asked.question)
        sys.stderr.flush()
        return sys.stdin.readline().strip()

    return answer


def _join(gathered: dict[str, Any], body: Body) -> None:
    """A long list comes in parts; lists of one name are one list."""
    for name, value in body.items():
        gathered[name] = [*gathered.get(name, []), *value] if isinstance(value, list) else value


def _finish(line: CommandLine, values: Arguments, done: Done, gathered: dict[str, Any]) -> int:
    if NOT_ON_RECORD in done.body:
        # Beside the answer: it was done all the same, and a script that reads the answer finds the word in it too.
        sys.stderr.write(f"evsectl: done, but not put on record: {done.body[NOT_ON_RECORD]}\n")
    if not line.action.follows:
        _join(gathered, done.body)
        _print(line, line.action.keep(values, gathered) if line.action.keep else gathered)
    return Exit.OK if done.passed else Exit.FAILED


def _print(line: CommandLine, body: Body) -> None:
    if line.json:
        if body:
            _write(json.dumps(body, ensure_ascii=False))
        return
    size = os.get_terminal_size(sys.stdout.fileno()) if sys.stdout.isatty() else None
    page = Page(colour=size is not None and "NO_COLOR" not in os.environ, rows=(size.lines or None) if size else None)
    line.action.show(body, page)
    for text in page.lines:
        for part in wrapped(text, size.columns if size else None):
            _write(part)
    if page.awaited and sys.stdout.isatty():
        # Gone again with the next line: on a terminal, a person sees what is being waited for.
        sys.stdout.write(f"\x1b[K{page.awaited}\r")
        sys.stdout.flush()


def _write(text: str) -> None:
    sys.stdout.write(("\x1b[K" if sys.stdout.isatty() else "") + text + "\n")
    sys.stdout.flush()


def _refused(line: CommandLine, kind: RefusalKind, text: str) -> int:
    if line.json:
        _write(json.dumps({"refused": text, "kind": kind.value}, ensure_ascii=False))
    return _fail(text, BY_REFUSAL[kind])


def _fail(error: object, code: Exit) -> int:
    sys.stderr.write(f"evsectl: {error}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
