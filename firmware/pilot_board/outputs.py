"""What guards ask of the pins; pilot and coil are the interlock's. The board carries it out after a step."""

LOCK_COAST = 0
LOCK_LOCK = 1
LOCK_UNLOCK = 2
LOCK_BRAKE = 3


class Outputs:
    """Levels, and one count: a pulse is due whenever it has grown."""

    def __init__(self) -> None:
        self.pilot_disconnected = False
        """The series switch is open to wake a car: it sees E, and our own reading of the pilot means nothing."""
        self.pilot_cut = False
        """The same for a test."""
        self.residual_test = False
        """Current through the test winding of the residual current module."""
        self.residual_resets = 0
        """Pulses to the hardware latch behind the module."""
        self.lock_drive = LOCK_COAST

    def is_disconnected(self) -> bool:
        """Whoever wanted the series switch open."""
        return self.pilot_disconnected or self.pilot_cut
