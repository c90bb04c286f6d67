"""The state of a Phoenix controller: a letter of IEC 61851-1, at times with the digit of x1 or x2. Pure."""

from __future__ import annotations

from agent.core.control_pilot import PilotState
from agent.drivers.modbus_evse.controller import NoSense
from agent.values import frozen

LETTERS = {ord(state.value): state for state in PilotState if state is not PilotState.UNKNOWN}
WITHOUT, WITH = ord("1"), ord("2")
NO_DIGIT = (0, ord("0"), ord(" "))


@frozen
class Letter:
    """`has_offer`: the square wave is sent; None where the device does not say."""

    state: PilotState
    has_offer: bool | None

    @property
    def is_connected(self) -> bool | None:
        """In E and F nobody can see that."""
        return None if self.state in (PilotState.E, PilotState.F) else self.state.plugged


def letter_of(register: int) -> Letter:
    """From a register with the letter in either byte: the serial product has it in the high one, the other in the low
    one (evse-controllers.md section 5). Raises NoSense for anything but A to F with at most a digit beside.
    """
    high, low = divmod(register, 0x100)
    letters = [byte for byte in (high, low) if byte in LETTERS]
    others = [byte for byte in (high, low) if byte not in LETTERS]
    if len(letters) != 1 or others[0] not in (WITHOUT, WITH, *NO_DIGIT):
        raise NoSense(f"the status register says 0x{register:04X}, and a status is a letter from A to F")
    digit = others[0]
    return Letter(LETTERS[letters[0]], None if digit in NO_DIGIT else digit == WITH)
