"""The pins as they are now: what the rules see of the world. `Hal.read` fills one before every step.

Integers only. What a board has not (its `Kind` says so) keeps the value below, and no rule asks for it.
"""

RESIDUAL_DC = 1
RESIDUAL_AC = 2
RESIDUAL_ERROR = 4
"""The lines of a residual current module, as bits of `Inputs.residual`."""

NTC_OPEN = 4_095
SENSORS = 4
BOARD_NTC, CONTACTOR_NTC, TERMINAL_NTC, CONNECTOR_NTC = range(SENSORS)
"""Places in `Inputs.ntc_codes`."""


def most_ma(current_ma: "tuple[int, int, int]") -> int:
    """The largest of these currents, whichever way it flows."""
    most = 0
    # Every 5 ms: no list that has to be collected.
    for flowing_ma in current_ma:
        most = max(most, abs(flowing_ma))
    return most


class Inputs:
    """One moment. Clauses: pilot board's hardware reference, sections 1 to 8."""

    def __init__(self) -> None:
        self.high_mv = 0
        self.low_mv: int | None = None
        self.samples_high = 0
        self.frozen = False
        self.generator_mhz: int | None = None
        """Frequency at the generator's output, in 0.001 Hz; None while PWM does not run or was not counted yet."""
        self.generator_duty: int | None = None
        """Duty there in 1/10000; None as above."""
        self.plus_mv = 12_000
        self.minus_mv = -12_000
        """The generator's rails."""
        self.supply_mv = 12_000
        """What feeds the board: below 9 V the power is going."""
        self.mirror_open = False
        self.chain_ok = False
        """Coil supply is present behind the whole hardware chain."""
        self.load_edges = (0, 0, 0)
        """Edges of the load-side sense of L1 to L3 within the last 30 ms: 6 at 230 V, live from 4."""
        self.earth_edges = 0
        """Edges of the supply's earth sense within the last 100 ms: 10 at 50 Hz."""
        self.earth_neutral_mv = 0
        """Between neutral and earth, where the metering senses it."""
        self.residual = 0
        """RESIDUAL_ bits."""
        self.voltage_mv = (0, 0, 0)
        self.current_ma = (0, 0, 0)
        """Supply side, L1 to L3, true values over the last period."""
        self.mains_mhz = 0
        """0.001 Hz; 0 without mains."""
        self.rotation_ok = True
        self.ntc_codes = (NTC_OPEN, NTC_OPEN, NTC_OPEN, NTC_OPEN)
        """12-bit codes of board, contactor, second terminal, connector or socket contacts."""
        self.pp_mv: int | None = None
        """Proximity at the converter; None on a tethered board."""
        self.lock_code = 0
        """12-bit code of the lock's feedback."""
        self.release_mv = 12_000
        """Stored energy that releases the lock when power is lost."""
