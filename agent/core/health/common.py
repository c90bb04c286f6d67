"""What several rules of the verdict look at: faults by weight, limits of the installation."""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.control_pilot import MIN_OFFER_A
from agent.core.explain.clearing import next_step
from agent.core.faults.causes import causes_first
from agent.core.faults.model import BOARD_SILENT, Fault, Reaction, Severity
from agent.core.health.model import Defect, PortSeen, Verdict
from agent.core.limits import Limit, LimitSource
from agent.core.session.model import WITH_TRANSACTION

OF_THE_CAR = frozenset({"cp.vent_required", "ev.no_stop", "ev.no_request", "ev.invalid_mode"})
"""Faults that another car at the same port has not."""
OF_THE_INSTALLATION = frozenset(
    {LimitSource.HARDWARE, LimitSource.PILOT_BOARD, LimitSource.THERMAL, LimitSource.LOCAL, LimitSource.FAILSAFE}
)
"""Limits that nobody far away wishes: the shared supply, the cable and profiles are what they should be."""
STEPS = {
    LimitSource.PILOT_BOARD: "read what the pilot board holds: evsectl board info",
    LimitSource.THERMAL: "let it cool down, and look at fan and filter",
    LimitSource.FAILSAFE: "bring the central system back: evsectl network check",
    LimitSource.LOCAL: "raise it in the site file, if the circuit bears more",
}
"""What to do about a limit, by where it comes from."""


def faults_of(seen: PortSeen, verdict: Verdict) -> Iterator[Defect]:
    """The faults of this weight. What a self-test provokes, and what only a car can have, is none of the charger's."""
    if seen.session.loan is not None:
        return
    for fault in causes_first(seen.session.faults.faults):
        is_told = seen.session.board_lost and fault.kind.id == BOARD_SILENT
        if fault.kind.id in OF_THE_CAR or is_told or weight_of(fault, seen) is not verdict:
            continue
        yield Defect(
            key=f"fault.{fault.kind.id}",
            verdict=verdict,
            text=_told(fault),
            since=fault.first_seen,
            remedy=next_step(fault),
            severity=fault.kind.severity.value,
        )


def _told(fault: Fault) -> str:
    """What it is, and what was seen where somebody could say it in words."""
    detail = dict(fault.evidence).get("detail")
    return f"{fault.kind.meaning}: {detail}" if detail else fault.kind.meaning


def weight_of(fault: Fault, seen: PortSeen) -> Verdict:
    """What a fault does to whoever wants to charge here now."""
    match fault.kind.reaction:
        case Reaction.OPEN | Reaction.X1:
            return Verdict.DOWN
        case Reaction.BLOCK:
            # It bars the next charge; a running one goes on.
            return Verdict.DEGRADED if seen.session.phase in WITH_TRANSACTION else Verdict.DOWN
        case Reaction.DERATE:
            return Verdict.DEGRADED
        case Reaction.NONE:
            return Verdict.OK if fault.kind.severity is Severity.INFO else Verdict.DEGRADED


def limits_of(seen: PortSeen) -> Iterator[Limit]:
    """Those of the installation."""
    yield from (entry for entry in seen.session.limits.entries if entry.source in OF_THE_INSTALLATION)


def of_limit(limit: Limit, verdict: Verdict) -> Defect:
    words, comes = limit.source.words, f"it comes from: {limit.detail}" if limit.detail else ""
    needs = f", and a car needs at least {MIN_OFFER_A:g} A" if verdict is Verdict.DOWN else ""
    return Defect(
        key=f"limit.{limit.source.value}",
        verdict=verdict,
        text=f"{words} allows {limit.current_a:g} A{needs}",
        since=limit.since,
        remedy="; ".join(one for one in (STEPS.get(limit.source, ""), comes) if one),
    )


def degraded(key: str, text: str, *, remedy: str) -> Defect:
    return Defect(key=key, verdict=Verdict.DEGRADED, text=text, remedy=remedy)
