"""A contactor whose coil hangs on a GPIO line: `driver = "gpio_relay"` under `contactor`. For the laboratory only.

    [connector.contactor]
    driver = "gpio_relay"
    bus = "gpio"
    line = "RELAY_1"
    feedback = "normally_closed"       # the mirror contact of the contactor; "normally_open", or "none"
    feedback_line = "MIRROR_1"

A plain `Switch`: when it closes is decided by agent/core/switching.py from the control pilot of its connector. With
`second_line` two relays are set in one step. The feedback must follow within `feedback_within_ms`, else it is
`contactor.no_close` (the coil gets no more current until the next permission) or `contactor.welded`; a change that
nobody ordered is `contactor.opened_alone` or `contactor.mismatch`. Between two closings it rests for `shortest_off_s`;
an opening never waits.

Protects: nothing. An agent that is killed or hangs leaves the line as it is, on many chips for ever.
Missing: everything that must open on failure: residual current, earth, welded contacts that are found before somebody
  touches the plug, 100 ms from C to B where the pilot's device takes longer to tell. Without a feedback contact the
  state is UNKNOWN: nobody can tell a charge from a car that waits, nor a weld.
Wiring: line to a driver stage with its own resistor to "off", coil with a suppressor; feedback contact from
  `feedback_line` to ground (or `feedback_closes_to = "supply"`), pulled by the chip unless `feedback_own_resistor`.
Quirks: - A mirror contact rests closed (IEC 60947-4-1, Annex F): a broken wire of it reads as a welded contactor.
  - Some chips pull a line to "on" from power-on until something asks for it: see the relay at rest during a start.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Annotated

from agent.core.control_pilot import ContactorState, WithoutAgent
from agent.drivers.buses.gpio import GpioBus
from agent.drivers.gpio.contact import ClosesTo, contact_line
from agent.drivers.gpio.lines import Absent, Edge, LineName, LinesLevel, OutputLine
from agent.drivers.gpio.requests import Inputs
from agent.drivers.interfaces import Bus, DeviceFault
from agent.drivers.level import Level, changes
from agent.drivers.power_path.contacts import ContactKind, Contacts, ContactTimes, Feedback
from agent.errors import DriverUnavailable
from agent.tables import Within
from agent.values import frozen

BUS_KINDS = ("gpio",)
FEEDBACK_DEBOUNCE_S = 0.01
"""Contacts bounce for some milliseconds (relays-and-inputs.md section 2.2)."""


@frozen(kw_only=True)
class Options:
    """`feedback` has no default: that there is none is a decision. `active_low`: the coil has current while low."""

    bus: str
    line: LineName
    feedback: Feedback
    second_line: LineName | None = None
    active_low: bool = False
    feedback_line: LineName | None = None
    feedback_closes_to: ClosesTo = ClosesTo.GROUND
    feedback_own_resistor: bool = False
    feedback_within_ms: Annotated[int, Within(20, 1000, "ms")] = 250
    shortest_off_s: Annotated[float, Within(0, 60, "s", "coil and car need a rest between two closings")] = 5.0

    def __post_init__(self) -> None:
        if (self.feedback_line is None) != (self.feedback is Feedback.NONE):
            raise ValueError('feedback_line: goes with feedback; name the line, or write feedback = "none"')


@frozen(kw_only=True)
class _Told:
    """What is known of the switch. `absent` while its lines cannot be used; no `state` before the bus is open."""

    state: ContactorState | None = None
    faults: tuple[DeviceFault, ...] = ()
    absent: Absent | None = None


class GpioRelay:
    """A `Switch`."""

    def __init__(self, name: str, bus: GpioBus, options: Options) -> None:
        self.name = name
        lines = [options.line] if options.second_line is None else [options.line, options.second_line]
        coils = [OutputLine(line=line, active_low=options.active_low) for line in lines]
        self._coils = bus.outputs(name, coils, self._settle)
        self._contact = options.feedback_line
        self._feedback: Inputs | None = None
        if options.feedback_line is not None:
            contact = contact_line(
                options.feedback_line,
                ContactKind(options.feedback.value),
                options.feedback_closes_to,
                own_resistor=options.feedback_own_resistor,
                debounce_s=FEEDBACK_DEBOUNCE_S,
            )
            self._feedback = bus.inputs(name, [contact], self._feel, self._settle)
        times = ContactTimes(feedback_within_s=options.feedback_within_ms / 1000, shortest_off_s=options.shortest_off_s)
        self._contacts = Contacts(times, has_feedback=self._feedback is not None)
        self._told: Level[_Told] = Level(_Told())
        self._is_there = False
        self._timer: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """The bus asks for the lines."""

    async def aclose(self) -> None:
        """Open from now on."""
        await self.set_closed(False)

    async def set_closed(self, closed: bool) -> None:
        """Raises DriverUnavailable where a line cannot be used, and closing is forgotten then."""
        if closed:
            self._require()
        self._contacts.want(closed, self._now())
        self._settle()
        if closed:
            self._require()

    def states(self) -> AsyncIterator[ContactorState]:
        """Levels, by the feedback where there is one."""
        return changes(self._told, self._present, _state)

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """What the contact says against the coil."""
        return changes(self._told, self._present, lambda told: told.faults)

    # --- below

    def _require(self) -> None:
        self._coils.require()
        if self._feedback is not None:
            self._feedback.require()

    def _present(self, told: _Told) -> _Told | None:
        if told.absent is not None:
            raise told.absent.error(self.name)
        return None if told.state is None else told

    def _feel(self, edges: tuple[Edge, ...]) -> None:
        for edge in edges:
            self._contacts.feel(edge.active, self._now())
        self._settle()

    def _settle(self) -> None:
        """After whatever happened: begin or end with the lines, drive the coil, tell, and set the alarm."""
        self._look_at_lines()
        self._drive()
        self._tell()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_at = self._contacts.due_at
        if due_at is not None and self._is_there:
            self._timer = asyncio.get_running_loop().call_at(due_at, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._contacts.tick(self._now())
        self._settle()

    def _look_at_lines(self) -> None:
        was, self._is_there = self._is_there, all(isinstance(level, tuple) for level in self._levels())
        if self._is_there:
            felt = None if self._feedback is None else self._feedback.require()[0]
            if not was:
                self._contacts.begin(felt, self._now())
            elif felt is not None:
                self._contacts.feel(felt, self._now())
        elif was:
            # Without its feedback nobody would see it weld: then the coil has no current either.
            self._contacts.lose(self._now())

    def _absent(self) -> Absent | None:
        return next((level for level in self._levels() if isinstance(level, Absent)), None)

    def _levels(self) -> list[LinesLevel]:
        groups = [self._coils] if self._feedback is None else [self._coils, self._feedback]
        return [group.level.value for group in groups]

    def _drive(self) -> None:
        coils = self._coils.level.value
        if not isinstance(coils, tuple) or coils[0] == self._contacts.driven:
            return
        with suppress(DriverUnavailable):
            # Lost in this very moment: the group has told it already, and this has begun anew.
            self._coils.set(*[self._contacts.driven for _ in coils])

    def _tell(self) -> None:
        misfit, absent = self._contacts.misfit, self._absent()
        detail = f"the contact at {self._contact} did not do as the coil; check coil, contacts and wires"
        evidence = (("device", self.name), ("detail", detail))
        faults = () if misfit is None else (DeviceFault(id=misfit.value, evidence=evidence),)
        state = self._contacts.state if self._is_there else None
        self._told.set(_Told(state=state, faults=faults, absent=absent))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _state(told: _Told) -> ContactorState:
    assert told.state is not None
    return told.state


def without_agent(bus_options: Mapping[str, object]) -> WithoutAgent:
    """Linux alone switches."""
    return WithoutAgent.BARE


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> GpioRelay:
    """Raises ConfigError where a line has a user already."""
    bus = buses[options.bus]
    assert isinstance(bus, GpioBus)
    return GpioRelay(name, bus, options)
