"""One board, a car on strings, a hostile host, and a judge, on the virtual clock: `play(seed)`."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from firmware_sim import virtual_loop
from firmware_sim.board_kind import Words, kind_words
from firmware_sim.breakage import NEEDS_SOCKET, break_it, heal
from firmware_sim.energy import EnergyRegisters, MemoryRegisters
from firmware_sim.firmware import load_module
from firmware_sim.mains import Mains
from firmware_sim.outlet import Outlet
from firmware_sim.pilot_board import PilotBoard
from firmware_sim.pilot_circuit import Diode
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import US_PER_S, Timeline
from firmware_sim.world import World
from tools.safety.hostile_host import HostileHost
from tools.safety.judge import Judge
from tools.safety.puppet import Puppet

RUN_S = 60.0
OF_THE_WORLD = (
    "rcd_dc", "rcd_ac", "rcd_error", "pe_lost", "mains_loss", "mains_undervoltage", "mains_overvoltage",
    "mains_frequency", "mains_phase_loss", "mains_polarity", "rail_low", "supply_low", "overtemp", "ntc_open",
    "pp_short", "pp_range", "pp_changed", "pp_open", "lock_jam", "lock_forced", "lock_wire", "lock_energy",
)  # fmt: skip
"""Ways to break the world that a board must answer by itself."""
LATCHING = ("rcd_error", "mains_polarity", "rail_low", "overtemp")
VENTILATED = 0.4
"""Of the boards, so many stand in a ventilated room: they serve a car in D."""
LEAKS_MA = (4.0, 30.0, 60.0, 200.0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one seed."""

    seed: int
    breaches: tuple[str, ...]
    closings: int
    closings_in_d: int
    shown_f: int
    wishes: int
    nonsense: int
    did: tuple[str, ...]
    boots: int


def replay_line(seed: int) -> str:
    """The command that plays a seed again."""
    return f"python -m tools.safety hostile --first {seed} --seeds 1 --trace"


def play(seed: int) -> Verdict:
    """The run of this seed; equal seeds, equal runs."""
    return virtual_loop.run(_run(seed))


async def _run(seed: int) -> Verdict:
    site = Site(random.Random(f"hostile {seed}"))
    async with asyncio.TaskGroup() as tasks:
        acting = [tasks.create_task(site.host.talk()), tasks.create_task(site.live())]
        await asyncio.sleep(RUN_S)
        for task in acting:
            task.cancel()
    site.judge.look()
    site.board.close()
    heard = site.judge.heard
    return Verdict(
        seed=seed,
        breaches=tuple(site.judge.breaches),
        closings=site.judge.closings,
        closings_in_d=site.judge.closings_in_d,
        shown_f=site.judge.shown_f,
        wishes=heard.wishes,
        nonsense=heard.nonsense,
        did=tuple(site.host.did + site.did),
        boots=site.board.boots,
    )


def kind_of_room(ventilated: bool, *, tethered: bool) -> Words:
    """The simulator's board, or one that may serve cars in D."""
    kind = kind_words(tethered=tethered)
    air = load_module("kind").VENTILATION if ventilated else 0
    return kind | {"has": int(kind["has"]) | air}


class StraightWire:
    """A line without a kernel between: what the host writes is at the board at once, and nobody reads its words."""

    def __init__(self, received: Callable[[bytes], None]) -> None:
        self.received = received

    def send(self, octets: bytes) -> None:
        """To a host that does not listen."""

    def vanish(self) -> None:
        """There is no path to take away."""


class Site:
    """The board in its world; `live` is what happens to it beside the host, `did` what of that happened."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._timeline = Timeline(asyncio.get_running_loop())
        registers = EnergyRegisters(self._timeline, MemoryRegisters(), "hostile", 0)
        tethered = chance.random() < 0.5
        self.outlet = Outlet(1, self._timeline, Mains(), registers, tethered=tethered)
        self._world = World(self._timeline, chance.getrandbits(32))
        self._world.add_outlet(self.outlet)
        self._wire: StraightWire | None = None
        self._ventilated = chance.random() < VENTILATED
        kind = kind_of_room(self._ventilated, tethered=tethered)
        self.board = PilotBoard(self.outlet, self._timeline, self._open_wire, chance, kind=kind)
        self.judge = Judge(self.outlet, self._timeline, lambda: self.board.is_running, ventilated=self._ventilated)
        self._world.boards[1] = self.board
        self._world.observers.append(lambda outlet: self.judge.look())
        self.host = HostileHost(self._deliver, chance)
        self.host.insertions = self.board.insertions
        self.did: list[str] = []

    def _open_wire(self, received: Callable[[bytes], None]) -> SerialWire:
        # All that a board asks of its line is `send` and `vanish`.
        self._wire = StraightWire(received)
        return cast(SerialWire, self._wire)

    def _deliver(self, octets: bytes) -> None:
        # The judge knows first: what the board does with these octets happens in the same instant.
        if self._wire is not None:
            if self.board.is_running:
                self.judge.hear(octets)
            self._wire.received(octets)

    async def live(self) -> None:
        """A car comes, asks, and now and then something happens to it."""
        while True:
            # Now and then nobody comes for so long that the outlet may show F.
            await self._sleep(*self._chance.choice(((0.0, 1.5), (0.0, 1.5), (3.0, 25.0))))
            await self._come()
            for _ in range(self._chance.randint(1, 6)):
                await self._sleep(2.0, 12.0)
                await self._happen()
            self._leave()

    async def _come(self) -> None:
        if self.outlet.plugged is None:
            self.outlet.insert(Puppet(self.outlet.settle))
        await self._sleep(0.0, 4.0)
        self._show(self._chance.choice("CCCD") if self._ventilated else "C")

    def _leave(self) -> None:
        if self.outlet.plugged is not None:
            # A lock that holds is torn open: worse than waiting for it.
            self.outlet.remove(by_force=True)

    def _show(self, letter: str) -> None:
        if isinstance(self.outlet.plugged, Puppet):
            self.outlet.plugged.show(letter)

    async def _sleep(self, least_s: float, most_s: float) -> None:
        await asyncio.sleep(self._chance.uniform(least_s, most_s))

    async def _happen(self) -> None:
        happenings = (self._stop_asking, self._stop_asking, self._replug, self._replug, self._bounce, self._flap)
        rare = (
            self._ask_for_air, self._short, self._lose_diode, self._break_wire, self._restart, self._stop_all,
            self._break_world, self._break_world, self._break_world, self._draw_too_much,
        )  # fmt: skip
        happening = self._chance.choice(happenings if self._chance.random() < 0.6 else rare)
        self.did.append(f"{self._timeline.now_us() / US_PER_S:.3f} {happening.__name__.strip('_')}")
        await happening()

    async def _stop_asking(self) -> None:
        self._show("B")
        await self._sleep(0.02, 8.0)
        self._show("C")

    async def _replug(self) -> None:
        """One car goes, another comes: it may ask at once."""
        self._leave()
        await self._sleep(0.03, 2.5)
        self.outlet.insert(Puppet(self.outlet.settle))
        await self._sleep(0.0, 0.5)
        self._show("C")

    async def _bounce(self) -> None:
        """A plug that hangs half out."""
        for _ in range(self._chance.randint(2, 30)):
            self._break(self._chance.random() < 0.6)
            await self._sleep(0.006, 0.05)
        self._break(False)

    async def _flap(self) -> None:
        for _ in range(self._chance.randint(2, 12)):
            self._show(self._chance.choice("BBC"))
            await self._sleep(0.02, 0.9)
        self._show("C")

    async def _ask_for_air(self) -> None:
        self._show("D")
        await self._sleep(0.05, 3.0)
        self._show("C")

    async def _short(self) -> None:
        self.outlet.faults.short_ohm = self._chance.choice((0.0, 40.0, 80.0))
        self.outlet.settle()
        await self._sleep(0.05, 2.0)
        self.outlet.faults.short_ohm = None
        self.outlet.settle()

    async def _lose_diode(self) -> None:
        if isinstance(self.outlet.plugged, Puppet):
            self.outlet.plugged.set_diode(Diode.SHORTED)

    async def _break_wire(self) -> None:
        self._break(True)
        await self._sleep(0.03, 3.0)
        self._break(False)

    def _break(self, broken: bool) -> None:
        self.outlet.faults.wire_open = broken
        self.outlet.settle()

    async def _break_world(self) -> None:
        """Something of the world is broken for a while. What the board latches then, a service person ends."""
        fitting = [name for name in OF_THE_WORLD if not (self.outlet.tethered and name in NEEDS_SOCKET)]
        name = self._chance.choice(fitting)
        given: dict[str, object] = {"ma": self._chance.choice(LEAKS_MA)} if name in ("rcd_dc", "rcd_ac") else {}
        self.did.append(name)
        break_it(self._world, name, 1, given)
        await self._sleep(0.05, 14.0 if name == "mains_undervoltage" else 2.0)
        heal(self._world, name)
        if name in LATCHING:
            await self._serve()

    async def _serve(self) -> None:
        """A service person clears what was latched, and starts the board."""
        await self._sleep(0.5, 1.0)
        self.board.kept.clear()
        self.board.reset("power")
        self.judge.board_restarted()

    async def _draw_too_much(self) -> None:
        if isinstance(self.outlet.plugged, Puppet):
            self.outlet.plugged.draw_ma = self._chance.choice((36_000, 45_000, 220_000))
            self.outlet.settle()
        await self._sleep(0.05, 3.0)
        if isinstance(self.outlet.plugged, Puppet):
            self.outlet.plugged.draw_ma = 10_000
            self.outlet.settle()

    async def _restart(self) -> None:
        if self._chance.random() < 0.5:
            self.board.hang()
            self.judge.look()
            await self._sleep(0.01, 2.0)
        self.board.reset(self._chance.choice(("watchdog", "soft", "brownout")))
        self.judge.board_restarted()

    async def _stop_all(self) -> None:
        self.outlet.press_emergency_stop(True)
        await self._sleep(0.01, 1.0)
        self.outlet.press_emergency_stop(False)
