"""A central system that does anything over a real websocket, and holds the charger to the rules of OCPP-J meanwhile.

What the charger may answer to each frame is known before it leaves. Everything that goes against a rule is a sentence
in `found`. It shares no code with the agent's own reading and writing of frames.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from agent.ocpp_client.v16.adapter import KNOWN_ACTIONS
from tests.ocpp_client.payloads import CODES_BY_RULE, broken_rules
from tests.simulation.heard_facts import HeardFacts
from tests.simulation.heard_statuses import HeardStatuses

RESULT = "a CALLRESULT that fits its schema"
BURST, PER_SECOND = 100, 20.0
"""What the agent takes in a row and in the long run (agent/ocpp_client/rpc/dispatch.py)."""
LEAST_TIMEOUT_S = 1.0
"""No setting lets a CALL be given up before."""
ANSWERED_WITHIN_S = 25.0
"""A handler has 20 s, and waits for commits only."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What may answer a CALL of ours: `RESULT`, or codes of a CALLERROR. `is_certain` False: or nothing."""

    message_id: str
    action: str
    answers: frozenset[str]
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """A CALL of the charger, not answered yet."""

    message_id: str
    action: str
    payload: dict[str, Any]
    at_s: float


Respond = Callable[[Asked], Awaitable[None]]


def answers_to(action: str, payload: dict[str, Any]) -> set[str]:
    """What may answer a CALL (ocpp16.md section 1)."""
    if action not in KNOWN_ACTIONS:
        return {"NotImplemented"}
    if rules := broken_rules(action, payload):
        return {CODES_BY_RULE[rule] for rule in rules}
    # What a schema cannot say of a value, 1.6 calls a PropertyConstraintViolation.
    return {RESULT, "PropertyConstraintViolation"}


class HostileOffice:
    """`found` is what the charger did wrong. Frames go out by `command`, `answer` and `throw`."""

    def __init__(self, respond: Respond) -> None:
        """`respond` is called with each CALL of the charger as it comes."""
        self.found: list[str] = []
        self.is_found = asyncio.Event()
        """Set with the first of them: a charger that goes wrong may go on doing so for ever, and nobody need wait."""
        self.facts = HeardFacts(self.find)
        self.statuses = HeardStatuses(self.find)
        self.socket: ServerConnection | None = None
        self.connections = 0
        self.refuses: HTTPStatus | None = None
        self.held: list[Asked] = []
        """CALLs of the charger whose answer we keep back."""
        self.answered: list[str] = []
        """Frames that answered something, to be sent again."""
        self.commands: deque[str] = deque(maxlen=8)
        self.latest: deque[str] = deque(maxlen=24)
        """Frames of both directions, for whoever looks for the reason of a finding."""
        self._respond = respond
        self._expected: deque[Expected] = deque()
        self._seen_ids: set[str] = set()
        self._outstanding: Asked | None = None
        self._may_be_rejected = False
        self._is_excused = False
        self._tokens, self._filled_s = float(BURST), 0.0
        self._server: Server

    async def open(self) -> str:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol("ocpp1.6")],
            process_request=self._turned_away,
            ping_interval=None,
            compression=None,
        )
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}"

    async def close(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    def find(self, sentence: str) -> None:
        """Something goes against a rule."""
        self.found.append(sentence)
        self.is_found.set()

    @property
    def is_connected(self) -> bool:
        return self.socket is not None

    # What goes out.

    async def command(self, message_id: str, action: str, payload: dict[str, Any]) -> None:
        """A CALL that is well-formed as a frame."""
        text = json.dumps([2, message_id, action, payload])
        self.commands.append(text)
        answers = answers_to(action, payload) | self._refused_for_haste()
        await self.throw(text, Expected(message_id, action, frozenset(answers)))

    async def answer(self, asked: Asked, frame: list[Any] | str) -> None:
        """What the charger hears about its CALL. `frame` may be anything."""
        text = frame if isinstance(frame, str) else json.dumps(frame)
        is_timely = self._outstanding is not None and self._outstanding.message_id == asked.message_id
        if await self.throw(text):
            self._note_answer(asked, text, is_timely=is_timely)

    async def throw(self, frame: Any, expected: Expected | None = None) -> bool:
        """Any frame; False where it could not leave."""
        socket = self.socket
        if socket is None:
            return False
        if expected is not None:
            certain = expected.is_certain and not self._may_be_rejected
            kept = Expected(expected.message_id, expected.action, expected.answers, certain)
            self._expected.append(kept)
        self.latest.append(f"to   {str(frame)[:300]}")
        try:
            await socket.send(frame)
        except ConnectionClosed:
            return False
        return True

    def tear(self) -> None:
        """As a cut cable."""
        if self.socket is not None:
            self._is_excused = True
            self.socket.transport.abort()

    async def hang_up(self, code: int, reason: str) -> None:
        if self.socket is not None:
            self._is_excused = True
            await self.socket.close(code, reason)

    def excuse(self) -> None:
        """The charger may end this connection."""
        self._is_excused = True

    async def settled(self) -> None:
        """Every CALL of ours on this connection is answered, or it is gone. Late is a finding."""
        began_s = self._now_s()
        while any(one.is_certain for one in self._expected) and self.socket is not None:
            if self._now_s() - began_s > ANSWERED_WITHIN_S:
                self.find(f"no answer to {next(one for one in self._expected if one.is_certain)}")
                return
            await asyncio.sleep(0.02)

    # What comes in.

    async def _serve(self, socket: ServerConnection) -> None:
        if self.socket is not None and not self._is_excused:
            self.find("a second connection beside an open one")
        self.socket, self._is_excused = socket, False
        self.connections += 1
        self._begin_anew()
        try:
            async for message in socket:
                await self._take(message)
        except ConnectionClosed:
            pass
        finally:
            if self.socket is socket:
                self._ended(socket)

    def _begin_anew(self) -> None:
        self._expected.clear()
        self._outstanding = None
        self.held.clear()
        self._tokens, self._filled_s = float(BURST), self._now_s()
        self.statuses.connected()

    def _ended(self, socket: ServerConnection) -> None:
        self.socket = None
        self.facts.disconnected(self._now_s())
        code = socket.close_code
        if not self._is_excused and code not in (1000, 1001):
            self.find(f"the charger ended a connection with {code}, and for no reason")

    def _turned_away(self, connection: ServerConnection, _request: Request) -> Response | None:
        return None if self.refuses is None else connection.respond(self.refuses, "not now\n")

    async def _take(self, message: str | bytes) -> None:
        self.latest.append(f"from {str(message)[:300]}")
        if not isinstance(message, str):
            self.find("the charger sent a binary frame")
            return
        match json.loads(message):
            case [2, str(message_id), str(action), dict(payload)]:
                await self._called(Asked(message_id, action, payload, self._now_s()))
            case [3, str(message_id), dict(payload)]:
                self._answered(message_id, RESULT, payload)
            case [4, str(message_id), str(code), str(_), dict(_)]:
                self._answered(message_id, code, {})
            case _:
                self.find(f"the charger sent a frame that is none: {message[:200]}")

    async def _called(self, asked: Asked) -> None:
        if asked.message_id in self._seen_ids or len(asked.message_id) > 36:
            self.find(f"a message id that is not new, or too long: {asked.message_id}")
        self._seen_ids.add(asked.message_id)
        before = self._outstanding
        if before is not None and asked.at_s - before.at_s < LEAST_TIMEOUT_S:
            self.find(f"{asked.action} while {before.action} is outstanding")
        self._outstanding = asked
        if rules := broken_rules(asked.action, asked.payload):
            self.find(f"{asked.action} breaks its schema ({rules}): {asked.payload}")
        self.facts.heard(asked.action, asked.payload, self._now_s())
        self.statuses.heard(asked.action, asked.payload)
        await self._respond(asked)

    def _answered(self, message_id: str, kind: str, payload: dict[str, Any]) -> None:
        while self._expected and self._expected[0].message_id != message_id and not self._expected[0].is_certain:
            self._expected.popleft()
        if not self._expected or self._expected[0].message_id != message_id:
            self.find(f"an answer to nothing, twice or out of order: {kind} to {message_id[:40]}")
            return
        expected = self._expected.popleft()
        if not expected.is_certain:
            self._doubt_repeats(message_id)
        if kind not in expected.answers:
            self.find(f"{expected.action} was answered {kind}, not one of {sorted(expected.answers)}")
        if kind == RESULT and (rules := broken_rules(f"{expected.action}Response", payload)):
            self.find(f"the answer to {expected.action} breaks its schema ({rules}): {payload}")

    def _doubt_repeats(self, message_id: str) -> None:
        """What may have been passed over was answered, or what repeats it under its id: of the two nobody can tell."""
        for place, one in enumerate(self._expected):
            if one.message_id == message_id:
                self._expected[place] = replace(one, is_certain=False)

    def _note_answer(self, asked: Asked, text: str, *, is_timely: bool) -> None:
        self.answered.append(text)
        del self.answered[:-8]
        try:
            frame = json.loads(text)
        except ValueError:
            return
        if not isinstance(frame, list) or len(frame) < 2 or frame[0] not in (3, 4) or frame[1] != asked.message_id:
            return
        if is_timely:
            self._outstanding = None
        payload = frame[2] if frame[0] == 3 and len(frame) == 3 and isinstance(frame[2], dict) else None
        if payload is None:
            return
        if asked.action == "BootNotification":
            is_rejected = str(payload.get("status")).casefold() == "rejected"
            is_accepted = payload.get("status") == "Accepted" and is_timely
            self._may_be_rejected = is_rejected or (self._may_be_rejected and not is_accepted)
            self.statuses.booted()
        self.facts.answered(asked.action, asked.payload, payload, self._now_s())

    def _refused_for_haste(self) -> set[str]:
        """GenericError where the agent may find that we ask too much at once."""
        now_s = self._now_s()
        self._tokens = min(float(BURST), self._tokens + (now_s - self._filled_s) * PER_SECOND)
        self._filled_s = now_s
        self._tokens -= 1.0
        if self._tokens < 5.0:
            self._tokens = max(0.0, self._tokens)
            return {"GenericError"}
        return set()

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()
