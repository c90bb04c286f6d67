"""What a fault is: a wrong that lasts at the charger, how grave it is, how it ends, and words for whoever looks."""

from __future__ import annotations

from dataclasses import field
from enum import Enum

from agent.core.time import Instant
from agent.values import frozen

BOARD_SILENT = "mcu.comm"
"""What reads the pilot does not answer: the one fault after which nothing else of a connector is known."""
FIRMWARE_MISMATCH = "mcu.firmware_mismatch"
"""What reads the pilot is not understood, as its driver says."""


class Severity(Enum):
    """Strongest first (faults.md section 1)."""

    CRITICAL = "C"
    STOP = "S"
    BLOCK = "B"
    DERATE = "D"
    WARNING = "W"
    INFO = "I"


class Recovery(Enum):
    """How a fault goes away: by itself, by unplugging, by a power cycle, by an authorised person after a test."""

    AUTOMATIC = "A"
    UNPLUG = "U"
    POWER_CYCLE = "P"
    SERVICE = "S"


class Reaction(Enum):
    """What a fault does to the power path, strongest first."""

    OPEN = "open"
    X1 = "x1"
    BLOCK = "block"
    DERATE = "derate"
    NONE = "none"


class Witness(Enum):
    """Who saw a condition. Some have two that look: each takes back only what it said itself."""

    OWNER = "owner"
    """Whoever the catalogue names: the pilot board or controller for its faults, the core for its own."""
    INPUT = "input"
    """A wire of the cabinet that Linux reads."""
    TEMPERATURE_SENSOR = "temperature_sensor"
    """One that Linux reads."""
    LOCK = "lock"
    """A lock that Linux drives."""
    SWITCH = "switch"
    """A contactor or a cut-off that Linux switches."""


@frozen(kw_only=True)
class FaultKind:
    """One row of the catalogue. `hold_s` is the time the condition must be absent before an automatic clearing."""

    code: int
    id: str
    severity: Severity
    recovery: Recovery
    hold_s: float
    reaction: Reaction
    owner: str
    meaning: str
    causes: str
    remedy: str
    ocpp16_error_code: str
    ocpp16_policy: str
    mrec: str
    ocpp201_component: str
    ocpp201_variable: str


@frozen(kw_only=True)
class Fault:
    """A fault that is present now. `evidence` holds numbers with their units in the key: {"high_v": 0.4}."""

    kind: FaultKind
    first_seen: Instant
    last_seen: Instant
    count: int = 1
    evidence: tuple[tuple[str, str | int | float | bool], ...] = field(default=())
    condition_gone_since: Instant | None = None
    witnesses: frozenset[Witness] = frozenset({Witness.OWNER})
    """Who sees it now; nobody once the condition is gone."""
    power_was_cycled: bool = False
    """The board restarted after the condition was seen last; what it says next shows whether that helped."""
    is_recalled: bool = False
    """It stood before the program began: the same occurrence, raised and counted then."""

    @property
    def is_for_host_to_end(self) -> bool:
        """The pilot board does not see it, so nobody but the host acts on it."""
        return self.kind.owner == "host" or not self.witnesses <= {Witness.OWNER}
