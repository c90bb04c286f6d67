"""Request and reply lines of the control socket (contracts.md section 4): text in, values out, nothing else.

A connection carries one request, one JSON object on a line:
    {"v": 1, "verb": "token add", "args": {"token": "04A1B2C3"}}
and one or more reply lines, of which the last is `done` or `refused`:
    {"v": 1, "part": {…}}                             one item of an answer that streams
    {"v": 1, "ask": "Type QE-000123 to go on"}        the caller answers with {"v": 1, "answer": "…"};
                                                      "instead", where it is there, is what a script writes
    {"v": 1, "piece": "base64"}                       the next octets of the file that belongs to the answer
    {"v": 1, "done": {…}, "passed": true}             the end; `passed` false is a verdict, not an error;
                                                      "file", where pieces came, is what the file is called
    {"v": 1, "refused": "sentence", "kind": "busy"}   the end
"""

from __future__ import annotations

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from pathlib import Path
from typing import Any

from agent.errors import BadRequest, ControlError
from agent.values import frozen

PROTOCOL_VERSION = 1
REQUEST_MAX_BYTES = 16 << 10
REPLY_MAX_BYTES = 1 << 20
TEXT_MAX_LENGTH = 1024
ARGUMENTS_MAX = 32
NOT_ON_RECORD = "not_on_record"
"""In the body of a `done`: why the command itself, which was done, is missing in the log of commands."""
WHOLE_MAX = 2**53 - 1
"""Beyond it JSON readers of other languages lose digits."""

Argument = str | int | float | bool
Body = Mapping[str, Any]
"""What a verb answers: plain JSON values; units end the names."""


class RefusalKind(Enum):
    """Why there is no result, by what the caller can do about it."""

    BAD_REQUEST = "bad_request"
    NOT_PERMITTED = "not_permitted"
    BUSY = "busy"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


@frozen
class Request:
    """What is asked for: a verb with its action, as in "token add"."""

    verb: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)


@frozen
class Part:
    body: Body


@frozen
class Ask:
    """A question to the person at the terminal. `instead`: what a script writes into the command, "--confirm WORD"."""

    question: str
    instead: str = ""


@frozen
class Done:
    """The end. `file` comes with the body: `evsectl` writes it where `--to FILE` says, MQTT sends it as a blob.

    Its name may be told, its path leaves by no door. Whoever made it takes it away again: a door only reads it.
    """

    body: Body
    passed: bool = True
    file: Path | None = None


@frozen
class Piece:
    """The next octets of the file that comes with an answer."""

    octets: bytes


@frozen
class Refused:
    kind: RefusalKind
    text: str


Reply = Part | Ask | Piece | Done | Refused


class BadReply(ControlError):
    """The other end is no agent that this program understands."""


def encode_request(request: Request) -> bytes:
    """The line of a request."""
    return _line({"verb": request.verb, "args": dict(request.arguments)})


def decode_request(line: bytes) -> Request:
    """The request of a line without its end. Raises BadRequest for everything else, whatever it is."""
    content = _content(line, REQUEST_MAX_BYTES)
    _check_version(content)
    unknown = sorted(content.keys() - {"v", "verb", "args"})
    if unknown:
        raise BadRequest(f"unknown key {unknown[0][:40]!r}; a request has v, verb and args")
    verb, arguments = content.get("verb"), content.get("args", {})
    if not isinstance(verb, str) or not verb.isprintable() or not 0 < len(verb) <= TEXT_MAX_LENGTH:
        raise BadRequest('there is no verb; write {"v": 1, "verb": "status"}')
    if not isinstance(arguments, dict) or len(arguments) > ARGUMENTS_MAX:
        raise BadRequest(f"args must be an object with at most {ARGUMENTS_MAX} members")
    return Request(verb, {name: _argument(name, value) for name, value in arguments.items()})


def encode_answer(text: str) -> bytes:
    """The line that answers an Ask."""
    return _line({"answer": text})


def decode_answer(line: bytes) -> str:
    """The answer to an Ask. Raises BadRequest."""
    content = _content(line, REQUEST_MAX_BYTES)
    _check_version(content)
    if content.keys() != {"v", "answer"}:
        raise BadRequest('a question is open; answer with {"v": 1, "answer": "…"}')
    return str(_argument("answer", content["answer"]))


def encode_reply(reply: Reply) -> bytes:
    """The line of a reply. ValueError for a body that is not plain finite JSON: our own mistake."""
    match reply:
        case Part(body):
            return _line({"part": body})
        case Ask(question, instead):
            return _line({"ask": question} | ({"instead": instead} if instead else {}))
        case Piece(octets):
            return _line({"piece": b64encode(octets).decode("ascii")})
        case Done(body, passed, file):
            named = {} if file is None else {"file": file.name}
            return _line({"done": body, "passed": passed, **named})
        case Refused(kind, text):
            return _line({"refused": text, "kind": kind.value})


def decode_reply(line: bytes) -> Reply:
    """The reply of a line. Raises BadReply."""
    try:
        content = _content(line, REPLY_MAX_BYTES)
        _check_version(content)
    except BadRequest as error:
        raise BadReply(f"the answer makes no sense ({error})") from error
    match content:
        case {"part": dict(body)}:
            return Part(body)
        case {"ask": str(question), "instead": str(instead)}:
            return Ask(question, instead)
        case {"ask": str(question)}:
            return Ask(question)
        case {"piece": str(text)}:
            return Piece(_octets(text))
        case {"done": dict(body), "passed": bool(passed), "file": str(name)} if name and name == Path(name).name:
            return Done(body, passed, Path(name))
        case {"done": dict(body), "passed": bool(passed)} if "file" not in content:
            return Done(body, passed)
        case {"refused": str(text), "kind": str(kind)} if kind in _KINDS:
            return Refused(RefusalKind(kind), text)
    raise BadReply("the answer makes no sense; are evsectl and the agent of the same release?")


def _octets(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise BadReply("the answer makes no sense: a piece of a file is not whole") from error


_KINDS = frozenset(kind.value for kind in RefusalKind)


def _line(content: Mapping[str, Any]) -> bytes:
    # Escaped to ASCII: whatever a network put into a text, a line stays a line on every terminal.
    text = json.dumps({"v": PROTOCOL_VERSION, **content}, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + b"\n"


def _content(line: bytes, most_bytes: int) -> dict[str, Any]:
    if len(line) > most_bytes:
        raise BadRequest(f"a line of {len(line)} bytes is too long; at most {most_bytes}")
    try:
        text = line.decode("utf-8")
        content = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"this is no JSON object on one line: {_first_words(error)}") from error
    if not isinstance(content, dict):
        raise BadRequest('this is no JSON object; write {"v": 1, "verb": "status"}')
    return content


def _check_version(content: Mapping[str, Any]) -> None:
    version = content.get("v")
    if type(version) is not int or version != PROTOCOL_VERSION:
        shown = version if type(version) is int and abs(version) <= WHOLE_MAX else "none that is known"
        raise BadRequest(f"protocol version {shown}; this end speaks {PROTOCOL_VERSION}")


def _argument(name: str, value: object) -> Argument:
    if not name.isprintable() or len(name) > TEXT_MAX_LENGTH:
        raise BadRequest("the name of an argument must be printable text")
    match value:
        case bool():
            return value
        case int() if abs(value) <= WHOLE_MAX:
            return value
        case float() if math.isfinite(value):
            return value
        case str() if value.isprintable() and len(value) <= TEXT_MAX_LENGTH:
            return value
    raise BadRequest(
        f"{name}: must be a number, true, false, or printable text of at most {TEXT_MAX_LENGTH} characters"
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key stands twice")
    return content


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _first_words(error: Exception) -> str:
    # The text of a decoding error repeats what it could not read; a log line has to stay one.
    words = str(error).encode("ascii", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in words)[:120]
