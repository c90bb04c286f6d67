"""What the contactor does, how fast, and how fast what makes it open does (ST401 to ST412, ST307). Pure.

All times are the board's own, in milliseconds. The auxiliary (mirror) contact is linked with the main contacts and
moves behind them when they open. The sense behind the contactor counts edges for 30 ms: it tells a phase that much
later, so its limits are that much wider (firmware/pilot_board/last_moves.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.core.commissioning.model import Measured, Outcome, failed, passed, warned
from agent.drivers.board_service import Travel
from agent.selftest.judging.limits import CATALOGUE, all_told, outside
from agent.selftest.judging.mains import PHASES
from agent.values import frozen

SENSED_OVER_MS = 35
"""Edges of 30 ms, and a look each 5 ms."""
MIRROR_CLOSES_MS, PHASES_CLOSE_MS = 100, 150
OPENS_MS = 50
REACTS_MS = 100
TARGET_MS = 80


@frozen(kw_only=True)
class Movement:
    """One closing and the opening behind it. `closed_s` is from the adapter's C to closed contacts."""

    closed_s: float
    mirror_closed_ms: int | None
    load_live_ms: tuple[int | None, ...]
    mirror_open_ms: int | None
    load_dead_ms: tuple[int | None, ...]
    why_opened: str
    event_ms: int | None

    @classmethod
    def of(cls, closed_s: float, travel: Travel) -> Movement:
        return cls(
            closed_s=round(closed_s, 3),
            mirror_closed_ms=travel.mirror_closed_ms,
            load_live_ms=travel.load_live_ms,
            mirror_open_ms=travel.mirror_open_ms,
            load_dead_ms=travel.load_dead_ms,
            why_opened=travel.why_opened,
            event_ms=travel.event_ms,
        )

    def as_mapping(self) -> Mapping[str, object]:
        """JSON."""
        return {
            "closed_s": self.closed_s,
            "mirror_closed_ms": self.mirror_closed_ms,
            "load_live_ms": list(self.load_live_ms),
            "mirror_open_ms": self.mirror_open_ms,
            "load_dead_ms": list(self.load_dead_ms),
            "why_opened": self.why_opened,
            "event_ms": self.event_ms,
        }

    @classmethod
    def from_mapping(cls, kept: Mapping[str, Any]) -> Movement:
        lists = {name: tuple(kept[name]) for name in ("load_live_ms", "load_dead_ms")}
        return cls(**{**kept, **lists})

    @property
    def opens_ms(self) -> int | None:
        """From what made it open to open contacts, by the mirror contact; None where one of both was not seen."""
        if self.event_ms is None or self.mirror_open_ms is None:
            return None
        return self.event_ms + self.mirror_open_ms

    def dead_ms(self, phases: int) -> int | None:
        """From what made it open to a dead output, as the sense tells it; None where that is not known of each."""
        if self.event_ms is None:
            return None
        slowest = _slowest(self.load_dead_ms[:phases])
        return None if slowest is None else self.event_ms + slowest


def _slowest(times: Sequence[int | None]) -> int | None:
    known = [time for time in times if time is not None]
    return max(known) if known and len(known) == len(times) else None


# --- at rest


@frozen(kw_only=True)
class AtRest:
    """One look at an open contactor. `edges` behind it in 30 ms, `current_a` through it, by phase; None: no part."""

    mirror_open: bool
    edges: tuple[float | None, ...]
    current_a: tuple[float | None, ...]


def open_state(looks: Sequence[AtRest]) -> Outcome:
    """Open by its mirror contact, dead behind it, and nothing flows (ST401)."""
    source = f"{CATALOGUE} ST401"
    edges = _worst(looks, "edges")
    currents = _worst(looks, "current_a")
    measured = (
        *(Measured(name=f"edges on {phase}", value=most, high=0, source=source) for phase, most in edges),
        *(
            Measured(name=f"current on {phase}", value=round(most, 3), unit="A", high=0.05, source=source)
            for phase, most in currents
        ),
    )
    if not all(look.mirror_open for look in looks):
        return failed(
            "The contactor's auxiliary contact says closed although nothing was ordered.",
            "Switch the supply off and prove the output dead. Check the auxiliary contact's wire; replace a contactor "
            "that sticks.",
            *measured,
            cause="contactor.welded" if any(most for _, most in edges) else "contactor.mismatch",
        )
    wrong = outside(measured)
    if wrong:
        has_voltage = any(one.name.startswith("edges") for one in wrong)
        return failed(
            f"The output is not dead: {all_told(wrong)}.",
            "Switch the supply off at once and prove it dead. Look for a pole that sticks, and for another feed behind "
            "the contactor.",
            *measured,
            cause="output.live" if has_voltage else "current.unexpected",
        )
    if not edges:
        return passed("The contactor is open by its auxiliary contact; this board does not look behind it.", *measured)
    return passed("The contactor is open and the output is dead.", *measured)


def _worst(looks: Sequence[AtRest], name: str) -> list[tuple[str, float]]:
    found = []
    for place, phase in enumerate(PHASES):
        each = [getattr(look, name)[place] for look in looks]
        values = [abs(one) for one in each if one is not None]
        if values:
            found.append((phase, max(values)))
    return found


# --- moving


def closing(movements: Sequence[Movement], phases: int) -> Outcome:
    """Mirror contact and every wired phase come in time (ST402)."""
    times = [(one.mirror_closed_ms, one.load_live_ms[:phases]) for one in movements]
    measured = _each(times, "closing", "live", (MIRROR_CLOSES_MS, PHASES_CLOSE_MS + SENSED_OVER_MS), "ST402")
    return _moved(
        measured,
        "close",
        never=(
            "Check the wires behind the contactor phase by phase, and that all phases of the supply are on. Then "
            "replace the contactor.",
            "contactor.no_close",
        ),
        slow="Measure the coil's supply while it pulls in: below 10.8 V it is the supply. Else replace the contactor.",
    )


def opening(movements: Sequence[Movement], phases: int) -> Outcome:
    """Mirror contact back and every phase dead, from the coil on (ST403)."""
    times = [(one.mirror_open_ms, one.load_dead_ms[:phases]) for one in movements]
    measured = _each(times, "opening", "dead", (OPENS_MS, OPENS_MS + SENSED_OVER_MS), "ST403")
    return _moved(
        measured,
        "open",
        never=(
            "Switch the supply off and prove it dead, then replace the contactor: a pole sticks.",
            "contactor.welded",
        ),
        slow="Check the suppressor across the coil: a plain diode slows it. Then replace the contactor: it is worn.",
    )


def _each(
    times: Sequence[tuple[int | None, Sequence[int | None]]], way: str, becomes: str, high: tuple[int, int], test: str
) -> tuple[Measured, ...]:
    """Of each movement the auxiliary contact, then its phases; `high` in that order, too."""
    source = f"{CATALOGUE} {test}"
    measured: list[Measured] = []
    for place, (mirror_ms, by_phase) in enumerate(times, 1):
        measured.append(_ms(f"{way} {place}, auxiliary contact", mirror_ms, high[0], source))
        for phase, value in zip(PHASES, by_phase, strict=False):
            measured.append(_ms(f"{way} {place}, {phase} {becomes}", value, high[1], source))
    return tuple(measured)


def _moved(measured: tuple[Measured, ...], verb: str, *, never: tuple[str, str], slow: str) -> Outcome:
    """`never`: what to do where something did not move at all, and the fault; `slow`: what to do where it did late."""
    wrong = outside(measured)
    if not wrong:
        return passed(f"The contactor {verb}s in {_longest(measured)} ms at most.", *measured)
    hint, cause = never if any(one.value is None for one in wrong) else (slow, "contactor.slow")
    return failed(f"The contactor does not {verb} as it should: {all_told(wrong)}.", hint, *measured, cause=cause)


@frozen(kw_only=True)
class Reaction:
    """What a kind of opening should be. `words`: what happened; `by`: what the board has to call its reason."""

    test: str
    words: str
    by: tuple[str, ...]
    within_ms: int = REACTS_MS
    target_ms: int = TARGET_MS
    clause: str = ""
    cause: str = "contactor.slow"
    next: str = (
        "Run ST403: if the contactor alone is slow, replace it. If it is not, update the board's firmware "
        "(evsectl board flash) and repeat."
    )


def reaction(movements: Sequence[Movement], phases: int, wanted: Reaction, reported: str = "") -> Outcome:
    """From what happened to open contacts, and to a dead output (ST307, ST406 to ST408, ST412).

    `reported`: the condition that the board itself told meanwhile, which is why it opened if nothing else was.
    """
    source = f"{wanted.clause}; {CATALOGUE} {wanted.test}" if wanted.clause else f"{CATALOGUE} {wanted.test}"
    times = [_ms(f"open after {wanted.words}", one.opens_ms, wanted.within_ms, source) for one in movements]
    dead = [
        _ms(f"dead after {wanted.words}", one.dead_ms(phases), wanted.within_ms + SENSED_OVER_MS, source)
        for one in movements
        if one.load_dead_ms[:phases]
    ]
    measured = (*times, *dead)
    others = [one.why_opened for one in movements if one.why_opened not in wanted.by]
    evidence = {"movements": [one.as_mapping() for one in movements]}
    if others:
        return failed(
            f"The contactor opened, and not by {wanted.words}: the board tells {', '.join(others)}.",
            "Do only what is asked, and repeat. If it stays so, evsectl board trip tells what came first.",
            *measured,
            cause=reported or wanted.cause,
            evidence=evidence,
        )
    wrong = outside(measured)
    if wrong:
        return failed(
            f"Too slow, or not seen: {all_told(wrong)}.", wanted.next, *measured, cause=wanted.cause, evidence=evidence
        )
    slowest = _longest(times)
    if slowest > wanted.target_ms:
        return warned(
            f"The output is open {slowest} ms after {wanted.words}: allowed, and slower than a good one "
            f"({wanted.target_ms} ms).",
            "Note it in the report; look at the contactor at the next visit.",
            *measured,
            cause=wanted.cause,
        )
    return passed(f"The output is open {slowest} ms after {wanted.words}.", *measured, evidence=evidence)


def _ms(name: str, value: int | None, high: int, source: str) -> Measured:
    return Measured(name=name, value=value, unit="ms", high=high, source=source)


def _longest(measured: Sequence[Measured]) -> int:
    return max((int(one.value) for one in measured if isinstance(one.value, int | float)), default=0)


# --- at six seconds, at two seconds


def in_time(times: tuple[Measured, ...], says: str, hint: str, cause: str) -> Outcome:
    """Several moments, each with its own limits: all of them right, or what is wrong (ST409 to ST411)."""
    wrong = outside(times)
    if not wrong:
        return passed(says, *times)
    return failed(f"Not in time: {all_told(wrong)}.", hint, *times, cause=cause)
