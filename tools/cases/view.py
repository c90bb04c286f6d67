"""What a support engineer sees of a charger: the screens of `evse-support`, and the bundle that it fetches.

It is the program itself, with a file and a key of its own, over the broker of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent.telemetry.letters import read
from agent.telemetry.topics import Topics
from firmware_sim.mqtt_broker import Broker
from tools.cases import screens
from tools.cases.beside import Beside, Said
from tools.cases.screens import Named
from tools.support.__main__ import main
from tools.support_desk import Desk

DEVICE = "CASE-1"
PREFIX = "evse"
ALLOWED = ("explain", "health", "bundle", "status")
WORST_VERDICT = 1
"""Exit codes above it mean that there is no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """`bundle` is the file; `no_bundle` says why there is none, `failed` what else could not be looked at."""

    row: str = ""
    show: tuple[Named, ...] = ()
    explain: tuple[Named, ...] = ()
    verdicts: tuple[str, ...] = ()
    bundle: Path | None = None
    no_bundle: str = "no bundle"
    failed: str = ""


class View:
    """On one broker, which listens at `port`. `folder` is there, and is the engineer's."""

    def __init__(self, broker: Broker, port: int, folder: Path, seed: int) -> None:
        self._broker, self._folder = broker, folder
        self._desk = Desk(folder, port, "bench")
        self._computer = Beside(seed)

    def site(self) -> str:
        """Lines for the charger: its name, where it tells of itself, and whose orders count."""
        return f'[station]\nserial_number = "{DEVICE}"\n{self._desk.site(ALLOWED)}'

    async def looked(self, connector: int) -> Looked:
        """Every screen once, as somebody goes through them who has a ticket."""
        bundle = self._folder / "bundle.tar.gz"
        fleet = await self.says("fleet", "--once")
        show = await self.says("show", DEVICE)
        explain = await self.says("explain", DEVICE, "--connector", str(connector))
        fetched = await self.says("bundle", DEVICE, "--to", str(bundle))
        rows = screens.rows(fleet.screen, DEVICE)
        failed = [_failure(said) for said in (fleet, show, explain) if said.code > WORST_VERDICT]
        if len(rows) != 1:
            failed.append(f"{len(rows)} rows of it in the fleet")
        return Looked(
            row="".join(rows),
            show=screens.shown(show.screen, connector),
            explain=screens.explained(explain.screen, self._keys()),
            verdicts=screens.verdicts(show.screen),
            bundle=bundle if fetched.code == 0 else None,
            no_bundle=_failure(fetched),
            failed="; ".join(failed),
        )

    async def says(self, *words: str) -> Said:
        """What the program prints."""
        config = str(self._desk.config)
        return await self._computer.run(lambda: main(["--config", config, *words], self._computer))

    def _keys(self) -> dict[str, str]:
        """Of the sentences in what `explain` was answered."""
        results = Topics(PREFIX, DEVICE).result("")
        told = [read(one.payload, one.content_type) for one in self._broker.taken if one.topic.startswith(results)]
        answers = [one["body"] for one in told if (one["verb"], one["kind"]) == ("explain", "result")]
        return screens.keys_of(answers[-1]) if answers else {}


def _failure(said: Said) -> str:
    return f"{said.code}: {said.beside.strip()}"
