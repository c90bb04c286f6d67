"""Bender CC612/CC613 and the many boxes with it: `controller = "bender"`. Modbus TCP, register set "Ebee/Bender".

The device protects: it is a complete charge controller, with pilot and diode check, residual current monitor, its own
contactor with weld check, locking and over-temperature.

When the host is silent: after register 132 (seconds without a word) it lets no more than register 131 (amperes) be
drawn. Both are read, set once where the board file gives leave, and read back; a device on which they are not proven is
refused. With `safe_current_a = 0` a dead agent means no current then; whether the contactor opens as well is for the
commissioning test to see.

Who is in charge: the device speaks OCPP itself. Here the agent does, so the device's own backend must be off and its
charging free (no authorisation of its own): else it begins and ends transactions of which the agent knows nothing.
Allow "Modbus TCP Server", register address set "Ebee", "Bender" or "MENNEKES", not "Phoenix" or "TQ-DM100". The second
connector is another TCP port (503).

What is missing: it does not tell what it offers; told is the limit that was set. Its error words have no public list
here: a device that calls itself faulted is told as one fault with these words as evidence. It cannot be told to open
under load. No clock is read that would prove that the car of before a silence is the one after it: session registers
proved unreliable. 0xFFFF in a limit (133, 134, 1000) is none at all; in the states and in 131 and 132 it is no value
now, and waited out for two seconds.
Registers 730 to 741 are never read: some models (Mennekes 4You) drop the connection, as evcc found.

Facts: the maker's register list (Open Modbus Charge Control Interface).
"""

from __future__ import annotations

from agent.core.control_pilot import MAX_OFFER_A, MIN_OFFER_A, ContactorState, PilotState, WithoutAgent
from agent.drivers.device_level import FIRMWARE_MISMATCH
from agent.drivers.interfaces import DeviceFault
from agent.drivers.modbus.block import READ_HOLDING, WRITE_REGISTERS, Block, Write
from agent.drivers.modbus_evse.controller import ONCE, Aim, NoSense, Order, OrderKind, Poll, Said, Terms, Told, steps

FIRMWARE, OCPP_STATUS, ERRORS, VEHICLE = 100, 104, 105, 122
SAFE_CURRENT, TIME_OUT, OF_HARDWARE, OF_OPERATOR, RELAY, LIMIT = 131, 132, 133, 134, 140, 1000
STATES = {
    0: PilotState.UNKNOWN, 1: PilotState.A, 2: PilotState.B, 3: PilotState.C, 4: PilotState.D, 5: PilotState.E,
}  # fmt: skip
RELAYS = {0: ContactorState.OPEN, 1: ContactorState.CLOSED, 5: ContactorState.CLOSED}
NO_VALUE = 0xFFFF
FAULTED = 4
ERROR_WORDS = 8
LIMITED = "its hardware or its operator lets no more be drawn"


class Bender:
    """A `Controller`."""

    name = "Bender CC612"
    pause_s = 0.0
    answer_timeout_s = 0.5
    polls: tuple[Poll, ...] = (
        Poll(blocks=(Block(READ_HOLDING, VEHICLE, 1),), every_s=0.5),
        Poll(blocks=(Block(READ_HOLDING, RELAY, 1),), every_s=0.5),
        Poll(blocks=(Block(READ_HOLDING, LIMIT, 1),), every_s=1.0),
        Poll(blocks=(Block(READ_HOLDING, SAFE_CURRENT, 4),), every_s=2.0),
        Poll(blocks=(Block(READ_HOLDING, OCPP_STATUS, 1 + ERROR_WORDS),), every_s=1.0),
        Poll(blocks=(Block(READ_HOLDING, FIRMWARE, 2),), every_s=ONCE, needed=False),
    )
    rest = Write(WRITE_REGISTERS, LIMIT, (0,))

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def told(self, said: Said) -> Told:
        """What the registers mean."""
        vehicle, relay, limit = (_held(said, register) for register in (VEHICLE, RELAY, LIMIT))
        if vehicle not in STATES:
            raise NoSense(f"register {VEHICLE} says {vehicle}, and a vehicle is in state 1 to 5")
        if relay not in RELAYS:
            raise NoSense(f"register {RELAY} says {relay}, and a relay is 0, 1 or 5")
        if NO_VALUE in (_held(said, register) for register in self._guard):
            raise NoSense(f"registers {SAFE_CURRENT} and {TIME_OUT} say no value, and what a silence ends is not known")
        state = STATES[vehicle]
        return Told(
            state=state,
            is_connected=None if state in (PilotState.E, PilotState.UNKNOWN) else state.plugged,
            offered_a=_offered_a(said) if state.plugged else 0.0,
            may_give_power=limit != 0,
            contactor=RELAYS[relay],
            faults=_faults(said),
            limit_a=_limit_a(said),
            limit_detail=LIMITED,
            firmware=_text(said, FIRMWARE, 2),
            unfit="" if self._terms.set_up else self._unguarded(said),
        )

    def order(self, said: Said, aim: Aim) -> Order | None:
        """What becomes of a silence is settled before anything is offered."""
        is_set_to = _held(said, LIMIT)
        wanted = steps(aim.current_a, 1, MIN_OFFER_A, _limit_a(said))
        if wanted == 0 and is_set_to != 0:
            return Order(OrderKind.REST, self.rest)
        if self._terms.set_up and (register := self._wrong_guard(said)) is not None:
            return Order(OrderKind.SET_UP, Write(WRITE_REGISTERS, register, (self._guard[register],)))
        if wanted == is_set_to:
            return None
        kind = OrderKind.LOWER if wanted < is_set_to else OrderKind.RAISE
        return Order(
            OrderKind.ENABLE if is_set_to == 0 else kind,
            Write(WRITE_REGISTERS, LIMIT, (wanted,)),
        )

    @property
    def _guard(self) -> dict[int, int]:
        return {SAFE_CURRENT: self._terms.safe_current_a, TIME_OUT: self._terms.timeout_s}

    def _wrong_guard(self, said: Said) -> int | None:
        """The first of the two registers that is not as it must be."""
        return next((register for register, value in self._guard.items() if _held(said, register) != value), None)

    def _unguarded(self, said: Said) -> str:
        register = self._wrong_guard(said)
        if register is None:
            return ""
        return (
            f"does not fall to {self._terms.safe_current_a} A after {self._terms.timeout_s} s of silence (register "
            f"{register} is {_held(said, register)}, and must be {self._guard[register]}); set it in its web page, or "
            "write set_up = true"
        )


def _held(said: Said, register: int) -> int:
    return said.at(READ_HOLDING, register)


def _offered_a(said: Said) -> float:
    limit = _held(said, LIMIT)
    offered_a = min(float(limit), _limit_a(said))
    return offered_a if offered_a >= MIN_OFFER_A else 0.0


def _limit_a(said: Said) -> float:
    bounds = (_held(said, OF_HARDWARE), _held(said, OF_OPERATOR))
    return min((float(bound) for bound in bounds if MIN_OFFER_A <= bound <= MAX_OFFER_A), default=MAX_OFFER_A)


def _faults(said: Said) -> tuple[DeviceFault, ...]:
    if _held(said, OCPP_STATUS) != FAULTED:
        return ()
    words = "".join(f"{_held(said, ERRORS + place):04X}" for place in range(ERROR_WORDS))
    return (DeviceFault(id=FIRMWARE_MISMATCH, evidence=(("detail", "the device is faulted"), ("errors", words))),)


def _text(said: Said, register: int, count: int) -> str:
    registers = [said.get(READ_HOLDING, register + place) or 0 for place in range(count)]
    return b"".join(one.to_bytes(2, "big") for one in registers).decode("ascii", "replace").strip("\0 ")


def create(terms: Terms) -> Bender:
    """One under these terms."""
    return Bender(terms)


def without_agent(terms: Terms) -> WithoutAgent:
    """Its time-out ends the current, or leaves what the board file calls safe. One without the time-out is refused."""
    return WithoutAgent.OPENS if terms.safe_current_a == 0 else WithoutAgent.STAYS
