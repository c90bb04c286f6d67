"""Phoenix Contact EV Charge Control Basic (EV-CC-AC1-M…), serial: `controller = "phoenix-serial"`. Modbus RTU.

The device protects: pilot with diode check, its own contactor output, ventilation refused unless it was set otherwise,
and, where they are wired and switched on in it, residual current (EV-RCM) and a contact that tells of a weld (4006).

When the host is silent: nothing. It goes on with the current that was set last, to this car and to the next. Its leave
to charge (coil 20000) is lost with its power, and then it gives none to anybody. So its boards need an independent
cut-off, or stay in the laboratory.

What is missing: that leave counts only where its register 4000 is 3; as delivered an input (EN) decides instead, and
the agent could neither begin nor end a charge. It is set once, where the board file gives leave, and read back; else
the device is refused. It cannot be told to open under load: a car that does not stop is opened in its own time.
Its contactor is told as it is driven; a weld only where 4006 is 1. Earth and phases it does not see.

Facts: the maker's manual 106377_en_04, tables 9-2 and 9-3. The manual has the registers from 24000 on among the holding
registers, another program in use reads them as input registers: the first is tried, and what the device does not refuse
is used. It counts the bits of 24025 from 1 ("bit 16" of a register of sixteen).
"""

from __future__ import annotations

from agent.core.control_pilot import MAX_OFFER_A, MIN_OFFER_A, ContactorState, PilotState, WithoutAgent
from agent.drivers.interfaces import DeviceFault
from agent.drivers.modbus.block import (
    READ_COILS,
    READ_HOLDING,
    READ_INPUT,
    WRITE_COIL,
    WRITE_REGISTER,
    Block,
    Write,
)
from agent.drivers.modbus_evse.controller import (
    ONCE,
    Aim,
    Order,
    OrderKind,
    Poll,
    Said,
    Terms,
    Told,
    closed_if,
    steps,
)
from agent.drivers.modbus_evse.letters import Letter, letter_of

FIRMWARE, LEAVE_BY, LEAVE, MOST = 1031, 4000, 20000, 22000
STATUS, CABLE, OFFERED = 24000, 24001, 24003
CONNECTED_MIN_S, CONNECTED_H = 24019, 24020
ERRORS = 24025
BY_REGISTER = 3
EITHER = (READ_HOLDING, READ_INPUT)
PP_SHORTED = 0xFFFF
FAULTS = {
    1: "pp.range",
    2: "pp.range",
    3: "pp.range",
    4: "cp.range",
    6: "lock.lock_failed",
    7: "lock.unlock_failed",
    8: "lock.lock_failed",
    11: "cp.vent_required",
    12: "contactor.welded",
    13: "cp.diode",
    15: "rcd.ac_trip",
    16: "rcd.selftest_failed",
}
"""By the manual's number of the bit. 5 is state F, which is no fault of its own."""
WELDED = 12
MAX_A = 63.0
LIMITED = "the plugged cable bears no more, or the device is built for no more"


def _in_either(address: int, count: int) -> tuple[Block, ...]:
    return tuple(Block(function, address, count) for function in EITHER)


class PhoenixSerial:
    """A `Controller`."""

    name = "Phoenix EV Charge Control Basic"
    pause_s = 0.05
    answer_timeout_s = 0.25
    polls: tuple[Poll, ...] = (
        Poll(blocks=_in_either(STATUS, 4), every_s=0.5),
        Poll(blocks=(Block(READ_COILS, LEAVE, 1),), every_s=1.0),
        Poll(blocks=(Block(READ_HOLDING, MOST, 1),), every_s=1.0),
        Poll(blocks=_in_either(ERRORS, 1), every_s=0.5),
        Poll(blocks=_in_either(CONNECTED_MIN_S, 2), every_s=2.0, needed=False),
        Poll(blocks=(Block(READ_HOLDING, LEAVE_BY, 1),), every_s=10.0),
        Poll(blocks=(Block(READ_INPUT, FIRMWARE, 3),), every_s=ONCE, needed=False),
    )
    rest = Write(WRITE_COIL, LEAVE, (0,))

    def __init__(self, terms: Terms) -> None:
        self._set_up = terms.set_up

    def told(self, said: Said) -> Told:
        """What the registers mean."""
        letter = letter_of(_status(said, STATUS))
        has_leave = bool(said.at(READ_COILS, LEAVE))
        has_offer = letter.has_offer if letter.has_offer is not None else has_leave
        bits = _status(said, ERRORS)
        return Told(
            state=letter.state,
            is_connected=letter.is_connected,
            offered_a=_offered_a(said) if has_offer and letter.state.plugged else 0.0,
            may_give_power=has_leave or bool(_not_by_register(said)),
            contactor=_contactor(letter, bits, has_offer=has_offer),
            elapsed_s=_connected_s(said),
            faults=_faults(bits, _status(said, CABLE)),
            limit_a=_limit_a(said),
            limit_detail=LIMITED,
            firmware=_firmware(said),
            unfit="" if self._set_up else _not_by_register(said),
        )

    def order(self, said: Said, aim: Aim) -> Order | None:
        """The current in front of the leave: with that the device offers at once what is set."""
        has_leave, is_set_to = bool(said.at(READ_COILS, LEAVE)), said.at(READ_HOLDING, MOST)
        wanted = steps(aim.current_a, 1, MIN_OFFER_A, _limit_a(said))
        if wanted == 0 and has_leave:
            return Order(OrderKind.REST, self.rest)
        if self._set_up and _not_by_register(said):
            return Order(OrderKind.SET_UP, Write(WRITE_REGISTER, LEAVE_BY, (BY_REGISTER,)))
        if wanted == 0:
            return None
        if wanted != is_set_to:
            kind = OrderKind.LOWER if wanted < is_set_to else OrderKind.RAISE
            return Order(kind, Write(WRITE_REGISTER, MOST, (wanted,)))
        return None if has_leave else Order(OrderKind.ENABLE, Write(WRITE_COIL, LEAVE, (1,)))


def _status(said: Said, address: int) -> int:
    value = said.either(EITHER, address)
    assert value is not None, "the poll is needed"
    return value


def _offered_a(said: Said) -> float:
    """24003 where it can be one, else what is set."""
    for amps in (_status(said, OFFERED), said.at(READ_HOLDING, MOST)):
        if MIN_OFFER_A <= amps <= MAX_OFFER_A:
            return min(float(amps), _limit_a(said))
    return 0.0


def _limit_a(said: Said) -> float:
    cable_a = _status(said, CABLE)
    return min(MAX_A, float(cable_a)) if MIN_OFFER_A <= cable_a <= MAX_OFFER_A else MAX_A


def _contactor(letter: Letter, bits: int, *, has_offer: bool) -> ContactorState:
    """It closes in C2 and D2, and says of a weld where it watches for one."""
    if _is_set(bits, WELDED):
        return ContactorState.WELDED
    return closed_if(has_offer and letter.state in (PilotState.C, PilotState.D))


def _connected_s(said: Said) -> int | None:
    """Since the car was plugged in; the device begins anew in state A."""
    minutes, hours = said.either(EITHER, CONNECTED_MIN_S), said.either(EITHER, CONNECTED_H)
    if minutes is None or hours is None:
        return None
    return hours * 3600 + minutes // 0x100 * 60 + minutes % 0x100


def _is_set(bits: int, number: int) -> bool:
    return bool(bits & 1 << (number - 1))


def _faults(bits: int, cable_a: int) -> tuple[DeviceFault, ...]:
    evidence = (("register_24025", f"0x{bits:04X}"),)
    ids = {id for number, id in FAULTS.items() if _is_set(bits, number)}
    if cable_a == PP_SHORTED:
        ids.add("pp.short")
    return tuple(DeviceFault(id=id, evidence=evidence) for id in sorted(ids))


def _firmware(said: Said) -> str:
    parts = [said.get(READ_INPUT, FIRMWARE + place) for place in range(3)]
    return "" if None in parts else ".".join(str(part) for part in parts)


def _not_by_register(said: Said) -> str:
    value = said.at(READ_HOLDING, LEAVE_BY)
    if value == BY_REGISTER:
        return ""
    return (
        f"takes its leave to charge from elsewhere (register {LEAVE_BY} is {value}, and must be {BY_REGISTER}); set it "
        "with the maker's tool, or write set_up = true"
    )


def create(terms: Terms) -> PhoenixSerial:
    """One under these terms."""
    return PhoenixSerial(terms)


def without_agent(terms: Terms) -> WithoutAgent:
    """It goes on, to whoever is plugged in."""
    return WithoutAgent.STAYS
