"""The raw record that uptime is computed from: outages, runs of the program, times without the network, windows.

Whoever has these rows gets the charger's own figures out of them; nothing else goes in.
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from enum import Enum

from agent.core.runs import Run
from agent.core.time import Instant
from agent.core.uptime.acts import Act
from agent.values import frozen


class CauseClass(Enum):
    """With whom an outage lies."""

    CHARGER_HARDWARE = "charger_hardware"
    CHARGER_SOFTWARE = "charger_software"
    UNKNOWN = "unknown"
    SITE = "site"
    """The supply of the place, where it may be its installation as well as the utility: it counts, and is no failure of
    the charger."""
    CSMS = "csms"
    NETWORK = "network"
    MAINTENANCE = "maintenance"
    VANDALISM = "vandalism"
    VEHICLE = "vehicle"
    GRID = "grid"


PRIORITY = {one: place for place, one in enumerate(CauseClass)}
"""Of several causes at once the first decides: an excluded one counts only where "the charging port would otherwise
be operational" (23 CFR 680.116(b)(3)), so what lies with the charger comes first."""
OF_THE_CHARGER = frozenset({CauseClass.CHARGER_HARDWARE, CauseClass.CHARGER_SOFTWARE, CauseClass.UNKNOWN})
OUTLASTS_MAINTENANCE = OF_THE_CHARGER | {CauseClass.SITE}
"""What was broken before a window was opened would have kept the port from serving without the maintenance, too."""


class Exclusion(Enum):
    """Why minutes of an outage do not count: the list of 23 CFR 680.116(b)(3), word by word, and NONE."""

    NONE = "none"
    """Somebody looked and says that it counts, whatever the charger took it for."""
    UTILITY = "utility"
    VEHICLE = "vehicle"
    MAINTENANCE = "maintenance"
    VANDALISM = "vandalism"
    DISASTER = "disaster"
    CLOSED = "closed"
    """Outside of the identified hours of operation."""


BY_RULE = "rule"
"""Who excluded it, where no person did."""
EXCLUDED_BY_ITSELF = {CauseClass.GRID: Exclusion.UTILITY, CauseClass.VEHICLE: Exclusion.VEHICLE}
"""What the charger can show alone. That it was vandalism or a disaster a person has to say."""


@frozen(kw_only=True)
class Cause:
    """`key` is for programs, as health names its reasons; `evidence` is a sentence."""

    key: str
    of: CauseClass
    evidence: str = ""


@frozen(kw_only=True)
class Outage:
    """One stretch without service at a port. `ended` None: it lasts.

    `wanted`: a car was plugged in or came during it, so that it ended or prevented a charge. `verdict`: what a person
    said of it afterwards, "" where nobody did, with who and why in `verdict_by` and `verdict_why`. `seen_in`: number of
    the run of the program that saw it last, of a time without the program that of the run before; 0: this run.
    """

    number: int
    port: int
    cause: Cause
    began: Instant
    ended: Instant | None = None
    wanted: bool = False
    verdict: str = ""
    verdict_by: str = ""
    verdict_why: str = ""
    seen_in: int = 0


@frozen(kw_only=True)
class Offline:
    """A time without the central system, of the whole charger. `of` is NETWORK, or CSMS where a host was reached."""

    number: int
    began: Instant
    cause: str
    of: CauseClass = CauseClass.NETWORK
    ended: Instant | None = None


@frozen(kw_only=True)
class Window:
    """Planned maintenance, told before it begins. UTC milliseconds; `closed_ms` where it was ended early."""

    number: int
    opened: Instant
    from_ms: int
    until_ms: int
    why: str
    by: str
    closed_ms: int | None = None

    @property
    def end_ms(self) -> int:
        return self.until_ms if self.closed_ms is None else max(self.from_ms, min(self.closed_ms, self.until_ms))

    def is_open(self, utc_ms: int) -> bool:
        return self.from_ms <= utc_ms < self.end_ms


@frozen(kw_only=True)
class PortService:
    """From when on a port counts: the first moment it could serve anybody."""

    port: int
    began: Instant


@frozen(kw_only=True)
class ServiceRecords:
    """All of one charger at the moment `now`. `hours`: as the site file writes them, empty for always open."""

    now: Instant
    ports: tuple[PortService, ...] = ()
    outages: tuple[Outage, ...] = ()
    offline: tuple[Offline, ...] = ()
    runs: tuple[Run, ...] = ()
    windows: tuple[Window, ...] = ()
    acts: tuple[Act, ...] = ()
    hours: tuple[str, ...] = ()
    zone: tzinfo = UTC
    is_networked: bool = False
