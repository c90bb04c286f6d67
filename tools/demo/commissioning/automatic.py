"""An installer who is a program: types at `evsectl commission --answers -`, and works the simulated adapter."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from agent.control.questions import decoded
from firmware_sim.bench_keys import LOCAL_KEY_FILE
from tools.demo.commissioning.hands import CENTRAL_SYSTEM, Hands, Verb
from tools.processes import LONGEST_LINE_BYTES, ROOT
from tools.station import Bench

OnPart = Callable[[dict[str, Any]], None]


@dataclass(slots=True, kw_only=True)
class AutomaticInstaller:
    """`on_part` gets each part of the answer as it comes, `on_answer` each question with what was said to it."""

    bench: Bench
    hands: Hands
    on_part: OnPart
    on_answer: Callable[[str, str], None] = field(default=lambda _question, _answer: None)
    parts: list[dict[str, Any]] = field(default_factory=list)
    at: int | None = None
    process: asyncio.subprocess.Process | None = None
    """The evsectl that runs now, or ran last."""

    async def commission(self, *arguments: str) -> int:
        """The exit code of `evsectl commission`."""
        plan = self.bench.plan
        command = ("-m", "agent.control.cli", "--socket", str(plan.control_socket), "commission", "--answers", "-")
        key = ("--key", str(plan.world / LOCAL_KEY_FILE))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *command, *key, "--json", *arguments),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE_BYTES,
        )
        self.process = process
        assert process.stdin is not None and process.stdout is not None
        async for part in _parts(process.stdout):
            if "ask" in part:
                answer = await self._answered(json.dumps(part["ask"]))
                with suppress(ConnectionError):  # it was ended in between; its exit code tells
                    process.stdin.write(f"{answer}\n".encode())
                    await process.stdin.drain()
            else:
                await self._heard(part)
        return await process.wait()

    def told(self, name: str) -> list[Any]:
        """Every part of that name so far."""
        return [part[name] for part in self.parts if name in part]

    async def _heard(self, part: dict[str, Any]) -> None:
        self.parts.append(part)
        self.on_part(part)
        if "begun" in part:
            self.at = part["begun"]["connector"] or self.at
        if "tell" in part:
            await self._do(self.hands.told(part["tell"], self.at))

    async def _answered(self, question: str) -> str:
        asked = decoded(question)
        assert asked is not None, question
        verbs, answer = self.hands.answer(asked)
        await self._do(verbs)
        self.on_answer(asked.question.text, "…" if asked.challenge else answer)
        return answer

    async def _do(self, verbs: list[Verb]) -> None:
        for whose, verb, given in verbs:
            program = self.bench.ask_csms if whose == CENTRAL_SYSTEM else self.bench.ask_world
            await program.ask(verb, **given)


async def _parts(output: asyncio.StreamReader) -> AsyncIterator[dict[str, Any]]:
    while line := await output.readline():
        yield json.loads(line)
