"""Phoenix Contact EV-CC-AC1-M3-…-ETH, and boxes of Wallbe with it: `controller = "phoenix-ethernet"`. Modbus TCP.

The device protects: pilot with diode check, its own contactor output, and in the RCM variants residual current. Which
of that found something it does not tell in the registers that are known: it shows as state E or F.

When the host is silent: nothing. It goes on with the current that was set last, to this car and to the next. So its
boards need an independent cut-off, or stay in the laboratory.

What is missing: neither relay, nor offer, nor faults are told; the contactor is told as closed where the car asks and
charging is enabled, and the offer is what was set. It cannot be told to open under load. No clock is read that would
prove that the car of before a silence is the one after it.

Facts: evcc (charger/phoenix-ev-eth.go in evcc-io/evcc), and the "Phoenix" register set of Bender. That Wallbe's
firmware counts the current (528) in 0.1 A where the maker's counts in 1 A, and is known by register 149, is an
assumption: taken from public programs, and seen on no device here. 160 for 16 A would ask a device of the other kind
for all it has, so tenths are believed only where register 149 tells Wallbe's firmware, or 528 already holds more than
80; and they are proven before anything is offered: charging disabled, 9.0 A is set and must be read back, which is no
current that a device of whole amperes could keep. The other mistake asks for 1.6 A: nothing is offered, and told so.
Whether 528 outlives a loss of power is not known; it is written only where it changes.
"""

from __future__ import annotations

from agent.core.control_pilot import MAX_OFFER_A, MIN_OFFER_A, PilotState, WithoutAgent
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
from agent.drivers.modbus_evse.letters import letter_of

STATUS, CABLE, FIRMWARE, WALLBE = 100, 101, 105, 149
ENABLED, MOST = 400, 528
PROOF_TENTHS = 90
"""9.0 A, or more amperes than any such device can be set to."""
LIMITED = "the plugged cable bears no more"


class PhoenixEthernet:
    """A `Controller`."""

    name = "Phoenix EV-CC over Ethernet"
    pause_s = 0.0
    answer_timeout_s = 0.4
    polls: tuple[Poll, ...] = (
        Poll(blocks=(Block(READ_INPUT, STATUS, 2),), every_s=0.5),
        Poll(blocks=(Block(READ_COILS, ENABLED, 1),), every_s=0.5),
        Poll(blocks=(Block(READ_HOLDING, MOST, 1),), every_s=1.0),
        Poll(blocks=(Block(READ_INPUT, WALLBE, 4),), every_s=ONCE, needed=False),
        Poll(blocks=(Block(READ_INPUT, FIRMWARE, 2),), every_s=ONCE, needed=False),
    )
    rest = Write(WRITE_COIL, ENABLED, (0,))

    def told(self, said: Said) -> Told:
        """What the registers mean."""
        letter = letter_of(said.at(READ_INPUT, STATUS))
        is_enabled = bool(said.at(READ_COILS, ENABLED))
        has_offer = is_enabled if letter.has_offer is None else letter.has_offer
        return Told(
            state=letter.state,
            is_connected=letter.is_connected,
            offered_a=_offered_a(said) if has_offer and letter.state.plugged else 0.0,
            may_give_power=is_enabled,
            contactor=closed_if(has_offer and letter.state in (PilotState.C, PilotState.D)),
            limit_a=_limit_a(said),
            limit_detail=LIMITED,
            firmware=_firmware(said),
        )

    def order(self, said: Said, aim: Aim) -> Order | None:
        """Nothing but to disable before the steps of its current are certain, and that current before enabling."""
        is_enabled, is_set_to, per_a = bool(said.at(READ_COILS, ENABLED)), said.at(READ_HOLDING, MOST), _per_a(said)
        wanted = steps(aim.current_a, per_a, MIN_OFFER_A, _limit_a(said))
        if is_enabled and (wanted == 0 or not _is_certain(said)):
            return Order(OrderKind.REST, self.rest)
        if wanted == 0:
            return None
        if not _is_certain(said):
            return Order(OrderKind.PROVE, Write(WRITE_REGISTER, MOST, (PROOF_TENTHS,)))
        if wanted != is_set_to:
            kind = OrderKind.LOWER if wanted < is_set_to else OrderKind.RAISE
            return Order(kind, Write(WRITE_REGISTER, MOST, (wanted,)))
        return None if is_enabled else Order(OrderKind.ENABLE, Write(WRITE_COIL, ENABLED, (1,)))


def _is_certain(said: Said) -> bool:
    return _per_a(said) == 1 or said.most[READ_HOLDING, MOST] > MAX_OFFER_A


def _per_a(said: Said) -> int:
    is_wallbe = bool(said.get(READ_INPUT, WALLBE))
    return 10 if is_wallbe or said.most[READ_HOLDING, MOST] > MAX_OFFER_A else 1


def _offered_a(said: Said) -> float:
    amps = said.at(READ_HOLDING, MOST) / _per_a(said)
    return min(amps, _limit_a(said)) if MIN_OFFER_A <= amps <= MAX_OFFER_A else 0.0


def _limit_a(said: Said) -> float:
    cable_a = said.at(READ_INPUT, CABLE)
    return float(cable_a) if MIN_OFFER_A <= cable_a <= MAX_OFFER_A else MAX_OFFER_A


def _firmware(said: Said) -> str:
    registers = [said.get(READ_INPUT, FIRMWARE + place) or 0 for place in range(2)]
    octets = b"".join(register.to_bytes(2, "big") for register in registers)
    return octets.decode("ascii", "replace").strip("\0 ")


def create(_terms: Terms) -> PhoenixEthernet:
    """One; no terms concern it."""
    return PhoenixEthernet()


def without_agent(_terms: Terms) -> WithoutAgent:
    """It goes on, to whoever is plugged in."""
    return WithoutAgent.STAYS
