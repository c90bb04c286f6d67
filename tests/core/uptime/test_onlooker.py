"""An onlooker who writes down each second what a port is, and the record of the charger, agree to the second.

The world has faults, times out of service, power cuts, crashes, stops in order and a wall clock that is unknown, wrong
and set. The charger knows its record alone; the onlooker knows true time. A program may die before it has seen the
port. What lasts without a change is one row, over as many restarts as there are.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent.core.runs import Run
from agent.core.time import Instant
from agent.core.uptime.causes import gap_cause
from agent.core.uptime.figures import figures_of
from agent.core.uptime.model import Cause, CauseClass, Outage, PortService, ServiceRecords
from agent.core.uptime.tracker import (
    SHOWS_WITHIN_S,
    Began,
    Change,
    Changed,
    Ended,
    Entered,
    Gap,
    Gaps,
    Port,
    seen,
    started,
)

EPOCH_MS = 1_800_000_000_000
FAULT = Cause(key="fault.contactor.welded", of=CauseClass.CHARGER_HARDWARE, evidence="welded")
OUT = Cause(key="out_of_service", of=CauseClass.CSMS, evidence="by the network")
CAR = Cause(key="fault.ev.no_stop", of=CauseClass.VEHICLE, evidence="the car goes on")
GAPS = {
    "power_cut": CauseClass.GRID,
    "controller.away": CauseClass.UNKNOWN,
    "program.crashed": CauseClass.CHARGER_SOFTWARE,
    "program.stopped": CauseClass.CHARGER_SOFTWARE,
}
SECONDS = st.integers(1, 40)
LATE = st.integers(0, int(SHOWS_WITHIN_S) - 1)
"""So long after a start the port seems to serve, before what is wrong with it shows."""
A_MOMENT_S = 0.001
"""A clock that was set says so a moment later: two words of one instant would contradict each other."""


class Record:
    """What a charger keeps: rows in the order in which they came."""

    def __init__(self) -> None:
        self.outages: list[Outage] = []
        self.runs: list[Run] = []
        self.ports: list[PortService] = []

    def gaps(self, since: int) -> Gaps:
        past = self.runs[max(0, since - 1) if since else -2 :]
        return tuple(
            Gap(since=one.alive, cause=gap_cause(one, following), after=one.number) for one, following in pairwise(past)
        )

    def take(self, changes: tuple[Change, ...]) -> None:
        for change in changes:
            match change:
                case Entered(port=port, at=at):
                    self.ports.append(PortService(port=port, began=at))
                case Began(outage=outage):
                    self.outages.append(self._seen(outage, len(self.outages) + 1))
                case Changed(outage=outage) | Ended(outage=outage):
                    self.outages[-1] = self._seen(outage, len(self.outages))

    def _seen(self, outage: Outage, number: int) -> Outage:
        return replace(outage, number=number, seen_in=outage.seen_in or len(self.runs))

    def lasting(self) -> Outage | None:
        return self.outages[-1] if self.outages and self.outages[-1].ended is None else None


class Onlooker(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.second = 0
        self.boot, self.booted_at = 1, 0
        self.board_boot = 1
        """Of the pilot board: another one after its supply was cut, not where the controller alone starts anew."""
        self.offset_s: int | None = 0
        """Of the wall clock against true time; None: it is not known."""
        self.cause: Cause | None = None
        self.seen_cause: Cause | None = None
        """What the port was when the program saw it last."""
        self.record = Record()
        self.saw: list[str] = []
        """The key of each second's cause, "" in service."""
        self.unseen: list[str] = []
        """Seconds of which it is not settled yet what they were: the keys of the times without the program."""
        self.gap_from = 0
        """Where the last of these times begins."""
        self.turns: set[int] = {0}
        """Seconds at which the port became something else, however short it was that."""
        self.has_seen = False
        self.started_at: list[int] = []
        self.port = Port(number=1)

    @initialize()
    def is_delivered(self) -> None:
        self._starts(True)
        self._passes(1)

    def now(self) -> Instant:
        utc_ms = None if self.offset_s is None else EPOCH_MS + 1000 * (self.second + self.offset_s)
        return Instant(float(self.second - self.booted_at), utc_ms, f"boot-{self.boot}")

    # What happens.

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self._passes(seconds)

    @precondition(lambda self: self.has_seen)
    @rule(cause=st.sampled_from([FAULT, OUT, CAR, None]))
    def becomes(self, cause: Cause | None) -> None:
        if cause is not self.cause:
            self.turns.add(self.second)
        self.cause = cause
        self._look()

    @precondition(lambda self: not self.has_seen)
    @rule()
    def it_sees_the_port(self) -> None:
        self._look()

    @rule(offset_s=st.sampled_from([-86_400, -7, 3, 5_000]))
    def the_clock_is_set_wrongly(self, offset_s: int) -> None:
        self.offset_s = offset_s

    @rule(away_s=SECONDS, is_gone=st.booleans(), starts_without_clock=st.booleans(), sees=st.booleans(), late_s=LATE)
    def the_power_is_cut(self, away_s: int, is_gone: bool, starts_without_clock: bool, sees: bool, late_s: int) -> None:
        self._ends(away_s, "power_cut", is_gone, is_boot=True)
        self.board_boot += 1
        self.offset_s = None if starts_without_clock else 0
        self._starts(sees, late_s)

    @rule(away_s=SECONDS, is_gone=st.booleans(), sees=st.booleans(), late_s=LATE)
    def the_kernel_panics_before_a_board_tells(self, away_s: int, is_gone: bool, sees: bool, late_s: int) -> None:
        self.record.runs[-1] = replace(self.record.runs[-1], boards=())
        self._ends(away_s, "controller.away", is_gone, is_boot=True)
        self._starts(sees, late_s)

    @rule(away_s=SECONDS, is_gone=st.booleans(), sees=st.booleans(), late_s=LATE)
    def the_program_crashes(self, away_s: int, is_gone: bool, sees: bool, late_s: int) -> None:
        self._ends(away_s, "program.crashed", is_gone, is_boot=False)
        self._starts(sees, late_s)

    @rule(away_s=SECONDS, is_gone=st.booleans(), is_boot=st.booleans(), sees=st.booleans(), late_s=LATE)
    def it_is_stopped_in_order(self, away_s: int, is_gone: bool, is_boot: bool, sees: bool, late_s: int) -> None:
        self._alive()
        self.record.runs[-1] = replace(self.record.runs[-1], ended="in order")
        self._ends(away_s, "program.stopped", is_gone, is_boot=is_boot)
        self._starts(sees, late_s)

    # What the world and the onlooker make of it.

    def _passes(self, seconds: int) -> None:
        if self.has_seen:
            self.saw += [self._key()] * seconds
        else:
            self.unseen += [self.unseen[-1] if self.unseen else ""] * seconds
        self.second += seconds
        self._alive()

    def _key(self) -> str:
        return "" if self.cause is None else self.cause.key

    def _ends(self, away_s: int, key: str, is_gone: bool, *, is_boot: bool) -> None:
        """Before a boot ends its clock was right once more: across boots nothing else can measure."""
        self.offset_s = 0
        self._alive(A_MOMENT_S)
        if not self.record.runs[-1].boards:
            # Nobody can tell any more what the time before this run was, either.
            key = "controller.away" if key == "power_cut" else key
            if "power_cut" in self.unseen[self.gap_from :]:
                self.unseen[self.gap_from :] = ["controller.away"] * len(self.unseen[self.gap_from :])
        self.gap_from = len(self.unseen)
        self.unseen += [key] * away_s
        self.second += away_s
        self.has_seen = False
        if is_gone:
            self.cause = None
        if is_boot:
            self.boot, self.booted_at = self.boot + 1, self.second

    def _starts(self, sees: bool, late_s: int = 0) -> None:
        self.started_at.append(self.second)
        now, boards = self.now(), self._boards() if self.second % 2 else ()
        self.record.runs.append(Run(number=len(self.record.runs) + 1, began=now, alive=now, boards=boards))
        port = Port(number=1, counts=bool(self.record.ports), open=self.record.lasting())
        self.port, changes = started(port, self.record.gaps(0))
        self.record.take(changes)
        if sees and late_s and self.cause is not None and self.cause is self.seen_cause:
            self._shows_after(late_s)
        elif sees:
            self._look()

    def _shows_after(self, late_s: int) -> None:
        """What lasts seems to be gone for some seconds. Where it does not hide the gap, the port has served in them."""
        self._see(None)
        if self._lasts():
            self.unseen += [self.unseen[-1]] * late_s
        else:
            self._settle(None)
            self.saw += [""] * late_s
            self.turns.add(self.second + late_s)
        self.second += late_s
        self._alive()
        self._see(self.cause)
        self._settle(self.cause)

    def _boards(self) -> tuple[tuple[int, str], ...]:
        return ((1, f"board-{self.board_boot}"),)

    def _look(self) -> None:
        self._see(self.cause)
        self._settle(self.cause)
        if not self.port.is_settled:
            self._passes(int(SHOWS_WITHIN_S))
            self._see(self.cause)

    def _see(self, cause: Cause | None) -> None:
        if not self.has_seen:
            # Some boards tell their boot late.
            self.record.runs[-1] = replace(self.record.runs[-1], boards=self._boards())
        lasting = self.port.open
        gaps = () if lasting is None or self.port.is_settled else self.record.gaps(lasting.seen_in)
        self.port, changes = seen(self.port, cause, self.now(), wanted=False, gaps=gaps)
        self.record.take(changes)

    def _lasts(self) -> bool:
        """What still is was so all the time; but what a car did hides nothing of the charger's own."""
        stays = self.cause is not None and self.cause is self.seen_cause
        return stays and (self.cause is not CAR or {*self.unseen} <= {"power_cut"})

    def _settle(self, cause: Cause | None) -> None:
        if cause is not None and self._lasts():
            self.saw += [self._key()] * len(self.unseen)
        else:
            if self.unseen:
                self.turns |= {self.second - len(self.unseen), self.second}
            self.saw += self.unseen
        self.unseen, self.has_seen, self.seen_cause = [], True, cause

    def _alive(self, after_s: float = 0.0) -> None:
        self.record.runs[-1] = replace(self.record.runs[-1], alive=self.now().plus(after_s))

    # What has to hold.

    def records(self) -> ServiceRecords:
        """As they are once the clock is right."""
        kept, runs = self.offset_s, self.record.runs
        self.offset_s = 0
        now = self.now().plus(A_MOMENT_S)
        self.offset_s = kept
        return ServiceRecords(
            now=now,
            ports=tuple(self.record.ports),
            outages=tuple(self.record.outages),
            runs=(*runs[:-1], replace(runs[-1], alive=now)),
        )

    @precondition(lambda self: self.has_seen)
    @invariant()
    def each_second_is_the_same_and_what_lasts_is_one_row(self) -> None:
        told = [""] * self.second
        rows: list[tuple[int, int, str]] = []
        for one in figures_of(self.records()).outages:
            first, end = ((ms - EPOCH_MS) // 1000 for ms in one.at)
            key, of = one.outage.cause.key, one.outage.cause.of
            assert of is GAPS.get(key, {FAULT.key: FAULT, OUT.key: OUT, CAR.key: CAR}.get(key, FAULT).of)
            assert told[first:end] == [""] * (end - first), "two outages overlap"
            told[first:end] = [key] * (end - first)
            rows += [(first, end, key)] if end > first else []

        assert told == self.saw
        assert rows == [one for one in self._stretches() if one[2]]

    def _stretches(self) -> list[tuple[int, int, str]]:
        """What the onlooker calls one."""
        part, number = [], 0
        for second, key in enumerate(self.saw):
            number += second in self.turns
            part.append((number, key, second))
        groups = [list(of) for _, of in groupby(part, lambda one: one[:2])]
        return [(of[0][2], of[-1][2] + 1, of[0][1]) for of in groups]

    @precondition(lambda self: self.has_seen)
    @invariant()
    def a_row_tells_the_starts_inside_it(self) -> None:
        for one in figures_of(self.records()).outages:
            inside = [at for at in self.started_at if one.at[0] < EPOCH_MS + 1000 * at <= one.at[1]]
            assert one.starts == len(inside)

    @precondition(lambda self: self.record.ports)
    @invariant()
    def what_is_excluded_lies_in_outages_and_those_in_the_record(self) -> None:
        for one in figures_of(self.records()).months:
            assert 0 <= one.year.excluded_ms <= one.year.outage_ms <= one.year.recorded_ms


TestOnlooker = Onlooker.TestCase
TestOnlooker.settings = settings(max_examples=60, stateful_step_count=25)
