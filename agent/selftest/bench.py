"""What a self-test may see, ask and move. The runner makes one for each attempt; the checks know nothing else.

While a connector's test runs, its session has let go of the devices (agent/connector/maintenance.py). Whatever a check
leaves behind, the runner ends it safely: permission withdrawn, nothing offered, the pilot back at x1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from agent.config.model import StationConfig
from agent.core.commissioning.model import Outcome, Quantity
from agent.core.control_pilot import ContactorState
from agent.core.identity import ConnectorId, IdToken
from agent.core.network_check.model import Finding
from agent.core.quantities import MeterSample
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.drivers.interfaces import Bus, PilotReading
from agent.values import frozen

if TYPE_CHECKING:
    from agent.drivers.board_service import TestedBoard


class Declined(Exception):
    """The person on site said no, or did not answer in time; the runner makes a skip of it, with the words."""


class TerminalLost(Exception):
    """Whoever watches is gone: the attempt ends safely, and so does the run. No check catches it."""


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


class Diode(Enum):
    """Of the adapter's pilot circuit. MISSING: a resistor across it, the bypass that several adapters lack."""

    OK = "ok"
    BYPASSED = "bypassed"
    OPEN = "open"


@frozen(kw_only=True)
class AdapterPosition:
    """How a test adapter is set, and the load plugged into it. `state` is "A" to "E", "out" for no adapter at all.

    `has_earth` False: the button that takes the protective conductor away is held. `proximity_ohm` None: as it comes.
    `connector`: where it is plugged in; None where the charger has one connector only.
    """

    state: str
    diode: Diode = Diode.OK
    has_earth: bool = True
    proximity_ohm: float | None = None
    load_a: float = 0.0
    load_phases: int = 3
    load_phase: int | None = None
    """A single-phase load on that phase, 1 to 3, and nothing on the others."""
    connector: ConnectorId | None = None


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

    async def confirms(self, key: str, text: str) -> bool:
        """Yes or no, of something that only they can see. Raises Declined where they do neither."""
        ...

    async def set_adapter(self, position: AdapterPosition) -> None:
        """Returns once they say that the adapter is set like this, be it true or not. Raises Declined."""
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

    async def broker_s(self, within_s: float) -> float:
        """Seconds from a message of the health channel to its acknowledgement. Raises ConnectionError, a sentence."""
        ...

    def heard_since(self, since: Instant) -> tuple[str, ...]:
        """The actions that the central system asked for since then, oldest first."""
        ...


class Controller(Protocol):
    """The Linux side. Whatever cannot be read is None or absent, never invented."""

    async def measures(self, topic: str) -> Mapping[str, Quantity]:
        """One look: "storage", "write", "wear", "software", "rtc", "time", "soc", "update", "keys", "link", "address",
        "names".

        Units end the names. What each holds stands in agent/host/.
        """
        ...


class RealCharge(Protocol):
    """One charge at a connector in service, from the empty outlet to the empty outlet, as it is seen from here.

    The session has the devices meanwhile: nothing is driven but what a driver or the central system could ask for too.
    """

    def phase(self) -> str:
        """The word of SessionPhase: "idle", "authorized", "plugged", "starting", "charging", …"""
        ...

    def states(self) -> tuple[str, ...]:
        """What pilot and offer came to, in order, none twice in a row: "A", "B1", "B2", "C1", "C2", …"""
        ...

    def refusal(self) -> str:
        """Why somebody was turned away, or what bars a charge now; "" where nothing does."""
        ...

    async def until(self, holds: Callable[[RealCharge], bool], within_s: float) -> bool:
        """Whether `holds` became true in that time; it is looked at with each event of the session, and each second."""
        ...

    def start(self, token: str) -> None:
        """As `evsectl start` does it: the central system is asked about the token."""
        ...

    def stop(self) -> None:
        """As `evsectl stop` does it."""
        ...

    def without_network(self) -> AbstractAsyncContextManager[None]:
        """The link is closed, and held closed for as long as the block runs; ten minutes at most."""
        ...

    async def records(self) -> Mapping[str, Quantity]:
        """What the three of them say of the transaction so far; what nobody told is absent. Units end the names.

        Ledger: "ledger_start_wh", "ledger_stop_wh", "ledger_delivery". Central system, from the frames themselves:
        "told_start_wh", "told_stop_wh", "transaction_id" as it answered, "stopped_id" as the stop named it,
        "start_answered", "stop_answered", "told", the messages of this transaction in the order they left, and
        "told_in_order": its beginning first, its end last, and its values between.
        """
        ...


class Charging(Protocol):
    """The real path (ST1001, ST1002)."""

    def watch(self) -> AbstractAsyncContextManager[RealCharge]:
        """Look at the connector of this attempt from now on."""
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
    def is_in_service(self) -> bool:
        """Whether a charge may begin here, by the site file or by a commissioning on record."""
        ...

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

    def wires(self) -> Mapping[str, Bus]:
        """The buses of the board file by their name: their statistics are counted by device."""
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

    def takes_longer(self, seconds: float) -> None:
        """This attempt may take so much more than its row says, since what it waits for is known only now."""
        ...

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

    def session(self) -> Session:
        """What the session knows of this connector; it orders nothing of the devices meanwhile."""
        ...

    async def card(self, within_s: float) -> IdToken | None:
        """The next card at a reader of this charger, which nobody else hears of; None where there was none in time.

        Raises DriverUnavailable where the reader is away, and LookupError where there is no reader.
        """
        ...

    async def elements(self) -> Mapping[str, ElementReading]:
        """Inputs and temperature sensors of the board file by their place."""
        ...

    # What is moved. All of it is taken back at the end of the attempt.

    async def offer(self, current_a: float) -> None:
        """0 is x1. Raises DriverRejected where the supply does not leave as much to this connector now."""
        ...

    async def permit(self, permitted: bool) -> None:
        """Permission for whatever plug is in; the board closes once an adapter asks, in C.

        Raises DriverRejected in a test that is not energised by its row.
        """
        ...

    async def renew_power(self) -> None:
        """Prove the right to power once more, after a fault that the test made has ended it. Raises Declined."""
        ...

    async def set_adapter(self, position: AdapterPosition) -> bool:
        """Have the adapter set, and wait up to 2 s: whether the pilot shows that state. Raises Declined.

        At the end of the attempt the adapter stays as it is; nobody is asked to turn it back.
        """
        ...

    async def set_locked(self, locked: bool) -> bool:
        """Raises DriverRejected, and LookupError where there is no lock."""
        ...


async def once_a_job(bench: Bench, key: str, about: str) -> bool:
    """Yes or no, of what is the same at every connector: asked at the first, and again where its test is repeated.

    Raises Declined.
    """
    before = bench.answer(key)
    if before is not None and bench.earlier(key.partition(".")[0]) is None:
        return before == "yes"
    return await bench.person.confirms(key, about)
