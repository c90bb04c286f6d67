"""A contactor with three poles on the bench, and what is live behind it: it bounces, welds, sticks, lags or is dead.

Times and edges are those of the pilot board's hardware reference, section 6; milliseconds. Put it into a bench with
`fitted`, change its fields, and let the bench look (`touch`).
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bench import Bench
    from fake_hal import FakeHal

POLES = 3
ALL = 7
EDGES = 6
STEP_MS = 10
"""Two edges come in so long."""
SENSED_MV = 60_000


class FakeContactor:
    """Healthy until a test breaks it. Poles and phases are bits, L1 the lowest."""

    def __init__(self, hal: "FakeHal") -> None:
        self.close_mirror_ms = 12
        self.close_main_ms = 18
        self.bounces = 1
        """How often the main contacts part again, for a millisecond each."""
        self.open_main_ms = 22
        self.open_mirror_ms = 25
        self.welds = 0
        """Poles that will not part once they are closed."""
        self.dead = False
        """The armature does not move when the coil gets current."""
        self.lost = 0
        """Poles that make no contact."""
        self.mirror_stays: bool | None = None
        """What the mirror contact shows whatever happens."""
        self.mirror_sees_welds = True
        """A true mirror contact cannot close over a welded pole; a plain auxiliary contact may."""
        self.holds_up_ms = 0
        """For how long the car's capacitors keep the load side up after an opening."""
        self.fed_back = 0
        """Phases that are live from elsewhere."""
        self.load_ma: int | None = None
        """What the car draws on each phase while it can; None leaves the currents to the test."""
        self.closed = 0
        self._hal = hal
        self._energised = False
        self._mirror_open = True
        self._moves: list[tuple[int, int, bool]] = []
        """(when, closed poles, mirror open) still to come."""
        self._edges = [0, 0, 0]
        self._edges_at = [0, 0, 0]
        self._aims = [0, 0, 0]
        self._held_until = [0, 0, 0]

    @property
    def mirror_open(self) -> bool:
        return self._mirror_open if self.mirror_stays is None else self.mirror_stays

    def weld(self, poles: int) -> None:
        """These poles are found closed and stay so."""
        self.welds |= poles
        self.closed |= poles
        if self.mirror_sees_welds:
            self._mirror_open = False

    def free(self) -> None:
        """Nothing is welded, lost, fed back or told wrongly any more; contacts at rest fall open."""
        self.welds = self.lost = self.fed_back = 0
        self.dead = False
        self.mirror_stays = None
        if not self._energised:
            self._moves = []
            self.closed = 0
            self._mirror_open = True

    def drive(self, energised: bool) -> None:
        """The coil's current was switched."""
        if energised == self._energised:
            return
        self._energised = energised
        now = self._hal.now
        self._moves = []
        if energised and not self.dead:
            poles = ALL & ~self.lost | self.closed
            self._moves.append((now + self.close_mirror_ms, self.closed, False))
            self._moves.append((now + self.close_main_ms, poles, False))
            for bounce in range(self.bounces):
                self._moves.append((now + self.close_main_ms + 2 * bounce + 1, poles & self.welds, False))
                self._moves.append((now + self.close_main_ms + 2 * bounce + 2, poles, False))
        elif not energised:
            shows_open = not (self.welds and self.mirror_sees_welds)
            self._moves.append((now + self.open_main_ms, self.closed & self.welds, self._mirror_open))
            self._moves.append((now + self.open_mirror_ms, self.closed & self.welds, shows_open))

    def settle(self) -> None:
        """Bring contacts, edges and currents up to the bench's time."""
        while self._moves and self._moves[0][0] <= self._hal.now:
            at, poles, self._mirror_open = self._moves.pop(0)
            for pole in range(POLES):
                if self.closed & ~poles & 1 << pole:
                    self._held_until[pole] = at + self.holds_up_ms
            self.closed = poles
        pins = self._hal.pins
        for phase in range(POLES):
            self._count(phase)
        pins.load_edges = (self._edges[0], self._edges[1], self._edges[2])
        if self.load_ma is not None:
            drawn = [self.load_ma if self._carries(phase) else 0 for phase in range(POLES)]
            pins.current_ma = (drawn[0], drawn[1], drawn[2])
        self._hal.main_closed = self.closed != 0

    def due(self) -> "int | None":
        """When something moves by itself."""
        moments = [at for at, _, _ in self._moves[:1]]
        for phase in range(POLES):
            if self._edges[phase] != self._wanted(phase):
                moments.append(self._edges_at[phase] + STEP_MS)
            if self._hal.now < self._held_until[phase]:
                moments.append(self._held_until[phase])
        return min(moments) if moments else None

    def _carries(self, phase: int) -> bool:
        return self._hal.pins.voltage_mv[phase] >= SENSED_MV and bool(self.closed & 1 << phase)

    def _wanted(self, phase: int) -> int:
        held = self._hal.now < self._held_until[phase]
        return EDGES if self._carries(phase) or held or self.fed_back & 1 << phase else 0

    def _count(self, phase: int) -> None:
        wanted = self._wanted(phase)
        if self._aims[phase] != wanted:
            self._aims[phase] = wanted
            self._edges_at[phase] = self._hal.now
        while self._edges[phase] != wanted and self._hal.now >= self._edges_at[phase] + STEP_MS:
            self._edges[phase] += 2 if wanted else -2
            self._edges_at[phase] += STEP_MS


def fitted(bench: "Bench") -> FakeContactor:
    """Put such a contactor into the bench in place of its simple one."""
    model = FakeContactor(bench.hal)
    bench.hal.contactor = model
    bench.touch()
    return model
