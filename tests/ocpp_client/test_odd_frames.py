"""Big and odd frames over a real websocket: the right CALLERROR, or no answer, or a clean close, and the link lives on.

What has an id that can be read is answered; 1.6 knows no answer to what has none. What goes against the websocket
protocol itself, or beyond the size of a frame, ends the connection with the code the protocol has for it; another one
follows.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import tracemalloc
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from agent.ids import Ids
from agent.ocpp_client.causes import Cause
from agent.ocpp_client.client import Neighbours, OcppClient
from agent.ocpp_client.link import LinkOptions
from agent.ocpp_client.rpc.dispatch import BURST, PER_SECOND
from agent.ocpp_client.rpc.frames import LARGEST_FRAME_BYTES
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16.adapter import Ocpp16
from firmware_sim.virtual_loop import run
from tests.ocpp_client.plain import LoopClock
from tests.ocpp_client.station.test_outbox import ListLedger
from tests.ocpp_client.test_conversation import ANSWERS
from tests.ocpp_client.v16.station import Kept, RecordingStation

TEN_MB = 10_000_000
SMALL_FRAMES = int(os.environ.get("SMALL_FRAMES", "9000"))
"""Of three kinds together; SMALL_FRAMES=100000 has as many as are asked for, in a minute."""
MAY_GROW_BYTES = 512 * 1024


class Csms:
    """Answers our CALLs well; `say` sends what it is told to, and waits for what comes of it."""

    def __init__(self) -> None:
        self.socket: ServerConnection | None = None
        self.connections = 0
        self.is_ready = asyncio.Event()
        self._answers: asyncio.Queue[list[Any]] = asyncio.Queue()

    async def serve(self, socket: ServerConnection) -> None:
        self.socket, self.connections = socket, self.connections + 1
        try:
            async for message in socket:
                frame = json.loads(message)
                if frame[0] == 2:
                    await socket.send(json.dumps([3, frame[1], ANSWERS.get(frame[2], {})]))
                    self.is_ready.set()
                else:
                    self._answers.put_nowait(frame)
        except ConnectionClosed:
            pass

    async def say(self, *frames: str | bytes | list[str], as_text: bool | None = None) -> None:
        assert self.socket is not None
        for frame in frames:
            await self.socket.send(frame, text=as_text)

    def write(self, octets: bytes) -> None:
        """On the wire, below the websocket."""
        assert self.socket is not None
        self.socket.transport.write(octets)

    async def answers_before_the_next(self) -> list[list[Any]]:
        """What was answered until a good command is answered: everything, since answers come in order."""
        await self.say('[2,"last","GetLocalListVersion",{}]')
        found: list[list[Any]] = []
        async with asyncio.timeout(20.0):
            while (frame := await self._answers.get())[1] != "last":
                found.append(frame)
        assert frame == [3, "last", {"listVersion": 0}]
        return found

    async def closed(self) -> int | None:
        """The code with which the charger ended this connection; the next one is there when it returns."""
        assert self.socket is not None
        async with asyncio.timeout(20.0):
            await self.socket.wait_closed()
        code, before = self.socket.close_code, self.connections
        async with asyncio.timeout(600.0):
            while self.connections == before:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return code


class Stage:
    def __init__(self, csms: Csms, url: str) -> None:
        self.csms = csms
        self.station = RecordingStation()
        settings = NetworkSettings(Kept())
        self.client = OcppClient(
            Ocpp16(self.station, settings),
            LinkOptions(url=url, identity="CP-1"),
            Neighbours(station=self.station, ledger=ListLedger(), settings=settings),
            clock=LoopClock(),
            ids=Ids(Random(7)),
        )

    @property
    def asked(self) -> list[tuple[Any, ...]]:
        """What was asked of the charger, beside the time that answers tell."""
        return [one for one in self.station.asked if one[0] != "clock"]

    @property
    def counts(self) -> dict[str, int]:
        return dict(self.client.snapshot().counts)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    csms = Csms()
    way = {"subprotocols": [Subprotocol("ocpp1.6")], "ping_interval": None, "compression": None}
    async with serve(csms.serve, "127.0.0.1", 0, **way) as server, asyncio.TaskGroup() as tasks:  # type: ignore[arg-type]
        one = Stage(csms, f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/CP-1")
        running = tasks.create_task(one.client.run())
        await csms.is_ready.wait()
        try:
            yield one
        finally:
            await one.client.aclose()
            await running


def on_stage(story: Callable[[Stage], Coroutine[Any, Any, None]]) -> None:
    async def told() -> None:
        async with stage() as one:
            await story(one)

    run(told())


def call(action: str, payload: str, message_id: str = "1") -> str:
    return f'[2,"{message_id}","{action}",{payload}]'


ANSWERED: dict[str, tuple[str, str]] = {
    "an unknown action": (call("Explode", "{}"), "NotImplemented"),
    "an action of 10,000 characters": (call("x" * 10_000, "{}"), "FormationViolation"),
    "a token of 5,000 characters": (
        call("RemoteStartTransaction", json.dumps({"idTag": "A" * 5000})),
        "PropertyConstraintViolation",
    ),
    "a number of 400 digits": (call("RemoteStopTransaction", f'{{"transactionId":{10**400}}}'), "FormationViolation"),
    "a number of 65 bits": (call("RemoteStopTransaction", f'{{"transactionId":{2**63}}}'), "FormationViolation"),
    "half a surrogate pair": (call("DataTransfer", '{"vendorId":"\\ud83d"}'), "FormationViolation"),
    "a depth of 100": (call("DataTransfer", '{"a":' * 100 + "1" + "}" * 100), "FormationViolation"),
    "20,000 keys": (
        call("Reset", json.dumps({f"{number:x}": 1 for number in range(20_000)})),
        "ProtocolError",
    ),
    "10,000 elements": (
        call(
            "SendLocalList",
            json.dumps({"listVersion": 1, "updateType": "Full", "localAuthorizationList": [1] * 10_000}),
        ),
        "OccurenceConstraintViolation",
    ),
    "an array for a payload": (call("Reset", "[]"), "FormationViolation"),
    "too many elements": ('[2,"1","Reset",{},{}]', "FormationViolation"),
}


@pytest.mark.parametrize(("frame", "code"), ANSWERED.values(), ids=ANSWERED)
def test_what_has_an_id_is_answered_once_with_its_code_and_asks_nothing_of_the_charger(frame: str, code: str) -> None:
    async def story(one: Stage) -> None:
        await one.csms.say(frame)

        [answer] = await one.csms.answers_before_the_next()

        assert (answer[0], answer[1], answer[2]) == (4, "1", code)
        assert len(answer[3]) <= 255
        assert one.asked == []
        assert one.csms.connections == 1

    on_stage(story)


IGNORED: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "a frame that is not JSON"),
    "spaces": (" " * 1000, "a frame that is not JSON"),
    "no octets": (b"", "a binary frame"),
    "octets": (bytes(range(256)), "a binary frame"),
    "a message in a binary frame": (call("Reset", '{"type":"Hard"}').encode(), "a binary frame"),
    "not a number": (call("Reset", '{"type":NaN}'), "a frame that is not JSON"),
    "infinity": (call("Reset", '{"type":-Infinity}'), "a frame that is not JSON"),
    "a number of 5,000 digits": (
        call("RemoteStopTransaction", '{"transactionId":1' + "0" * 5000 + "}"),
        "a frame that is not JSON",
    ),
    "an id of 10,000 characters": (
        call("Reset", '{"type":"Hard"}', "i" * 10_000),
        "a frame without a usable message id",
    ),
    "an answer to no call": ('[3,"nobody asked",{"status":"Accepted"}]', "an answer to nothing"),
    "an error to no call": ('[4,"nobody asked","GenericError","",{}]', "an answer to nothing"),
    "a message of a later version": ('[6,"1","Reset",{}]', "a frame of an unknown message type"),
}


@pytest.mark.parametrize(("frame", "what"), IGNORED.values(), ids=IGNORED)
def test_what_cannot_be_answered_is_counted_and_nothing_comes_of_it(frame: str | bytes, what: str) -> None:
    async def story(one: Stage) -> None:
        await one.csms.say(frame)

        assert await one.csms.answers_before_the_next() == []
        assert one.counts[what] == 1
        assert one.asked == []
        assert one.csms.connections == 1

    on_stage(story)


def test_a_depth_of_10000_is_garbage() -> None:
    """Whether its id can still be read is for the version of Python to say."""

    async def story(one: Stage) -> None:
        await one.csms.say(call("DataTransfer", '{"a":' * 10_000 + "1" + "}" * 10_000))

        assert [answer[:3] for answer in await one.csms.answers_before_the_next()] in (
            [],
            [[4, "1", "FormationViolation"]],
        )
        assert one.csms.connections == 1

    on_stage(story)


def test_of_two_equal_names_the_last_counts() -> None:
    async def story(one: Stage) -> None:
        await one.csms.say(call("UnlockConnector", '{"connectorId":99,"connectorId":1}'))

        assert await one.csms.answers_before_the_next() == [[3, "1", {"status": "NotSupported"}]]

    on_stage(story)


def test_a_message_in_pieces_and_the_largest_that_is_allowed_are_carried_out() -> None:
    async def story(one: Stage) -> None:
        text = call("ClearCache", "{}")
        await one.csms.say(list(text))
        padding = LARGEST_FRAME_BYTES - len(call("DataTransfer", '{"vendorId":"x","data":""}'))
        await one.csms.say(
            call("DataTransfer", json.dumps({"vendorId": "x", "data": "A" * padding}, separators=(",", ":")))
        )

        cleared, transferred = await one.csms.answers_before_the_next()

        assert cleared[2] == {"status": "Accepted"}
        assert transferred[2] == {"status": "UnknownVendorId"}

    on_stage(story)


def masked_frame(text: bytes) -> bytes:
    """As only a client may send it."""
    return bytes((0x81, 0x80 | len(text))) + bytes(4) + text


BROKEN: dict[str, tuple[Callable[[Csms], Coroutine[Any, Any, None]], int, Cause]] = {
    "10 MB": (lambda csms: csms.say("A" * TEN_MB), 1009, Cause.PEER_BROKE_PROTOCOL),
    "10 MB in pieces": (lambda csms: csms.say(["A" * 100_000] * 100), 1009, Cause.PEER_BROKE_PROTOCOL),
    "one octet too many": (lambda csms: csms.say("A" * (LARGEST_FRAME_BYTES + 1)), 1009, Cause.PEER_BROKE_PROTOCOL),
    "no UTF-8": (lambda csms: csms.say(b'["\xc3\x28"]', as_text=True), 1007, Cause.PEER_BROKE_PROTOCOL),
    "a surrogate in UTF-8": (lambda csms: csms.say(b'["\xed\xa0\x80"]', as_text=True), 1007, Cause.PEER_BROKE_PROTOCOL),
    "a reserved kind of frame": (lambda csms: _written(csms, b"\x83\x02[]"), 1002, Cause.PEER_BROKE_PROTOCOL),
    "a masked frame": (lambda csms: _written(csms, masked_frame(b"[]")), 1002, Cause.PEER_BROKE_PROTOCOL),
    "a ping of 126 octets": (
        lambda csms: _written(csms, b"\x89\x7e\x00\x7e" + bytes(126)),
        1002,
        Cause.PEER_BROKE_PROTOCOL,
    ),
    "a close without a reason": (lambda csms: _written(csms, b"\x88\x01\x03"), 1002, Cause.PEER_BROKE_PROTOCOL),
}


async def _written(csms: Csms, octets: bytes) -> None:
    csms.write(octets)


@pytest.mark.parametrize(("offence", "code", "cause"), BROKEN.values(), ids=BROKEN)
def test_what_breaks_the_websocket_ends_the_connection_with_its_code_and_another_follows(
    offence: Callable[[Csms], Coroutine[Any, Any, None]], code: int, cause: Cause
) -> None:
    async def story(one: Stage) -> None:
        with suppress(ConnectionClosed):  # in the middle of what was to be sent
            await offence(one.csms)

        assert await one.csms.closed() == code
        assert one.client.snapshot().losses == ((cause.value, 1),)
        assert await one.csms.answers_before_the_next() == []

    on_stage(story)


# Floods.


def text_frame(text: str) -> bytes:
    """One short text frame as a server writes it."""
    octets = text.encode()
    assert len(octets) < 126
    return bytes((0x81, len(octets))) + octets


@pytest.mark.parametrize(
    "text", ['[3,"x",{}]', "[", call("Explode", "{}")], ids=["answers to nothing", "no JSON", "unknown actions"]
)
def test_a_flood_of_small_frames_leaves_no_memory_behind_and_holds_up_nobody(text: str) -> None:
    """Of commands, so many are answered as the rate allows, and the rest with an error each: one for each of them."""

    async def story(one: Stage) -> None:
        await _flood(one, text, 2000)
        with grown_by() as grown:
            await _flood(one, text, SMALL_FRAMES // 3)
        assert grown() < MAY_GROW_BYTES
        assert one.csms.connections == 1

    on_stage(story)


async def _flood(one: Stage, text: str, count: int) -> None:
    for _ in range(count // 500):
        one.csms.write(text_frame(text) * 500)
        await asyncio.sleep(0.0)
    await asyncio.sleep(BURST / PER_SECOND)
    await one.csms.answers_before_the_next()


def test_a_flood_of_pings_is_ponged_and_holds_up_nobody() -> None:
    async def story(one: Stage) -> None:
        with grown_by() as grown:
            for _ in range(20):
                one.csms.write(b"\x89\x04ping" * 100)
                assert await one.csms.answers_before_the_next() == []
        assert grown() < MAY_GROW_BYTES
        assert one.csms.connections == 1

    on_stage(story)


def test_big_frames_leave_no_memory_behind() -> None:
    """Some that are just small enough, then some that are not."""

    async def story(one: Stage) -> None:
        large = call("Reset", json.dumps({"type": "A" * (LARGEST_FRAME_BYTES - 100)}))
        await one.csms.say(large)
        await one.csms.answers_before_the_next()
        with grown_by() as grown:
            for number in range(20):
                await one.csms.say(large.replace('"1"', f'"{number}"', 1))
                [answer] = await one.csms.answers_before_the_next()
                assert answer[2] == "PropertyConstraintViolation"
            for _ in range(3):
                with suppress(ConnectionClosed):  # in the middle of what was to be sent
                    await one.csms.say("A" * TEN_MB)
                assert await one.csms.closed() == 1009
                await one.csms.answers_before_the_next()
        assert grown() < MAY_GROW_BYTES

    on_stage(story)


class grown_by:
    """What Python holds more at the end of the block than at its beginning, in octets; both ends of the wire count."""

    def __enter__(self) -> Callable[[], int]:
        gc.collect()
        tracemalloc.start()
        self._before = tracemalloc.get_traced_memory()[0]
        self._grown = 0
        return lambda: self._grown

    def __exit__(self, *_: object) -> None:
        gc.collect()
        self._grown = tracemalloc.get_traced_memory()[0] - self._before
        tracemalloc.stop()
