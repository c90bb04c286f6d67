"""What to say to the controller next: the difference between what is wished and what it said last. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from agent.drivers.openevse.readings import ASLEEP, AUTH_LOCKED, BOOT_LOCKED, DISABLED, Range, Status
from agent.drivers.wish import Wish
from agent.values import frozen

SAFE_CURRENT_A = 6
"""What the controller falls to where the heartbeat stays away. It cannot fall to nothing: 0 A too makes it offer 6 A,
the least it knows (SetCurrentCapacity in J1772EvseController.cpp, where evse-controllers.md has a choice of 0 or 6)."""
ENABLE, SLEEP, DISABLE = "FE", "FS", "FD"
AGAIN_AFTER_S: Mapping[str, float] = {ENABLE: 10.0, SLEEP: 0.5, DISABLE: 0.5, "SB": 5.0, "S4": 5.0}
"""Between two of a kind, where the first one was answered. Enabling more often wears the relay and locks cars out
(evse-controllers.md section 13)."""
RELAY_LOOK_S = 1.5
"""Awake the controller looks whether its relay is stuck, and believes it after a second. Asleep it does not look at
all, so after each charge it is awake for that long with nobody plugged in."""
CLIPPED_AGAIN_S = 5.0
"""Asked anew for a current that the controller did not take, as it may be hot."""


@frozen
class Heartbeat:
    """`interval_s` without a pulse, and the controller lowers its current. Pulses come at a third of it."""

    interval_s: int

    @property
    def pulse_every_s(self) -> float:
        return self.interval_s / 3

    @property
    def command(self) -> str:
        """Kept by the controller over restarts, and written to its memory only where it differs."""
        return f"SY {self.interval_s} {SAFE_CURRENT_A}"


@frozen(kw_only=True)
class Known:
    """What the controller said in this conversation, and when it is to be asked again, in loop time."""

    firmware: str | None = None
    status: Status | None = None
    range: Range | None = None
    is_supervised: bool = False
    """Its heartbeat is set as we want it."""
    has_missed: bool = False
    """It holds its current down for a pulse that it missed."""
    owes_look: bool = False
    """Its relay was closed, and since then it had no time to look whether that opened."""
    looks_since: float | None = None
    """Since when it can: awake, its relay off, nobody plugged in."""
    clipped: tuple[int, float] | None = None
    """A current that it did not take, and until when that is not asked for again."""
    ordered: Mapping[str, float] = field(default_factory=dict)
    """When each kind of order was answered last."""
    blind_order: str | None = None
    """Told in turns with the question who is there: to a controller that fell silent while it was awake."""
    is_blind_turn: bool = True
    ask_at: float = float("-inf")
    poll_at: float = float("-inf")
    pulse_at: float = float("-inf")
    range_at: float = float("-inf")

    @property
    def due_at(self) -> float:
        """When there may be something to say, where there is nothing now."""
        if self.firmware is None:
            return self.ask_at
        return min(self.poll_at, self.pulse_at, self.range_at)

    def with_amps(self, set_a: int) -> Known:
        """It told what it is set to now."""
        return self if self.range is None else replace(self, range=replace(self.range, set_a=set_a))

    def after_setting(self, asked_a: int, set_a: int | None, now: float) -> Known:
        """It was told to set `asked_a` and said what it is set to; None where it said nothing."""
        after = self if set_a is None else self.with_amps(set_a)
        return replace(after, clipped=None if set_a == asked_a else (asked_a, now + CLIPPED_AGAIN_S), range_at=now)

    def after_order(self, order: str, now: float) -> Known:
        """It answered. What came of it is what it says of itself next, so that is asked at once."""
        return replace(self, ordered={**self.ordered, order: now}, poll_at=now, blind_order=None)

    def seeing(self, status: Status, now: float) -> Known:
        """It told its state."""
        can_look = status.is_awake and status.is_connected is False and not status.is_relay_on
        since = (now if self.looks_since is None else self.looks_since) if can_look else None
        has_looked = since is not None and now - since >= RELAY_LOOK_S
        owes_look = status.is_relay_on or (self.owes_look and not has_looked)
        return replace(self, status=status, looks_since=since, owes_look=owes_look)

    def after_silence_to(self, command: str) -> Known:
        """It did not answer."""
        return replace(self, is_blind_turn=command != self.blind_order)

    def may_order(self, order: str, now: float) -> bool:
        """Long enough after the last one of its kind."""
        return now >= self.ordered.get(order, float("-inf")) + AGAIN_AFTER_S[order]


def next_command(known: Known, wish: Wish, heartbeat: Heartbeat, now: float, *, may_charge: bool) -> str | None:
    """None where nothing is due. `may_charge`: the permission, where there is one, is for the plug that is in."""
    if known.firmware is None:
        if known.blind_order is not None and known.is_blind_turn:
            return known.blind_order
        return "GV" if now >= known.ask_at else None
    if known.status is None:
        return "GS"
    order = _order(known, known.status, wish, now, may_charge=may_charge)
    if order is not None:
        return order
    if not known.is_supervised or known.has_missed:
        return heartbeat.command
    if known.range is None:
        return "GC"
    return next((command for command, due_at in _routine(known) if now >= due_at), None)


def wanted_a(wish: Wish, range_: Range) -> int:
    """What to set, in amperes; 0 where nothing is to be offered, or less than the controller can offer."""
    if not wish.permit or wish.held_open:
        return 0
    current_a = min(int(wish.offer_a), range_.most_a)
    return current_a if current_a >= range_.least_a else 0


def _routine(known: Known) -> tuple[tuple[str, float], ...]:
    return ("SY", known.pulse_at), ("GS", known.poll_at), ("GC", known.range_at)


def _order(known: Known, status: Status, wish: Wish, now: float, *, may_charge: bool) -> str | None:
    if may_charge and known.is_supervised and known.range is not None:
        current_a = wanted_a(wish, known.range)
        if current_a:
            order = _towards_charging(known, status, current_a, now)
            if order is not None or known.range.set_a <= current_a:
                return order
    return _towards_rest(known, status, wish, now)


def _towards_charging(known: Known, status: Status, current_a: int, now: float) -> str | None:
    """The current first: an enabled controller offers at once what it is set to."""
    assert known.range is not None
    if known.range.set_a != current_a and not _is_clipped(known, current_a, now):
        return f"SC {current_a} V"
    if known.range.set_a > current_a:
        return None
    if status.flags & BOOT_LOCKED and known.may_order("SB", now):
        return "SB"
    if status.flags & AUTH_LOCKED and known.may_order("S4", now):
        return "S4 0"
    return ENABLE if not status.is_awake and known.may_order(ENABLE, now) else None


def _is_clipped(known: Known, current_a: int, now: float) -> bool:
    return known.clipped is not None and known.clipped[0] == current_a and now < known.clipped[1]


def _towards_rest(known: Known, status: Status, wish: Wish, now: float) -> str | None:
    """To sleep: the car ends its current, the relay opens within 3 s and stays so. At once where it is held open.

    A controller with a fault holds its relay open by itself; putting it to sleep would only hide the fault.
    """
    if status.has_fault:
        return None
    if wish.held_open and status.is_relay_on and status.state != DISABLED:
        return DISABLE if known.may_order(DISABLE, now) else None
    may_look = status.is_connected is False and not (wish.held_open or wish.ends or status.is_relay_on)
    if known.owes_look and may_look:
        may_wake = not status.is_awake and known.may_order(ENABLE, now)
        return ENABLE if may_wake else None
    # Disabled it cannot see plugs, which it need not be once the relay is open.
    return SLEEP if status.state != ASLEEP and known.may_order(SLEEP, now) else None
