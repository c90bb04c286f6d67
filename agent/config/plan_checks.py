"""Everything that the rules of the place say of a plan: each charger's circuit, and each feeder that several share."""

from __future__ import annotations

from collections.abc import Iterator

from agent.config import circuit_checks
from agent.config.circuit_checks import Finding, Verdict
from agent.config.countries import country_of
from agent.config.model import StationConfig
from agent.config.plans import Group, Plan, Planned
from agent.core.installation import PHASES, Load, continuous_current_a, sums_by_phase
from agent.values import frozen


@frozen(kw_only=True)
class Judged:
    """One finding with those it is about, and its line in the plan; `about` of a group is its name."""

    finding: Finding
    about: tuple[str, ...]
    where: str


def judged(plan: Plan) -> tuple[Judged, ...]:
    """What is alike for several chargers stands there once. The plan's order, feeders last."""
    alike: dict[tuple[Finding, str], list[str]] = {}
    for charger in plan.chargers:
        for finding in _of_charger(charger):
            where = str(charger.document.problems.location(finding.key))
            alike.setdefault((finding, where), []).append(charger.serial_number)
    found = [Judged(finding=finding, about=tuple(serials), where=where) for (finding, where), serials in alike.items()]
    for index, group in enumerate(plan.groups):
        where = str(plan.document.problems.location(("group", index, "feeder_current_a")))
        found += [Judged(finding=one, about=(f"group {group.name}",), where=where) for one in _of_group(plan, group)]
    return tuple(found)


def _of_charger(charger: Planned) -> Iterator[Finding]:
    config = charger.config
    said: set[str] = set()
    if config.circuit is None:
        yield _note(
            ("circuit",),
            "circuit",
            Verdict.BAD,
            "nothing is said of the breaker and the cable; write a section [circuit] (evsectl plan new shows one)",
        )
    else:
        yield from circuit_checks.findings(config.site, config.circuit)
        said = set(circuit_checks.notices(config.site, config.circuit))
    if config.site.phases > config.board.phases:
        what = f"the board has {config.board.phases} phase; the other phases of the site stay unused"
        yield _note(("site", "phases"), "board", Verdict.NOTE, what)
    if not charger.serial_number:
        what = "the serial number is open; whoever applies the plan reads it off the label"
        yield _note(("station", "serial_number"), "serial number", Verdict.NOTE, what)
    for notice in config.notices:
        if notice not in said:
            yield _note(("board",), "notice", Verdict.NOTE, notice)


def _note(key: tuple[str, ...], rule: str, verdict: Verdict, what: str) -> Finding:
    return Finding(key=key, rule=rule, verdict=verdict, measured="", limit="", what=what, source="")


def _of_group(plan: Plan, group: Group) -> Iterator[Finding]:
    members = [one for one in plan.chargers if one.row is not None and one.row.group == group.name]
    if not members:
        yield _note(("group",), "feeder", Verdict.NOTE, "no charger belongs to this group")
        return
    country = country_of(members[0].config.site.country)
    carried_a = continuous_current_a(
        group.feeder_current_a, continuous_factor=country.continuous.value, breaker_factor=group.factor
    )
    allowed_a = carried_a - group.other_loads_a
    sums = sums_by_phase(_load(one, in_silence=group.load_management) for one in members)
    worst_a = max(sums)
    phase = PHASES[sums.index(worst_a)]
    factors = f"{group.feeder_current_a:g} A × {country.continuous.value:g} × {group.factor:g}"
    others = f", less {group.other_loads_a:g} A of other loads" if group.other_loads_a else ""
    when = " while the central system is silent" if group.load_management else ""
    remedy = (
        "set site.safe_current_a, or lower it"
        if group.load_management
        else "lower site.supply_current_a, or share the feeder: load_management = true, and site.safe_current_a"
    )
    yield Finding(
        key=("group", "feeder_current_a"),
        rule="feeder",
        verdict=Verdict.GOOD if worst_a <= allowed_a + 1e-9 else Verdict.DANGER,
        measured=f"{worst_a:g} A on {phase}",
        limit=f"≤ {allowed_a:.4g} A",
        what=f"{len(members)} chargers may draw {worst_a:g} A on {phase}{when}, and the feeder gives {allowed_a:.4g} A "
        f"({factors}{others}); {remedy}",
        source=country.continuous.source,
    )


def _load(charger: Planned, *, in_silence: bool) -> Load:
    config = charger.config
    phase = charger.row.phase if charger.row else ""
    return Load(current_a=_most_a(config, in_silence=in_silence), phases=config.phases, phase=phase)


def _most_a(config: StationConfig, *, in_silence: bool) -> float:
    """What the charger takes at most, by its hardware and its site."""
    each = [config.connector_current_a(one.id) for one in config.board.connectors]
    safe_a = config.site.safe_current_a
    if in_silence and safe_a is not None:
        each = [min(one, safe_a) for one in each]
    return min(config.site.supply_current_a, sum(each))
