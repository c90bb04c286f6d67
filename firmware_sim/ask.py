"""One command to a running world: arguments as `key=value`, the answer, and the exit code that fits it."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from firmware_sim.directory import CONTROL_SOCKET
from firmware_sim.outcome import EXIT_CODES, EXIT_FAILED, EXIT_NOT_REACHABLE, EXIT_OK, EXIT_TIMED_OUT, EXIT_WRONG_USE

CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 10.0
WAIT_TIMEOUT_S = 60.0
"""What `wait` waits for when nobody says how long."""


class CannotAsk(Exception):
    """No answer was had; `code` is the exit code that says so."""

    def __init__(self, code: int, what: str) -> None:
        super().__init__(what)
        self.code = code


def read_arguments(pairs: Sequence[str]) -> dict[str, object]:
    """`key=value` each; the world turns texts into numbers. `key=none` leaves a value out on purpose."""
    given: dict[str, object] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not key or not equals:
            raise CannotAsk(EXIT_WRONG_USE, f"{pair!r} is not key=value, for example connector=1")
        if key in ("do", "id"):
            raise CannotAsk(EXIT_WRONG_USE, f"{key}: is not for you to set")
        given[key] = None if text == "none" else text
    return given


def ask(directory: Path, verb: str, given: dict[str, object]) -> dict[str, Any]:
    """The world's answer. Raises CannotAsk."""
    path = directory / CONTROL_SOCKET
    request = json.dumps({"id": 1, "do": verb, **given}).encode() + b"\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(CONNECT_TIMEOUT_S)
            line.connect(str(path))
            line.settimeout(_patience_s(verb, given))
            line.sendall(request)
            with line.makefile("rb") as answers:
                return _read(answers.readline())
    except TimeoutError:
        raise CannotAsk(
            EXIT_TIMED_OUT, f"{path}: the world does not answer; look at the output of evse-sim run"
        ) from None
    except OSError as error:
        raise CannotAsk(
            EXIT_NOT_REACHABLE,
            f"{path}: no world answers there ({error.strerror or error}); start one with evse-sim run",
        ) from error


def exit_code(answer: dict[str, Any]) -> int:
    """0 for an answer that is ok."""
    return EXIT_OK if answer.get("ok") else EXIT_CODES.get(str(answer.get("kind")), EXIT_FAILED)


def _patience_s(verb: str, given: dict[str, object]) -> float:
    if verb != "wait":
        return ANSWER_TIMEOUT_S
    try:
        return ANSWER_TIMEOUT_S + min(86_400.0, max(0.0, float(str(given.get("timeout_s", WAIT_TIMEOUT_S)))))
    except ValueError:  # the world will say so in better words
        return ANSWER_TIMEOUT_S


def _read(line: bytes) -> dict[str, Any]:
    if not line:
        raise CannotAsk(EXIT_NOT_REACHABLE, "the world went away before it answered")
    answer: dict[str, Any] = json.loads(line)
    return answer
