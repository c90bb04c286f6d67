"""Another process as the central system of a charger on the virtual clock: time stands still while it thinks.

A relay in the charger's loop hands every octet of the websocket on as it is, handshake and pings included, and asks the
process for its news before time may move again. So nothing of it is ours but the wire, and nothing waits for a clock.
"""

from __future__ import annotations

import asyncio
import json
import select
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.simulate.clock import EPOCH_MS

HERE = Path(__file__).parent
PIECE = 65536
OLDEST_NODE = 18
ANSWERS_WITHIN_S = 30.0
CALL = 2


def missing() -> str:
    """Why the peer cannot run here and what to do; empty where it can."""
    install = "then: cd tests/peers && npm ci"
    if shutil.which("node") is None:
        return f"node is not installed (Debian: apt install nodejs npm; {install})"
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(told.strip().lstrip("v").partition(".")[0]) < OLDEST_NODE:
        return (
            f"node is {told.strip()}, and the second central system wants {OLDEST_NODE} (Debian 12 has it; {install})"
        )
    if not (HERE / "node_modules/ocpp-rpc").is_dir():
        return "the second central system is not installed: cd tests/peers && npm ci"
    return ""


@dataclass
class Heard:
    """All that the peer told, oldest first."""

    wrong: list[str] = field(default_factory=list)
    frames: list[tuple[str, list[Any]]] = field(default_factory=list)
    """("from" or "to" the charger, the frame)."""
    lines: list[dict[str, Any]] = field(default_factory=list)
    """Its connections: admitted, refused, connected, closed."""
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)

    def note(self, one: dict[str, Any]) -> None:
        match one["what"]:
            case "wrong":
                self.wrong.append(one["why"])
            case "frame":
                self.frames.append((one["direction"], json.loads(one["text"])))
            case "answer":
                self.answers[one["number"]] = one
            case _:
                self.lines.append(one)

    def calls(self, action: str) -> list[dict[str, Any]]:
        """Payloads of the charger's CALLs of an action."""
        return [frame[3] for way, frame in self.frames if way == "from" and frame[0] == CALL and frame[2] == action]

    def actions(self, way: str) -> set[str]:
        """Of the CALLs that went `way`."""
        return {frame[2] for direction, frame in self.frames if direction == way and frame[0] == CALL}

    def words(self, action: str) -> list[str]:
        return [payload["status"] for payload in self.calls(action)]


class Peer:
    """The process, and the relay that the charger connects to. `url` is there once `open` returned."""

    def __init__(self, folder: Path) -> None:
        self.heard = Heard()
        self.url = ""
        self._socket = folder / "peer.sock"
        self._process: subprocess.Popen[str] | None = None
        self._behaviour: dict[str, Any] = {}
        self._lines: dict[asyncio.StreamWriter, socket.socket] = {}
        self._orders = 0
        self._server: asyncio.Server

    async def open(self) -> None:
        self.start()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}/ocpp/deep"

    async def close(self) -> None:
        self.kill()
        self._server.close()
        await self._server.wait_closed()

    def start(self) -> None:
        """A new process, which knows nothing of the one before but what `behave` said."""
        self._socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            ["node", str(HERE / "central_system.js"), str(self._socket)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        assert self._line() == "ready"
        self.behave()

    def kill(self) -> None:
        """As a crash: no goodbye, and nobody listens until `start`."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process = None
        self._pump()

    def moment(self) -> str:
        """The virtual time, as the charger writes it, too."""
        now_ms = EPOCH_MS + round(asyncio.get_running_loop().time() * 1000)
        return datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    # What it is told.

    def behave(self, **how: Any) -> None:
        """Standing orders, kept over its restarts; the names are those of `behaviour` in central_system.js."""
        self._behaviour |= how
        self._order({"do": "behave", "as": self._behaviour})

    def drop(self) -> None:
        """It closes every connection, in order."""
        self._order({"do": "drop"})

    async def call(self, action: str, **payload: Any) -> dict[str, Any]:
        """The charger's answer to a command. Raises AssertionError for a CALLERROR, or where there is none in 60 s."""
        self._orders += 1
        number = self._orders
        self._order({"do": "call", "number": number, "action": action, "payload": payload})
        async with asyncio.timeout(60.0):
            while number not in self.heard.answers:  # noqa: ASYNC110  # the news come with the charger's frames
                await asyncio.sleep(0.05)
        given = self.heard.answers[number]
        assert "error" not in given, f"{action} {payload}: {given}"
        return dict(given["answer"])

    def _order(self, order: dict[str, Any]) -> None:
        """Blocks until the peer has obeyed and is calm; then what it sent is on its way to the charger."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order | {"now": self.moment()}) + "\n")
        for one in json.loads(self._line()):
            self.heard.note(one)
        self._pump()

    def _line(self) -> str:
        """The next line of the process. Each order has one, so that none is left behind in a buffer."""
        assert self._process is not None and self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], ANSWERS_WITHIN_S)
        assert ready, f"the second central system did not answer within {ANSWERS_WITHIN_S:g} s of real time"
        line = self._process.stdout.readline()
        assert line, "the second central system has died; what it said stands above"
        return line.strip()

    # The wire.

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with socket.socket(socket.AF_UNIX) as far:
            try:
                far.connect(str(self._socket))
            except OSError:
                writer.close()  # nobody listens
                return
            self._lines[writer] = far
            with suppress(OSError):
                while piece := await reader.read(PIECE):
                    far.sendall(piece)
                    self._order({"do": "look"})
            self._lines.pop(writer, None)
        self._order({"do": "look"})
        writer.close()

    def _pump(self) -> None:
        """What lies in the sockets of the peer goes to the charger."""
        for writer, far in list(self._lines.items()):
            for piece in _pieces(far):
                if piece:
                    writer.write(piece)
                else:
                    self._lines.pop(writer)
                    writer.close()


def _pieces(far: socket.socket) -> Iterator[bytes]:
    """All that lies there; b"" where the other side has hung up."""
    piece = b"?"
    while piece:
        try:
            piece = far.recv(PIECE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        yield piece
