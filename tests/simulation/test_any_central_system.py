"""Whatever a central system says, in whatever order, the charger keeps to OCPP, to its accounts and to its permits.

The whole agent in its simulated world, over a real websocket, on the virtual clock; the central system is hypothesis.
Asked after every step: power only with a permit and within the limit (the rules of world and session); one CALL of ours
outstanding, under a new id; every CALL of theirs answered once, in order and with the right code; every frame of ours
fits its schema; statuses follow each other as the table allows; a fact is told until it was answered and not again.
Asked in the end, when the central system behaves again: the charger comes back by itself, tells everything, and meter,
ledger and what was heard agree to the Wh; nothing it keeps has grown beyond its bounds.

Each step draws one number and makes everything else of it, so that long runs fit into what hypothesis takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from http import HTTPStatus
from random import Random

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.strategies import integers, sampled_from

from agent.ocpp_client.rpc.frames import LARGEST_FRAME_BYTES
from agent.ocpp_client.v16.adapter import KNOWN_ACTIONS
from tests.ocpp_client.payloads import Inventor
from tests.simulation.hostile_office import Asked
from tests.simulation.stage import CARD, OTHER_CARD
from tests.simulation.stepwise import Stepwise
from tests.simulation.whims import junk, junk_expected, whimsical_answer

ACTIONS = sorted(KNOWN_ACTIONS)
KEYS = (
    *("HeartbeatInterval", "MeterValueSampleInterval", "WebSocketPingInterval", "ConnectionTimeOut", "Huh"),
    *("LocalPreAuthorize", "AuthorizeRemoteTxRequests", "StopTransactionOnInvalidId", "MeterValuesSampledData"),
)
PLACES = (
    "ftps://127.0.0.1:9/x",
    "https://127.0.0.1:9/",
    "https://127.0.0.1:9/f?s=1",
    "file:///etc/passwd",
    "nowhere",
    "",
)
TOO_LARGE = LARGEST_FRAME_BYTES + 1
SEEDS = integers(0, 2**20)


def is_connected(machine: AnyCentralSystem) -> bool:
    return machine.office.is_connected


class AnyCentralSystem(Stepwise, RuleBasedStateMachine):
    """Each rule is one thing that a central system, the line or a driver may do."""

    def __init__(self) -> None:
        self.random = Random(0)
        self.mode = "well"
        self.number = 0
        self.given_ids = [1]
        super().__init__(self.respond)

    @initialize(seed=SEEDS)
    def whims(self, seed: int) -> None:
        self.random = Random(seed)

    # What the central system answers.

    async def respond(self, asked: Asked) -> None:
        if self.mode == "not":
            self.office.held.append(asked)
            return
        await self._answer(asked, self.mode)

    async def _answer(self, asked: Asked, how: str) -> None:
        self.number += 1
        for frame in whimsical_answer(asked, how, self.number, self.inventor(), self.random):
            await self.office.answer(asked, frame)
            if asked.action == "StartTransaction":
                self.given_ids.append(self.number)

    def inventor(self, seed: int | None = None) -> Inventor:
        known = {
            "connectorId": (0, 1, 1, 2, 99),
            "transactionId": self.given_ids[-3:],
            "idTag": (CARD, OTHER_CARD, "NOBODY"),
            "key": KEYS,
            "value": ("0", "1", "10", "60", "true", "false", "Energy.Active.Import.Register", "-1", "many"),
            "location": PLACES,
            "remoteLocation": PLACES,
            "retries": (0, 1),
            "retryInterval": (0, 1),
            "duration": (0, 60, 3600),
            "interval": (1, 2, 5, 60, 0),
            "limit": (0.0, 5.9, 6.0, 10.0, 16, 32.0),
            "startPeriod": (0, 0, 10, 60),
            "stackLevel": (0, 1, 5, 99),
        }
        return Inventor(self.random if seed is None else Random(seed), known)

    @rule(how=sampled_from(("well", "well", "not", "not", "with an error", "oddly", "wrongly", "twice", "as busy")))
    def answers_otherwise_from_now_on(self, how: str) -> None:
        self.mode = how

    @precondition(lambda self: self.office.is_connected and bool(self.office.held))
    @rule(seed=SEEDS)
    def answers_late_and_in_any_order(self, seed: int) -> None:
        random = Random(seed)
        asked = self.office.held.pop(random.randrange(len(self.office.held)))
        self.do(self._answer(asked, random.choice(("well", "well", "with an error", "twice"))))

    @precondition(lambda self: self.office.is_connected and bool(self.office.answered))
    @rule(seed=SEEDS)
    def answers_once_more_what_was_answered(self, seed: int) -> None:
        self.do(self._once_more(Random(seed).choice(self.office.answered)))

    async def _once_more(self, text: str) -> None:
        await self.office.throw(text)

    # What it asks for.

    @precondition(is_connected)
    @rule(seed=SEEDS, action=sampled_from([one for one in ACTIONS if one != "Reset"]))
    def asks(self, seed: int, action: str) -> None:
        self.do(self._command(seed, action))

    @precondition(is_connected)
    @rule(seed=SEEDS, action=sampled_from(("SetChargingProfile", "RemoteStartTransaction", "TriggerMessage")))
    def asks_for_what_moves_most(self, seed: int, action: str) -> None:
        self.do(self._command(seed, action))

    @precondition(is_connected)
    @rule(seed=integers(0, 2**10))
    def asks_for_a_reset_now_and_then(self, seed: int) -> None:
        if seed % 8 == 0:
            self.office.excuse()
            self.do(self._command(seed, "Reset"))
        else:
            self.do(self._command(seed, "Reset", always_broken=True))

    @precondition(is_connected)
    @rule(seed=SEEDS)
    def asks_for_what_there_is_not(self, seed: int) -> None:
        action = Random(seed).choice(("Explode", "reset", "Heartbeat", "BootNotification", "x" * 64, "Ünlock"))
        self.do(self.office.command(f"u{self._next()}", action, {}))

    @precondition(lambda self: self.office.is_connected and bool(self.office.commands))
    @rule(seed=SEEDS)
    def asks_the_same_once_more(self, seed: int) -> None:
        self.do(self._again(Random(seed).choice(self.office.commands)))

    @precondition(is_connected)
    @rule(seed=SEEDS)
    def asks_in_haste(self, seed: int) -> None:
        async def many() -> None:
            for number in range(5):
                await self._command(seed + number, ACTIONS[(seed + number * 7) % len(ACTIONS)], always_broken=True)

        self.do(many())

    async def _command(self, seed: int, action: str, *, always_broken: bool = False) -> None:
        random, inventor = Random(seed), self.inventor(seed)
        payload = inventor.broken(action) if always_broken or random.random() < 0.3 else inventor.fitting(action)
        if always_broken:
            payload["nobodyKnows"] = seed
        if payload.get("key") in ("AuthorizationKey", "SecurityProfile"):
            self.office.excuse()
        if action in ("CertificateSigned", "ChangeConfiguration"):
            self.office.excuse()  # may change how to connect
        await self.office.command(f"c{self._next()}", action, payload)

    def _next(self) -> int:
        self.number += 1
        return self.number

    async def _again(self, text: str) -> None:
        _, message_id, action, payload = json.loads(text)
        await self.office.command(message_id, action, payload)

    # What is no message at all.

    @precondition(is_connected)
    @rule(seed=SEEDS)
    def throws_junk(self, seed: int) -> None:
        async def throws() -> None:
            for frame in junk(Random(seed), f"j{self._next()}"):
                await self.office.throw(frame, junk_expected(frame))

        self.do(throws())

    @precondition(is_connected)
    @rule(seed=SEEDS)
    def sends_in_pieces(self, seed: int) -> None:
        async def pieces() -> None:
            text = json.dumps([2, f"p{self._next()}", "Nothing", {"a": seed}])
            cut = seed % len(text)
            await self.office.throw([text[:cut], text[cut:]], junk_expected(text))

        self.do(pieces())

    @precondition(is_connected)
    @rule(is_huge=sampled_from((True, False)))
    def breaks_the_websocket(self, is_huge: bool) -> None:
        self.office.excuse()
        self.do(self._breaks(is_huge))

    async def _breaks(self, is_huge: bool) -> None:
        socket = self.office.socket
        if socket is None:
            return
        with contextlib.suppress(Exception):
            await socket.send("x" * TOO_LARGE if is_huge else b"\xff\xfe", text=True)
        async with asyncio.timeout(20.0):
            await socket.wait_closed()
        wanted = 1009 if is_huge else 1007
        if socket.close_code not in (wanted, 1006):
            self.office.found.append(f"closed with {socket.close_code}, not {wanted}")

    # The line.

    @precondition(is_connected)
    @rule(seed=SEEDS)
    def ends_the_connection(self, seed: int) -> None:
        if seed % 2:
            self.office.tear()
        else:
            self.do(self.office.hang_up(Random(seed).choice((1000, 1001, 1008, 1011, 1012, 4000)), "enough"))

    @rule(status=sampled_from((None, None, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.NOT_FOUND)))
    def turns_away_or_lets_in(self, status: HTTPStatus | None) -> None:
        self.office.refuses = status

    @rule(seconds=sampled_from((0.3, 1.0, 2.5, 5.0)))
    def time_passes(self, seconds: float) -> None:
        self.do(asyncio.sleep(seconds))

    @precondition(lambda self: not self.office.is_connected)
    @rule()
    def waits_for_the_charger(self) -> None:
        self.office.refuses = None
        self.do(self.back())

    # The driver.

    @rule(token=sampled_from((CARD, CARD, OTHER_CARD)))
    def somebody_comes_to_charge(self, token: str) -> None:
        async def comes() -> None:
            if not self.is_plugged:
                self.is_plugged = True
                await self.world("plug_in", connector=1, ready_delay_s=0.5, draw_delay_s=0.5)
                await asyncio.sleep(1.0)
            await self.world("swipe", token=token)

        self.do(comes())

    @precondition(lambda self: self.is_plugged)
    @rule(with_a_card=sampled_from((True, False, False)))
    def somebody_goes(self, with_a_card: bool) -> None:
        async def goes() -> None:
            if with_a_card:
                await self.world("swipe", token=CARD)
                await asyncio.sleep(1.0)
            self.is_plugged = False
            await self.world("plug_out", connector=1)

        self.do(goes())

    # What holds.

    @invariant()
    def every_rule_holds(self) -> None:
        self.nothing_is_found()

    def teardown(self) -> None:
        is_well = self.is_in_order()
        try:
            if is_well:
                self.loop.run_until_complete(self._behaves_again())
            self.end()
            if is_well:
                self.accounts_agree()
        finally:
            self.clean_up()

    async def _behaves_again(self) -> None:
        self.office.excuse()
        self.mode, self.office.refuses = "well", None
        for asked in list(self.office.held):
            await self._answer(asked, "well")
        await self.calm()


STEPS, RUNS = 500, 20
TestAnyCentralSystem = AnyCentralSystem.TestCase
TestAnyCentralSystem.settings = settings(max_examples=RUNS, stateful_step_count=STEPS)
