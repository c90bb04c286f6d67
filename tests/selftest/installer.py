"""An installer made of words: works the adapter with the world's verbs, and answers what the self-tests ask."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.core.commissioning.typed_number import number_of
from agent.selftest.bench import AdapterPosition, Declined, Diode, Question
from firmware_sim import verbs
from firmware_sim.world import World

LOCAL_KEY = bytes(range(32))
"""Of every simulated unit in these tests."""
Verb = tuple[str, Mapping[str, object]]
DIODES = {Diode.OK: "ok", Diode.BYPASSED: "shorted", Diode.OPEN: "open"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody does before they answer; `after` is done once the answer has left."""

    says: str = "yes"
    verbs: Sequence[Verb] = ()


Answers = Mapping[str, str | Act]


@dataclass(slots=True, kw_only=True)
class Installer:
    """A `Person`. What nobody wrote an answer for is the default, "yes" to a yes-or-no, and else declined.

    `does` are verbs for a part of what is told ("press the button"). `stuck_at` is an adapter whose knob is broken: it
    stays in that position. `key` is what the proof is made with.
    """

    world: World
    connector: int | None = 1
    answers: Answers = field(default_factory=dict)
    does: Mapping[str, Sequence[Verb]] = field(default_factory=dict)
    stuck_at: str = ""
    key: bytes = LOCAL_KEY
    is_there: bool = True
    """Presses the button on the unit when asked to."""
    asked: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    positions: list[AdapterPosition] = field(default_factory=list)

    async def ask(self, question: Question) -> str:
        self.asked.append(question.key)
        said = self.answers.get(question.key)
        if isinstance(said, Act):
            await self._do(said.verbs)
            return said.says
        if said is not None:
            return said
        if question.default is not None:
            return question.default
        raise Declined(f"nobody answered {question.key}")

    async def number(self, question: Question) -> float:
        return number_of(await self.ask(question), question.unit, question.low, question.high)

    async def confirms(self, key: str, text: str) -> bool:
        return await self.ask(Question(key=key, text=text, choices=("yes", "no"), default="yes")) == "yes"

    async def tell(self, text: str) -> None:
        self.told.append(text)
        if "Press the button on the unit" in text and self.is_there:
            await self.world_do("press", what="button", for_s=1.0)
        for part, done in self.does.items():
            if part in text:
                await self._do(done)

    async def set_adapter(self, position: AdapterPosition) -> None:
        self.positions.append(position)
        if position.state == "out":
            await self.world_do("plug_out", connector=self.connector)
            return
        await self.world_do(
            "adapter",
            connector=self.connector,
            state=self.stuck_at or position.state,
            diode=DIODES[position.diode],
            load_a=position.load_a,
            phases=position.load_phases,
            only_phase=position.load_phase,
            pe="ok" if position.has_earth else "open",
            **({} if position.proximity_ohm is None else {"pp_ohm": position.proximity_ohm}),
        )

    async def prove(self, challenge: bytes) -> bytes:
        return hmac.new(self.key, challenge, hashlib.sha256).digest()

    async def world_do(self, verb: str, **given: object) -> dict[str, Any]:
        return dict(await verbs.perform(self.world, verb, given))

    async def _do(self, done: Sequence[Verb]) -> None:
        for verb, given in done:
            await self.world_do(verb, **{"connector": self.connector, **given} if verb != "mains" else given)
