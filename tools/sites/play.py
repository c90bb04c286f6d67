"""One site, from the seed to what `evsectl commission` says first: the whole charger in its world, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from agent.control.answering import read_answers
from agent.control.questions import Asked, decoded
from agent.control.wire import (
    REPLY_MAX_BYTES,
    Ask,
    Done,
    Part,
    Refused,
    Request,
    decode_reply,
    encode_answer,
    encode_request,
)
from agent.core.commissioning.steps import Step
from firmware_sim import verbs, virtual_loop
from firmware_sim.arguments import NotNow
from firmware_sim.bench_keys import LOCAL_KEY
from tools.csms.dispatch import carry_out
from tools.demo.commissioning.hands import ANSWERS, CENTRAL_SYSTEM, Hands, Verb
from tools.simulate.room import NOTHING, in_memory
from tools.simulate.run import Options, Stage
from tools.sites import networks
from tools.sites.faults import FAULTS, SiteFault

BOARDS = ("sim-single", "sim-dual", "sim-socket", "sim-cabinet", "sim-signing", "sim-pn532")
"""Those with a pilot board and a meter on a line, which can be broken in every way of the table."""
SERIAL = "SITE-0001"
PLANNED = f"""
[station]
serial_number = "{SERIAL}"
[references]
order = "A-2026-118"
site = "QUAY-7"
[circuit]
breaker_current_a = 32
breaker_curve = "B"
cable_section_mm2 = 10
cable_length_m = 18
laying = "C"
earthing = "TN-S"
rcd = "A"
dc_detection = "charger"
"""
SHOWS_WITHIN_S = 5.0
GIVES_UP_AFTER_S = 4 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What a seed stands for. `fault` None is a healthy site."""

    seed: int
    board: str
    connector: int
    fault: SiteFault | None
    given: Mapping[str, object] = field(default_factory=dict)
    typed: Mapping[str, object] = field(default_factory=dict)

    @property
    def words(self) -> str:
        if self.fault is None:
            return f"seed {self.seed}: {self.board}, nothing wrong"
        details = ", ".join(f"{name}={value}" for name, value in {**self.given, **self.typed}.items())
        return f"seed {self.seed}: {self.board} at {self.connector}, {self.fault.name}({details})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the run said. `first` is the root of the diagnosis that is named first, with its cause and next action."""

    drawn: Drawn
    first: Mapping[str, Any] | None
    is_complete: bool
    missing: tuple[str, ...]
    refused: str = ""

    @property
    def cause(self) -> str:
        return "" if self.first is None else str(self.first.get("cause", ""))

    @property
    def is_right(self) -> bool:
        """The right cause in the first suggested action; of a healthy site none, and it is complete."""
        if self.drawn.fault is None:
            return self.first is None and self.is_complete
        return self.cause in self.drawn.fault.causes and bool((self.first or {}).get("next"))


def drawn(seed: int, *, healthy: bool = False) -> Drawn:
    """The site of a seed. Faults come in turn, so that 200 seeds hold each of them several times."""
    random = Random(seed)
    if healthy:
        board = random.choice(BOARDS)
        return Drawn(seed=seed, board=board, connector=1, fault=None)
    fault = FAULTS[seed % len(FAULTS)]
    board = random.choice(fault.boards or BOARDS)
    connector = random.randint(1, 2) if board == "sim-dual" else 1
    given, typed = fault.given(random), fault.typed(random)
    return Drawn(seed=seed, board=board, connector=connector, fault=fault, given=given, typed=typed)


def play(site: Drawn, only: str = "") -> Heard:
    """Commission it, on a virtual loop of its own. `only`: these steps alone, as `evsectl commission --only` has it."""
    with in_memory("evse-site-") as folder:
        try:
            return virtual_loop.run(_play(site, folder, only))
        except Exception as error:  # noqa: BLE001 - one site that comes to no end must not end the others
            return Heard(drawn=site, first=None, is_complete=False, missing=(), refused=repr(error))


async def _play(site: Drawn, folder: Path, only: str) -> Heard:
    async with AsyncExitStack() as stack:
        options = Options(board=site.board, commissioning="required", more_site=PLANNED)
        network = "" if site.fault is None else site.fault.network
        way = await networks.laid(network, options, folder, stack)
        stage = await Stage.set_up(NOTHING, way.options, folder, stack, url=way.url)
        await asyncio.sleep(SHOWS_WITHIN_S)
        if site.fault is not None and site.fault.way:
            await verbs.perform(
                stage.rig.world, "fault", {"name": site.fault.way, "connector": site.connector, **site.given}
            )
            await asyncio.sleep(SHOWS_WITHIN_S)
        heard = await _commissioned(site, stage, folder / "agent.sock", only)
        await stage.charger.stop()
        return heard


async def _commissioned(site: Drawn, stage: Stage, path: Path, only: str) -> Heard:
    answers = {**read_answers(ANSWERS), "label.serial": (SERIAL,)}
    # Nobody mends anything here, so that the same test again would find the same.
    answers |= {f"{step.value}.again": ("on",) for step in Step}
    answers |= {f"meter_serial.{number}": (serial,) for number, serial in _labels(stage).items()}
    answers |= {key: (str(value),) for key, value in site.typed.items()}
    hands = Hands(answers=answers, key=LOCAL_KEY)
    summary: Mapping[str, Any] = {}
    refused = ""
    reader, writer = await asyncio.open_unix_connection(path, limit=REPLY_MAX_BYTES + 1)
    writer.write(encode_request(Request("commission", {"key": "-", **({"only": only} if only else {})})))
    connector: int | None = None
    async with asyncio.timeout(GIVES_UP_AFTER_S):
        while True:
            reply = decode_reply(await reader.readline())
            match reply:
                case Ask(question):
                    asked = decoded(question)
                    assert asked is not None, question
                    connector = asked.connector
                    writer.write(encode_answer(await _answered(asked, hands, stage)))
                case Part(body):
                    if "begun" in body:
                        connector = body["begun"].get("connector")
                    if "tell" in body:
                        await _done(hands.told(body["tell"], connector), stage)
                    summary = body.get("summary", summary)
                case Refused(_, text):
                    refused = str(text)
                    break
                case Done():
                    break
    writer.close()
    roots = summary.get("diagnosis") or [None]
    return Heard(
        drawn=site,
        first=roots[0],
        is_complete=bool(summary.get("complete")),
        missing=tuple(summary.get("missing", ())),
        refused=refused,
    )


def _labels(stage: Stage) -> Mapping[int, str]:
    """The serial numbers on the meters, by connector."""
    found = {number: meter.model.identity.get("serial_number") for number, meter in stage.rig.world.meters.items()}
    return {number: str(serial) for number, serial in found.items() if serial is not None}


async def _answered(asked: Asked, hands: Hands, stage: Stage) -> str:
    todo, says = hands.answer(asked)
    await _done(todo, stage)
    return says


async def _done(todo: list[Verb], stage: Stage) -> None:
    for whose, verb, given in todo:
        if whose == CENTRAL_SYSTEM:
            await carry_out(stage.office.system, {"id": 0, "do": verb, **given})
        else:
            with suppress(NotNow):  # a plug that is locked in stays in, however much a test wants it out
                await verbs.perform(stage.rig.world, verb, dict(given))
