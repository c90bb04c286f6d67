"""What a check asks of the installer: rows of papers.csv, and the instruments that measured, each once a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from agent.config.circuit import CircuitConfig, Curve, DcDetection, Earthing, RcdType
from agent.config.countries import country_of
from agent.config.measurement_limits import MeasurementLimits
from agent.core.commissioning.calibration import NONE, day_of, judged
from agent.core.commissioning.model import Outcome, passed, warned
from agent.core.commissioning.papers import Instrument, Paper, key_of_instrument, papers
from agent.core.commissioning.typed_number import NotTaken, number_of
from agent.selftest.bench import Bench, Declined, Question
from agent.selftest.judging.summing import summed

T = TypeVar("T")

ATTEMPTS = 3
"""A text that cannot be used is asked for so often, then the test is given up."""
NOT_MEASURED = "-"


async def number(bench: Bench, key: str) -> float:
    """In the unit of the table. Raises Declined."""
    return await bench.person.number(_question(papers()[key]))


async def choice(bench: Bench, key: str, default: str | None = None) -> str:
    """One of the table's choices. Raises Declined."""
    return await bench.person.ask(replace(_question(papers()[key]), default=default))


async def is_so(bench: Bench, key: str) -> bool:
    return await choice(bench, key) == "yes"


async def text(bench: Bench, key: str, default: str | None = None) -> str:
    """Not empty. Raises Declined."""
    paper = papers()[key]
    return await _understood(bench, replace(_question(paper), default=default), _some)


async def number_if_measured(bench: Bench, key: str) -> float | None:
    """None where "-" was entered. Raises Declined."""
    paper = papers()[key]

    def read(typed: str) -> float | None:
        if typed.strip() == NOT_MEASURED:
            return None
        return number_of(typed, paper.unit, paper.low, paper.high)

    return await _understood(bench, Question(key=key, text=f"{paper.text} ({paper.unit})", default=NOT_MEASURED), read)


async def instrument(bench: Bench, kind: Instrument) -> Outcome:
    """Who measured: asked once, and a warning where its calibration cannot be relied on. Raises Declined."""
    make = await _once(bench, kind, "make", f"Make and type of the {kind.words}", _some)
    serial = await _once(bench, kind, "serial", f"Serial number of the {kind.words}", _some)
    about = f'Day of the last calibration of the {kind.words} (as 2026-03-31, or "{NONE}")'
    calibrated = await _once(bench, kind, "calibrated", about, day_of)
    evidence = {"instrument": _told(kind, make, serial, calibrated)}
    rule = limits(bench).calibration
    state = judged(f"the {kind.words} ({make}, {serial})", calibrated, bench.now().utc_ms, rule.months)
    if state.is_fine:
        return passed("", evidence=evidence)
    then = f"measure with a calibrated {kind.words}, or have this one calibrated and the date entered"
    if state.is_to_come:
        then = "look at the day that was typed and at the charger's clock (evsectl status), then enter the right day"
    if not state.is_known:
        then = "set the clock (the network check says how), then repeat the test"
    return replace(warned(state.says, then), evidence=evidence)


async def by_tester(bench: Bench, found: Outcome) -> Outcome:
    """What was found, with the tester that showed it."""
    return await _by(bench, Instrument.TESTER, found)


async def by_current_clamp(bench: Bench, found: Outcome) -> Outcome:
    return await _by(bench, Instrument.CURRENT_CLAMP, found)


async def _by(bench: Bench, kind: Instrument, found: Outcome) -> Outcome:
    """Behind a test with power, which nobody does anew for a name: a warning where it is not told."""
    try:
        tool = await instrument(bench, kind)
    except Declined as no:
        then = f"write down make, serial number and calibration of the {kind.words}, then repeat the test"
        tool = warned(f"nobody says which {kind.words} showed it ({no})", then)
    return summed((found, tool))


def _told(kind: Instrument, make: str, serial: str, calibrated: date | None) -> dict[str, str]:
    day = NONE if calibrated is None else calibrated.isoformat()
    return {"kind": kind.words, "make": make, "serial": serial, "calibrated": day}


def installed(bench: Bench) -> CircuitConfig:
    """The circuit as it was found, as far as somebody typed it; the plan's, and what is usual here, for the rest."""
    circuit = planned(bench)
    typed: dict[str, Any] = {
        "breaker_current_a": _typed(bench, "ST104.breaker_a", float),
        "breaker_curve": _typed(bench, "ST104.curve", Curve),
        "cable_section_mm2": _typed(bench, "ST104.section_mm2", float),
        "cable_length_m": _typed(bench, "ST104.length_m", float),
        "dedicated": _typed(bench, "ST104.own_circuit", lambda word: word == "yes"),
        "rcd": _typed(bench, "ST908.rcd", RcdType),
        "rcd_current_ma": _typed(bench, "ST908.rcd_ma", round),
        "dc_detection": _typed(bench, "ST908.dc_detection", DcDetection),
    }
    return replace(circuit, **{name: value for name, value in typed.items() if value is not None})


def limits(bench: Bench) -> MeasurementLimits:
    """What the place asks of a measurement."""
    return country_of(bench.config.site.country).measurements


def planned(bench: Bench) -> CircuitConfig:
    """[circuit] of the site file; without one, what is usual in the country, for the charger's own current.

    The first method of laying in the country file is the one that lets the least current pass.
    """
    config = bench.config
    if config.circuit is not None:
        return config.circuit
    country = country_of(config.site.country)
    usual = country.usual
    return CircuitConfig(
        breaker_current_a=config.site.supply_current_a,
        cable_section_mm2=6.0,
        cable_length_m=10.0,
        earthing=usual.earthing,
        rcd=usual.rcd,
        breaker_curve=usual.breaker_curve,
        laying=country.tables[0].laying if country.tables else None,
        phases=config.site.phases,
        dc_detection=usual.dc_detection,
    )


def relies_on_charger(bench: Bench) -> bool:
    """By the circuit as it was found: nothing in front of the charger detects direct residual current."""
    circuit = installed(bench)
    alone = country_of(bench.config.site.country).residual.alone
    return circuit.dc_detection is DcDetection.CHARGER and circuit.rcd not in alone


def conductors(bench: Bench, *, with_neutral: bool = False) -> tuple[str, ...]:
    """Names of those that are measured against PE, as the site is wired."""
    if planned(bench).earthing is Earthing.SPLIT and bench.config.site.phases == 1:
        return ("L1", "L2")
    phases = ("L1", "L2", "L3")[: bench.config.site.phases]
    return (*phases, "N") if with_neutral else phases


# Inside.


def _question(paper: Paper) -> Question:
    return Question(
        key=paper.key, text=paper.text, unit=paper.unit, choices=paper.choices, low=paper.low, high=paper.high
    )


def _typed(bench: Bench, key: str, read: Callable[..., T]) -> T | None:
    """What was typed under `key`, None where nothing was, or nothing that can be read."""
    answer = bench.answer(key)
    if answer is None:
        return None
    paper = papers()[key]
    try:
        return read(number_of(answer, paper.unit, paper.low, paper.high) if paper.unit else answer)
    except ValueError:
        return None


async def _once(bench: Bench, kind: Instrument, part: str, about: str, read: Callable[[str], T]) -> T:
    key = key_of_instrument(kind, part)
    earlier = bench.answer(key)
    if earlier is not None:
        try:
            return read(earlier)
        except NotTaken:
            pass
    return await _understood(bench, Question(key=key, text=about), read)


async def _understood(bench: Bench, question: Question, read: Callable[[str], T]) -> T:
    for _ in range(ATTEMPTS):
        try:
            return read(await bench.person.ask(question))
        except NotTaken as error:
            await bench.person.tell(str(error))
    raise Declined(f"{question.text}: {ATTEMPTS} answers could not be used")


def _some(typed: str) -> str:
    if not typed.strip():
        raise NotTaken("nothing was written")
    return typed.strip()
