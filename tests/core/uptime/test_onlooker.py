"""An onlooker who writes down each second what a port is, and the record of the charger, agree to the second.

The world has faults, times out of service, power cuts, crashes, stops in order and a wall clock that is unknown, wrong
and set. The charger knows its record alone; the onlooker knows true time.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent.core.time import Instant
from agent.core.uptime.causes import gap_cause
from agent.core.uptime.figures import figures_of
from agent.core.uptime.model import Cause, CauseClass, Outage, PortService, Run, ServiceRecords
from agent.core.uptime.tracker import Began, Change, Changed, Ended, Entered, Gap, Port, seen, started

EPOCH_MS = 1_800_000_000_000
FAULT = Cause(key="fault.contactor.welded", of=CauseClass.CHARGER_HARDWARE, evidence="welded")
OUT = Cause(key="out_of_service", of=CauseClass.CSMS, evidence="by the network")
SECONDS = st.integers(1, 40)
A_MOMENT_S = 0.001
"""A clock that was set says so a moment later: two words of one instant would contradict each other."""


class Record:
    """What a charger keeps: rows in the order in which they came."""

    def __init__(self) -> None:
        self.outages: list[Outage] = []
        self.runs: list[Run] = []
        self.ports: list[PortService] = []

    def take(self, changes: tuple[Change, ...]) -> None:
        for change in changes:
            match change:
                case Entered(port=port, at=at):
                    self.ports.append(PortService(port=port, began=at))
                case Began(outage=outage):
                    self.outages.append(replace(outage, number=len(self.outages) + 1))
                case Changed(outage=outage) | Ended(outage=outage):
                    self.outages[-1] = replace(outage, number=len(self.outages))

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
        self.record = Record()
        self.saw: list[CauseClass | None] = []
        self.port = Port(number=1)

    @initialize()
    def is_delivered(self) -> None:
        self._starts(None)
        self._passes(1)

    def now(self) -> Instant:
        utc_ms = None if self.offset_s is None else EPOCH_MS + 1000 * (self.second + self.offset_s)
        return Instant(float(self.second - self.booted_at), utc_ms, f"boot-{self.boot}")

    # What happens.

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self._passes(seconds)

    @rule(cause=st.sampled_from([FAULT, OUT, None]))
    def becomes(self, cause: Cause | None) -> None:
        self.cause = cause
        self._look()

    @rule(offset_s=st.sampled_from([-86_400, -7, 3, 5_000]))
    def the_clock_is_set_wrongly(self, offset_s: int) -> None:
        self.offset_s = offset_s

    @rule(away_s=SECONDS, is_gone=st.booleans(), starts_without_clock=st.booleans())
    def the_power_is_cut(self, away_s: int, is_gone: bool, starts_without_clock: bool) -> None:
        self._ends(away_s, CauseClass.GRID, is_gone, is_boot=True)
        self.board_boot += 1
        self.offset_s = None if starts_without_clock else 0
        self._starts(away_s)

    @rule(away_s=SECONDS, is_gone=st.booleans())
    def the_kernel_panics_before_a_board_told_its_boot(self, away_s: int, is_gone: bool) -> None:
        self.record.runs[-1] = replace(self.record.runs[-1], boards=())
        self._ends(away_s, CauseClass.UNKNOWN, is_gone, is_boot=True)
        self._starts(away_s)

    @rule(away_s=SECONDS, is_gone=st.booleans())
    def the_program_crashes(self, away_s: int, is_gone: bool) -> None:
        self._ends(away_s, CauseClass.CHARGER_SOFTWARE, is_gone, is_boot=False)
        self._starts(away_s)

    @rule(away_s=SECONDS, is_gone=st.booleans(), is_boot=st.booleans())
    def it_is_stopped_in_order(self, away_s: int, is_gone: bool, is_boot: bool) -> None:
        self._alive()
        self.record.runs[-1] = replace(self.record.runs[-1], ended="in order")
        self._ends(away_s, CauseClass.CHARGER_SOFTWARE, is_gone, is_boot=is_boot)
        self._starts(away_s)

    # What the world and the onlooker make of it.

    def _passes(self, seconds: int) -> None:
        self.saw += [None if self.cause is None else self.cause.of] * seconds
        self.second += seconds
        self._alive()

    def _ends(self, away_s: int, of: CauseClass, is_gone: bool, *, is_boot: bool) -> None:
        """Before a boot ends its clock was right once more: across boots nothing else can measure."""
        self.offset_s = 0
        self._alive(A_MOMENT_S)
        stays = self.cause is FAULT and not is_gone
        self.saw += [CauseClass.CHARGER_HARDWARE if stays else of] * away_s
        self.second += away_s
        if is_gone:
            self.cause = None
        if is_boot:
            self.boot, self.booted_at = self.boot + 1, self.second

    def _starts(self, away_s: int | None) -> None:
        before, now = self.record.runs[-1] if self.record.runs else None, self.now()
        boards = ((1, f"board-{self.board_boot}"),)
        run = Run(number=len(self.record.runs) + 1, began=now, alive=now, boards=boards)
        gap = None if before is None else Gap(alive=before.alive, cause=gap_cause(before, run))
        counts = bool(self.record.ports)
        self.port, changes = started(Port(number=1, counts=counts, open=self.record.lasting()), gap)
        self.record.take(changes)
        self.record.runs.append(run)
        self._look()

    def _look(self) -> None:
        self.port, changes = seen(self.port, self.cause, self.now(), wanted=False)
        self.record.take(changes)

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

    @precondition(lambda self: self.record.ports)
    @invariant()
    def each_second_is_the_same(self) -> None:
        figures = figures_of(self.records())
        begin = round(self.record.ports[0].began.monotonic_s)
        told: list[CauseClass | None] = [None] * self.second
        for one in figures.outages:
            first, end = ((ms - EPOCH_MS) // 1000 for ms in one.at)
            assert told[first:end] == [None] * (end - first), "two outages overlap"
            told[first:end] = [one.outage.cause.of] * (end - first)

        assert told[begin:] == self.saw[begin:]

    @precondition(lambda self: self.record.ports)
    @invariant()
    def what_is_excluded_lies_in_outages_and_those_in_the_record(self) -> None:
        for one in figures_of(self.records()).months:
            assert 0 <= one.year.excluded_ms <= one.year.outage_ms <= one.year.recorded_ms


TestOnlooker = Onlooker.TestCase
TestOnlooker.settings = settings(max_examples=60, stateful_step_count=25)
