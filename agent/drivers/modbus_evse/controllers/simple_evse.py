"""SimpleEVSE-WB and EVSE-DIN (EVSE-WB): `controller = "simple-evse"`. Modbus RTU, 9600 8N1, address 1 as delivered.

The device protects: pilot with diode check, residual current by the sensor that is wired to it, ventilation, and its
own relay, which it closes only for a car that asks while it sends the square wave.

When the host is silent: nothing. It goes on with the current that was set last, to this car and to the next, and after
a loss of its own power with the current of register 2000, which is therefore set to 0 once, where the board file gives
leave, and read back. A device that makes 6 A of that is taken as well: then it gives 6 A to whoever is plugged in, from
its start until the agent has seen it. So its boards need an independent cut-off, or stay in the laboratory.

What is missing: welded contacts are not told, nor earth; its contactor is told as it is driven. No counter and no clock
proves that the car of before a silence is the one after it, so a silence ends the charge of a plug.

Facts: openWB (packages/modules/common/evse.py in openWB/core) and evcc (charger/evsedin.go in evcc-io/evcc). Sources
name bit 4 of register 1007 differently: an error of the residual current sensor, or its test that runs. It is the test
while the countdown of that test (1009) runs, and an error otherwise. The scale of 1000 and 1001 is read from bit 7 of
2005 in front of each order. Never written: 1 to 5 A, 2005 (its upper bits stop the device for good, or start its
bootloader), and what clears a residual current error (1004).
"""

from __future__ import annotations

from agent.core.control_pilot import MAX_OFFER_A, MIN_OFFER_A, PilotState, WithoutAgent
from agent.drivers.interfaces import DeviceFault
from agent.drivers.modbus.block import READ_HOLDING, WRITE_REGISTERS, Block, Write
from agent.drivers.modbus_evse.controller import (
    Aim,
    NoSense,
    Order,
    OrderKind,
    Poll,
    Said,
    Terms,
    Told,
    closed_if,
    must_be_set_up,
    steps,
)

SET, OFFERED, VEHICLE, CABLE, COMMAND, FIRMWARE, PILOT, FLAGS, TEST_COUNTDOWN = (
    1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1009,
)  # fmt: skip
AT_POWER_UP, LEAST, SETTINGS, BOARD_MOST = 2000, 2002, 2005, 2007
STATES = {1: PilotState.A, 2: PilotState.B, 3: PilotState.C, 4: PilotState.D, 5: PilotState.E}
STEADY, SQUARE_WAVE, OFF = 1, 2, 3
RELAY, NO_DIODE, VENTILATION, TEST_OR_ERROR, RESIDUAL_ERROR = 0x01, 0x02, 0x04, 0x10, 0x20
HUNDREDTHS = 0x0080
"""In 2005: 1000 and 1001 count in 0.01 A, from firmware 17 on; before, the bit was for the maker's own tests."""
HUNDREDTHS_FROM = 17
OLDEST_FIRMWARE = 8
STOP_NOW = 1
LIMITED = "the plugged cable bears no more, or the device is built for no more"


class SimpleEvse:
    """A `Controller`."""

    name = "SimpleEVSE"
    pause_s = 0.1
    answer_timeout_s = 0.25
    polls: tuple[Poll, ...] = (
        Poll(blocks=(Block(READ_HOLDING, SET, 10), Block(READ_HOLDING, SET, 8)), every_s=0.5),
        Poll(blocks=(Block(READ_HOLDING, AT_POWER_UP, 8), Block(READ_HOLDING, AT_POWER_UP, 6)), every_s=2.0),
    )
    rest = Write(WRITE_REGISTERS, SET, (0,))

    def __init__(self, terms: Terms) -> None:
        self._set_up = terms.set_up

    def told(self, said: Said) -> Told:
        """What the registers mean."""
        vehicle, pilot, set_to = _held(said, VEHICLE), _held(said, PILOT), _held(said, SET)
        if vehicle not in STATES:
            raise NoSense(f"register {VEHICLE} says {vehicle}, and a vehicle is in state 1 to 5")
        if pilot not in (STEADY, SQUARE_WAVE, OFF):
            raise NoSense(f"register {PILOT} says {pilot}, and a pilot is 1 to 3")
        state = STATES[vehicle]
        return Told(
            state=state,
            is_connected=None if state is PilotState.E else state.plugged,
            offered_a=_offered_a(said) if pilot == SQUARE_WAVE and state.plugged else 0.0,
            may_give_power=set_to != 0,
            contactor=closed_if(bool(_held(said, FLAGS) & RELAY)),
            faults=(*_faults(said), *self._unsafe_start(said)),
            limit_a=_limit_a(said),
            limit_detail=LIMITED,
            firmware=str(_held(said, FIRMWARE)),
            unfit=_unfit(said),
        )

    def order(self, said: Said, aim: Aim) -> Order | None:
        """From no offer to one and back is one register."""
        per_a, is_set_to = _per_a(said), _held(said, SET)
        wanted = steps(aim.current_a, per_a, _held(said, LEAST), _limit_a(said))
        if wanted == 0 and is_set_to != 0:
            return Order(OrderKind.REST, self.rest)
        if aim.held_open and _held(said, FLAGS) & RELAY:
            return Order(OrderKind.REST, Write(WRITE_REGISTERS, COMMAND, (STOP_NOW,)))
        if self._set_up and not _is_safe_start(said):
            return Order(OrderKind.SET_UP, Write(WRITE_REGISTERS, AT_POWER_UP, (0,)))
        if wanted == is_set_to:
            return None
        return Order(_kind(is_set_to, wanted), Write(WRITE_REGISTERS, SET, (wanted,)))

    def _unsafe_start(self, said: Said) -> tuple[DeviceFault, ...]:
        if self._set_up or _is_safe_start(said):
            return ()
        return (must_be_set_up(AT_POWER_UP, _held(said, AT_POWER_UP), "0, or 6 at most"),)


def _kind(is_set_to: int, wanted: int) -> OrderKind:
    if is_set_to == 0:
        return OrderKind.ENABLE
    return OrderKind.LOWER if wanted < is_set_to else OrderKind.RAISE


def _held(said: Said, register: int) -> int:
    return said.at(READ_HOLDING, register)


def _per_a(said: Said) -> int:
    """Steps of one ampere: what bit 7 says, and only where it can mean that."""
    is_fine = _held(said, SETTINGS) & HUNDREDTHS and _held(said, FIRMWARE) >= HUNDREDTHS_FROM
    return 100 if is_fine else 1


def _offered_a(said: Said) -> float:
    """1001 is 0 in some firmware while the car does not draw; then it is what is set."""
    told = _held(said, OFFERED) or _held(said, SET)
    offered_a = min(told / _per_a(said), _limit_a(said))
    return offered_a if offered_a >= MIN_OFFER_A else 0.0


def _limit_a(said: Said) -> float:
    bounds = (_held(said, CABLE), said.get(READ_HOLDING, BOARD_MOST) or 0)
    # 0 is a cable or a board that sets no bound; less than a car can be offered is none of these.
    return min((float(bound) for bound in bounds if MIN_OFFER_A <= bound <= MAX_OFFER_A), default=MAX_OFFER_A)


def _is_safe_start(said: Said) -> bool:
    return _held(said, AT_POWER_UP) in (0, 6, 6 * _per_a(said))


def _unfit(said: Said) -> str:
    firmware, is_set_to, per_a = _held(said, FIRMWARE), _held(said, SET), _per_a(said)
    if firmware < OLDEST_FIRMWARE:
        return f"has firmware {firmware}; flash {OLDEST_FIRMWARE} or later, whose registers are known"
    if is_set_to and not MIN_OFFER_A * per_a <= is_set_to <= MAX_OFFER_A * per_a:
        scale = "0.01 A" if per_a > 1 else "1 A"
        return (
            f"is set to {is_set_to} in steps of {scale}, which cannot be; another program may write to it: check that "
            "the agent is the only master, and bit 7 of register 2005"
        )
    return ""


def _faults(said: Said) -> tuple[DeviceFault, ...]:
    flags = _held(said, FLAGS)
    runs_test = bool(said.get(READ_HOLDING, TEST_COUNTDOWN))
    evidence = (("register_1007", f"0x{flags:04X}"),)
    found = []
    if flags & NO_DIODE:
        found.append(DeviceFault(id="cp.diode", evidence=evidence))
    if flags & RESIDUAL_ERROR or (flags & TEST_OR_ERROR and not runs_test):
        found.append(DeviceFault(id="rcd.ac_trip", evidence=(*evidence, ("may_also_be", "rcd.dc_trip"))))
    if _held(said, VEHICLE) == 5:
        if flags & VENTILATION:
            found.append(DeviceFault(id="cp.vent_required", evidence=evidence))
        elif not found:
            found.append(DeviceFault(id="cp.range", evidence=(*evidence, ("may_also_be", "cp.short"))))
    return tuple(found)


def create(terms: Terms) -> SimpleEvse:
    """One under these terms."""
    return SimpleEvse(terms)


def without_agent(terms: Terms) -> WithoutAgent:
    """It goes on, to whoever is plugged in."""
    return WithoutAgent.STAYS
