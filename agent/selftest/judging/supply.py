"""The circuit as the installer found it, by the rules that judge a plan (ST104, ST908). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from agent.config import circuit_checks
from agent.config.circuit import CircuitConfig
from agent.config.model import SiteConfig
from agent.core.commissioning.model import Measured, Outcome, failed, passed, warned
from agent.selftest.judging.limits import ENTERED

MISMATCH = "comm.supply_mismatch"
OF_DEVICES = frozenset({"residual current", "earthing", "own circuit", "current and breaker"})
"""Rules of ST908. The breaker counts in both: here it is read beside the RCD, and there before the cable."""
NOT_OF_SUPPLY = frozenset({"residual current", "earthing"})
TOLERATED = frozenset({"voltage drop"})
"""Against the rules of the place, and a danger to nobody."""


def bears(site: SiteConfig, circuit: CircuitConfig) -> Iterator[Outcome]:
    """Whether breaker and cable bear the charger's current (ST104)."""
    for finding in circuit_checks.findings(site, circuit):
        if finding.rule not in NOT_OF_SUPPLY:
            yield _outcome(finding)


def is_protected(site: SiteConfig, circuit: CircuitConfig) -> Iterator[Outcome]:
    """Whether the devices are those that the place wants (ST908)."""
    for finding in circuit_checks.findings(site, circuit):
        if finding.rule in OF_DEVICES:
            yield _outcome(finding)


def as_planned(plan: CircuitConfig | None, found: CircuitConfig) -> Iterator[Outcome]:
    """What differs from [circuit] of the site file: it would be held against the wrong limits later."""
    if plan is None:
        says = "the site file has no [circuit], so nobody planned it on record"
        yield warned(says, "write what was found into the site file: evsectl plan new shows how")
        return
    other = [
        f"{name} is {_shown(mine)} here and {_shown(theirs)} in the site file"
        for name in ("breaker_current_a", "breaker_curve", "cable_section_mm2", "rcd", "rcd_current_ma", "dc_detection")
        if (mine := getattr(found, name)) != (theirs := getattr(plan, name))
    ]
    if other:
        yield warned("; ".join(other), "write what was found into [circuit] of the site file", cause=MISMATCH)


def arrester(surge: str) -> Outcome:
    one = Measured(name="surge protection", value=surge, source=ENTERED)
    if surge != "none":
        return passed(f"surge protection {surge}", one)
    then = "ask the planner whether the place needs it (IEC 60364-4-44, 443), and write down why not where it does not"
    return warned("there is no surge protection in front of this circuit", then, one)


def photo(name: str) -> Outcome:
    """Only its name: pictures stay with whoever took them."""
    return passed("", Measured(name="photo of the devices", value=name, source=ENTERED))


def _outcome(finding: circuit_checks.Finding) -> Outcome:
    measured = Measured(
        name=finding.rule, value=finding.measured, source=f"{finding.limit} ({finding.source})".lstrip()
    )
    what, _, then = finding.what.rpartition("; ")
    what, then = (what, then) if what else (then, "compare it with the plan")
    match finding.verdict:
        case circuit_checks.Verdict.GOOD:
            return passed(f"{finding.rule}: {finding.measured} ({finding.limit})", measured)
        case circuit_checks.Verdict.NOTE:
            return warned(what, then, measured)
        case circuit_checks.Verdict.BAD if finding.rule in TOLERATED:
            return warned(what, then, measured, cause=MISMATCH)
        case _:
            return failed(what, then, measured, cause=MISMATCH)


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(getattr(value, "value", value))
