"""From a change that `explain` names to an act on the world: what its `do` says is done, and nothing else is."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.control.wire import (
    REPLY_MAX_BYTES,
    Argument,
    Ask,
    Done,
    Part,
    Refused,
    Request,
    decode_reply,
    encode_answer,
    encode_request,
)
from agent.core.explain.fault_changes import OUT_FOR_S
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Recovery
from agent.core.identity import ConnectorId
from agent.core.last_words import of_exception
from agent.host.crashes import FOLDER, OPEN_FILE
from firmware_sim import verbs
from firmware_sim.arguments import NotNow
from tools.csms.dispatch import carry_out
from tools.explain_cases.case import CARD, HEAL, OTHER_CARD, SWIPE, Act, Actor, Case, plug_in, plug_out
from tools.simulate.run import Stage

SERVICE_KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"a service key for cases").digest())
WHO = {"operator": "service 12", "reason": "repaired"}
LOCKED_FOR_S = 30.0
RESTARTS_AFTER_S = 2.0
"""`RestartSec` of the unit."""
WELL = {"volts": 230.0, "hz": 50.0, "phases": 3}
Body = Mapping[str, Any]


class Hands:
    """Whoever does what was asked for, at the charger, at its central system, and at the controller."""

    def __init__(self, stage: Stage, case: Case, socket: Path, folder: Path) -> None:
        self._stage = stage
        self._case = case
        self._socket = socket
        self._folder = folder

    async def ask(self, verb: str, /, answer: str = "", **arguments: Argument) -> Body:
        """As `evsectl` does. Raises RuntimeError with the sentence of a refusal."""
        reader, writer = await asyncio.open_unix_connection(str(self._socket), limit=REPLY_MAX_BYTES + 1)
        body: Body = {}
        try:
            writer.write(encode_request(Request(verb, arguments)))
            while True:
                match decode_reply(await reader.readline()):
                    case Ask():
                        writer.write(encode_answer(answer))
                    case Part(body=body) | Done(body=body) as reply:
                        if isinstance(reply, Done):
                            return body
                    case Refused() as refused:
                        raise RuntimeError(refused.text)
        finally:
            writer.close()

    async def explained(self) -> dict[str, Any]:
        """The body of `evsectl explain` for the connector of the case."""
        (connector,) = (await self.ask("explain", connector=self._case.connector))["connectors"]
        return dict(connector)

    async def do(self, act: Act) -> None:
        """One act of a case. What the world cannot do now is left undone: a plug that is locked stays in."""
        match act.actor:
            case Actor.WORLD:
                with suppress(NotNow):
                    await verbs.perform(self._stage.rig.world, act.verb, dict(act.given))
            case Actor.NETWORK:
                answer = await carry_out(self._stage.office.system, {"id": 0, "do": act.verb, **act.given})
                assert answer["ok"], answer
            case Actor.CONTROLLER:
                await self._controller(act)

    async def _controller(self, act: Act) -> None:
        match act.verb:
            case "wait":
                await asyncio.sleep(float(act.given["seconds"]))
            case "dies":
                await self._dies(OSError(5, "Input/output error"))
            case "disk":
                agent = self._stage.charger.agent
                assert agent is not None
                is_only_read = 0 if act.given["writable"] else 1
                agent.station.store.writer.connection.execute(f"PRAGMA query_only = {is_only_read}")

    async def _dies(self, of: Exception) -> None:
        """The program does, of this, leaving what it leaves; and the service manager starts it anew."""
        charger = self._stage.charger
        assert charger.agent is not None
        folder = charger.agent.config.storage.path / FOLDER
        await charger.kill()
        folder.mkdir(exist_ok=True)
        (folder / OPEN_FILE).write_text(of_exception(of))
        await asyncio.sleep(RESTARTS_AFTER_S)
        await charger.start()

    async def mend(self) -> None:
        """What was broken is whole again; nobody has confirmed, unplugged or shown anything yet."""
        await self.do(HEAL)
        for act in self._case.mends:
            await self.do(act)

    async def make(self, change: Body) -> None:
        """One change of `would_start`."""
        await MAKES[str(change["do"]["kind"])](self, change)

    async def clear_fault(self, id: str) -> None:
        """Mended first, and then ended by whoever may end it."""
        await self.mend()
        await self._mend_supply()
        kind = CATALOGUE[id]
        await asyncio.sleep(2.0)
        if id == "comm.not_commissioned":
            await self._is_taken_into_service()
        elif id == "mcu.restarts":
            await asyncio.sleep(65.0)
            await self.ask("faults clear", id=id, reason="supply exchanged", connector=1)
        elif kind.recovery is Recovery.SERVICE:
            await self._sign_off(id)
        elif kind.recovery is Recovery.POWER_CYCLE:
            await verbs.perform(self._stage.rig.world, "fault", {"name": "mcu_reset", "connector": 1, "cause": "power"})

    async def _mend_supply(self) -> None:
        """The verbs that turn a knob instead of breaking something have no healing of their own."""
        world = self._stage.rig.world
        for act in self._case.before:
            match act.verb:
                case "mains":
                    await verbs.perform(world, "mains", dict(WELL))
                case "leak":
                    await verbs.perform(world, "leak", {**act.given, "ma": 0.0})
                case "supply":
                    await verbs.perform(world, "supply", {**act.given, "volts": 12.0})
                case "press":
                    world.press(str(act.given["what"]), 1, pressed=False)

    async def _sign_off(self, id: str) -> None:
        try:
            text = str((await self.ask("board challenge", id=id, connector=1, **WHO))["text"])
        except RuntimeError:
            await self.ask("faults clear", id=id, reason="repaired", connector=1)
            return
        signature = b64encode(SERVICE_KEY.sign(sha256(text.encode()).digest())).decode()
        await self.ask("board clear", signature, id=id, signature="x", connector=1, **WHO)
        # The board starts anew behind that.
        await asyncio.sleep(10.0)

    async def _is_taken_into_service(self) -> None:
        """In place of a commissioning, which has a world of tests of its own: the site file asks for none any more."""
        site = self._folder / "site.toml"
        site.write_text(site.read_text().replace('commissioning = "required"', 'commissioning = "lab"'))
        await self._stage.charger.start()
        await asyncio.sleep(10.0)

    async def replug(self) -> None:
        """Out for as long as it takes to count, and in again."""
        async with asyncio.timeout(LOCKED_FOR_S):
            while self._stage.rig.world.outlets[self._case.connector].plugged is not None:
                await self.do(plug_out(self._case.connector))
                await asyncio.sleep(1.0)
        await self.plug_in({"do": {"after_s": OUT_FOR_S}})

    async def plug_in(self, change: Body) -> None:
        await asyncio.sleep(float(change["do"].get("after_s", 0.0)))
        await self.do(plug_in(self._case.connector))
        await asyncio.sleep(3.0)

    async def present_card(self, change: Body) -> None:
        """Another one than was refused, or than waits at another connector by now; of a reservation its own."""
        refused = CARD.casefold() in self._stage.office.system.behaviour.refused_tokens
        elsewhere = len(self._stage.rig.world.outlets) > 1 and SWIPE in self._case.before
        card = OTHER_CARD if "reservation" in change["do"] or refused or elsewhere else CARD
        await self._wait_until_free()
        await self.do(Act(Actor.WORLD, "swipe", {"token": card}))

    async def _wait_until_free(self) -> None:
        """A person waits while a fault is still said to be there."""
        from agent.core.session.model import BUSY
        from agent.core.session.starting import bars_new_charge

        agent = self._stage.charger.agent
        assert agent is not None
        connector = agent.station.connectors[ConnectorId(self._case.connector)]
        for _ in range(120):
            if connector.session.phase not in BUSY and bars_new_charge(connector.session) is None:
                return
            await asyncio.sleep(1.0)

    async def wait(self, change: Body) -> None:
        until = change.get("until") or {}
        await asyncio.sleep(max(0.0, -(until.get("age_s") or 0.0)) + 1.0)

    async def raise_limit(self, change: Body) -> None:
        """By itself, where it is said when; else where it comes from."""
        if change.get("until"):
            await self.wait(change)
        else:
            await self.do(Act(Actor.NETWORK, "clear_limit"))

    async def others_end(self, change: Body) -> None:
        """Their cars leave; or what comes by itself is waited for."""
        if self._case.is_patient:
            await self.wait(change)
            return
        for connector in str(change["do"].get("subject", "")).split(","):
            await self.do(plug_out(int(connector)))

    async def make_room(self) -> None:
        await self.do(Act(Actor.CONTROLLER, "disk", {"writable": True}))


async def _returns(hands: Hands, _: Body) -> None:
    await hands.mend()


MAKES: Mapping[str, Callable[[Hands, Body], Awaitable[None]]] = {
    "board_answers": _returns,
    "board_closes": _returns,
    "board_offers": _returns,
    "lock_moves": _returns,
    "network_returns": _returns,
    "accept_token": lambda _hands, _: asyncio.sleep(30.0),
    "clear_fault": lambda hands, change: hands.clear_fault(str(change["do"]["subject"])),
    "make_room": lambda hands, _: hands.make_room(),
    "other_ends": Hands.others_end,
    "put_in_service": lambda hands, _: hands.do(
        Act(Actor.NETWORK, "change_availability", {"connector": 1, "operative": True})
    ),
    "raise_limit": Hands.raise_limit,
    "stop_charge": lambda hands, _: hands.do(Act(Actor.NETWORK, "remote_stop")),
    "replug": lambda hands, _: hands.replug(),
    "plug_in": Hands.plug_in,
    "remote_start": lambda hands, _: hands.do(Act(Actor.NETWORK, "remote_start", {"token": CARD, "connector": 1})),
    "present_card": Hands.present_card,
    "car_asks": lambda hands, _: hands.do(Act(Actor.WORLD, "resume", {"connector": 1})),
    "wait": Hands.wait,
}
"""By the `kind` of a change."""
