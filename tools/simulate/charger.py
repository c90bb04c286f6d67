"""The agent in a simulated world: built, killed at a commit or at once, and built again on the same files."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path

# In virtual time it is there from the beginning: no meter waits until a start is over (drivers/modbus/framing.py).
import agent.drivers.modbus.exchange  # noqa: F401
from agent.app import Agent, Ending, Means
from agent.config.load import load
from agent.core.session.events import SessionEvent
from agent.core.session.model import Session
from agent.drivers import loader
from agent.ids import Ids
from agent.store.store import FILE_NAME
from agent.store.writer import CommitMoment, SimulatedCrash
from firmware_sim.rig import Rig
from firmware_sim.world import Line
from tools.simulate.clock import VirtualClock

Observe = Callable[[Session, SessionEvent], None]


class Charger:
    """Holds one agent at a time. After a crash nothing of it reaches a wire any more, whatever its ruins still do."""

    def __init__(
        self,
        rig: Rig,
        site_file: Path,
        tasks: asyncio.TaskGroup,
        *,
        flush: bool,
        observe: Observe,
        clock: VirtualClock | None = None,
        journalctl: Sequence[str] = (),
    ) -> None:
        self._rig = rig
        self._site_file = site_file
        self._tasks = tasks
        self._flush = flush
        self._observe = observe
        self._journalctl = journalctl
        self._running: asyncio.Task[None] | None = None
        self._ids = Ids(random.Random(f"ids {rig.world.random.random()}"))
        self.clock = clock or VirtualClock()
        self.agent: Agent | None = None
        self.starts = 0
        self.crashes = 0
        self._crash_in: int | None = None
        self._crash_when = CommitMoment.BEFORE
        self._crash_takes_power = False
        self._is_dead = False
        self._left_on_disk: dict[Path, bytes] = {}
        """The store as it was at the death; what the ruins still wrote is undone at the next start."""

    async def start(self) -> None:
        """Build a new agent; one that runs is stopped in order first."""
        await self.stop()
        self.starts += 1
        self._is_dead, self._crash_in = False, None
        self._take_disk_back()
        self._connect_wires(True)
        self.agent = Agent(load(self._site_file, loader), self._means())
        self._running = self._tasks.create_task(self._live(self.agent))
        await asyncio.sleep(0)

    async def stop(self) -> None:
        """End the agent in order, as SIGTERM does."""
        if self._running is not None and not self._running.done() and self.agent is not None:
            self.agent.stop()
        await self._gone()

    def crash_at_commit(self, commits: int, when: str, *, with_power: bool = False) -> None:
        """Kill it at the `commits`-th commit from now, right "before" or "after" it; `with_power` as for `kill`."""
        self._crash_in, self._crash_when, self._crash_takes_power = commits, CommitMoment(when), with_power

    async def kill(self, *, with_power: bool = False) -> None:
        """Kill it now; `with_power` takes boards and chips along and begins another boot of the controller."""
        self._die()
        if with_power:
            self._lose_power()
        if self._running is not None:
            self._running.cancel()
        await self._gone()

    async def ended(self) -> None:
        """Wait until it has ended by itself, as it does after a crash."""
        await self._gone()

    @property
    def is_dead(self) -> bool:
        """It was killed and not started again."""
        return self._is_dead

    def _lose_power(self) -> None:
        self.clock.boot += 1
        for board in self._rig.world.boards.values():
            board.reset("power")
        for chip in self._rig.world.chips.values():
            chip.vanish()
            chip.appear()

    async def _gone(self) -> None:
        if self._running is not None:
            await asyncio.wait([self._running])
        self._running, self.agent = None, None

    async def _live(self, agent: Agent) -> None:
        try:
            while await agent.run() is Ending.RESTART:
                agent = self.agent = Agent(load(self._site_file, loader), self._means())
        except* SimulatedCrash:
            self.crashes += 1

    def _means(self) -> Means:
        return Means(
            clock=self.clock,
            ids=self._ids,
            inline_store=True,
            flush=self._flush,
            on_commit=self._on_commit,
            observe=self._observe,
            journalctl=self._journalctl,
        )

    def _on_commit(self, moment: CommitMoment, _number: int) -> None:
        if self._is_dead:
            raise SimulatedCrash
        if self._crash_in is None or moment is not self._crash_when:
            return
        self._crash_in -= 1
        if self._crash_in <= 0:
            self._die()
            if self._crash_takes_power:
                self._lose_power()
            raise SimulatedCrash

    def _die(self) -> None:
        if not self._is_dead and self.agent is not None:
            folder = self.agent.config.storage.path
            self._left_on_disk = {file: file.read_bytes() for file in folder.glob(f"{FILE_NAME}*")}
        self._is_dead = True
        self._connect_wires(False)

    def _take_disk_back(self) -> None:
        if not self._left_on_disk:
            return
        for file in next(iter(self._left_on_disk)).parent.glob(f"{FILE_NAME}*"):
            file.unlink()
        for file, octets in self._left_on_disk.items():
            file.write_bytes(octets)
        self._left_on_disk = {}

    def _connect_wires(self, connected: bool) -> None:
        for wire in self._wires():
            wire.has_charger = connected
        for gateway in self._rig.world.gateways:
            gateway.has_charger = connected
        if not connected:
            for chip in self._rig.world.chips.values():
                chip.forget_charger()

    def _wires(self) -> list[Line]:
        world = self._rig.world
        boards = [wire for number in world.boards if (wire := world.board_wire(number)) is not None]
        readers = [reader.wire for reader in world.readers.values()]
        return [*boards, *world.meter_wires.values(), *readers]
