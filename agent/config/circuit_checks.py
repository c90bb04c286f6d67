"""Whether a charger may hang on its circuit: its current against breaker, cable, phases and devices, with reasons.

The same findings are made in the office, when a plan is applied, and at every start of the agent. What would overload a
breaker or a cable is a problem and nothing starts with it; everything else that a country's rules want is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING

from agent.config.circuit import CircuitConfig, Conductor, DcDetection, PenProtection, RcdType
from agent.config.countries import CableTable, Country, country_of, known
from agent.core.installation import carried_by, continuous_current_a, voltage_drop_percent
from agent.tables import KeyPath, TableProblem
from agent.values import frozen

if TYPE_CHECKING:
    from agent.config.model import SiteConfig


class Verdict(Enum):
    """DANGER: something would be overloaded. BAD: against the rules of the place. NOTE: for a person to look at."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "FAIL"
    DANGER = "DANGER"

    @property
    def passes(self) -> bool:
        return self in (Verdict.GOOD, Verdict.NOTE)


@frozen(kw_only=True)
class Finding:
    """One rule held against the plan. `key` is where to change something, `what` the whole sentence where it is bad."""

    key: KeyPath
    rule: str
    verdict: Verdict
    measured: str
    limit: str
    what: str
    source: str


def findings(site: SiteConfig, circuit: CircuitConfig) -> Iterator[Finding]:
    """Every rule, in the order in which a planner goes along the cable."""
    country = country_of(site.country)
    current_a = site.supply_current_a
    yield _breaker(current_a, circuit, country)
    if circuit.breaker_current_a not in country.breakers.rating_a:
        yield _odd_rating(circuit, country)
    yield from _cable(circuit, site.phases, country)
    yield _drop(min(current_a, _allowed_a(circuit, country)), circuit, site.phases, country)
    yield _phases(site.phases, circuit)
    yield _residual(circuit, country)
    yield from _earthing(circuit, country)
    yield _dedicated(circuit, country)
    if site.country not in known():
        yield Finding(
            key=("site", "country"),
            rule="country file",
            verdict=Verdict.NOTE,
            measured=site.country,
            limit=", ".join(known()),
            what=f"there is no country file of {site.country}; the IEC's rules were used, look up those of the place",
            source=country.name,
        )


def problems(site: object, circuit: object) -> Iterator[TableProblem]:
    """What nothing may start with. Sections that could not be bound are None, and told already."""
    from agent.config.model import SiteConfig

    if not isinstance(site, SiteConfig) or not isinstance(circuit, CircuitConfig):
        return
    for finding in findings(site, circuit):
        if finding.verdict is Verdict.DANGER:
            yield TableProblem(finding.key, f"{finding.what} ({finding.source})")


def notices(site: SiteConfig, circuit: CircuitConfig) -> Iterator[str]:
    """What a charger runs with all the same, and whoever looks shall know."""
    for finding in findings(site, circuit):
        if finding.verdict is Verdict.BAD:
            yield f"{finding.key[0]}.{finding.key[-1]}: {finding.what} ({finding.source})"


def bearing(site: SiteConfig, circuit: CircuitConfig) -> Iterator[tuple[str, float, str]]:
    """What breaker and cable bear for hours, in amperes, and who says so; no cable where nobody rated it."""
    country = country_of(site.country)
    yield "breaker", _allowed_a(circuit, country), country.continuous.source
    carried = _carried_a(circuit, site.phases, country)
    if carried is not None:
        yield "cable", carried[0] * circuit.cable_factor, carried[1]


def _allowed_a(circuit: CircuitConfig, country: Country) -> float:
    return continuous_current_a(
        circuit.breaker_current_a,
        continuous_factor=country.continuous.value,
        breaker_factor=circuit.breaker_factor,
    )


def _breaker(current_a: float, circuit: CircuitConfig, country: Country) -> Finding:
    allowed_a = _allowed_a(circuit, country)
    factors = f"{circuit.breaker_current_a:g} A × {country.continuous.value:g} × {circuit.breaker_factor:g}"
    return Finding(
        key=("site", "supply_current_a"),
        rule="current and breaker",
        verdict=Verdict.GOOD if current_a <= allowed_a + 1e-9 else Verdict.DANGER,
        measured=f"{current_a:g} A",
        limit=f"≤ {_down(allowed_a)} A",
        what=f"{current_a:g} A is above the {_down(allowed_a)} A the breaker carries for hours ({factors}); "
        f"write {_down(allowed_a)}, or plan a larger breaker and cable",
        source=country.continuous.source,
    )


def _odd_rating(circuit: CircuitConfig, country: Country) -> Finding:
    lower = [one for one in country.breakers.rating_a if one < circuit.breaker_current_a]
    upper = [one for one in country.breakers.rating_a if one > circuit.breaker_current_a]
    near = " and ".join(f"{one:g} A" for one in (*lower[-1:], *upper[:1]))
    return Finding(
        key=("circuit", "breaker_current_a"),
        rule="rating",
        verdict=Verdict.NOTE,
        measured="",
        limit="",
        what=f"no breaker is usually rated {circuit.breaker_current_a:g} A here; there are {near}",
        source=country.breakers.source,
    )


def _cable(circuit: CircuitConfig, phases: int, country: Country) -> Iterator[Finding]:
    carried = _carried_a(circuit, phases, country)
    if carried is None:
        yield Finding(
            key=("circuit", "cable_current_a"),
            rule="breaker and cable",
            verdict=Verdict.BAD,
            measured="?",
            limit=f"≥ {circuit.breaker_current_a:g} A",
            what="nobody says what the cable carries as it is laid; write cable_current_a from your own table"
            + _layings(circuit, country),
            source=country.cable.source,
        )
        return
    tabled_a, source = carried
    cable_a = tabled_a * circuit.cable_factor
    needed_a = circuit.breaker_current_a * country.cable.value
    yield Finding(
        key=("circuit", "cable_section_mm2"),
        rule="breaker and cable",
        verdict=Verdict.GOOD if needed_a <= cable_a + 1e-9 else Verdict.DANGER,
        measured=f"{cable_a:.4g} A",
        limit=f"≥ {needed_a:g} A",
        what=f"{circuit.cable_section_mm2:g} mm² carries {cable_a:.4g} A ({tabled_a:g} A × {circuit.cable_factor:g}, "
        f"{source}), and the breaker lets {needed_a:g} A pass; plan a larger section or a smaller breaker",
        source=country.cable.source,
    )


def _layings(circuit: CircuitConfig, country: Country) -> str:
    """Which methods the country file has rows for, for this conductor."""
    if circuit.conductor is not Conductor.COPPER or not country.tables:
        return ""
    methods = sorted({table.laying.value for table in country.tables})
    return f", or laying = {' or '.join(f'{method!r}' for method in methods)}".replace("'", '"')


def _carried_a(circuit: CircuitConfig, phases: int, country: Country) -> tuple[float, str] | None:
    """Amperes before the planner's factor, and who says so."""
    if circuit.cable_current_a is not None:
        return circuit.cable_current_a, "by the planner's table"
    if circuit.laying is None or circuit.conductor is not Conductor.COPPER:
        return None
    table = _table(circuit, 3 if phases == 3 else 2, country)
    current_a = carried_by(circuit.cable_section_mm2, table.rows) if table else None
    return None if table is None or current_a is None else (current_a, table.source)


def _table(circuit: CircuitConfig, loaded: int, country: Country) -> CableTable | None:
    fitting = (table for table in country.tables if table.laying is circuit.laying and table.loaded == loaded)
    return next(fitting, None)


def _drop(current_a: float, circuit: CircuitConfig, phases: int, country: Country) -> Finding:
    is_copper = circuit.conductor is Conductor.COPPER
    standard_v = country.voltages.three_v if phases == 3 else country.voltages.single_v
    percent = voltage_drop_percent(
        current_a,
        length_m=circuit.cable_length_m,
        section_mm2=circuit.cable_section_mm2,
        resistivity_ohm_mm2_per_m=country.resistivity.copper if is_copper else country.resistivity.aluminium,
        voltage_v=circuit.voltage_v or standard_v,
        phases=phases,
    )
    most = country.voltage_drop_percent.value
    needed = circuit.cable_section_mm2 * percent / most
    return Finding(
        key=("circuit", "cable_length_m"),
        rule="voltage drop",
        verdict=Verdict.GOOD if percent <= most + 1e-9 else Verdict.BAD,
        measured=f"{percent:.2f} %",
        limit=f"≤ {most:g} %",
        what=f"{circuit.cable_length_m:g} m of {circuit.cable_section_mm2:g} mm² lose {percent:.2f} % at "
        f"{current_a:g} A, {most:g} % are allowed; {needed:.1f} mm² would do",
        source=country.voltage_drop_percent.source,
    )


def _phases(phases: int, circuit: CircuitConfig) -> Finding:
    return Finding(
        key=("site", "phases"),
        rule="phases",
        verdict=Verdict.GOOD if phases <= circuit.phases else Verdict.BAD,
        measured=str(phases),
        limit=f"≤ {circuit.phases}",
        what=f"the charger shall use {phases} phases and the circuit has {circuit.phases}; write phases = "
        f"{circuit.phases} under [site], or lay them",
        source="the plan itself",
    )


def _residual(circuit: CircuitConfig, country: Country) -> Finding:
    rule = country.residual
    has_dc = circuit.dc_detection is not DcDetection.NONE
    fits = circuit.rcd in rule.alone or (has_dc and circuit.rcd in rule.with_dc_detection)
    is_fine = circuit.rcd is RcdType.NONE or circuit.rcd_current_ma <= rule.most_ma
    shown = circuit.rcd.value + ("" if circuit.rcd is RcdType.NONE else f" {circuit.rcd_current_ma} mA")
    alone = " or ".join(one.value for one in rule.alone)
    beside = " or ".join(one.value for one in rule.with_dc_detection)
    return Finding(
        key=("circuit", "rcd" if not fits else "rcd_current_ma"),
        rule="residual current",
        verdict=Verdict.GOOD if fits and is_fine else Verdict.BAD,
        measured=shown + (" and 6 mA DC" if has_dc else ""),
        limit=f"{alone}; {beside} with 6 mA DC; ≤ {rule.most_ma} mA" if alone != beside else alone,
        what=f"{_rcd_in_words(circuit)} will not do here; plan type {alone}, or {beside} where the charger or a device "
        f"detects 6 mA of direct current (dc_detection), of at most {rule.most_ma} mA",
        source=rule.source,
    )


def _rcd_in_words(circuit: CircuitConfig) -> str:
    if circuit.rcd is RcdType.NONE:
        return "a circuit without an RCD"
    beside = "" if circuit.dc_detection is not DcDetection.NONE else " without anything that detects 6 mA DC"
    return f"an RCD of type {circuit.rcd.value}, {circuit.rcd_current_ma} mA,{beside}"


def _earthing(circuit: CircuitConfig, country: Country) -> Iterator[Finding]:
    for rule in country.earthing:
        if rule.earthing is not circuit.earthing:
            continue
        is_met = rule.needs_pen_protection and circuit.pen_protection is not PenProtection.NONE
        unmet = Verdict.BAD if rule.needs_pen_protection else Verdict.NOTE
        remedy = '; write pen_protection = "device" or "electrode"' if rule.needs_pen_protection else ""
        yield Finding(
            key=("circuit", "earthing"),
            rule="earthing",
            verdict=Verdict.GOOD if is_met else unmet,
            measured=f"{circuit.earthing.value}, PEN protection: {circuit.pen_protection.value}",
            limit="PEN protection" if rule.needs_pen_protection else "",
            what=f"{rule.because}{remedy}",
            source=rule.source,
        )


def _dedicated(circuit: CircuitConfig, country: Country) -> Finding:
    return Finding(
        key=("circuit", "dedicated"),
        rule="own circuit",
        verdict=Verdict.GOOD if circuit.dedicated else Verdict.BAD,
        measured="yes" if circuit.dedicated else "no",
        limit="yes",
        what="other loads hang on this circuit; give the charger one of its own",
        source=country.dedicated.source,
    )


def _down(amperes: float) -> str:
    """To a tenth, never above: what is written back into the plan must hold."""
    return f"{int(amperes * 10 + 1e-6) / 10:g}"


def as_words(finding: Finding) -> Mapping[str, str]:
    """For JSON and for tables."""
    return {
        "key": ".".join(str(part) for part in finding.key),
        "rule": finding.rule,
        "verdict": finding.verdict.value,
        "measured": finding.measured,
        "limit": finding.limit,
        "what": "" if finding.verdict is Verdict.GOOD else finding.what,
        "source": finding.source,
    }
