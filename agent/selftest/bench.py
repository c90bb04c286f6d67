"""What a self-test may see, ask and move. The runner makes one for each attempt; the checks know nothing else.

While a connector's test runs, its session has let go of the devices (agent/connector/maintenance.py). Whatever a check
leaves behind, the runner ends it safely: permission withdrawn, nothing offered, the pilot back at x1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from agent.config.model import StationConfig
from agent.core.commissioning.model import Outcome, Quantity
from agent.core.control_pilot import ContactorState
from agent.core.identity import ConnectorId
from agent.core.network_check.model import Finding
from agent.core.quantities import MeterSample
from agent.core.time import Instant
from agent.drivers.interfaces import PilotReading
from agent.values import frozen

if TYPE_CHECKING:
    from agent.drivers.board_service import TestedBoard


class Declined(Exception):
    """The person on site said no, or did not answer in time; the runner makes a skip of it, with the words."""


@frozen(kw_only=True)
class Question:
    """What a person is asked. `key` names the answer for files of answers, e.g. "ST901.resistance_ohm".

    `choices` empty: free text, or a number where `unit` is given. `default` is what Enter means; None: there is none.
    """

    key: str
    text: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    default: str | None = None
    low: float | None = None
    high: float | None = None


@frozen(kw_only=True)
class ElementReading:
    """An input or a temperature sensor as it is now. `problem` is why there is no reading, and what to check."""

    readings: Mapping[str, float | bool] = field(default_factory=dict)
    problem: str = ""


class Person(Protocol):
    """Whoever stands in front of the charger."""

    async def ask(self, question: Question) -> str:
        """A valid answer, asked again until it is one. Raises Declined."""
        ...

    async def tell(self, text: str) -> None:
        """What is going on, or what to do next, where no answer is needed."""
        ...

    async def number(self, question: Question) -> float:
        """The same for a number within `low` and `high`."""
        ...


class Connection(Protocol):
    """The way to the central system, and the central system itself."""

    async def findings(self) -> tuple[Finding, ...]:
        """The network check in layers, done once a job and remembered for two minutes."""
        ...

    def is_accepted(self) -> bool: ...

    async def call_s(self) -> float:
        """Seconds from a Heartbeat to its answer. Raises TimeoutError, and ConnectionError where there is no link."""
        ...

    def heard_since(self, since: Instant) -> tuple[str, ...]:
        """The actions that the central system asked for since then, oldest first."""
        ...


class Controller(Protocol):
    """The Linux side. Whatever cannot be read is None or absent, never invented."""

    async def measures(self, topic: str) -> Mapping[str, Quantity]:
        """One look: "storage", "write", "wear", "rtc", "time", "soc", "update", "keys", "link", "address", "names".

        Units end the names. What each holds stands in agent/host/.
        """
        ...


class Charging(Protocol):
    """A real charge, as a driver has it (ST1001, ST1002)."""

    async def charge(self, *, by: str, seconds: float) -> Mapping[str, Quantity]:
        """`by` is "card" or "remote". What the three records say of it: meter, ledger, central system."""
        ...


class Bench(Protocol):
    """One attempt at one connector, or of the whole charger."""

    @property
    def connector(self) -> ConnectorId:
        """Raises LookupError for a test of the whole charger."""
        ...

    @property
    def config(self) -> StationConfig: ...

    @property
    def person(self) -> Person: ...

    @property
    def connection(self) -> Connection: ...

    @property
    def controller(self) -> Controller: ...

    @property
    def charging(self) -> Charging: ...

    @property
    def board(self) -> TestedBoard | None:
        """The pilot board's tests; None where this controller offers none."""
        ...

    def drivers(self) -> Mapping[str, object]:
        """By their name in the board file: control_pilot, contactor, meter, lock, indicator, token_reader, …"""
        ...

    def earlier(self, test: str) -> Outcome | None:
        """The latest outcome of another test in this job, at this connector or of the whole charger."""
        ...

    def answer(self, key: str) -> str | None:
        """What was typed earlier in this job under that key."""
        ...

    # Time.

    def now(self) -> Instant: ...

    async def wait(self, seconds: float) -> None: ...

    # What is seen.

    def pilot(self) -> PilotReading | None:
        """The latest level; None while the board is silent."""
        ...

    def contactor(self) -> ContactorState | None: ...

    def faults(self) -> tuple[str, ...]:
        """Ids of the conditions that the devices of this connector report now."""
        ...

    async def until(self, holds: Callable[[], bool], within_s: float) -> float | None:
        """Seconds until `holds` was true, looked at with each report of the devices; None where it never was."""
        ...

    async def read_meter(self) -> MeterSample:
        """Raises DriverUnavailable, DriverImplausible."""
        ...

    async def elements(self) -> Mapping[str, ElementReading]:
        """Inputs and temperature sensors of the board file by their place."""
        ...

    # What is moved. All of it is taken back at the end of the attempt.

    async def offer(self, current_a: float) -> None:
        """0 is x1."""
        ...

    async def permit(self, permitted: bool) -> None:
        """Permission for whatever plug is in; power needs the local token before commissioning, and a car in C."""
        ...

    async def set_locked(self, locked: bool) -> bool:
        """Raises DriverRejected, and LookupError where there is no lock."""
        ...
