"""The steps of a commissioning, what belongs to each, and which of them a charger has. Pure.

Source: operations reference section 1; self-test catalogue section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache

from agent.core.commissioning.catalogue import Need, Row, Scope, catalogue
from agent.core.identity import ConnectorId
from agent.values import frozen


class Step(Enum):
    """In the order in which they are done; the value is what a person types."""

    IDENTIFY = "identify"
    PLAN = "plan"
    SELF_TEST = "self-test"
    MEASUREMENTS = "measurements"
    ADAPTER = "adapter"
    NETWORK = "network"
    ACTIVATE = "activate"
    LOAD_MANAGEMENT = "load-management"
    REPORT = "report"
    HAND_OVER = "hand-over"

    @property
    def title(self) -> str:
        return _TITLES[self]


_TITLES: Mapping[Step, str] = {
    Step.IDENTIFY: "Who and which charger",
    Step.PLAN: "The plan, and the most it may draw",
    Step.SELF_TEST: "Self-test without a car",
    Step.MEASUREMENTS: "Your measurements",
    Step.ADAPTER: "Tests with the adapter",
    Step.NETWORK: "The network and the central system",
    Step.ACTIVATE: "The first charge",
    Step.LOAD_MANAGEMENT: "Load management",
    Step.REPORT: "The report",
    Step.HAND_OVER: "Hand-over",
}
QUESTIONS: Mapping[Step, tuple[str, ...]] = {
    Step.IDENTIFY: (
        *("installer.company", "installer.person", "installer.licence", "label.serial"),
        *("meter_serial.N", "ambient_celsius"),
    ),
    Step.MEASUREMENTS: (
        *("inspection.mounting", "inspection.ingress", "inspection.glands", "inspection.torque", "inspection.labels"),
        *("inspection.conductors", "inspection.access", "inspection.ventilation", "inspection.bollard"),
        "inspection.documents",
    ),
    Step.REPORT: (
        *("customer.name", "handover.disconnection", "handover.cards", "handover.operator", "handover.phone"),
        *("handover.support_link", "handover.app", "handover.price", "handover.warranty_years"),
        "handover.support_until",
    ),
}
"""What each step asks before anything else, under the key by which the answer is kept in the job.

".N" stands for the number of each connector.
"""
WANTED = frozenset({"installer.person", "label.serial"})
"""Questions without whose answer nothing can be signed: nobody may leave them out."""
LEFT_BLANK = "-"
"""The answer to a question that need not be answered."""
RESTS_ON: Mapping[str, str] = {
    f"handover.{word}": "handover.operator"
    for word in ("phone", "support_link", "app", "price", "warranty_years", "support_until")
}
"""What an operator's office knows is asked only where somebody on site could name the operator."""
AFTER_THE_VERDICT = frozenset({Step.REPORT, Step.HAND_OVER})
"""They tell of the verdict, so they take no part in it; the test of the report, the signature, does."""

Place = tuple[str, ConnectorId | None]
"""A test at a connector; None: of the whole charger."""


def step_of(row: Row) -> Step:
    """Where a test is done. What is read with the output live needs the adapter, whoever reads it."""
    match row.stage:
        case 0:
            return Step.MEASUREMENTS
        case 1 | 2 | 3:
            return Step.MEASUREMENTS if Need.PERSON in row.needs else Step.SELF_TEST
        case 4 | 5 | 6:
            return Step.ADAPTER
        case 7:
            return Step.NETWORK if row.test.startswith("ST8") or Need.NETWORK in row.needs else Step.SELF_TEST
        case _:
            return Step.REPORT if row.test == "ST910" else Step.ACTIVATE


@frozen(kw_only=True)
class Site:
    """What of a charger decides which steps it has. `shares_feeder`: the plan has load management for its group.

    `planned`: keys of questions that the plan answers, so that nobody is asked.
    """

    connectors: tuple[ConnectorId, ...]
    has_network: bool = True
    shares_feeder: bool = False
    planned: frozenset[str] = frozenset()

    def places(self, row: Row) -> tuple[Place, ...]:
        """Where a test is to be done."""
        if row.scope is Scope.STATION:
            return ((row.test, None),)
        return tuple((row.test, connector) for connector in self.connectors)

    def asks(self, step: Step) -> tuple[str, ...]:
        """The keys of a step's questions, each connector's own among them; without those that the plan answers."""
        return tuple(key for one in QUESTIONS.get(step, ()) for key in self._each(one) if key not in self.planned)

    def _each(self, key: str) -> tuple[str, ...]:
        name = key.removesuffix(".N")
        return (key,) if name == key else tuple(f"{name}.{connector}" for connector in self.connectors)

    def why_not(self, step: Step) -> str:
        """Why this charger has nothing to do in a step; "" where it has."""
        if step is Step.NETWORK and not self.has_network:
            return "no central system is configured"
        if step is Step.LOAD_MANAGEMENT and not self.shares_feeder:
            return "it shares its feeder with nobody: no load management is planned here, and a site meter is not built"
        return ""


@cache
def rows_of(step: Step) -> tuple[Row, ...]:
    return tuple(row for row in catalogue().values() if step_of(row) is step)
