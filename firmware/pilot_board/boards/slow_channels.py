"""The slow analog channels: converter codes to readings, one address of the multiplexer a turn.

Pilot board's hardware reference, section 4. Pure, so that it is tested where there is no converter. A turn of the loop
reads what the address of the last turn has brought, long settled, and names the next one.
"""

from boards.sampling import millivolts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inputs import Inputs

RAILS, NTC_12, NTC_34, LOCK = range(4)
"""Addresses of both halves of the multiplexer."""

CODES = 4_096
REFERENCE_MV = 3_300
RAIL_NUMERATOR, RAIL_DENOMINATOR = 57, 10
"""47 kΩ over 10 kΩ."""


def rail_mv(code: int) -> int:
    """The +12 V rail behind its divider."""
    return (code * REFERENCE_MV + CODES // 2) // CODES * RAIL_NUMERATOR // RAIL_DENOMINATOR


def adc_mv(code: int) -> int:
    """What is at the converter's pin."""
    return (code * REFERENCE_MV + CODES // 2) // CODES


class SlowChannels:
    """`turn` with the codes of both halves; the address to set is what it returns."""

    def __init__(self) -> None:
        self._address = RAILS

    def turn(self, code_x: int, code_y: int, inputs: "Inputs") -> int:
        """Bring the readings behind the present address up to date; returns the next address."""
        codes = inputs.ntc_codes
        if self._address == RAILS:
            inputs.plus_mv = rail_mv(code_x)
            inputs.minus_mv = millivolts(code_y)
            # The generator's rail is the board's supply behind a diode: what it loses, the supply has lost.
            inputs.supply_mv = inputs.plus_mv
        elif self._address == NTC_12:
            inputs.ntc_codes = (code_x, code_y, codes[2], codes[3])
        elif self._address == NTC_34:
            inputs.ntc_codes = (codes[0], codes[1], code_x, code_y)
        else:
            inputs.lock_code = code_x
        self._address = (self._address + 1) % 4
        return self._address
