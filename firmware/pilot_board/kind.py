"""What a board has and how it is rated: the one place where boards differ for the rules (`boards/` has one each)."""

import hashlib

# Bits of `Kind.has`, told to the host as capabilities: the places of `messages.CAPABILITIES`.
VENTILATION = 1 << 0
SOCKET = 1 << 1
"""A socket-outlet with proximity contact and lock; otherwise a tethered cable."""
RESIDUAL_CURRENT = 1 << 2
LOAD_SENSE = 1 << 3
EARTH_SENSE = 1 << 4
METERING = 1 << 5
TEMPERATURES = 1 << 6
RAILS = 1 << 7
"""Rails and the generator's own output are measured."""
CHAIN_FEEDBACK = 1 << 8
STORAGE = 1 << 9
"""Something that keeps a few kilobytes over a loss of power."""
CAPTURE = 1 << 10
UPDATE = 1 << 11

TN, TT, IT, SPLIT = "TN", "TT", "IT", "split"
RESIDUAL_IEC, RESIDUAL_UL = "IEC", "UL"
EVERY_SENSOR = 0b1111
FIELDS = (
    "board", "revision", "has", "rated_da", "phases", "nominal_mv", "nominal_hz", "earthing", "open_pen", "residual",
    "hybrid_blanking", "sensors", "wake_up_s", "second_wake_up",
)  # fmt: skip


class Kind:
    """A value; made once by the board's file. Without arguments: a tethered board that senses its pilot alone."""

    def __init__(  # noqa: PLR0917  # names at every call; MicroPython pays for keyword-only ones
        self,
        board: str = "pilot-board",
        revision: str = "a",
        has: int = 0,
        rated_da: int = 320,
        phases: int = 3,
        nominal_mv: int = 230_000,
        nominal_hz: int = 50,
        earthing: str = TN,
        open_pen: bool = False,
        residual: str = RESIDUAL_IEC,
        hybrid_blanking: bool = True,
        sensors: int = EVERY_SENSOR,
        wake_up_s: int = 0,
        second_wake_up: bool = False,
    ) -> None:
        self.board = board
        self.revision = revision
        self.has = has
        self.rated_da = rated_da
        self.phases = phases
        """Wired phases: L1 up to this one."""
        self.nominal_mv = nominal_mv
        self.nominal_hz = nominal_hz
        self.earthing = earthing
        self.open_pen = bool(open_pen)
        """Detection of a broken PEN conductor, where the country asks for it."""
        self.residual = residual
        """Profile of residual current protection (safety reference, 4.1 and 4.2)."""
        self.hybrid_blanking = bool(hybrid_blanking)
        self.sensors = sensors
        """Wired temperature sensors: a bit for each place of `Inputs.ntc_codes`."""
        self.wake_up_s = wake_up_s
        """A car that has not asked for so long is woken: 30 to 120 s, 0 for never."""
        self.second_wake_up = bool(second_wake_up)
        """Once more after the same time, with a longer break."""

    def text(self) -> str:
        """The whole configuration, one `name=value` a line: what the host reads, and what its mark is made of."""
        return "\n".join([name + "=" + str(getattr(self, name)) for name in FIELDS])

    def mark(self) -> int:
        """32 bits that two different configurations do not share but by chance."""
        return int.from_bytes(hashlib.sha256(self.text().encode()).digest()[:4], "big")

    @property
    def ventilation(self) -> bool:
        """Cars that need ventilation may charge."""
        return bool(self.has & VENTILATION)

    def fits(self, part: int) -> bool:
        """Whether the board has all of these bits."""
        return self.has & part == part
