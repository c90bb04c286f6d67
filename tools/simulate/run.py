"""One seed, from its plan to its verdict."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.core.control_pilot import ContactorState
from agent.core.session.events import SessionEvent
from agent.core.session.model import Session, SessionPhase
from agent.events import misfit
from firmware_sim import board_file, scenario, verbs, virtual_loop
from firmware_sim.energy import MemoryRegisters
from firmware_sim.invariants import WorldRules
from firmware_sim.rig import Rig, RigOptions
from firmware_sim.scenario import Action, Actor, Plan
from firmware_sim.trace import Trace, record_world
from tools.csms.behaviour import Behaviour
from tools.csms.tls import ServerTls
from tools.kill.ledger import kept
from tools.simulate.central_system import IDENTITY, Office
from tools.simulate.charger import Charger
from tools.simulate.clock import VirtualClock
from tools.simulate.same_time import SameTime
from tools.simulate.verdict import Evidence, problems

SETTLES_WITHIN_S = 1200
"""After the calm: the longest wait between two tries to connect is minutes, and a long queue takes its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to play. `until_s` ends the plan early, for looking; then nothing is judged but what must always hold."""

    board: str = "sim-single"
    duration_s: float = 900.0
    until_s: float | None = None
    keep_trace: bool = False
    flush: bool = False
    commissioning: str = "lab"
    authorization: str = "required"
    resume_after_restart: bool = True
    supply_current_a: int = 32
    meter_wh: int = 0
    board_kind: Mapping[str, int | str] = field(default_factory=dict)
    settings: Mapping[str, int | str] = field(default_factory=lambda: {"MeterValueSampleInterval": 60})
    site: Mapping[str, int | str] = field(default_factory=dict)
    """Further keys of its section [site]."""
    more_ocpp: str = ""
    """Further lines of its section [ocpp]."""
    more_site: str = ""
    """Further sections of the site file, as they are written there."""
    clock: VirtualClock | None = None
    """The controller's, where it is another."""
    behaviour: Behaviour | None = None
    """The central system's, where it is another."""
    tls: ServerTls | None = None
    """The central system's chain, where it has one."""
    security_profile: int = 0
    record_file: Path = Path(":memory:")
    """Where the central system keeps its record."""
    storage: Path | None = None
    """What the charger keeps, where that is to lie elsewhere than all else."""
    journalctl: tuple[str, ...] = ()
    """What reads the log of its system; empty: it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a seed. `problems` empty is a pass."""

    seed: int
    problems: tuple[str, ...]
    fingerprint: str
    simulated_s: float
    transactions: int
    crashes: int
    trace: str = ""


def play(plan: Plan, options: Options) -> Outcome:
    """Play a plan on a virtual loop of its own."""
    with tempfile.TemporaryDirectory(prefix="evse-simulate-") as folder:
        return virtual_loop.run(_play(plan, options, Path(folder)))


def seed_plan(seed: int, options: Options) -> Plan:
    """The plan of a seed on the board of the options."""
    connectors = [int(table["id"]) for table in _board(options)["connector"]]
    return scenario.draw(seed, connectors=connectors, duration_s=options.duration_s)


async def _play(plan: Plan, options: Options, folder: Path) -> Outcome:
    async with AsyncExitStack() as stack:
        stage = await Stage.set_up(plan, options, folder, stack)
        await stage.play()
        if options.until_s is None:
            await stage.settle()
        found = await stage.conclude()
        return Outcome(
            seed=plan.seed,
            problems=tuple(found),
            fingerprint=stage.trace.fingerprint(),
            simulated_s=asyncio.get_running_loop().time(),
            transactions=len(stage.told()),
            crashes=stage.charger.crashes,
            trace=stage.trace.text() if options.keep_trace else "",
        )


class Stage:
    """World, central system and charger of one run, and what was seen of them."""

    def __init__(
        self, plan: Plan, options: Options, rig: Rig, office: Office, tasks: asyncio.TaskGroup, *, ledger_file: Path
    ) -> None:
        self.plan = plan
        self.options = options
        self.rig = rig
        self.office = office
        self.ledger_file = ledger_file
        self._tasks = tasks
        self.trace = Trace(rig.world.timeline.now_us, keep=options.keep_trace)
        record_world(rig.world, self.trace)
        self.rules = WorldRules(rig.world)
        self.found: list[str] = []
        self._phases: dict[int, SessionPhase] = {}
        self.charger: Charger

    @classmethod
    async def set_up(
        cls, plan: Plan, options: Options, folder: Path, stack: AsyncExitStack, *, url: str | None = None
    ) -> Stage:
        """Everything there, the agent started. `url`: the charger connects there, and not to the bench's own."""
        office = Office(options.record_file, options.behaviour or SameTime(), options.tls)
        own = await office.open()
        stack.push_async_callback(office.close)
        rig_options = RigOptions(
            directory=folder / "world",
            seed=plan.seed + 1,
            registers=MemoryRegisters(),
            meter_wh=options.meter_wh,
            kind=options.board_kind,
        )
        rig = await stack.enter_async_context(Rig(_board(options), rig_options))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        storage = options.storage or folder / "state"
        storage.mkdir(exist_ok=True)
        stage = cls(plan, options, rig, office, tasks, ledger_file=storage / "agent.db")
        site_file = folder / "site.toml"
        _write_site(site_file, storage, rig, url or own, options)
        clock = options.clock or VirtualClock()
        stage.charger = Charger(
            rig,
            site_file,
            tasks,
            flush=options.flush,
            observe=stage.observe,
            clock=clock,
            journalctl=options.journalctl,
        )
        await stage.charger.start()
        return stage

    async def play(self) -> None:
        """The whole plan, or what of it lies before `until_s`."""
        try:
            async with asyncio.timeout(self.options.until_s):
                await scenario.play(self.plan, self._perform)
        except TimeoutError:
            return

    async def settle(self) -> None:
        """Let everything arrive that was recorded; not doing so in time is a problem of its own."""
        for _ in range(SETTLES_WITHIN_S):
            if self._is_settled():
                return
            await asyncio.sleep(1.0)
        self.found.append(f"not everything was told and ended {SETTLES_WITHIN_S} s after the calm")

    def _is_settled(self) -> bool:
        agent = self.charger.agent
        if agent is None or agent.station.store.ledger.queued():
            return False
        return all(session.transaction is None for session in agent.station.sessions())

    async def _perform(self, action: Action) -> None:
        self.trace.add("plan", str(action))
        match action.actor:
            case Actor.WORLD:
                await self._world(action)
            case Actor.NETWORK:
                self._tasks.create_task(self.office.perform(action))
            case Actor.AGENT:
                await self._agent(action)

    async def _world(self, action: Action) -> None:
        try:
            await verbs.perform(self.rig.world, action.verb, action.given)
        except ValueError as refusal:
            # A plan knows nothing of the state it meets: a car cannot leave where there is none.
            self.trace.add("world", "refused", why=str(refusal))

    async def _agent(self, action: Action) -> None:
        given = dict(action.arguments)
        match action.verb:
            case "crash":
                self.charger.crash_at_commit(int(given["commits"]), str(given["when"]))
            case "restart":
                await self.charger.start()
            case "power_cut":
                await self.charger.kill(with_power=True)

    def observe(self, session: Session, event: SessionEvent) -> None:
        """After each step of a session: the rules that only a look inside can ask."""
        if self._phases.get(session.connector) is not session.phase:
            self._phases[session.connector] = session.phase
            self.trace.add("session", session.phase.value, connector=session.connector, after=type(event).__name__)
        is_open = session.transaction is not None and session.recording is None
        if session.permitted and not is_open and session.contactor is not ContactorState.CLOSED:
            self.found.append(f"{self._now()}: power is permitted at {session.connector} outside any transaction")
        limit_a = session.limits.effective().current_a
        if session.offered_a > limit_a:
            self.found.append(f"{self._now()}: {session.offered_a} A offered at {session.connector}, limit {limit_a} A")
        for effect in session.outputs.issued:
            if type(effect).__name__ == "Tell" and (what := misfit(effect.name, dict(effect.fields))):  # type: ignore[union-attr]
                self.found.append(f"{self._now()}: {what}")

    def _now(self) -> str:
        return f"{self.rig.world.timeline.now_us() / 1e6:.3f} s"

    # The verdict.

    def told(self) -> list[dict[str, Any]]:
        from tools.csms import queries

        return queries.transactions(self.office.system.record)

    async def conclude(self) -> list[str]:
        """End the agent; everything that did not hold, with the accounts unless the plan was cut short."""
        found = self.breaches()
        if self.options.until_s is not None or self.charger.agent is None:
            await self.charger.stop()
            return found
        # Seen while the agent still runs: an agent that ends opens every contactor.
        open_contactors = all(not outlet.contactor.main_closed for outlet in self.rig.world.outlets.values())
        await self.charger.stop()
        return found + self.accounts(open_contactors=open_contactors)

    def breaches(self) -> list[str]:
        """The rules that must hold at any moment and did not."""
        self.rules.look()
        return self.found + [str(breach) for breach in self.rules.breaches]

    def accounts(self, *, open_contactors: bool) -> list[str]:
        """What does not add up between meter, ledger and central system; the agent must have ended."""
        evidence = Evidence(
            plan=self.plan,
            told=self.told(),
            kept=kept(self.ledger_file),
            complaints=[f"{row['what']}: {row['evidence']}" for row in self._complaints()],
            registers=dict(self._registers()),
            open_contactors=open_contactors,
        )
        return list(problems(evidence))

    def _complaints(self) -> list[dict[str, Any]]:
        from tools.csms import queries

        return queries.problems(self.office.system.record)

    def _registers(self) -> list[tuple[int, int]]:
        status = self.rig.world.status()
        return [(one["connector"], one["meter"]["register_wh"]) for one in status["connectors"]]


def _board(options: Options) -> board_file.Table:
    return board_file.read(board_file.find(options.board))


def _write_site(site_file: Path, storage: Path, rig: Rig, url: str, options: Options) -> None:
    settings, of_site = (
        "".join(f"{key} = {value!r}\n".replace("'", '"') for key, value in given.items())
        for given in (options.settings, options.site)
    )
    site_file.write_text(
        f"""board = "{rig.board_path}"
[site]
country = "DE"
supply_current_a = {options.supply_current_a}
commissioning = "{options.commissioning}"
authorization = "{options.authorization}"
resume_after_restart = {str(options.resume_after_restart).lower()}
{of_site}[storage]
path = "{storage}"
[control]
socket = "{site_file.parent / "agent.sock"}"
[ocpp]
version = "1.6"
url = "{url}"
identity = "{IDENTITY}"
security_profile = {options.security_profile}
{options.more_ocpp}[ocpp.settings]
{settings}{options.more_site}"""
    )
