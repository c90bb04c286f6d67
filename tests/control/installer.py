"""An installer at the control socket of a charger on paper."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from agent.control.plan_supply import piece
from agent.control.questions import Asked, decoded
from agent.control.roles import Role
from agent.control.wire import Ask, Done, Part, Refused, Request, encode_answer, encode_request
from agent.core.commissioning.model import Job
from firmware_sim.virtual_loop import run
from tests.control.calling import Desk, desk, shown
from tests.control.charger import Charger
from tests.control.paper_desk import PaperDesk

ANSWERS = {
    "installer.company": "Elektro Meyer",
    "installer.person": "Anna Meyer",
    "installer.licence": "HWK-4711",
    "label.serial": "QE-000123",
    "handover.operator": "Quay Power",
}


class Installer:
    """Answers what is asked; `walks_off` after so many answers, and the terminal with them."""

    def __init__(self, walks_off: int = 10_000, **answers: str) -> None:
        self.answers = {**ANSWERS, **{key.replace("__", "."): answer for key, answer in answers.items()}}
        self.walks_off = walks_off
        self.asked: list[str] = []
        self.parts: list[dict[str, Any]] = []
        self.plan: Path | None = None

    def answer(self, question: str) -> str:
        if self.plan is not None and (part := piece(self.plan, question)) is not None:
            return part
        asked = decoded(question)
        assert asked is not None, question
        if len(self.asked) >= self.walks_off:
            raise ConnectionResetError
        self.asked.append(asked.question.key)
        return self.answers.get(asked.question.key, self._usual(asked))

    def _usual(self, asked: Asked) -> str:
        if asked.question.default is not None:
            return asked.question.default
        return "yes" if "yes" in asked.question.choices else "0.5"

    async def visits(self, at: Desk, **arguments: Any) -> Done | Refused | None:
        """The end of the answer; None where the installer walked off."""
        async with at.line() as line:
            line.send(encode_request(Request("commission", arguments)))
            while True:
                match await line.reply():
                    case Ask(question):
                        try:
                            line.send(encode_answer(self.answer(question)))
                        except ConnectionResetError:
                            return None
                    case Part(body):
                        self.parts.append(dict(body))
                    case Done() | Refused() as reply:
                        return reply

    def told(self, part: str) -> list[Any]:
        return [body[part] for body in self.parts if part in body]

    def text(self) -> str:
        return "\n".join(shown("commission", body) for body in self.parts)


def at_charger(
    charger: Charger, path: Path, story: Callable[[Desk], Awaitable[None]], role: Role = Role.INSTALLER
) -> None:
    async def main() -> None:
        async with desk(charger, path, role) as at:
            await story(at)
            await asyncio.sleep(5)  # of virtual time: whoever was left notices

    run(main())


def visit(charger: Charger, path: Path, installer: Installer, **arguments: Any) -> Done | Refused | None:
    ends: list[Done | Refused | None] = []

    async def story(at: Desk) -> None:
        ends.append(await installer.visits(at, **arguments))

    at_charger(charger, path, story)
    return ends[0]


def latest(paper: PaperDesk) -> Job:
    return paper.jobs[-1]
