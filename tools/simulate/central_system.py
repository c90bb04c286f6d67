"""The bench's central system in a simulated world, and what a plan has it do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from firmware_sim.scenario import CARDS, Action
from tools.csms import queries
from tools.csms.behaviour import Behaviour
from tools.csms.dispatch import carry_out
from tools.csms.hostile import FRAMES
from tools.csms.record import Record
from tools.csms.server import Address, CentralSystem
from tools.csms.tls import ServerTls

IDENTITY = "SIM-1"
HOSTILE = tuple(name for name in FRAMES if name != "huge")


class Office:
    """The central system and its record, in memory unless a file is named."""

    def __init__(
        self,
        record_file: Path = Path(":memory:"),
        behaviour: Behaviour | None = None,
        tls: ServerTls | None = None,
    ) -> None:
        self.system = CentralSystem(Record(record_file), is_quiet=True, tls=tls)
        self.system.behaviour = behaviour or self.system.behaviour
        for card in CARDS[2:]:
            self.system.behaviour.refused_tokens[card.casefold()] = "Invalid"
        self.refusals: list[str] = []

    async def open(self) -> str:
        """Listen; the address for the charger's site file."""
        bound = await self.system.listen(Address(host="127.0.0.1", port=0))
        return f"{'ws' if self.system.tls is None else 'wss'}://{bound.host}:{bound.port}"

    async def close(self) -> None:
        await self.system.close()
        self.system.record.close()

    async def perform(self, action: Action) -> None:
        """Carry out an action of a plan. What cannot be done now, for want of a connection, is left undone."""
        given = dict(action.arguments)
        match action.verb:
            case "silent" | "drop" | "freeze" | "offline":
                await self._do(action.verb)
            case "slow":
                await self._do("slow", delay_s=given["delay_s"])
            case "refuse":
                await self._do("refuse", status=503)
                await self._do("drop")
            case "mid_answer":
                await self._do("drop", every=given["every"])
            case "send_list":
                tokens = dict.fromkeys(str(given["cards"]).split(), "Accepted")
                await self._do("send_list", version=given["version"], kind="Full", tokens=tokens)
            case "hostile":
                await self._be_hostile(int(given["frames"]))
            case "heal":
                await self._heal()
            case "limit":
                await self._do(
                    "limit", amps=given["current_a"], connector=given["connector"], profile=given["connector"]
                )
            case "unlimit":
                await self._do("clear_limit", profile=given["connector"])
            case "remote_start":
                await self._do("remote_start", token=given["token"], connector=given["connector"])
            case "remote_stop":
                await self._stop(int(given["connector"]))
            case _:
                raise ValueError(f"{action.verb} is nothing a central system can do")

    async def _do(self, verb: str, **arguments: Any) -> None:
        answer = await carry_out(self.system, {"id": 0, "do": verb, **arguments})
        if not answer["ok"]:
            self.refusals.append(f"{verb}: {answer['error']}")

    async def _be_hostile(self, frames: int) -> None:
        for number in range(frames):
            await self._do("hostile", name=HOSTILE[number % len(HOSTILE)])

    async def _heal(self) -> None:
        refused = dict(self.system.behaviour.refused_tokens)
        await self._do("heal")
        self.system.behaviour.refused_tokens.update(refused)

    async def _stop(self, connector: int) -> None:
        rows = queries.transactions(self.system.record, open_only=True)
        running = [row["id"] for row in rows if row["connector"] == connector]
        if running:
            await self._do("remote_stop", transaction=running[-1])
