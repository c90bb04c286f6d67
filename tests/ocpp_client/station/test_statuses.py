"""The network is told the present status, by legal steps, and every fault."""

from __future__ import annotations

from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import booleans, floats, sampled_from

from agent.core.availability import LEGAL, ConnectorStatus, StatusReport
from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.ocpp_client.station.statuses import LONGEST_LINE, Statuses
from tests.ocpp_client.plain import status

S = ConnectorStatus
CONNECTORS = sampled_from((None, 1, 2))
FAULT_SETS = sampled_from(((), (), (), ("meter.lost",), ("contactor.welded", "meter.lost")))


class AnyDay(RuleBasedStateMachine):
    """The network as a plain dictionary of what it was told last; a boot empties it."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses = Statuses()
        self.now_s = 0.0
        self.minimum_s = 0.0
        self.present: dict[int | None, StatusReport] = {}
        self.known: dict[int | None, StatusReport] = {}
        self.is_connected = False

    @rule(seconds=floats(0.0, 20.0))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds

    @rule(minimum_s=sampled_from((0.0, 5.0)))
    def the_minimum_is_set(self, minimum_s: float) -> None:
        self.minimum_s = minimum_s

    @rule(connector=CONNECTORS, shown=sampled_from(S), faults=FAULT_SETS)
    def a_status_changes(self, connector: int | None, shown: ConnectorStatus, faults: tuple[str, ...]) -> None:
        report = status(connector, shown, self.now_s, *faults)
        self.present[connector] = report
        self.statuses.follow(report, Instant(self.now_s))

    @rule()
    def a_boot_is_accepted(self) -> None:
        self.is_connected = True
        self.known = {}
        self.statuses.accepted()

    @rule()
    def the_line_is_lost(self) -> None:
        self.is_connected = False
        self.statuses.line_lost()

    @rule()
    def the_line_is_back(self) -> None:
        self.is_connected = True

    @rule(connector=CONNECTORS)
    def the_network_asks(self, connector: ConnectorId | None) -> None:
        if self.is_connected:
            known = self.statuses.asked(connector, Instant(self.now_s))
            assert known is (connector in self.present)

    @rule(is_answered=booleans())
    def the_next_one_leaves(self, is_answered: bool) -> None:
        report = self.statuses.next(self.minimum_s, Instant(self.now_s)) if self.is_connected else None
        if report is None:
            return
        before = self.known.get(report.connector)
        assert before is None or before.status is report.status or report.status in LEGAL[before.status]
        if is_answered:
            self.statuses.delivered(report)
            self.known[report.connector] = report

    @invariant()
    def nothing_is_due_before_it_lasted(self) -> None:
        due_s = self.statuses.wake_at_s(self.minimum_s)
        assert due_s is None or due_s <= self.now_s + self.minimum_s

    def teardown(self) -> None:
        """Given time and a line, the network knows the present."""
        self.now_s += 100.0
        for _ in range(LONGEST_LINE * 3):
            self.is_connected = True
            self.the_next_one_leaves(True)
        assert {key: (one.status, one.fault_ids) for key, one in self.known.items()} == {
            key: (one.status, one.fault_ids) for key, one in self.present.items()
        }
        assert self.statuses.wake_at_s(self.minimum_s) is None


TestAnyDay = AnyDay.TestCase


class Network:
    """Takes everything that is told."""

    def __init__(self) -> None:
        self.statuses = Statuses()

    def told(self, now_s: float, minimum_s: float = 0.0) -> list[StatusReport]:
        reports = []
        while (report := self.statuses.next(minimum_s, Instant(now_s))) is not None:
            self.statuses.delivered(report)
            reports.append(report)
        return reports

    def show(self, shown: ConnectorStatus, at_s: float, *faults: str, connector: int | None = 1) -> None:
        self.statuses.follow(status(connector, shown, at_s, *faults), Instant(at_s))


def test_after_acceptance_the_station_is_told_first_then_every_connector() -> None:
    network = Network()
    for connector in (2, 1, None):
        network.show(S.AVAILABLE, 0.0, connector=connector)
    network.told(0.0)
    network.statuses.accepted()

    assert [report.connector for report in network.told(1.0)] == [None, ConnectorId(1), ConnectorId(2)]


def test_a_status_that_does_not_last_is_not_told() -> None:
    network = Network()
    network.show(S.AVAILABLE, 0.0)
    network.told(0.0)
    network.show(S.PREPARING, 10.0)
    network.show(S.AVAILABLE, 12.0)

    assert network.told(100.0, minimum_s=5.0) == []


def test_a_status_that_was_asked_for_is_told_by_a_legal_way_and_what_follows_as_well() -> None:
    network = Network()
    network.show(S.PREPARING, 0.0)
    network.told(0.0)
    network.show(S.AVAILABLE, 10.0)
    network.statuses.asked(ConnectorId(1), Instant(11.0))
    asked = network.told(11.0, minimum_s=60.0)
    network.show(S.FINISHING, 12.0)

    assert [report.status for report in asked] == [S.AVAILABLE]
    assert [report.status for report in network.told(100.0, minimum_s=60.0)] == [S.PREPARING, S.FINISHING]


def test_a_status_that_is_asked_for_twice_is_told_twice_and_one_that_waits_once() -> None:
    network = Network()
    network.show(S.AVAILABLE, 0.0)
    network.statuses.asked(ConnectorId(1), Instant(0.0))
    first = network.told(0.0)
    network.statuses.asked(ConnectorId(1), Instant(1.0))

    assert [report.status for report in (*first, *network.told(1.0))] == [S.AVAILABLE, S.AVAILABLE]


def test_a_fault_that_came_and_went_while_away_is_told_afterwards() -> None:
    network = Network()
    network.show(S.AVAILABLE, 0.0)
    network.told(0.0)
    network.statuses.line_lost()
    network.show(S.PREPARING, 10.0)
    network.show(S.FAULTED, 20.0, "contactor.welded")
    network.show(S.AVAILABLE, 30.0)

    told = network.told(100.0)

    assert [(report.status, report.fault_ids) for report in told] == [
        (S.FAULTED, ("contactor.welded",)),
        (S.AVAILABLE, ()),
    ]


def test_a_fault_told_just_before_the_line_broke_is_not_told_twice() -> None:
    network = Network()
    network.show(S.AVAILABLE, 0.0)
    network.show(S.FAULTED, 1.0, "contactor.welded")
    network.told(2.0)
    network.statuses.line_lost()

    assert network.told(3.0) == []


def test_a_flapping_fault_does_not_fill_memory() -> None:
    network = Network()
    network.show(S.AVAILABLE, 0.0)
    network.told(0.0)
    for number in range(1, 20 * LONGEST_LINE, 2):
        network.show(S.FAULTED, float(number), "meter.lost")
        network.show(S.AVAILABLE, float(number + 1))

    told = network.told(1e6)

    assert len(told) <= LONGEST_LINE
    assert told == [] or told[-1].status is S.AVAILABLE
