"""A charger on its circuit: what nothing starts with, what is told, and whose rule it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.config.circuit import CircuitConfig, DcDetection, Earthing, Laying, PenProtection, RcdType
from agent.config.circuit_checks import Finding, Verdict, findings
from agent.config.countries import FOLDER, GENERIC, Country, country_of, known
from agent.config.model import SiteConfig
from agent.tables import bind
from agent.toml_files.reader import read
from tests.config.conftest import GOOD_SITE, WriteSite, load_good, problems_of

CIRCUIT = """
[circuit]
breaker_current_a = 32
cable_section_mm2 = 6
cable_length_m = 20
laying = "B2"
earthing = "TN-S"
rcd = "A"
dc_detection = "charger"
"""
GOOD = CircuitConfig(
    breaker_current_a=40,
    cable_section_mm2=10,
    cable_length_m=20,
    earthing=Earthing.TN_S,
    rcd=RcdType.B,
    laying=Laying.B2,
)


def found(
    rule: str, country: str = "DE", *, supply_current_a: float = 32, phases: int = 3, laid: int = 3, **changed: Any
) -> Finding:
    circuit = replace(GOOD, phases=laid, **changed)
    site = SiteConfig(country=country, supply_current_a=supply_current_a, phases=phases)
    return next(one for one in findings(site, circuit) if one.rule == rule)


def test_a_circuit_that_carries_its_charger_is_no_news(write_site: WriteSite) -> None:
    config = load_good(write_site(GOOD_SITE + CIRCUIT))

    assert config.circuit is not None
    assert config.circuit.breaker_current_a == 32
    assert not [notice for notice in config.notices if "circuit" in notice]


def test_nothing_starts_with_more_current_than_the_breaker_carries(write_site: WriteSite) -> None:
    site = write_site(GOOD_SITE + CIRCUIT.replace("breaker_current_a = 32", "breaker_current_a = 25"))

    assert problems_of(site) == [
        "site.toml:8: site.supply_current_a: 32 A is above the 25 A the breaker carries for hours (25 A × 1 × 1); "
        "write 25, or plan a larger breaker and cable "
        "(DIN VDE 0100-722, 722.311: demand factor 1 of each connecting point)"
    ]


def test_nothing_starts_with_a_cable_that_its_breaker_does_not_protect(write_site: WriteSite) -> None:
    site = write_site(GOOD_SITE + CIRCUIT.replace("section_mm2 = 6", "section_mm2 = 4"))

    (problem,) = problems_of(site)

    assert problem.startswith("site.toml:18: circuit.cable_section_mm2: 4 mm² carries 27 A (27 A × 1, IEC 60364-5-52")


def test_a_voltage_drop_is_told_and_stops_nothing(write_site: WriteSite) -> None:
    config = load_good(write_site(GOOD_SITE + CIRCUIT.replace("length_m = 20", "length_m = 80")))

    (notice,) = [notice for notice in config.notices if notice.startswith("circuit.")]
    assert notice.startswith(
        "circuit.cable_length_m: 80 m of 6 mm² lose 4.17 % at 32 A, 3 % are allowed; 8.3 mm² would"
    )


def test_what_is_missing_of_a_circuit_is_told_with_what_to_write(write_site: WriteSite) -> None:
    site = write_site(GOOD_SITE + "[circuit]\nbreaker_current_a = 32\ncable_section_mm2 = 6\ncable_length_m = 20\n")

    assert [problem.split(": ", 1)[1] for problem in problems_of(site)] == [
        'circuit.earthing: is missing; under [circuit] write earthing = "TN-S", "TN-C-S", "TT", "IT" or "split"',
        'circuit.rcd: is missing; under [circuit] write rcd = "A", "F", "B", or "none" where the charger holds it',
    ]


def test_a_reference_is_a_number_of_a_book_and_no_name(write_site: WriteSite) -> None:
    good = load_good(write_site(f'{GOOD_SITE}[references]\norder = "A-2026/117"\n'))
    problem = problems_of(write_site(f'{GOOD_SITE}[references]\ncustomer = "Jane Doe"\n'))

    assert good.references.order == "A-2026/117"
    assert "never a person's name" in problem[0]


@pytest.mark.parametrize(
    ("supply_current_a", "country", "verdict"),
    [(40, "DE", Verdict.GOOD), (40.1, "DE", Verdict.DANGER), (32, "US", Verdict.GOOD), (32.1, "US", Verdict.DANGER)],
)
def test_how_much_a_breaker_carries_for_hours_is_the_country_s_rule(
    supply_current_a: float, country: str, verdict: Verdict
) -> None:
    assert found("current and breaker", country, supply_current_a=supply_current_a).verdict is verdict


def test_heat_and_neighbours_lower_what_breaker_and_cable_carry() -> None:
    assert found("current and breaker", breaker_factor=0.7).limit == "≤ 28 A"
    assert found("breaker and cable", cable_factor=0.8).verdict is Verdict.DANGER
    assert found("breaker and cable", cable_current_a=40.0).verdict is Verdict.GOOD


def test_two_loaded_conductors_carry_more_than_three() -> None:
    three, one = found("breaker and cable"), found("breaker and cable", phases=1)

    assert (three.measured, one.measured) == ("46 A", "52 A")


def test_a_cable_of_which_nothing_is_known_passes_for_nothing() -> None:
    unknown = found("breaker and cable", laying=None)

    assert unknown.verdict is Verdict.BAD
    assert 'cable_current_a from your own table, or laying = "B2" or "C"' in unknown.what


def test_more_phases_than_are_laid_are_no_plan() -> None:
    assert found("phases", phases=3, laid=1).verdict is Verdict.BAD
    assert found("phases", phases=1, laid=3).verdict is Verdict.GOOD


@pytest.mark.parametrize(
    ("rcd", "dc", "most_ma", "verdict"),
    [
        (RcdType.B, DcDetection.NONE, 30, Verdict.GOOD),
        (RcdType.A, DcDetection.CHARGER, 30, Verdict.GOOD),
        (RcdType.A, DcDetection.NONE, 30, Verdict.BAD),
        (RcdType.AC, DcDetection.DEVICE, 30, Verdict.BAD),
        (RcdType.NONE, DcDetection.CHARGER, 30, Verdict.BAD),
        (RcdType.B, DcDetection.NONE, 300, Verdict.BAD),
    ],
)
def test_which_residual_current_device_will_do(rcd: RcdType, dc: DcDetection, most_ma: int, verdict: Verdict) -> None:
    assert found("residual current", rcd=rcd, dc_detection=dc, rcd_current_ma=most_ma).verdict is verdict


def test_a_pme_earth_needs_protection_from_a_broken_pen_in_britain_alone() -> None:
    of_pme: dict[str, Any] = {"earthing": Earthing.TN_C_S}

    assert found("earthing", "GB", **of_pme).verdict is Verdict.BAD
    assert found("earthing", "GB", **of_pme, pen_protection=PenProtection.DEVICE).verdict is Verdict.GOOD
    with pytest.raises(StopIteration):
        found("earthing", "DE", **of_pme)


def test_a_country_without_a_file_has_the_rules_of_the_iec_and_is_told_so() -> None:
    note = found("country file", "FR")

    assert note.verdict is Verdict.NOTE
    assert "no country file of FR" in note.what
    assert found("voltage drop", "FR").limit == "≤ 5 %"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda file: file.stem)
def test_every_number_of_a_country_file_names_its_source_and_tables_grow(file: Path) -> None:
    country, problems = bind(Country, read(file).table)

    assert problems == ()
    assert country is not None
    numbers = (country.continuous, country.voltage_drop_percent, country.cable, country.dedicated, country.breakers)
    assert all(one.source for one in (*numbers, country.voltages, country.resistivity, country.residual))
    assert all(rule.source for rule in country.earthing)
    assert all(table.source for table in country.tables)
    assert country.upkeep is None or country.upkeep.source
    for table in country.tables:
        assert len(table.section_mm2) == len(table.current_a)
        assert list(table.rows) == sorted(table.rows)
    assert list(country.breakers.rating_a) == sorted(country.breakers.rating_a)


def test_the_countries_are_those_with_a_file() -> None:
    assert set(known()) == {"DE", "GB", "US"}
    assert country_of("FR") == country_of(GENERIC)


def test_a_country_without_rules_of_its_own_is_told(write_site: WriteSite) -> None:
    unknown = load_good(write_site(GOOD_SITE.replace('country = "DE"', 'country = "XX"')))

    assert any("no country file of XX" in notice for notice in unknown.notices)
    assert not any("no country file" in notice for notice in load_good(write_site(GOOD_SITE)).notices)
