"""The status that is shown: only legal changes, told once they have lasted, and the last one always told."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.core.availability import LEGAL, ConnectorStatus, StatusDebounce, StatusReport, station_status, way_to
from agent.core.faults.model import Reaction
from agent.core.identity import ConnectorId
from agent.core.time import Instant

S = ConnectorStatus
MINIMUM_S = 5.0


@pytest.mark.parametrize("before", list(S))
@pytest.mark.parametrize("after", list(S))
def test_every_way_is_legal_in_each_step_and_never_by_way_of_faulted(before: S, after: S) -> None:
    way = way_to(before, after)

    for step_from, step_to in zip((before, *way), way, strict=False):
        assert step_to in LEGAL[step_from]
    assert way == () if before is after else way[-1] is after
    assert S.FAULTED not in way[:-1]


def test_a_forbidden_change_goes_by_way_of_available() -> None:
    assert way_to(S.PREPARING, S.UNAVAILABLE) == (S.AVAILABLE, S.UNAVAILABLE)


@pytest.mark.parametrize("before", [S.FINISHING, S.RESERVED])
@pytest.mark.parametrize("after", [S.CHARGING, S.SUSPENDED_EV, S.SUSPENDED_EVSE])
def test_a_charge_that_begins_where_somebody_is_already_is_never_told_as_free(before: S, after: S) -> None:
    assert way_to(before, after) == (S.PREPARING, after)


@pytest.mark.parametrize(
    ("operative", "reaction", "status"),
    [
        (True, Reaction.NONE, S.AVAILABLE),
        (True, Reaction.DERATE, S.AVAILABLE),
        (False, Reaction.NONE, S.UNAVAILABLE),
        (False, Reaction.BLOCK, S.FAULTED),
        (True, Reaction.OPEN, S.FAULTED),
    ],
)
def test_the_station_itself_has_three_statuses(operative: bool, reaction: Reaction, status: S) -> None:
    assert station_status(operative=operative, reaction=reaction) is status


class AnyStatus(RuleBasedStateMachine):
    """Statuses come and go; what is told is legal, has lasted, and is the truth in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.now = Instant(100.0)
        self.debounce = StatusDebounce()
        self.present: StatusReport | None = None
        self.since = 0.0
        self.told: list[StatusReport] = []

    @rule(status=st.sampled_from(S), fault_ids=st.sampled_from([(), (), ("cp.leak",)]), info=st.sampled_from(["", "x"]))
    def becomes(self, status: S, fault_ids: tuple[str, ...], info: str) -> None:
        report = StatusReport(connector=ConnectorId(1), status=status, at=self.now, fault_ids=fault_ids, info=info)
        if self.present is None or self._key(self.present) != self._key(report):
            self.since = self.now.monotonic_s
        self.present = report
        self._tell()

    @rule(seconds=st.sampled_from([0.1, 1.0, 4.9, 5.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        until = self.now.plus(seconds)
        due_at = self.debounce.due_at(MINIMUM_S)
        if due_at is not None and due_at <= until.monotonic_s:
            self.now = Instant(due_at)
            self._tell()
        self.now = until
        self._tell()

    def _tell(self) -> None:
        assert self.present is not None or self.debounce == StatusDebounce()
        if self.present is None:
            return
        self.debounce = self.debounce.follow(
            StatusReport(
                connector=self.present.connector,
                status=self.present.status,
                at=self.now,
                fault_ids=self.present.fault_ids,
                info=self.present.info,
            )
        )
        self.debounce, reports = self.debounce.tell(MINIMUM_S, self.now)
        for report in reports:
            before = self.told[-1] if self.told else None
            assert before is None or report.status is before.status or report.status in LEGAL[before.status]
            self.told.append(report)

    @staticmethod
    def _key(report: StatusReport) -> tuple[S, tuple[str, ...], str]:
        return report.status, report.fault_ids, report.info

    @invariant()
    def what_has_lasted_is_told_and_what_has_not_is_not(self) -> None:
        if self.present is None:
            return
        is_told = self._key(self.told[-1]) == self._key(self.present) if self.told else False
        lasted = self.now.monotonic_s >= self.since + MINIMUM_S
        assert is_told or not lasted
        if self.present.status is S.FAULTED:
            assert is_told, "a fault does not wait"
        assert is_told == (self.debounce.due_at(MINIMUM_S) is None)


TestAnyStatus = AnyStatus.TestCase
TestAnyStatus.settings = settings(max_examples=60, stateful_step_count=30)
