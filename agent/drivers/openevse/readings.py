"""What the controller says of itself, and what that means in our words: pilot, contactor, faults. Pure.

Numbers are those of J1772EvseController.h; that of evse-controllers.md section 4 stops at 0x0E.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.control_pilot import ContactorState, PilotState
from agent.drivers.device_level import FIRMWARE_MISMATCH
from agent.drivers.interfaces import DeviceFault
from agent.values import frozen

ASLEEP = 0xFE
DISABLED = 0xFF
CAR_STATES: Mapping[int, PilotState] = {1: PilotState.A, 2: PilotState.B, 3: PilotState.C, 4: PilotState.D}
VENTILATION = 0x04
WITH_OFFER = (0x02, 0x03)
"""B and C: only there the controller sends its square wave."""
STUCK_RELAY, NO_CLOSURE = 0x08, 0x0E
NO_GROUND = 0x07
FAULTS: Mapping[int, str] = {
    VENTILATION: "cp.vent_required",
    0x05: "cp.diode",
    0x06: "rcd.ac_trip",
    NO_GROUND: "pe.lost",
    STUCK_RELAY: "contactor.welded",
    0x09: "rcd.selftest_failed",
    0x0A: "temp.board_stop",
    0x0B: "current.over_soft",
    0x0C: "cp.generator",
    0x0D: "temp.sensor",
    NO_CLOSURE: "contactor.no_close",
    0x0F: "pp.short",
    0x10: "pp.missing",
    0x11: "mcu.selftest",
}
"""By state. In each of them the controller holds its relay open and +12 V by itself, and takes no order of ours."""

RELAY_ON, CAR_CONNECTED, AUTH_LOCKED, BOOT_LOCKED = 0x0040, 0x0100, 0x0008, 0x4000

MAX_AMPS = 80
"""The most that an OpenEVSE can be built for; a larger number is none."""


class ReadingError(ValueError):
    """Words of an answer that cannot be what they should."""


@frozen(kw_only=True)
class Status:
    """`$GS`, or `$AT`, which lacks the time. `elapsed_s`: charged since the car came; None where it was not told."""

    state: int
    flags: int
    elapsed_s: int | None = None

    @property
    def is_connected(self) -> bool | None:
        """A car is plugged in; None where the controller cannot see it, with its pilot at -12 V."""
        if self.state == DISABLED:
            return None
        in_words = CAR_STATES.get(self.state)
        return in_words.plugged if in_words is not None else bool(self.flags & CAR_CONNECTED)

    @property
    def is_relay_on(self) -> bool:
        return bool(self.flags & RELAY_ON)

    @property
    def has_fault(self) -> bool:
        return VENTILATION <= self.state < ASLEEP

    @property
    def is_awake(self) -> bool:
        """It would close for a car that asks, now or once the fault is gone."""
        return self.state not in (ASLEEP, DISABLED)


@frozen(kw_only=True)
class Range:
    """`$GC`, in amperes: what it may be set to, and what it is set to."""

    least_a: int
    most_a: int
    set_a: int


def status_of(words: tuple[str, ...]) -> Status:
    """From `$GS`: state, elapsed seconds, pilot state, flags. Raises ReadingError."""
    state, elapsed_s, _pilot, flags = _words(words, 4)
    return Status(state=_hexadecimal(state, 0xFF), elapsed_s=_whole(elapsed_s), flags=_hexadecimal(flags, 0xFFFF))


def transition_of(words: tuple[str, ...]) -> tuple[Status, int]:
    """From `$AT`: the state, and the amperes that are set. Raises ReadingError."""
    state, _pilot, amps, flags = _words(words, 4)
    return Status(state=_hexadecimal(state, 0xFF), flags=_hexadecimal(flags, 0xFFFF)), amps_of(amps)


def range_of(words: tuple[str, ...]) -> Range:
    """From `$GC`: least, most of the hardware, set, most of the configuration or the cable. Raises ReadingError."""
    least, hardware, now, configured = (amps_of(word) for word in _words(words, 4))
    return Range(least_a=least, most_a=min(hardware, configured), set_a=now)


def amps_of(word: str) -> int:
    """Whole amperes. Raises ReadingError."""
    amps = _whole(word)
    if amps > MAX_AMPS:
        raise ReadingError(f"{amps} A is more than any such controller can be set to")
    return amps


def pilot_state(status: Status) -> PilotState:
    """Asleep, or with a fault, it does not tell B from C: without an offer a car has nothing to ask for."""
    if status.state in CAR_STATES:
        return CAR_STATES[status.state]
    match status.is_connected:
        case None:
            return PilotState.UNKNOWN
        case True:
            return PilotState.B
        case False:
            return PilotState.A


def contactor_state(status: Status) -> ContactorState:
    """Its relay as it was driven; its own check of the load side makes that WELDED or NO_CLOSE within a second."""
    if status.state == STUCK_RELAY:
        return ContactorState.WELDED
    if status.state == NO_CLOSURE:
        return ContactorState.NO_CLOSE
    return ContactorState.CLOSED if status.is_relay_on else ContactorState.OPEN


def offered_a(status: Status, set_a: int) -> int:
    """What it encodes now, in amperes."""
    return set_a if status.state in WITH_OFFER and not status.flags & AUTH_LOCKED else 0


def faults_of(status: Status) -> tuple[DeviceFault, ...]:
    """At most one, the controller's own. One that the catalogue lacks is never left out: it is told as a mismatch."""
    if not status.has_fault:
        return ()
    evidence: tuple[tuple[str, str | int | float | bool], ...] = (("evse_state", f"0x{status.state:02X}"),)
    if status.state == NO_GROUND:
        # Boards that sense the load side only see both alike (lincomatic/open_evse issue 168; field-problems.md P4).
        evidence = (*evidence, ("may_also_be", "contactor.no_close"))
    return (DeviceFault(id=FAULTS.get(status.state, FIRMWARE_MISMATCH), evidence=evidence),)


def _words(words: tuple[str, ...], count: int) -> tuple[str, ...]:
    if len(words) != count:
        raise ReadingError(f"{len(words)} words, where {count} are due")
    return words


def _whole(word: str) -> int:
    if not (word.isascii() and word.isdigit()):
        raise ReadingError(f"{word!r} is no whole number")
    return int(word)


def _hexadecimal(word: str, most: int) -> int:
    try:
        number = int(word, 16) if word.isalnum() else -1
    except ValueError:
        number = -1
    if not 0 <= number <= most:
        raise ReadingError(f"{word!r} is no hexadecimal number up to {most:X}")
    return number
