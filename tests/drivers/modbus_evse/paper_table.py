"""A conversation with a device on paper, and a clock: who says what, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.identity import PlugIdentity
from agent.drivers.modbus_evse.controller import Controller
from agent.drivers.modbus_evse.conversation import Conversation
from tests.drivers.modbus_evse.on_paper import CONTROLLERS, PaperDevice, told

TICK_S = 0.1
EXCHANGE_S = 0.05
SETTLES_S = 3.0
"""All that was written and is due again, and reading all of it."""
VEHICLE = {
    "simple-evse": ((3, 1002), 1, 2),
    "phoenix-serial": ((3, 24000), 0x4131, 0x4231),
    "phoenix-ethernet": ((4, 100), 0x41, 0x42),
    "wallbe": ((4, 100), 0x41, 0x42),
    "bender": ((3, 122), 1, 2),
}
"""Where it says whether a car is there, and what for no car and for one in B."""
FOR_GOOD = {
    "simple-evse": {2000: 32},
    "phoenix-serial": {4000: 1},
    "phoenix-ethernet": {},
    "wallbe": {},
    "bender": {131: 6, 132: 60},
}
"""What outlives a loss of power, as delivered."""


class Table:
    """A conversation, a device on paper, and a clock."""

    def __init__(self, kind: str) -> None:
        self.controller: Controller
        self.controller, delivered = CONTROLLERS[kind]
        self.kind = kind
        self.device = PaperDevice(delivered | {(3, at): value for at, value in FOR_GOOD[kind].items()})
        self.now = 0.0
        self.names = 0
        self.is_deaf = self.is_mute = False
        self.talk = Conversation(self.controller, self._fresh_id)
        self.car = 0
        """Which one is plugged in, 0 for none."""
        self.cars = 0

    def _fresh_id(self) -> str:
        self.names += 1
        return f"watch{self.names}"

    @property
    def plug(self) -> PlugIdentity | None:
        return None if self.talk.report is None else self.talk.report.watch.plug

    @property
    def gives_power(self) -> bool:
        return told(self.controller, self.device.registers).may_give_power

    @property
    def set_a(self) -> float:
        """What it is set to while it may give power, as it would tell a car."""
        key, _, connected = VEHICLE[self.kind]
        with_car = self.device.registers | {key: connected}
        if self.kind == "simple-evse":
            with_car |= {(3, 1006): 2}
        if self.kind == "phoenix-serial":
            with_car |= {key: 0x4232}
        return told(self.controller, with_car).offered_a if self.gives_power else 0.0

    def writes_to(self, address: int) -> list[int]:
        return [write.values[0] for write in self.device.writes if write.address == address]

    def wish(self, current_a: float, *, permit: bool = True) -> None:
        self.talk.ask_for(replace(self.talk.wish, permit=permit, offer_a=current_a))

    def plugs(self, is_in: bool) -> None:
        key, out, in_ = VEHICLE[self.kind]
        self.device.registers[key] = in_ if is_in else out
        if is_in:
            self.cars += 1
        self.car = self.cars if is_in else 0

    def exchange(self) -> bool:
        ask = self.talk.next_ask(self.now)
        if ask is None:
            return False
        self.now += EXCHANGE_S
        if self.is_deaf:
            self.talk.unanswered(ask, "no answer; check the line", self.now)
            return True
        values = self.device.answer(ask)
        if self.is_mute:
            self.talk.unanswered(ask, "no answer; check the line", self.now)
        elif values is None:
            self.talk.refused(ask, "exception 2 (address not known)", self.now, is_permanent=True)
        else:
            self.talk.answered(ask, values, self.now)
        return True

    def passes(self, seconds: float) -> None:
        """Time, with whatever is due in it."""
        until = self.now + seconds
        while self.now < until:
            if not self.exchange():
                self.now += TICK_S

    def charges(self, current_a: float = 16.0) -> None:
        self.passes(SETTLES_S)
        self.plugs(True)
        self.passes(SETTLES_S)
        self.wish(current_a)
        self.passes(SETTLES_S)
        assert self.set_a == pytest.approx(current_a, abs=1)
