"""What one kind of EVSE controller is to this room: what is read of it, what that means, and what is written. Pure.

A new one is one file in controllers/: `create(terms)` that makes a `Controller`, and `without_agent(terms)`. Nothing in
there waits, remembers, or talks: which write is due follows from the registers that were read last and from what is
aimed at, so an order that got lost is given again by itself, and so is one that the device forgot.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from typing import Protocol

from agent.core.control_pilot import MIN_OFFER_A, ContactorState, PilotState
from agent.drivers.interfaces import DeviceFault
from agent.drivers.modbus.block import Block, Write
from agent.values import frozen

CONFIG_MISMATCH = "mcu.config_mismatch"
STEPS_PER_A = 100
"""What is aimed at is kept this finely; each controller rounds down to its own steps."""
ONCE = math.inf
"""As `every_s`: read when the device is met, and not again."""


@frozen(kw_only=True)
class Terms:
    """What the board file says. `set_up`: the agent may change settings that the device keeps over a loss of power.

    Where the device has a time-out of its own, it falls to `safe_current_a` after `timeout_s` without a word.
    """

    set_up: bool = False
    timeout_s: int = 10
    safe_current_a: int = 0


@frozen(kw_only=True)
class Poll:
    """Registers that are read, every `every_s`. `blocks` are tried in turn: one that is refused is never asked again.

    `needed`: a device that refuses all of them is another one. Others it may lack.
    """

    blocks: tuple[Block, ...]
    every_s: float
    needed: bool = True


@frozen
class Said:
    """Registers and coils as they were last read, by function and address."""

    values: Mapping[tuple[int, int], int]
    most: Mapping[tuple[int, int], int]
    """The largest value that was read of each since the device was met."""

    def at(self, function: int, address: int) -> int:
        """Of a poll that is needed. KeyError is our own mistake."""
        return self.values[function, address]

    def get(self, function: int, address: int) -> int | None:
        """None where the device lacks it."""
        return self.values.get((function, address))

    def either(self, functions: tuple[int, ...], address: int) -> int | None:
        """From whichever table the device has it in."""
        return next((value for one in functions if (value := self.get(one, address)) is not None), None)


class NoSense(ValueError):
    """Registers that cannot be what they should; the text says which. Once it may be a moment, for long it is no such
    controller.
    """


@frozen(kw_only=True)
class Told:
    """What the registers mean now.

    `offered_a`: what the pilot encodes now, as far as the device tells. `may_give_power`: as it is set, a car that asks
    gets power. `unfit`: why it must not be used, for a person; it is left without power then.
    """

    state: PilotState
    is_connected: bool | None
    offered_a: float
    may_give_power: bool
    contactor: ContactorState
    elapsed_s: int | None = None
    """Of this car, by a clock of the device that begins at 0 with each."""
    faults: tuple[DeviceFault, ...] = ()
    limit_a: float | None = None
    limit_detail: str = ""
    firmware: str = ""
    unfit: str = ""


@frozen(kw_only=True)
class Aim:
    """What is to be offered, in amperes: 0 or at least 6. `held_open`: the contactor opens now."""

    current_a: float = 0.0
    held_open: bool = False


class OrderKind(Enum):
    """What an order is for, which says how soon it may be given again."""

    REST = "rest"
    """No offer, or open."""
    LOWER = "lower"
    RAISE = "raise"
    """Also what is only prepared, while nothing is offered."""
    ENABLE = "enable"
    """From no offer to one; too often it wears the relay and locks cars out (evse-controllers.md section 13)."""
    PROVE = "prove"
    """To see whether the device keeps it, once after it was met; one that does not is unfit."""
    SET_UP = "set_up"
    """A setting that it keeps over a loss of power: once in the life of the program, and only with consent."""


@frozen
class Order:
    kind: OrderKind
    write: Write


class Controller(Protocol):
    """One kind of controller under the terms of one board."""

    name: str
    """What messages call it."""
    pause_s: float
    """The silence it needs in front of a request."""
    answer_timeout_s: float
    polls: tuple[Poll, ...]
    """The first one is how it is found again after a silence."""
    rest: Write
    """Ends the offer, whatever else is set: for a device that is not heard any more, and may hear us."""

    def told(self, said: Said) -> Told:
        """Raises NoSense."""
        ...

    def order(self, said: Said, aim: Aim) -> Order | None:
        """The next step towards `aim`; None where it is reached. Asked only while `told` does not raise."""
        ...


def steps(current_a: float, per_a: int, least_a: float, most_a: float) -> int:
    """What to write for `current_a`, rounded down; 0 where nothing is to be offered, or less than can be."""
    # The small addition undoes binary residue, as in offer_steps.
    whole = math.floor(min(current_a, most_a) * per_a + 1e-6)
    return whole if whole >= max(MIN_OFFER_A, least_a) * per_a else 0


def closed_if(closed: bool) -> ContactorState:
    """Of a relay whose contacts nobody looks at."""
    return ContactorState.CLOSED if closed else ContactorState.OPEN


def must_be_set_up(register: int, value: int, wanted: str) -> DeviceFault:
    """A setting that is not as it must be, where the board file gives no leave to change it (field-problems.md C2)."""
    advice = f"register {register} must be {wanted}; set it with the maker's tool, or write set_up = true"
    return DeviceFault(id=CONFIG_MISMATCH, evidence=(("register", register), ("value", value), ("detail", advice)))
