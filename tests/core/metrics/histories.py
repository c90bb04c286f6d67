"""Chargers' lives with the truth beside the records: boots, clocks that are unknown, wrong, and set at some moment."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from agent.core.commissioning.model import JobState
from agent.core.metrics.records import ChargerRecords, Gate, JobRecord, Milestone
from agent.core.runs import Run
from agent.core.time import Instant
from agent.core.uptime.model import (
    Cause,
    CauseClass,
    Exclusion,
    Offline,
    Outage,
    PortService,
    ServiceRecords,
    Window,
)
from agent.core.visits.model import Attempt, Mark

START_MS = 1_790_000_000_000
DAY_S = 86_400.0


@dataclass
class Life:
    """A controller's clocks: `true_s` goes on, `offset_ms` is how wrong the wall clock is, None: it has none."""

    true_s: float = 0.0
    boot: int = 1
    booted_s: float = 0.0
    offset_ms: int | None = 0
    milestones: list[Milestone] = field(default_factory=list)
    passed: dict[tuple[Gate, int | None], float] = field(default_factory=dict)

    def now(self) -> Instant:
        utc_ms = None if self.offset_ms is None else START_MS + round(self.true_s * 1000) + self.offset_ms
        return Instant(self.true_s - self.booted_s, utc_ms, f"boot-{self.boot}")

    def wait(self, seconds: float) -> Life:
        self.true_s += seconds
        return self

    def boots(self, offset_ms: int | None = 0) -> Life:
        self.boot, self.booted_s, self.offset_ms = self.boot + 1, self.true_s, offset_ms
        return self

    def sets_clock(self, offset_ms: int = 0) -> Life:
        self.wait(1.0)
        self.offset_ms = offset_ms
        self.milestones.append(Milestone(gate=Gate.CLOCK, at=self.now()))
        return self

    def passes(self, gate: Gate, connector: int | None = None, **fields: str) -> Life:
        self.milestones.append(Milestone(gate=gate, at=self.now(), connector=connector, fields=tuple(fields.items())))
        self.passed.setdefault((gate, connector), self.true_s)
        return self


def job(number: int, started: Instant, ended: Instant | None, **more: object) -> JobRecord:
    given: dict[str, object] = {"state": JobState.COMPLETE if ended else JobState.RUNNING, **more}
    return JobRecord(job_id=f"job-{number}", number=number, started=started, ended=ended, **given)  # type: ignore[arg-type]


def records(life: Life, *jobs: JobRecord, serial: str = "QE-1", unit: str = "") -> ChargerRecords:
    return ChargerRecords(
        unit=unit or f"unit of {serial}",
        serial=serial,
        exported=life.now(),
        board="sim-dual",
        software="1.0",
        connectors=(1, 2),
        milestones=tuple(life.milestones),
        jobs=jobs,
    )


GATES = (Gate.NETWORK, Gate.TLS, Gate.ACCEPTED, Gate.HANDED, Gate.PAID)


@st.composite
def lives(draw: st.DrawFn, *, well_clocked: bool = False) -> tuple[ChargerRecords, Life, list[tuple[float, float]]]:
    """Records, the truth, and of each commissioning its true begin and end.

    A wall clock is wrong by up to a year, or unknown, and may be set right within a boot; `well_clocked`: it always is
    before the boot ends.
    """
    life = Life(offset_ms=draw(_OFFSETS)).passes(Gate.POWERED)
    jobs: list[JobRecord] = []
    truths: list[tuple[float, float]] = []
    open_since: tuple[Instant, float] | None = None
    gates = [(gate, None) for gate in draw(st.permutations(GATES))] + [(Gate.AVAILABLE, 1), (Gate.AVAILABLE, 2)]
    for gate, connector in draw(st.permutations(gates)):
        life.wait(draw(st.floats(0, 40 * DAY_S)))
        happens = draw(st.sampled_from(("boot", "clock", "begin", "end", "")))
        if happens == "boot":
            if well_clocked:
                life.sets_clock()
            life.wait(draw(st.floats(0, 5 * DAY_S))).boots(draw(_OFFSETS))
        elif happens == "clock":
            life.sets_clock()
        elif happens == "begin" and open_since is None:
            open_since = life.now(), life.true_s
        elif happens == "end" and open_since is not None:
            jobs.append(job(len(jobs) + 1, open_since[0], life.now()))
            truths.append((open_since[1], life.true_s))
            open_since = None
        life.passes(gate, connector)
    if well_clocked:
        life.sets_clock()
    return records(life, *jobs), life, truths


_OFFSETS = st.one_of(st.none(), st.integers(-365 * 86_400_000, 365 * 86_400_000))


@st.composite
def charger_records(draw: st.DrawFn) -> ChargerRecords:
    """Of any charger, with faults and changes after its commissionings."""
    found, life, _ = draw(lives())
    for id in draw(st.lists(st.sampled_from(("contactor.weld", "rcm.trip")), max_size=2, unique=True)):
        life.wait(draw(st.floats(0, 60 * DAY_S))).passes(Gate.FAULT, 1, id=id)
    for gate in draw(st.lists(st.sampled_from((Gate.CONFIG, Gate.ACCEPTED, Gate.PAID)), max_size=2)):
        life.wait(draw(st.floats(0, 60 * DAY_S))).passes(gate)
    serial = draw(st.sampled_from(("QE-1", "QE-2", "QÜ-3")))
    states = draw(st.lists(st.sampled_from(JobState), min_size=len(found.jobs), max_size=len(found.jobs)))
    failures = draw(st.sampled_from(((), ("ST203",))))
    jobs = [
        job(one.number, one.started, one.ended, state=state, failures=failures, pauses_s=draw(st.floats(0, 4000.0)))
        for one, state in zip(found.jobs, states, strict=True)
    ]
    whole = records(life, *jobs, serial=serial)
    service, attempts = draw(served())
    return replace(whole, service=service, attempts=attempts)


@st.composite
def served(draw: st.DrawFn) -> tuple[ServiceRecords | None, tuple[Attempt, ...]]:
    """A record of service with a row of each kind, or none, and perhaps an attempt."""
    offset_ms, boots = draw(_OFFSETS), draw(st.sampled_from((("boot-1",), ("boot-1", "boot-2"))))
    at = [Instant(7.0 * n, None if offset_ms is None else START_MS + offset_ms + 7_000 * n, boots[0]) for n in range(6)]
    last = replace(at[5], boot_id=boots[-1])
    cause = Cause(key="fault.x", of=draw(st.sampled_from(CauseClass)), evidence="ü")
    ended = draw(st.sampled_from((None, at[3])))
    verdict = draw(st.sampled_from(("", *(one.value for one in Exclusion))))
    outage = Outage(number=1, port=1, cause=cause, began=at[1], ended=ended, wanted=True, verdict=verdict)
    service = ServiceRecords(
        now=last,
        ports=(PortService(port=1, began=at[0]),),
        outages=(outage,),
        offline=(Offline(number=1, began=at[2], ended=at[4], cause="no route"),),
        runs=tuple(
            Run(number=n, began=replace(at[0], boot_id=boot), alive=replace(at[4], boot_id=boot), boards=((1, "b"),))
            for n, boot in enumerate(boots, 1)
        ),
        windows=(Window(number=1, opened=at[0], from_ms=START_MS, until_ms=START_MS + 9, why="w", by="n"),),
        hours=draw(st.sampled_from(((), ("Mo-Fr 07:00-22:00",)))),
        is_networked=draw(st.booleans()),
    )
    attempt = Attempt(port=1, number=4, visit=4, marks=((Mark.PLUGGED, at[1]), (Mark.UNPLUGGED, at[2])), energy_wh=9)
    return draw(st.sampled_from((service, None))), draw(st.sampled_from(((), (attempt,))))
