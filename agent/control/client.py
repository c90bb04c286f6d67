"""The caller's end of the control socket, plain and blocking: `evsectl` does one thing and ends."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from agent.control.wire import (
    REPLY_MAX_BYTES,
    Ask,
    BadReply,
    Done,
    Part,
    Piece,
    Refused,
    Request,
    decode_reply,
    encode_answer,
    encode_request,
)
from agent.errors import ControlError

DEFAULT_SOCKET = Path("/run/evse-agent/control.sock")
"""Where an agent listens that was told nothing else (`[control] socket`)."""
CONNECT_TIMEOUT_S = 5.0
STARTS_WITHIN_S = 3.0
"""An agent listens about half a second after its start; on a busy small machine it takes longer."""
TRY_EVERY_S = 0.1

Pause = Callable[[float], None]
"""Waits that many seconds."""


class NotReachable(ControlError):
    """There is no agent at the other end; the text names the path and what to check."""


class AnswerTimedOut(ControlError):
    """The agent took the request and said nothing for too long."""


def ask(
    path: Path,
    request: Request,
    *,
    timeout_s: float | None,
    answer: Callable[[Ask], str],
    pause: Pause = time.sleep,
) -> Iterator[Part | Piece | Done | Refused]:
    """The replies to one request, the last of them Done or Refused. `answer` puts a question to the person.

    `timeout_s` bounds each silence. An agent that may just be starting is waited for, up to STARTS_WITHIN_S.
    Raises NotReachable, AnswerTimedOut and BadReply.
    """
    with _reached(path, pause) as connection:
        connection.settimeout(timeout_s)
        # An agent that turns everybody away may be gone before it has read this; why is in its answer.
        with suppress(ConnectionError):
            connection.sendall(encode_request(request))
        with connection.makefile("rb") as lines:
            while True:
                reply = decode_reply(_line(lines.readline, path, timeout_s))
                if isinstance(reply, Ask):
                    _give(connection, answer(reply), path)
                    continue
                yield reply
                if not isinstance(reply, Part | Piece):
                    return


def _give(connection: socket.socket, said: str, path: Path) -> None:
    """Whoever typed for minutes may be answering an agent that is gone."""
    try:
        connection.sendall(encode_answer(said))
    except TimeoutError as error:
        raise AnswerTimedOut(f"{path}: the agent does not take the answer; see its log") from error
    except ConnectionError as error:
        raise NotReachable(f"{path}: the agent ended while it waited for this answer; see its log") from error


def _line(readline: Callable[[int], bytes], path: Path, timeout_s: float | None) -> bytes:
    try:
        line = readline(REPLY_MAX_BYTES + 1)
    except TimeoutError as error:
        raise AnswerTimedOut(f"{path}: the agent said nothing for {timeout_s:g} s; see its log") from error
    except ConnectionError as error:
        raise NotReachable(f"{path}: the agent ended the connection; see its log") from error
    if not line:
        raise NotReachable(f"{path}: the agent ended, and the connection with it; see its log")
    if not line.endswith(b"\n"):
        raise BadReply(f"{path}: the answer is longer than it may be, or broke off")
    return line[:-1]


def _reached(path: Path, pause: Pause) -> socket.socket:
    tries_left = round(STARTS_WITHIN_S / TRY_EVERY_S)
    while True:
        try:
            return _connected(path)
        except OSError as error:
            if isinstance(error, ConnectionRefusedError) and path.exists() and not path.is_socket():
                what = "a folder" if path.is_dir() else "a file"
                raise NotReachable(f"{path}: is {what} and no socket; name the socket: --socket PATH") from error
            if tries_left == 0 or not _may_be_starting(error, path):
                raise NotReachable(f"{path}: {what_to_check(error)}") from error
        tries_left -= 1
        pause(TRY_EVERY_S)


def _may_be_starting(error: OSError, path: Path) -> bool:
    """The service manager takes the folder away with the service: without it nobody is about to listen."""
    return isinstance(error, FileNotFoundError | ConnectionRefusedError) and path.parent.is_dir()


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(CONNECT_TIMEOUT_S)
    try:
        connection.connect(str(path))
    except BaseException:
        connection.close()
        raise
    return connection


def what_to_check(error: OSError) -> str:
    """Why the socket could not be reached, and what to look at, in words."""
    match error:
        case FileNotFoundError():
            return (
                "there is no such socket; is the agent running (systemctl status evse-agent), "
                "and does it listen elsewhere (--socket PATH)?"
            )
        case ConnectionRefusedError():
            return "nobody listens there any more; start the agent: systemctl start evse-agent"
        case PermissionError():
            return "this user may not connect; ask to be put in the group evse-viewer, or use sudo"
        case TimeoutError() | BlockingIOError():
            return "the agent does not take calls; it is busy or stuck: systemctl status evse-agent"
        case _:
            return f"cannot connect ({error.strerror or error}); check the path"
