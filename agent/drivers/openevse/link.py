"""The serial line to one OpenEVSE, over RAPI: `[bus.NAME] kind = "openevse"`. It alone owns the port.

Protects: pilot with diode check, residual current with a self-test before each closing, earth, stuck and open relay,
over-temperature, ventilation refused, and in some builds over-current, all by the controller. The agent never switches
one of these off, and reads what they found as faults.

Missing: the following, so that its boards are `lab_only` unless something independent of the agent opens the circuit.

- A dead agent, or a line that is cut, is no open relay: after `heartbeat_s` the controller offers 6 A and goes on with
  that, to this car and the next. It has no lease; its fallback cannot be 0 (orders.py).
- It begins to serve anybody by itself after a start of its own, at the current in its memory, until the agent has put
  it to sleep: some milliseconds where the line works, for ever where it does not.
- It is not started anew by order, though RAPI has one (`$FR`): see the line before. It would take a car that comes
  just then, and where the line fails meanwhile nobody puts it to sleep.
- Its relay is told as it was driven; no mirror contact. A weld is seen by its sense of the load side, and only while it
  is awake: after each charge it is woken for a moment to look (orders.py).
- From C to B it waits 250 ms with the opening, where IEC 61851-1 Annex A (8.1, 8.2) wants 100 ms. From C to A: 25 ms.
- No phase, voltage or frequency check, no lock by the agent, no cable rating beyond the limit in PilotReading.limit_a.

Wiring: the controller's serial pins (FTDI header) to a 3.3 V or 5 V adapter, whichever the board's version has, crossed
RX to TX; 115200 baud, 8N1. The ESP32 gateway of the maker must be off that port: two masters take each other's answers.

Quirks:

- A contactor that does not close is told as lost earth by older boards, whose signals are the same; look at both.
- Early cars were seen to be told as "diode check failed" with the cable untouched.
- Asleep or disabled it does not say in its state whether a car is plugged in; its flags do, and those are read.
- It takes whole amperes only.
- The set current is volatile on purpose: the other form writes the EEPROM, which wears out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from agent.drivers.device_level import Absence, DeviceLevel, DeviceState, KnownDevice, present
from agent.drivers.openevse.conversation import SILENT_AFTER_S, Conversation
from agent.drivers.openevse.levels import state_of
from agent.drivers.openevse.rapi import Answer, Foreign, Notice
from agent.drivers.serial_device import LineSettings, PortName, SerialDevice
from agent.drivers.wire import ReopenPace, WireLost
from agent.drivers.wish import Claims, Wish
from agent.ids import Ids
from agent.tables import Within
from agent.values import frozen

log = logging.getLogger(__name__)

REOPEN_SILENT_AFTER_S = 10.0
"""A port without a conversation for so long is closed and opened: some adapters hang until then."""
SLEEPS_WITHIN_S = 0.7
"""How long an ordered end waits for the controller to say that it gives no power: one lost answer at most."""
ID_DIGITS = 8
NO_RESTART = (
    "an OpenEVSE is not started anew by order: after its start it serves whoever is plugged in until the agent has put "
    "it to sleep; have its supply switched off and on where somebody sees that nobody is plugged in"
)


@frozen(kw_only=True)
class Options:
    """Where the controller is. After `heartbeat_s` without a word of the agent it offers 6 A.

    Two seconds more than the agent needs to notice a silence, so that it is the agent's withdrawal that counts. Above
    65 s the controllers with an AVR count wrongly: seconds times 1000 do not fit into their 16 bits.
    """

    port: PortName
    baud: Annotated[int, Within(9600, 1_000_000, "baud")] = 115_200
    heartbeat_s: Annotated[int, Within(4, 60, "s")] = 5


class OpenEvseLink:
    """A `Bus`. `level` is what is known of the controller; the drivers change `wish`, each its own part."""

    no_restart = NO_RESTART

    def __init__(self, name: str, options: Options, ids: Ids | None = None) -> None:
        self.name = name
        self.level = KnownDevice(None)
        self.is_in_service = False
        self._port = options.port
        self._device = SerialDevice(LineSettings(port=options.port, baud=options.baud), self._received, self._lose)
        self._ids = ids or Ids()
        self._talk = Conversation(self._send, options.heartbeat_s, self._fresh_id)
        self._pace = ReopenPace()
        self._port_failure: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._acted_at: float | None = None
        self._missed_told = 0
        self._heard = asyncio.Event()
        self._is_closed = True
        self.claims = Claims(name, "an OpenEVSE")

    async def open(self) -> None:
        """Start to look for the controller. A missing port is reported by the drivers, and tried again."""
        if self._is_closed:
            self._is_closed = False
            self._talk.wish = replace(self.wish, ends=False)
            self._open_port()
            self._settle()

    async def aclose(self) -> None:
        """Withdraw everything, wait a moment until the controller sleeps, let go of the port."""
        if self._is_closed:
            return
        self.ask_for(replace(self.wish, permit=False, offer_a=0, ends=True))
        try:
            async with asyncio.timeout(SLEEPS_WITHIN_S):
                while self._talk.speaks and not self._talk.is_withdrawn:
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            log.warning("controller did not confirm that it sleeps; it goes on with 6 A", extra={"bus": self.name})
        self._is_closed = True
        self._device.close()
        self._port_failure = "the link was closed"
        self._talk.end()
        self._settle()

    async def rests(self) -> None:
        """The port is its own: it is told at `aclose`, which waits for its answer."""

    def commission(self, commissioned: bool) -> None:
        """A `CommissionedBus`: the controller knows nothing of it, so the contactor's driver asks here."""
        self.is_in_service = commissioned

    def trouble(self) -> str:
        """`Troubled`: why nothing is known of it."""
        level = self.level.value
        return level.why if isinstance(level, Absence) else ""

    def statistics(self) -> Mapping[str, Mapping[str, float]]:
        """Of the one device "controller"."""
        return {"controller": self._talk.counters.as_mapping()}

    def acted_at(self) -> float | None:
        """An `ActingBus`: it speaks at least every 5 s, also to nobody, and tries a port as often."""
        return None if self._is_closed else self._acted_at

    @property
    def wish(self) -> Wish:
        """What was asked last."""
        return self._talk.wish

    def ask_for(self, wish: Wish) -> None:
        """Wish this from now on, told at once where somebody hears. Also kept while there is none: withdrawals are."""
        self._talk.ask_for(wish, self._now())
        self._settle()

    def require_device(self, driver: str) -> DeviceState:
        """What the controller said last; raises DriverUnavailable or DriverRejected where none would hear."""
        state = present(self.level.value, driver)
        if state is None:
            raise Absence(why=f"the OpenEVSE on {self._port} was not heard yet; try again").error(driver)
        return state

    # --- the port

    def _open_port(self) -> None:
        self._acted_at = self._now()
        try:
            self._device.open()
        except WireLost as error:
            self._lose(str(error))
            return
        self._pace.succeeded()
        self._port_failure = None
        self._talk.begin(self._now())

    def _lose(self, why: str) -> None:
        """The port is gone: `why` is for a person."""
        self._pace.failed(why)
        self._port_failure = why
        self._talk.end()
        self._settle()

    def _send(self, line: bytes) -> None:
        self._acted_at = self._now()
        try:
            self._device.write(line)
        except WireLost as error:
            self._lose(str(error))

    def _received(self, received: bytes) -> None:
        self._talk.hear(received, self._now())
        self._heard.set()
        self._settle()

    def _on_timer(self) -> None:
        self._timer = None
        now = self._now()
        if not self._device.is_open:
            self._open_port()
        elif self._talk.is_silent and now - self._talk.believed_at >= REOPEN_SILENT_AFTER_S:
            self._device.close()
            self._open_port()
        else:
            self._talk.tick(now)
        self._settle()

    def _settle(self) -> None:
        """After whatever happened: tell the level, and set the alarm for what is due next."""
        self._publish()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._is_closed:
            return
        due_at = self._talk.due_at if self._device.is_open else self._pace.due_at
        if due_at is not None:
            self._timer = asyncio.get_running_loop().call_at(due_at, self._on_timer)

    # --- what is known

    def _publish(self) -> None:
        before = self.level.value
        level = self._level(before)
        self.level.set(level)
        if isinstance(level, Absence) and not self._is_closed and not isinstance(before, Absence):
            log.warning("controller is lost", extra={"bus": self.name, "reason": level.why})
        elif isinstance(level, DeviceState) and not isinstance(before, DeviceState):
            report = self._talk.report
            log.info("controller answers", extra={"bus": self.name, "firmware": report.firmware if report else ""})
        if (missed := self._talk.counters.missed_heartbeats) != self._missed_told:
            self._missed_told = missed
            log.warning("controller had lowered its current by itself", extra={"bus": self.name, "times": missed})

    def _level(self, before: DeviceLevel) -> DeviceLevel:
        talk = self._talk
        if talk.unfit:
            return Absence(why=talk.unfit, unfit=True)
        if self._port_failure is not None:
            return Absence(why=self._port_failure)
        if talk.is_silent:
            return Absence(why=self._silence())
        return before if talk.report is None else state_of(talk.report)

    def _silence(self) -> str:
        heard = self._talk.heard
        if Answer in heard or (not heard and not self._talk.hears_garbage):
            return f"no answer from the OpenEVSE on {self._port} for {SILENT_AFTER_S:g} s; check its power and cable"
        if Notice in heard:
            return f"the OpenEVSE on {self._port} talks and does not hear the agent; check the wire towards it"
        if Foreign in heard:
            return f"{self._port} gives back what is sent and nothing else; check that RX and TX are not joined"
        return f"what arrives on {self._port} is not RAPI; check that the port is the OpenEVSE's, and its baud rate"

    def _fresh_id(self) -> str:
        return self._ids.message_id()[:ID_DIGITS]

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def create(name: str, options: Options) -> OpenEvseLink:
    """A link of its own port, not yet open."""
    return OpenEvseLink(name, options)
