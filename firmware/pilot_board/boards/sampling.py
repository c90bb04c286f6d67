"""Pilot levels out of a ring of converter samples. Pure, so that it is tested where there is no converter.

100 kS/s, 100 samples per pilot period, the generator's phase known: sample 0 of a period is the first after its rising
edge. A window is the last five periods. Numbers: pilot board's hardware reference, sections 3 and 5.
"""

from calibration import corrected_mv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from calibration import Calibration

RING = 512
"""Samples the ring holds: a power of two, as the DMA wants it, and a little more than a window."""
PERIOD = 100
PERIODS = 5
AFTER_EDGE = 2
"""Samples discarded after each edge: 20 us of settling."""
BEFORE_EDGE = 1
"""Our idea of the phase may be one sample late."""
MOST_AVERAGED = 16
"""The mean of 16 has 6 mV of noise left (calculated there); more would cost the loop more than it gains."""

MV_PER_TEN_THOUSAND_CODES = 85_868
OFFSET_MV = 17_643
"""V_adc = 1.65577 V + 0.093827 * V_cp at 3.3 V and 12 bits, half a step added. A calibration record, where there is
one, corrects the level afterwards; the error budget of the pilot reference holds without one as well."""

STEADY = 10_000


def millivolts(code: int) -> int:
    """The level at the pilot behind one 12-bit converter code."""
    return code * MV_PER_TEN_THOUSAND_CODES // 10_000 - OFFSET_MV


def phases(duty: int) -> "tuple[int, int, int, int]":
    """First usable sample and one past the last, of the high phase and of the low one, for a duty in 1/10000."""
    if duty >= STEADY:
        return 0, PERIOD, 0, 0
    if duty <= 0:
        return 0, 0, 0, PERIOD
    low_from = -(-duty // PERIOD)
    return AFTER_EDGE, duty // PERIOD - BEFORE_EDGE, low_from + AFTER_EDGE, PERIOD - BEFORE_EDGE


def picked(
    ring: "Sequence[int]", newest: int, position: int, usable: "tuple[int, int]", stride: int = 1
) -> "list[int]":
    """Up to `MOST_AVERAGED` codes, evenly over the window, sorted.

    `newest` is the index in the ring of the latest sample, `position` its place in the period; `usable` are places.
    The ring may hold `stride` channels in turn.
    """
    start, end = usable
    per_period = end - start
    if per_period <= 0:
        return []
    total = per_period * PERIODS
    count = min(total, MOST_AVERAGED)
    codes = []
    for pick in range(count):
        place = pick * total // count
        age = (position - start - place % per_period) % PERIOD + place // per_period * PERIOD
        codes.append(ring[(newest - age * stride) % (RING * stride)])
    codes.sort()
    return codes


def level_mv(codes: "list[int]", calibration: "Calibration | None" = None) -> int:
    """Mean level of sorted codes after dropping the highest and lowest tenth, corrected where there is a record."""
    drop = len(codes) // 10
    kept = codes[drop : len(codes) - drop]
    return corrected_mv(calibration, millivolts(sum(kept) // len(kept)))


class Stillness:
    """A converter that delivers one and the same code is dead: real samples have noise."""

    LIMIT_MS = 1_000

    def __init__(self) -> None:
        self._moved_at = 0

    def observe(self, spread_mv: int, now: int) -> bool:
        """Whether every window has been without any spread for `LIMIT_MS`."""
        if spread_mv:
            self._moved_at = now
        return now - self._moved_at >= self.LIMIT_MS
