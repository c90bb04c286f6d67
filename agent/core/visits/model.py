"""One attempt to charge, from the plug going in to its going out, without whoever it was."""

from __future__ import annotations

from enum import Enum

from agent.core.time import Instant
from agent.values import frozen


class Mark(Enum):
    """What is dated within an attempt; the first of each kind counts, of LAST_ENERGY the last."""

    PLUGGED = "plugged"
    ASKED = "asked"
    """A token was presented, or a start was asked for from afar."""
    ANSWERED = "answered"
    """It was accepted, or refused."""
    AUTHORIZED = "authorized"
    STARTED = "started"
    """The transaction is open."""
    REQUESTED = "requested"
    """The car asked for power: pilot state C or D."""
    CLOSED = "closed"
    """The contactor closed."""
    ENERGY = "energy"
    """Power was measured."""
    TEN_WH = "ten_wh"
    LAST_ENERGY = "last_energy"
    STOPPED = "stopped"
    """The stop was decided."""
    UNPLUGGED = "unplugged"


class Outcome(Enum):
    SUCCESS = "success"
    FAILED = "failed"
    EXCLUDED = "excluded"
    NONE = "none"
    """Of an end: nothing had begun."""


class FailureClass(Enum):
    """With whom a failed attempt lies (operations reference, section 4)."""

    NONE = ""
    DRIVER = "driver"
    VEHICLE = "vehicle"
    CHARGER_HARDWARE = "charger_hardware"
    CHARGER_SOFTWARE = "charger_software"
    AUTHORIZATION = "authorization"
    CSMS = "csms"
    NETWORK = "network"
    GRID = "grid"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Attempt:
    """`visit` is the number of the first attempt of the same visit, 0 while it is not known.

    `method`: how it was authorised, never by whom. `chain`: what stood in the way, in order, in words. `code`: our
    fault or reason; `mrec`: the code of the ChargeX list, "" where it has none. `excluded`: why it counts in no rate.
    """

    port: int
    number: int = 0
    visit: int = 0
    marks: tuple[tuple[Mark, Instant], ...] = ()
    transaction: str = ""
    method: str = ""
    start_wh: int | None = None
    energy_wh: int = 0
    peak_power_w: float = 0.0
    offered_a: float = 0.0
    stop_reason: str = ""
    refusals: int = 0
    start: Outcome = Outcome.EXCLUDED
    end: Outcome = Outcome.NONE
    excluded: str = ""
    failure: FailureClass = FailureClass.NONE
    code: str = ""
    mrec: str = ""
    chain: tuple[str, ...] = ()

    def at(self, mark: Mark) -> Instant | None:
        return next((at for one, at in self.marks if one is mark), None)

    @property
    def began(self) -> Instant:
        at = self.at(Mark.PLUGGED)
        assert at is not None
        return at

    @property
    def charge_start_s(self) -> float | None:
        """None where no energy flowed, or nobody can tell across a restart."""
        energy = self.at(Mark.ENERGY)
        begins = [at for mark in (Mark.PLUGGED, Mark.AUTHORIZED) if (at := self.at(mark)) is not None]
        if energy is None or any(at.boot_id != energy.boot_id for at in begins):
            return None
        return energy.since(max(begins, key=lambda at: at.monotonic_s))

    @property
    def is_over(self) -> bool:
        return self.at(Mark.UNPLUGGED) is not None

    @property
    def is_success(self) -> bool:
        return self.start is Outcome.SUCCESS and self.end is Outcome.SUCCESS
