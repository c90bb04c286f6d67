"""The latest closing and opening of the contactor, in milliseconds, for self-tests (ST402, ST403, ST406 to ST412).

Everything is seen by the board's loop, so to 5 ms, and the load side by its edges within 30 ms: a phase counts as live
or dead up to that much later than it is. A reaction told by these numbers is never faster than the true one.
"""

import fault_codes as code
from earth import EDGES_AT_HZ, LEAST_EDGES
from faults import BLOCK, OPEN
from kind import EARTH_SENSE, LOAD_SENSE
from lease import EXPIRED
from pilot import asks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from faults import Faults
    from kind import Kind
    from situation import Situation

WHY = ("state", "permit", "residual", "chain", "earth", "lease", "fault")
PHASES = 3
NOT_SEEN = -1


class Since:
    """First look in a row that found it so."""

    def __init__(self) -> None:
        self.at = NOT_SEEN

    def note(self, is_so: bool, now: int) -> None:
        if not is_so:
            self.at = NOT_SEEN
        elif self.at == NOT_SEEN:
            self.at = now


class Move:
    """One movement: `mirror_ms` and for each phase `load_ms` after the coil, NOT_SEEN where it has not been seen."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.mirror_ms = NOT_SEEN
        self.load_ms = [NOT_SEEN] * PHASES

    def note(self, mirror: bool, phases: int, now: int) -> None:
        """The mirror contact, and the phases, that have got where they belong."""
        if mirror and self.mirror_ms == NOT_SEEN:
            self.mirror_ms = now - self.at
        for phase in range(PHASES):
            if phases >> phase & 1 and self.load_ms[phase] == NOT_SEEN:
                self.load_ms[phase] = now - self.at


class LastMoves:
    """`observe` at every step after the coil was decided about; what came before an opening is kept with it."""

    def __init__(self, kind: "Kind") -> None:
        self._closing: Move | None = None
        self._opening: Move | None = None
        self._why = ""
        self._event_ms = NOT_SEEN
        self._senses_load = kind.fits(LOAD_SENSE)
        self._phases = kind.phases
        self._least_edges = LEAST_EDGES * kind.nominal_hz if kind.fits(EARTH_SENSE) else 0
        self._was_live = 0
        self._residual = Since()
        self._chain = Since()
        self._earth = Since()
        self._fault = Since()

    def observe(self, situation: "Situation", reaction: int, now: int) -> None:
        """Follow the movement that goes on, and note what may be the reason of the next opening."""
        inputs = situation.inputs
        if not situation.contactor.energised:
            if self._opening is not None:
                self._opening.note(inputs.mirror_open, self._was_live & ~situation.live, now)
            return
        if self._closing is not None:
            self._closing.note(not inputs.mirror_open, situation.live, now)
        self._was_live |= situation.live
        self._look_for_reasons(situation, reaction, now)

    def closes(self, now: int) -> None:
        """The coil takes current."""
        self._closing = Move(now)
        self._was_live = 0

    def opens(self, situation: "Situation", faults: "Faults", x1_since: int, now: int) -> None:
        """The coil loses its current; `x1_since`: since when nothing is offered, if that is why."""
        self._look_for_reasons(situation, faults.reaction, now)
        self._opening = Move(now)
        self._why, since = self._reason(situation, faults, x1_since, now)
        self._event_ms = now - since

    def _look_for_reasons(self, situation: "Situation", reaction: int, now: int) -> None:
        inputs = situation.inputs
        self._residual.note(bool(inputs.residual), now)
        self._chain.note(not inputs.chain_ok, now)
        self._earth.note(inputs.earth_edges * EDGES_AT_HZ < self._least_edges, now)
        self._fault.note(reaction > BLOCK, now)

    def _reason(self, situation: "Situation", faults: "Faults", x1_since: int, now: int) -> "tuple[str, int]":
        """The word, and when it was first seen. What opens a chain by hardware comes before the chain."""
        residual, chain, earth = self._residual.at, self._chain.at, self._earth.at
        pilot, lease = situation.pilot, situation.lease
        if residual != NOT_SEEN and (faults.reaction == OPEN or chain != NOT_SEEN):
            return "residual", residual
        if chain != NOT_SEEN:
            return "chain", chain
        if earth != NOT_SEEN and code.PE_LOST in faults.evidence:
            return "earth", earth
        if not asks(pilot.state):
            return "state", pilot.left_at
        if lease.standing == EXPIRED and faults.reaction != OPEN:
            # The fault that tells of it is of the same step.
            return "lease", lease.heard_at
        if faults.reaction > BLOCK:
            return "fault", self._fault.at
        # A test's minute is over, or the test: nothing was seen before.
        return "permit", now if lease.is_permitted() else x1_since

    def text(self) -> bytes:
        """Words `name=value`; a movement or a phase that was not seen is left out."""
        words = ["sensed=" + str(self._phases if self._senses_load else 0)]
        for move, mirror, load in (
            (self._closing, "mirror_closed_ms", "live"),
            (self._opening, "mirror_open_ms", "dead"),
        ):
            if move is None:
                continue
            if move.mirror_ms != NOT_SEEN:
                words.append(mirror + "=" + str(move.mirror_ms))
            for phase in range(PHASES):
                if move.load_ms[phase] != NOT_SEEN:
                    words.append(load + "_l" + str(phase + 1) + "_ms=" + str(move.load_ms[phase]))
        if self._opening is not None:
            words.append("why=" + self._why)
            words.append("event_ms=" + str(self._event_ms))
        return " ".join(words).encode()
