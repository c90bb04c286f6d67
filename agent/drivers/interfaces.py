"""What a driver can be. Reports are *levels*: an iterator begins with what holds now, however late it is asked.

DriverUnavailable, DriverRejected and DriverImplausible are all that a method may raise. A driver looks after its device
and says what it sees; what follows from that is for the core.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.identity import IdToken, PlugIdentity
from agent.core.quantities import MeterIdentity, MeterSample
from agent.core.session.effects import Signal
from agent.core.signatures import Identification, SignedValue
from agent.core.time import Instant
from agent.values import frozen

if TYPE_CHECKING:
    from agent.drivers.board_service import BoardService

CLOSES_WITHIN_S = 1.0
"""How long `aclose` of a bus or of a driver may take."""


class Bus(Protocol):
    """A wire that several drivers share; `name` is the board file's."""

    name: str

    async def open(self) -> None:
        """Begin. A missing port is no error here: it is retried, and reported by the drivers that need it."""
        ...

    async def aclose(self) -> None:
        """Let go of the wire, within CLOSES_WITHIN_S. Calling it again, or without an opening, does no harm."""
        ...

    def statistics(self) -> Mapping[str, Mapping[str, float]]:
        """Counters for each device on the wire, by its name there: requests, errors by kind, answer times."""
        ...


@runtime_checkable
class ActingBus(Protocol):
    """A bus may be one of these too: it keeps a device alive by itself, so nobody else would notice that it halted."""

    def acted_at(self) -> float | None:
        """Loop time of its latest word to the device, or attempt at one, whoever answers; None while it is closed."""
        ...


@runtime_checkable
class LoggingBus(Protocol):
    """A bus may be one of these too: it keeps its last exchanges in memory, for a diagnosis."""

    def exchanges(self) -> tuple[str, ...]:
        """One line each, the oldest first: when, what was sent and what was heard, and how it ended."""
        ...


class Exchange(Protocol):
    """One request on a wire and what was heard until it `ended`. `at` is loop time, `took_s` from the first byte."""

    @property
    def at(self) -> float: ...
    @property
    def took_s(self) -> float: ...
    @property
    def sent(self) -> bytes: ...
    @property
    def heard(self) -> bytes: ...
    @property
    def ended(self) -> str: ...


@runtime_checkable
class RecordingBus(Protocol):
    """A bus may be one of these too: what `LoggingBus` tells in words, as values."""

    def exchanged(self) -> Sequence[Exchange]:
        """The last hundred, the oldest first."""
        ...


@runtime_checkable
class RunningBus(Protocol):
    """A bus may be one of these too: it has something to do all the time, and no line of its own that wakes it."""

    async def run(self) -> None:
        """Until it is cancelled; once, while the bus is open. What it raises is our own mistake, and ends the agent."""
        ...


@runtime_checkable
class Troubled(Protocol):
    """A bus or a driver may be one of these too: it knows by itself when its device, or the wire to it, is gone."""

    def trouble(self) -> str:
        """Why it cannot be used now, with what to check; empty while it can, and before its first word."""
        ...


@runtime_checkable
class CommissionedBus(Protocol):
    """A bus may be one of these too: its device gives power only where the station was taken into service."""

    def commission(self, commissioned: bool) -> None:
        """Whether it was. Called before `open`; until then it was not."""
        ...


class Driver(Protocol):
    """`name` is what messages call it: the board file's driver and bus, e.g. "pilot_board on pilot"."""

    name: str

    async def open(self) -> None:
        """Start to keep the device alive. A missing device is no error here: it is retried and reported."""
        ...

    async def aclose(self) -> None:
        """Leave the device safe and let go of it, within CLOSES_WITHIN_S; also where it was never opened."""
        ...


@frozen(kw_only=True)
class PilotReading:
    """The control pilot as the board measures it. `offered_a` is what the board encodes now, 0 in x1.

    `board_boot_id` is told also while nothing is plugged in; None where a device has no such thing.
    """

    state: PilotState
    plug: PlugIdentity | None
    high_v: float | None
    low_v: float | None
    offered_a: float
    board_boot_id: str | None = None
    limit_a: float | None = None
    """The most that the device lets be offered, for a reason of its own; 0 is a pause. None: it has no say in it."""
    limit_detail: str = ""
    """That reason, in words."""
    cable_in: bool | None = None
    """A cable that may carry current is in the socket, with or without a car; None: no socket, or nobody reads it."""


@frozen(kw_only=True)
class BoardReport:
    """What a pilot board says of itself beside its levels, for people.

    `waits_for`: what stands between now and a closing of the contactor, in the board's own word; "" where it is silent.
    """

    model: str
    """The kind of board and its revision."""
    firmware_version: str
    waits_for: str
    high_v: float
    low_v: float | None
    offered_a: float
    live_phases: tuple[str, ...] = ()
    """Of the load side, "L1" to "L3"."""
    lock: str = "none"
    """"none", "unlocked", "locked", "moving" or "fault"."""
    cable_a: float | None = None
    """What the plugged cable bears; None without a socket or a cable."""
    limit_a: float | None = None
    """The most that the board lets be offered now, for whatever reason of its own."""
    testing: bool = False
    """A test with power runs."""
    shows_f: bool = False
    """State F is driven; what was believed of the car before is held meanwhile."""
    capabilities: tuple[str, ...] = ()


@frozen(kw_only=True)
class DeviceFault:
    """A condition the device itself reports, by the id of the fault catalogue."""

    id: str
    evidence: tuple[tuple[str, str | int | float | bool], ...] = ()


class Contactor(Driver, Protocol):
    """What carries the power of one connector. It is only permitted to: whether and when to close is for the board."""

    async def permit(self, permitted: bool, plug: PlugIdentity | None = None) -> None:
        """`plug` is the one it was decided for. A device that knows another one in its socket raises DriverRejected."""
        ...

    def states(self) -> AsyncIterator[ContactorState]: ...


@runtime_checkable
class Switch(Driver, Protocol):
    """A driver of a contactor may be this instead: a plain switch, which knows no car and does what it is told.

    What makes a contactor of it stands in agent/drivers/power_path/: no such switch is closed without a pilot in C.
    """

    async def set_closed(self, closed: bool) -> None:
        """Open at once, or closed as soon as the times of the switch allow. Kept until the next word.

        Closing needs a device that can be reached, and is forgotten once it cannot; opening always counts.
        """
        ...

    def states(self) -> AsyncIterator[ContactorState]:
        """Levels, by a feedback contact where there is one. DriverUnavailable while the device cannot be reached."""
        ...

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """What the contacts do that they were not told, all of it, each time that set changes."""
        ...


@runtime_checkable
class AssembledContactor(Contactor, Protocol):
    """A contactor may be one of these too: it consists of parts that this program keeps together."""

    async def run(self) -> None:
        """Keep them together, for ever: while nobody does, it stays open."""
        ...

    async def hold_open(self, held_open: bool) -> None:
        """Open now, closed for nobody until it is taken back (`ControlPilot.stand`, for what a pilot cannot open).

        What was permitted is over then and stays so; a permission meanwhile is refused (DriverRejected). To take it
        back gives power to nobody: that needs a new permission.
        """
        ...

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """Of the parts, all of them, each time that set changes. A part that cannot be reached is one."""
        ...


class ControlPilot(Driver, Protocol):
    async def offer(self, current_a: float) -> None:
        """0 (x1) or 6…80 A; anything else is our own mistake (ValueError)."""
        ...

    async def stand(self, *, operative: bool, held_open: bool) -> None:
        """Levels, also for a device that comes back. `held_open`: open now, closed for nobody until it is taken back.

        Not `operative`: nobody can charge here, which an empty outlet shows as state F where it can.
        """
        ...

    def states(self) -> AsyncIterator[PilotReading]:
        """Levels. Raises DriverUnavailable out of the iteration when the device is silent; iterate again to wait."""
        ...

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """All conditions present now, each time that set changes."""
        ...


@runtime_checkable
class ReportingBoard(Protocol):
    """A control pilot may be one of these too."""

    def report(self) -> BoardReport | None:
        """The latest report; None while the device does not answer."""
        ...


@runtime_checkable
class ServicedBoard(Protocol):
    """A control pilot may be one of these too."""

    def service(self) -> BoardService:
        """What a person with tools may ask of it."""
        ...


@runtime_checkable
class UnrestartedDevice(Protocol):
    """A control pilot may be one of these instead: nobody has its device start anew by order."""

    @property
    def no_restart(self) -> str:
        """Why not, and what there is instead, for a person."""
        ...


class Meter(Driver, Protocol):
    async def read(self) -> MeterSample: ...


@runtime_checkable
class IdentifiedMeter(Meter, Protocol):
    """A meter may be one of these too: it tells who it is, and is asked before anything it says is used."""

    def identity(self) -> MeterIdentity | None:
        """None until it has told, and after a silence until it has told again."""
        ...


@runtime_checkable
class SigningMeter(Meter, Protocol):
    """A meter may be one of these too: it signs its register. One call at a time, none of them while it is read.

    What it gives is its own text, unaltered. DriverRejected: it will not sign this. DriverUnavailable: not now.
    DriverImplausible: what it signed is not what it was asked for.
    """

    async def sign_begin(self, identification: Identification) -> SignedValue:
        """Its register now, as the begin of a charge. Something it had begun before is ended first, and lost."""
        ...

    async def sign_end(self, begun: SignedValue) -> SignedValue:
        """The end of what it began with `begun`, also where it lost its supply or ended it already, unheard."""
        ...

    def public_key(self) -> str:
        """DER in hexadecimal digits, as on its label; "" before it has told it."""
        ...


class Lock(Driver, Protocol):
    async def set_locked(self, locked: bool) -> bool:
        """Returns whether the plug is locked afterwards."""
        ...


@runtime_checkable
class ReportingLock(Lock, Protocol):
    """A lock may be one of these too, where nobody else would tell what is wrong with it."""

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """Of lock.*, all conditions present now, each time that set changes."""
        ...


class TokenReader(Driver, Protocol):
    def tokens(self) -> AsyncIterator[IdToken]: ...


class Indicator(Driver, Protocol):
    async def show(self, signal: Signal) -> None: ...


@runtime_checkable
class FeltLock(Protocol):
    """A lock may be one of these too: it has a feedback of its own, whatever a controller beside it knows."""

    def is_locked(self) -> bool | None:
        """None before its lines were read."""
        ...


class CutOff(Driver, Protocol):
    """A second switch in series with the contactor. It opens by itself once nobody holds it any more."""

    async def hold(self, held: bool) -> None:
        """Held it stays closed for as long as this program lives and is heard; not held it opens.

        Holding needs a device that can be reached, and ends where it cannot be reached any more; letting go counts.
        """
        ...

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """What it does that it was not told, each time that set changes. DriverUnavailable while it is out of reach."""
        ...


class Input(Driver, Protocol):
    """A wire that a person or a part of the cabinet pulls: an emergency stop, a door."""

    def states(self) -> AsyncIterator[bool]:
        """Levels: True while it says what it means (pressed, open). A broken wire says so too, where the wiring can."""
        ...


@frozen(kw_only=True)
class TemperatureSample:
    celsius: float
    at: Instant


class TemperatureSensor(Driver, Protocol):
    async def read(self) -> TemperatureSample:
        """A value that is none (power-on value, broken sensor) is DriverImplausible, never a number."""
        ...
