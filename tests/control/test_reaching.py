"""`evsectl` and the socket: waited for while an agent starts, and words about what to check where there is none."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.control.cli import Exit, main
from agent.control.client import STARTS_WITHIN_S, AnswerTimedOut, NotReachable, ask, what_to_check
from agent.control.wire import Ask, BadReply, Request, encode_reply

Output = pytest.CaptureFixture[str]

pytestmark = pytest.mark.processes


class Waits:
    """Stands for the time that passes: counts it, and lets something happen at some point."""

    def __init__(self, until_s: float = float("inf"), then: Callable[[], None] = lambda: None) -> None:
        self.passed_s = 0.0
        self._until_s = until_s
        self._then = then

    def __call__(self, seconds: float) -> None:
        before_s, self.passed_s = self.passed_s, self.passed_s + seconds
        if before_s < self._until_s <= self.passed_s:
            self._then()


def test_no_socket_is_waited_for_and_names_the_path_and_what_to_check(tmp_path: Path, capsys: Output) -> None:
    missing, waits = tmp_path / "control.sock", Waits()

    assert main(["--socket", str(missing), "status"], pause=waits) == Exit.NOT_REACHABLE

    err = capsys.readouterr().err
    assert str(missing) in err
    assert "systemctl status evse-agent" in err
    assert waits.passed_s == pytest.approx(STARTS_WITHIN_S)


def test_a_folder_that_went_with_the_service_is_not_waited_for(tmp_path: Path, capsys: Output) -> None:
    waits = Waits()

    assert main(["--socket", str(tmp_path / "run" / "c.sock"), "status"], pause=waits) == Exit.NOT_REACHABLE
    assert "is the agent running" in capsys.readouterr().err
    assert waits.passed_s == 0


def test_a_socket_nobody_listens_at_says_so(tmp_path: Path, capsys: Output) -> None:
    left_behind(tmp_path / "c.sock")

    assert main(["--socket", str(tmp_path / "c.sock"), "status"], pause=Waits()) == Exit.NOT_REACHABLE
    assert "nobody listens there any more" in capsys.readouterr().err


@pytest.mark.parametrize("is_stale", [False, True], ids=["no socket yet", "one of an agent that was killed"])
def test_an_agent_that_is_just_starting_is_waited_for(tmp_path: Path, is_stale: bool) -> None:
    path = tmp_path / "c.sock"
    if is_stale:
        left_behind(path)
    with socket.socket(socket.AF_UNIX) as agent:
        waits = Waits(0.6, lambda: listens(agent, path))
        with pytest.raises(AnswerTimedOut):
            next(ask(path, Request("status"), timeout_s=0.05, answer=str, pause=waits))

    assert waits.passed_s == pytest.approx(0.6)


def listens(agent: socket.socket, path: Path) -> None:
    path.unlink(missing_ok=True)
    agent.bind(str(path))
    agent.listen()


def left_behind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))


def test_what_is_no_socket_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text("")
    for path, what in ((tmp_path, "is a folder and no socket"), (tmp_path / "site.toml", "is a file and no socket")):
        waits = Waits(0.6, lambda: None)
        with pytest.raises(NotReachable, match=f"^{path}: {what}; name the socket: --socket PATH$"):
            next(ask(path, Request("status"), timeout_s=0.05, answer=str, pause=waits))

        assert waits.passed_s == 0


def test_no_permission_names_the_group() -> None:
    assert "evse-viewer" in what_to_check(PermissionError(13, "Permission denied"))


def test_a_silent_agent_is_given_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "c.sock"))
        silent.listen()

        with pytest.raises(AnswerTimedOut, match="said nothing for"):
            next(ask(tmp_path / "c.sock", Request("status"), timeout_s=0.05, answer=str))


@pytest.mark.parametrize(
    ("answer", "error"), [(b"HTTP/1.1 400 Bad Request\r\n", BadReply), (b"", NotReachable), (b'{"v":1', BadReply)]
)
def test_something_else_at_the_other_end_is_told(tmp_path: Path, answer: bytes, error: type[Exception]) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.bind(str(tmp_path / "c.sock"))
        stranger.listen()
        replies = ask(tmp_path / "c.sock", Request("status"), timeout_s=5.0, answer=str)
        with pytest.raises(error):
            next(answered_by(stranger, answer, replies))


def answered_by(stranger: socket.socket, answer: bytes, replies: Iterator[object]) -> Iterator[object]:
    """The stranger's answer lies ready before the question comes: this process plays both ends."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(stranger.getsockname())
        stranger.accept()[0].close()
    listening = f"import socket; s = socket.socket(fileno={stranger.fileno()})"
    code = f"{listening}; c = s.accept()[0]; c.recv(99); c.send({answer!r})"
    with subprocess.Popen([sys.executable, "-c", code], pass_fds=(stranger.fileno(),)):
        yield from replies


def test_an_agent_that_went_while_somebody_typed_is_missed(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(tmp_path / "c.sock"))
        agent.listen()

        def asks_and_dies() -> None:
            connection = agent.accept()[0]
            connection.recv(99)
            connection.send(encode_reply(Ask("Is it mounted firmly?")))
            connection.close()

        dying = threading.Thread(target=asks_and_dies)
        dying.start()

        def types(_question: Ask) -> str:
            dying.join()
            return "yes"

        with pytest.raises(NotReachable, match="while it waited for this answer"):
            next(ask(tmp_path / "c.sock", Request("commission"), timeout_s=5.0, answer=types))
