"""What a thermistor's code means (pilot board's hardware reference, section 4).

10 kOhm at 25 °C, B 3950, pulled up by 10 kOhm to the converter's reference. The codes below are calculated from that,
every 5 K; between them a straight line is less than 0.3 K off.
"""

OPEN_ABOVE = 3_996
SHORT_BELOW = 142
"""-40 and 125 °C: beyond, there is no sensor but a broken or a touching lead."""

COLDEST_DC = -400
STEP_DC = 50
CODES = (
    3_996, 3_955, 3_900, 3_830, 3_740, 3_629, 3_495, 3_337, 3_156, 2_955, 2_738, 2_510, 2_278, 2_048, 1_825, 1_614,
    1_419, 1_241, 1_081, 940, 815, 707, 613, 532, 462, 401, 350, 305, 267, 234, 206, 181, 160, 142,
)  # fmt: skip
"""12-bit codes from -40 to 125 °C."""


def temperature_of(code: int) -> "int | None":
    """Temperature in 0.1 °C, None for a lead that is open or shorted."""
    if code > OPEN_ABOVE or code < SHORT_BELOW:
        return None
    warmer_at, colder_at = len(CODES) - 1, 0
    while warmer_at - colder_at > 1:
        middle = (warmer_at + colder_at) // 2
        if code > CODES[middle]:
            warmer_at = middle
        else:
            colder_at = middle
    span = CODES[colder_at] - CODES[warmer_at]
    return COLDEST_DC + colder_at * STEP_DC + (CODES[colder_at] - code) * STEP_DC // span
