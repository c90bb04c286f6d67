"""An EVSE controller that is polled over Modbus: `[bus.NAME] kind = "modbus_evse"`, `bus` names the line it is on.

    [bus.evse]
    kind = "modbus_evse"
    bus = "rs485"
    address = 1
    controller = "simple-evse"         # a file of controllers/, which says what the device does and what it does not
    set_up = true                      # leave to change what it keeps over a loss of power, once, where it must be

The controller decides by itself when its contactor closes; the agent permits and limits. It is the agent's alone: what
another program sets is set back. Left at rest it offers nothing; how it is when the agent is dead its file says.

Protects: pilot, diode check and contactor of the device itself, and whatever residual current, weld and heat checks its
make and wiring have; the file of the controller in controllers/ lists them. The agent never switches one off.

Missing: what the file of the controller says. For all of them:

- Most have no time-out: a dead agent or a cut line leaves the offer as it is, for this car and the next. Such boards
  name an independent cut-off, or are `lab_only`. One with a time-out is refused until that is proven by reading it.
- A state is told within 1 s on a line of its own, and later beside slow meters; what must be faster is the device's.
- After a silence nobody can say whether the car is still the same, so the charge ends. Where a clock of the device
  proves it (phoenix-serial), the charge goes on.
- No phase, voltage or frequency check, and no lock by the agent.
- No order to start anew: none is known of these makes.

Wiring: A and B of RS-485 to the line of the meter or to one of its own, 120 Ω at both ends, an address of its own; 9600
baud 8N1 as most are delivered. Over Ethernet a network that nobody else can reach: Modbus asks for no password.

Quirks:

- Another master on the line, an app or the device's own web page may set a current too; it is set back, and told where
  that has no effect.
- A device that forgot what it was told has started anew, or somebody pressed its button: either ends the charge.
- A device that is enabled is not enabled again within 10 s: relays wear and cars lock out.
- Over a noisy line a write may be repeated, up to three times; what must not be written often is written once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Annotated

from agent.drivers.device_level import Absence, DeviceLevel, DeviceState, KnownDevice, present
from agent.drivers.interfaces import Bus
from agent.drivers.modbus.line import Device, Line
from agent.drivers.modbus_evse.asking import exchange
from agent.drivers.modbus_evse.conversation import Conversation
from agent.drivers.modbus_evse.kinds import controller_of, has_time_out, known_controllers
from agent.drivers.modbus_evse.levels import state_of
from agent.drivers.wish import Claims, Wish
from agent.ids import Ids
from agent.tables import Among, Within
from agent.values import frozen

log = logging.getLogger(__name__)

BUS_KINDS = ("modbus_rtu", "modbus_tcp")
RESTS_WITHIN_S = 0.8
"""How long an ordered end waits for the device to say that it gives no power."""
ID_DIGITS = 8


@frozen(kw_only=True)
class Options:
    """Where the controller is and what it is. `set_up`: the agent may change settings that it keeps over a power loss.

    A device with a time-out falls to `safe_current_a` (0: nothing) after `timeout_s` without a word of the agent.
    """

    bus: str
    address: Annotated[int, Within(1, 255, because="its switches or its software set it; over TCP often 1 or 255")]
    controller: Annotated[str, Among(known_controllers, "controller")]
    set_up: bool = False
    timeout_s: Annotated[int, Within(4, 120, "s")] = 10
    safe_current_a: Annotated[int, Within(0, 32, "A")] = 0

    def __post_init__(self) -> None:
        if 0 < self.safe_current_a < 6:
            raise ValueError(f"safe_current_a: {self.safe_current_a} A cannot be offered; write 0, or 6 and more")
        has_terms = (self.timeout_s, self.safe_current_a) != (10, 0)
        if has_terms and not has_time_out(self.controller):
            raise ValueError(f"timeout_s: {self.controller} does nothing by itself; leave it and safe_current_a out")


class ModbusEvseLink:
    """A `RunningBus` on another bus. `level` is what is known; the drivers change `wish`, each its own part."""

    def __init__(self, name: str, line: Line, options: Options, ids: Ids | None = None) -> None:
        self.name = name
        self.level = KnownDevice(None)
        self.is_in_service = False
        controller = controller_of(
            options.controller,
            set_up=options.set_up,
            timeout_s=options.timeout_s,
            safe_current_a=options.safe_current_a,
        )
        self.claims = Claims(name, f"a {controller.name}")
        self.no_restart = (
            f"nothing is known to start a {controller.name} anew by order; have its supply switched off and on where "
            "somebody sees that nobody is plugged in"
        )
        self._line = line
        self._device = Device(
            unit=options.address, pause_s=controller.pause_s, answer_timeout_s=controller.answer_timeout_s
        )
        self._where = f"address {options.address} on {line.name}"
        self._ids = ids or Ids()
        self._talk = Conversation(controller, self._fresh_id)
        # One question at a time: what is due next follows from its answer.
        self._turn = asyncio.Lock()
        self._stirred = asyncio.Event()
        self._acted_at: float | None = None
        self._rests_at = float("inf")

    async def open(self) -> None:
        """The line is open; `run` looks for the controller."""
        self._acted_at = self._now()
        self._talk.wish = replace(self.wish, ends=False)

    async def run(self) -> None:
        """A `RunningBus`: ask and order what is due, for ever."""
        while True:
            if not await self._step():
                self._stirred.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(self._talk.due_at()):
                        await self._stirred.wait()

    async def rests(self) -> None:
        """Withdraw everything, and have the device told while its line is still there."""
        if self._acted_at is None:
            return
        if not self.wish.ends:
            self._rests_at = self._now() + RESTS_WITHIN_S
        self.ask_for(replace(self.wish, permit=False, offer_a=0, ends=True))
        try:
            async with asyncio.timeout_at(self._rests_at):
                while self._talk.may_give_power:
                    if not await self._step():
                        await asyncio.sleep(max(0.0, self._talk.due_at() - self._now()))
        except TimeoutError:
            log.warning("controller did not confirm that it rests", extra={"bus": self.name})

    async def aclose(self) -> None:
        """Its drivers have left it at rest; the line is somebody else's."""
        if self._acted_at is not None:
            self._acted_at = None
            self.level.set(Absence(why="the link was closed"))

    def commission(self, commissioned: bool) -> None:
        """A `CommissionedBus`: the controller knows nothing of it, so the contactor's driver asks here."""
        self.is_in_service = commissioned

    def trouble(self) -> str:
        """`Troubled`: why nothing is known of it."""
        level = self.level.value
        return level.why if isinstance(level, Absence) else ""

    def statistics(self) -> Mapping[str, Mapping[str, float]]:
        """Of the one device "controller"; its answer times are the line's."""
        return {"controller": self._talk.counters.as_mapping()}

    def acted_at(self) -> float | None:
        """An `ActingBus`: it asks at least every few seconds, whoever answers."""
        return self._acted_at

    @property
    def wish(self) -> Wish:
        """What was asked last."""
        return self._talk.wish

    def ask_for(self, wish: Wish) -> None:
        """Wish this from now on, told as soon as the line is free. Also kept while nobody hears: withdrawals are."""
        self._talk.ask_for(wish)
        self._stirred.set()

    def require_device(self, driver: str) -> DeviceState:
        """What the controller said last; raises DriverUnavailable or DriverRejected where none would hear."""
        state = present(self.level.value, driver)
        if state is None:
            raise Absence(why=f"{self._where} was not heard yet; check again in a moment").error(driver)
        return state

    # --- the line

    async def _step(self) -> bool:
        """One exchange, if one is due."""
        async with self._turn:
            ask = self._talk.next_ask(self._now())
            if ask is None:
                return False
            self._acted_at = self._now()
            await exchange(self._line, self._device, ask, self._talk)
            self._publish()
        return True

    # --- what is known

    def _publish(self) -> None:
        before = self.level.value
        level = self._level(before)
        self.level.set(level)
        if isinstance(level, Absence) and not isinstance(before, Absence):
            log.warning("controller is lost", extra={"bus": self.name, "reason": level.why})
        elif isinstance(level, DeviceState) and not isinstance(before, DeviceState):
            report = self._talk.report
            log.info("controller answers", extra={"bus": self.name, "firmware": report.told.firmware if report else ""})

    def _level(self, before: DeviceLevel) -> DeviceLevel:
        talk = self._talk
        if talk.unfit:
            return Absence(why=f"{self._where}: {talk.unfit}", unfit=True)
        if talk.silence is not None:
            return Absence(why=talk.silence)
        return before if talk.report is None else state_of(talk.report)

    def _fresh_id(self) -> str:
        return self._ids.message_id()[:ID_DIGITS]

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> ModbusEvseLink:
    """A controller on the line `options.bus`, not yet open."""
    line = buses[options.bus]
    assert isinstance(line, Line)
    return ModbusEvseLink(name, line, options)
