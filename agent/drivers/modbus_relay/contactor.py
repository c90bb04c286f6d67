"""A relay of a board on Modbus as the contactor: `driver = "modbus_relay"` under `contactor`, for the laboratory.

    [connector.contactor]
    driver = "modbus_relay"
    bus = "relays"
    channel = 1
    feedback = "normally_closed"       # the mirror contact of the contactor; "normally_open", or "none"
    feedback_input = 2                 # of the same board

A plain `Switch`: when it closes is decided by agent/core/switching.py from the control pilot of its connector. The
feedback must follow within `feedback_within_ms` of the confirmed order, else it is `contactor.no_close` or
`contactor.welded`; a change that nobody ordered is `contactor.opened_alone` or `contactor.mismatch`. Without a contact
the state is UNKNOWN, whatever was ordered and whatever the board remembers.

Protects: nothing. An agent that is killed leaves the relay as it is, for ever.
Missing: everything that must open on failure, as of the bus. Without feedback nobody can tell a charge from a car that
  waits, nor a weld. An opening waits for the exchange under way on the line, where IEC 61851-1 wants 100 ms.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Annotated, TypeVar, assert_never

from agent.core.control_pilot import ContactorState, WithoutAgent
from agent.drivers.interfaces import CLOSES_WITHIN_S, Bus, DeviceFault
from agent.drivers.modbus_relay.link import RelayBoardLink
from agent.drivers.modbus_relay.looks import Looked
from agent.drivers.power_path.contacts import Contacts, ContactTimes, Feedback, Misfit
from agent.errors import DriverError, DriverUnavailable
from agent.tables import Within
from agent.values import frozen

log = logging.getLogger(__name__)

BUS_KINDS = ("modbus_relay",)
BUS_PARTS = {"channel": "channel", "feedback_input": "input"}
OPENS_WITHIN_S = 0.9 * CLOSES_WITHIN_S

Told = TypeVar("Told")


@frozen(kw_only=True)
class Options:
    """Channel and input are numbered from 1, as the terminals are. `feedback` has no default: none is a decision."""

    bus: str
    channel: Annotated[int, Within(1, 32)]
    feedback: Feedback
    feedback_input: Annotated[int, Within(1, 32)] | None = None
    feedback_within_ms: Annotated[int, Within(250, 1000, "ms", "looks over Modbus are 100 ms apart")] = 500
    shortest_off_s: Annotated[float, Within(0, 60, "s", "coil and car need a rest between two closings")] = 5.0

    def __post_init__(self) -> None:
        if (self.feedback_input is None) != (self.feedback is Feedback.NONE):
            raise ValueError('feedback_input: goes with feedback; name the input, or write feedback = "none"')


class RelaySwitch:
    """A `Switch`. Who follows its states or its faults looks at the board, and carries out what its times ask for."""

    def __init__(self, name: str, link: RelayBoardLink, options: Options) -> None:
        self.name = f"{name}, channel {options.channel}"
        self._link = link
        self._options = options
        times = ContactTimes(feedback_within_s=options.feedback_within_ms / 1000, shortest_off_s=options.shortest_off_s)
        self._contacts = Contacts(times, has_feedback=options.feedback is not Feedback.NONE)
        self._seen: Looked | None = None
        self._is_ordered = False
        """Closed, by an order that was confirmed."""
        self._may_be_closed = False
        """By an order of this life, and none to open was confirmed since."""
        self._trouble: DeviceFault | None = None
        """What the board did to an order, beside what the contacts tell."""
        self._clock = _StandingClock()

    async def open(self) -> None:
        """Whoever follows the states keeps looking."""

    async def aclose(self) -> None:
        """Open, also a board that does not answer; it may hear."""
        self._contacts.want(False, self._clock.now())
        was_closed, self._may_be_closed = self._may_be_closed, False
        if not was_closed:
            return
        try:
            async with asyncio.timeout(OPENS_WITHIN_S):
                await self._link.open_blindly(self._options.channel)
        except TimeoutError:
            log.warning("relay was not told to open in time", extra={"driver": self.name})

    async def set_closed(self, closed: bool) -> None:
        """Closing returns once the board remembers it, or while it has to wait for `shortest_off_s`.

        Opening raises DriverRejected alone, where the board says no: one that does not answer is told again by whoever
        follows, for as long as it says closed, or nothing.
        """
        if closed:
            self._link.require(self.name)
        self._trouble = None
        self._contacts.want(closed, self._clock.now())
        if closed:
            await self._order()
        elif self._link.is_seen and not self._link.saw_open(self._options.channel):
            await self._order_opening()

    async def states(self) -> AsyncIterator[ContactorState]:
        """Levels, by the feedback contact; UNKNOWN without one."""
        async for state in self._follow(self._state):
            yield state

    async def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """What the contact does that it was not told, and orders that the board did not keep."""
        async for faults in self._follow(self._faults):
            yield faults

    async def _follow(self, part: Callable[[], Told]) -> AsyncIterator[Told]:
        told: list[Told] = []
        try:
            async for looked in self._link.looks(self.name):
                self._take(looked)
                if self._contacts.driven != self._is_ordered and not self._clock.is_standing:
                    with suppress(DriverError):  # the next look says what became of it
                        await self._order()
                if self._contacts.due_at is not None:
                    self._link.look_soon()
                if [part()] != told:
                    told = [part()]
                    yield told[0]
        except DriverError:
            self._seen, self._is_ordered = None, False
            raise

    # --- what is seen

    def _take(self, looked: Looked) -> None:
        """One look; the second of two followers sees nothing new in it."""
        before, self._seen = self._seen, looked
        if looked == before:
            return
        felt, now = self._felt(looked), self._clock.now()
        if before is None or looked.meeting != before.meeting:
            # Whatever was wanted of it before a silence is over.
            self._is_ordered = False
            self._contacts.begin(felt, now)
        elif self._is_ordered and self._options.channel not in looked.wanted:
            self._is_ordered = False
            self._contacts.want(False, now)
            self._trouble = self._fault(Misfit.OPENED_ALONE, "the relay fell open; check the supply of the relay board")
        if felt is None:
            self._contacts.tick(now)
        else:
            self._contacts.feel(felt, now)

    def _felt(self, looked: Looked) -> bool | None:
        """Whether the contact says that the contactor is closed."""
        is_fed = self._options.feedback_input in looked.fed
        match self._options.feedback:
            case Feedback.NONE:
                return None
            case Feedback.NORMALLY_CLOSED:
                return not is_fed
            case Feedback.NORMALLY_OPEN:
                return is_fed
            case _:
                assert_never(self._options.feedback)

    def _state(self) -> ContactorState:
        return self._contacts.state

    def _faults(self) -> tuple[DeviceFault, ...]:
        misfit = self._contacts.misfit
        if misfit is None:
            return () if self._trouble is None else (self._trouble,)
        contact = f"the contact at input {self._options.feedback_input}"
        what = f"{contact} did not do as the relay; check coil, contacts, wires and that the channel is this one"
        return (self._fault(misfit, what),)

    def _fault(self, misfit: Misfit, detail: str) -> DeviceFault:
        return DeviceFault(id=misfit.value, evidence=(("device", self.name), ("detail", detail)))

    # --- what is ordered

    async def _order_opening(self) -> None:
        try:
            await self._order()
        except DriverUnavailable as error:
            log.warning("relay did not say that it opened", extra={"driver": self.name, "reason": error.what})

    async def _order(self) -> None:
        """Have the relay do as the contacts are to be driven, when its turn comes."""
        self._may_be_closed = self._may_be_closed or self._contacts.driven
        try:
            with self._clock.stands():
                self._is_ordered = self._may_be_closed = await self._link.order(
                    self._options.channel, self.name, lambda: self._contacts.driven
                )
        except BaseException as error:
            if self._contacts.driven and isinstance(error, DriverError):
                self._trouble = self._fault(Misfit.NO_CLOSE, error.what)
            # Whatever ended it: nothing closes later that was not ordered anew.
            self._is_ordered = False
            self._contacts.want(False, self._clock.now())
            raise


class _StandingClock:
    """The loop's, but it stands while an order is under way: the contact's time begins when the board has the order."""

    def __init__(self) -> None:
        self._stood_s = 0.0
        self._orders = 0
        self._stands_since = 0.0

    @property
    def is_standing(self) -> bool:
        return self._orders > 0

    def now(self) -> float:
        loop_s = self._stands_since if self._orders else asyncio.get_running_loop().time()
        return loop_s - self._stood_s

    @contextmanager
    def stands(self) -> Iterator[None]:
        """Orders may overlap: the second waits for the first."""
        loop = asyncio.get_running_loop()
        if not self._orders:
            self._stands_since = loop.time()
        self._orders += 1
        try:
            yield
        finally:
            self._orders -= 1
            if not self._orders:
                self._stood_s += loop.time() - self._stands_since


def without_agent(bus_options: Mapping[str, object]) -> WithoutAgent:
    """Linux alone switches it, and the board keeps it closed when Linux is dead."""
    return WithoutAgent.BARE


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> RelaySwitch:
    """One relay of the board `options.bus`. Raises ConfigError where channel or input is another's, or is not there."""
    link = buses[options.bus]
    assert isinstance(link, RelayBoardLink)
    switch = RelaySwitch(name, link, options)
    link.use_relay(options.channel, switch.name)
    if options.feedback_input is not None:
        link.use_input(options.feedback_input, switch.name)
    return switch
