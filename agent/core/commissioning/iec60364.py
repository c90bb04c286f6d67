"""The measurements of an installation in the order of IEC 60364-6:2016, 6.4.3, made of the tests' records. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.model import ENTERED, Attempt, Job, Measured
from agent.core.commissioning.papers import Instrument, key_of_instrument, papers, tests_on_paper
from agent.core.commissioning.record import is_not_applicable, latest_of
from agent.core.commissioning.typed_number import Beyond, NotTaken, number_of

DROP = "6.4.3.11"
ORDER: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "6.4.2.3": ("Connection of conductors", ("ST909",)),
    "6.4.3.2": ("Continuity of protective conductors", ("ST901",)),
    "6.4.3.3": ("Insulation resistance", ("ST902",)),
    "6.4.3.6": ("Polarity", ("ST905", "ST504")),
    "6.4.3.7": ("Automatic disconnection of supply", ("ST903", "ST906", "ST904", "ST303", "ST302")),
    "6.4.3.8": ("Additional protection", ("ST301", "ST304", "ST907")),
    "6.4.3.9": ("Phase sequence", ("ST503",)),
    "6.4.3.10": ("Functional tests", ("ST412", "ST407", "ST604")),
    DROP: ("Voltage drop", ("ST511", "ST903")),
}
"""Clause, title, tests. 6.4.2.3 is of the inspection, the others of the tests.

6.4.3.4 (separation) and 6.4.3.5 (insulating floors) are no measures of a charging point."""


def measurements(job: Job) -> list[dict[str, object]]:
    """A group for each clause, each value with its limit, its source and the instrument that showed it."""
    return [
        {"id": clause, "title": title, "rows": [row for test in tests for row in _rows(job, test, clause)]}
        for clause, (title, tests) in ORDER.items()
    ]


def _rows(job: Job, test: str, clause: str) -> Iterator[dict[str, object]]:
    for latest in latest_of(one for one in job.attempts if one.test == test).values():
        about: dict[str, object] = {
            "test": test,
            "connector": latest.connector,
            "purpose": catalogue()[test].purpose,
            "verdict": "n.a." if is_not_applicable(latest.outcome) else latest.outcome.verdict.value,
            "instrument": {},
        }
        tool = {"instrument": instrument_of(latest, job)}
        for one in latest.outcome.measured:
            if _belongs(one, test, clause):
                yield about | (tool if is_entered(one, latest) else {}) | value_of(one, latest)
        if not latest.outcome.measured and not (test == "ST903" and clause == DROP):
            yield about | value_of(Measured(name="", value=latest.outcome.says), latest)


def _belongs(one: Measured, test: str, clause: str) -> bool:
    """The loop tester measures the voltage drop as well, which has a clause of its own."""
    return test != "ST903" or (one.unit == "%") == (clause == DROP)


def value_of(one: Measured, attempt: Attempt) -> dict[str, object]:
    """A measured value beside what it was held against.

    "beyond": the instrument showed it as its highest ("> 999"). "entered": a person typed it, or what it follows from.
    """
    beyond: dict[str, object] = {"beyond": True} if _is_beyond(one, attempt) else {}
    entered: dict[str, object] = {"entered": True} if is_entered(one, attempt) else {}
    return {
        **beyond,
        **entered,
        "name": one.name,
        "value": one.value,
        "unit": one.unit,
        "low": one.low,
        "high": one.high,
        "source": one.source,
    }


def is_entered(one: Measured, attempt: Attempt) -> bool:
    """Whether it is a person's reading and not the charger's own."""
    if attempt.test in tests_on_paper():
        return True
    names = attempt.outcome.evidence.get(ENTERED)
    return isinstance(names, list | tuple) and one.name in names


def _is_beyond(one: Measured, attempt: Attempt) -> bool:
    """Whether somebody typed this value with a ">" before it."""
    return any(
        _conductor(key) in one.name and _beyond(typed, one.unit) == one.value
        for key, typed in attempt.answers.items()
        if (paper := papers().get(key)) is not None and (paper.test, paper.unit) == (attempt.test, one.unit)
    )


def _conductor(key: str) -> str:
    """ "L1" of "ST902.l1_pe_mohm"."""
    return key.partition(".")[2].partition("_")[0].upper()


def _beyond(typed: str, unit: str) -> float | None:
    try:
        value = number_of(typed, unit)
    except NotTaken:
        return None
    return value if isinstance(value, Beyond) else None


def instrument_of(attempt: Attempt, job: Job) -> dict[str, str]:
    """Make, serial number and date of calibration of what measured it; {} where nothing but the charger did.

    What was typed at the test itself comes before what was typed once for the job, and that before what the test says
    it took from an earlier one: an instrument is asked for once.
    """
    kinds = {one.instrument for one in papers().values() if one.test == attempt.test} - {Instrument.NONE}
    if not attempt.outcome.measured:
        return {}
    found: dict[str, str] = {}
    for kind in sorted(kinds, key=lambda one: one.value):
        for part in ("make", "serial", "calibrated"):
            key = key_of_instrument(kind, part)
            if text := attempt.answers.get(key, job.answers.get(key, "")):
                found.setdefault(part, text)
    told = attempt.outcome.evidence.get("instrument")
    if isinstance(told, Mapping):
        for part in ("make", "serial", "calibrated"):
            if text := str(told.get(part, "")):
                found.setdefault(part, text)
    return found
