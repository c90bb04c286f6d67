"""What a verdict is drawn from, and what it says: one port, and what surrounds all of them."""

from __future__ import annotations

from enum import Enum

from agent.core.crash_loop import CrashLoop
from agent.core.explain.scene import BoardState, NetworkState
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.core.visits.model import Attempt
from agent.values import frozen


class Verdict(Enum):
    """Whether one can charge here, the worst last."""

    OK = "ok"
    DEGRADED = "degraded"
    """It charges with less, or blind in some respect: somebody should look before it is down."""
    DOWN = "down"
    """Nobody can charge here now, for a reason that lies with the charger, its supply or its network policy."""

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {verdict: place for place, verdict in enumerate(Verdict)}


@frozen(kw_only=True)
class Defect:
    """One reason of a verdict. `key` is for programs, `text` and `remedy` are words for people.

    `since` None: from the start of the program on, or unknown. `severity`: the catalogue's letter, "" beside a fault.
    """

    key: str
    verdict: Verdict
    text: str
    since: Instant | None = None
    remedy: str = ""
    severity: str = ""


@frozen(kw_only=True)
class StorageSeen:
    """The file system of the store; None: not told."""

    free_mb: float | None = None
    all_mb: float | None = None
    is_read_only: bool = False
    worn_percent: int | None = None
    """Of its life, as an eMMC tells."""
    pre_eol: str = ""
    """"normal", "warning", "urgent", or "" where it is not told."""


@frozen(kw_only=True)
class CertificateEnd:
    """`days` left, negative behind its end. `kind`: "charger", "slot 2" and the like."""

    kind: str
    subject: str
    days: int
    ends_ms: int


@frozen(kw_only=True)
class Flap:
    """Something came and went `count` times within the last hour. `port` None: of the station as a whole."""

    port: int | None
    what: str
    count: int


@frozen(kw_only=True)
class Silent:
    """A device that should answer and does not. `port` None: it belongs to all of them."""

    name: str
    detail: str = ""
    port: int | None = None


@frozen(kw_only=True)
class Surroundings:
    """What all ports share, at one moment."""

    now: Instant
    network: NetworkState
    runs_s: float
    """Since the start of the program."""
    is_planned: bool = False
    """A maintenance window is open: what is out of service is so by intent."""
    firmware_waits: bool = False
    """New firmware is to be installed once no car charges, and no charge begins before."""
    storage: StorageSeen = StorageSeen()
    certificates: tuple[CertificateEnd, ...] = ()
    crash_loop: CrashLoop | None = None
    """The program starts again and again after ends that were not in order."""
    flaps: tuple[Flap, ...] = ()
    silent: tuple[Silent, ...] = ()
    overdue: tuple[str, ...] = ()
    """Vital parts of the program that make no progress."""
    clock_offset_s: float | None = None
    """How far the central system's clock is ahead of this one; None where nobody told it."""
    queue_fill: float = 0.0
    """Of records that wait for the central system, 1.0 at the limit."""


@frozen(kw_only=True)
class PortSeen:
    """One port and its surroundings."""

    session: Session
    around: Surroundings
    board: BoardState | None = None
    failed_start: Attempt | None = None
    """The last start that a fault of the charger kept from coming about, until one comes about."""
    controller: str = "pilot board"
    """What reads the pilot and closes the contactor, as people call it."""

    @property
    def number(self) -> int:
        return int(self.session.connector)


@frozen(kw_only=True)
class Judgement:
    """A verdict and its reasons, the gravest first. Not ok exactly where there are reasons."""

    verdict: Verdict
    defects: tuple[Defect, ...] = ()
