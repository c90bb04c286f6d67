"""Country files: `limits/*.toml`, the rules of a place with the source of each. No limit of a norm stands in code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from agent.config.circuit import Curve, DcDetection, Earthing, Laying, RcdType
from agent.config.measurement_limits import MeasurementLimits
from agent.tables import OneOf, Within, bind
from agent.toml_files.problems import raise_if_any
from agent.toml_files.reader import read
from agent.values import frozen

FOLDER = Path(__file__).parent / "limits"
GENERIC = "iec"


@frozen(kw_only=True)
class Number:
    """A number of a rule, and where it is written."""

    value: float
    source: str


@frozen(kw_only=True)
class Breakers:
    """Rated currents that breakers and fuses are made with, smallest first."""

    rating_a: tuple[float, ...]
    source: str


@frozen(kw_only=True)
class Voltages:
    """Between the two conductors of a single-phase charger, and to neutral of a three-phase one."""

    single_v: float
    three_v: float
    source: str


@frozen(kw_only=True)
class Resistivity:
    """Ω·mm²/m at working temperature."""

    copper: float
    aluminium: float
    source: str


@frozen(kw_only=True)
class ResidualRule:
    """Types that will do alone, those that will do beside detection of 6 mA DC, and the most milliamperes."""

    alone: tuple[RcdType, ...]
    with_dc_detection: tuple[RcdType, ...]
    most_ma: int
    source: str


@frozen(kw_only=True)
class EarthingRule:
    """A type of supply that needs something more here."""

    earthing: Earthing
    needs_pen_protection: bool
    because: str
    source: str


@frozen(kw_only=True)
class Usual:
    """What is mostly found here, for a plan that nobody has filled in yet.

    `most_current_a` for one charger; `phases` of the supply to which single-phase chargers are dealt out.
    """

    breaker_curve: Curve
    earthing: Earthing
    rcd: RcdType
    dc_detection: DcDetection
    most_current_a: float
    phases: Annotated[int, OneOf((1, 3))]


@frozen(kw_only=True)
class Upkeep:
    """What an owner is told to have looked at, in months, and what the rules want of the hours of charging.

    `off_peak_outside`: hours outside of which a car charges by default, "" where no rule says so; `random_delay_s`: the
    longest random delay that the same rule wants.
    """

    rcd_button_months: Annotated[int, Within(1, 60, "months")]
    look_months: Annotated[int, Within(1, 120, "months")]
    verification_months: Annotated[int, Within(1, 240, "months")]
    source: str
    off_peak_outside: str = ""
    random_delay_s: Annotated[int, Within(0, 3600, "s")] = 0


@frozen(kw_only=True)
class CableTable:
    """Amperes of copper conductors by section, with so many of them loaded."""

    laying: Laying
    loaded: Annotated[int, OneOf((2, 3))]
    section_mm2: tuple[float, ...]
    current_a: tuple[Annotated[float, Within(1, 2000, "A")], ...]
    source: str

    @property
    def rows(self) -> tuple[tuple[float, float], ...]:
        return tuple(zip(self.section_mm2, self.current_a, strict=True))


@frozen(kw_only=True)
class Country:
    """One file. `note` is what whoever relies on it has to know."""

    name: str
    note: str
    continuous: Number
    breakers: Breakers
    voltage_drop_percent: Number
    cable: Number
    dedicated: Number
    voltages: Voltages
    resistivity: Resistivity
    residual: ResidualRule
    usual: Usual
    measurements: MeasurementLimits
    upkeep: Upkeep | None = None
    earthing: tuple[EarthingRule, ...] = ()
    tables: tuple[CableTable, ...] = ()


def known() -> Mapping[str, Path]:
    """Every country there is a file of, by its two letters."""
    return {file.stem.upper(): file for file in sorted(FOLDER.glob("*.toml")) if file.stem != GENERIC}


def country_of(code: str) -> Country:
    """The rules of a country; where it has no file, the generic ones of the IEC."""
    return _read(_file_of(code))


def voltages_of(code: str) -> Voltages:
    """What of a country's rules a charger needs as long as it runs; the rest of the file is not kept for it.

    Raises ConfigError, for a mistake of ours.
    """
    document = read(_file_of(code))
    table = document.table.get("voltages")
    voltages, found = bind(Voltages, table if isinstance(table, Mapping) else {}, ("voltages",))
    document.problems.extend(found)
    raise_if_any(document.problems)
    assert voltages is not None
    return voltages


def _file_of(code: str) -> Path:
    return known().get(code, FOLDER / f"{GENERIC}.toml")


@cache
def _read(file: Path) -> Country:
    """A file of the program itself, so a problem in it is a mistake of ours: raises ConfigError."""
    document = read(file)
    country, found = bind(Country, document.table)
    document.problems.extend(found)
    raise_if_any(document.problems)
    assert country is not None
    return country
