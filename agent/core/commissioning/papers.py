"""What an installer reads off, measures and signs: `papers.csv`, one row for each answer. Pure.

One table for what is asked at the charger and for what a file brings, so that both give the same answers under the same
keys. `key` is that of the question, `name` what a file of measurements calls it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache

from agent.values import frozen


class Instrument(Enum):
    """What measured a value; each is asked for once a job."""

    NONE = ""
    TESTER = "tester"
    CLAMP = "clamp"
    WRENCH = "wrench"
    METER = "meter"
    CURRENT_CLAMP = "current-clamp"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Instrument.NONE: "",
    Instrument.TESTER: "installation tester",
    Instrument.CLAMP: "leakage clamp",
    Instrument.WRENCH: "torque wrench",
    Instrument.METER: "reference meter",
    Instrument.CURRENT_CLAMP: "current clamp",
}


@frozen(kw_only=True)
class Paper:
    """One answer. With a `unit` it is a number between `low` and `high`; with `choices` one of these; else a text."""

    key: str
    name: str
    text: str
    instrument: Instrument = Instrument.NONE
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def test(self) -> str:
        return self.key.partition(".")[0]


@cache
def papers() -> Mapping[str, Paper]:
    """Every one by its key, in the order of the table."""
    import csv
    from importlib.resources import files

    text = files("agent.core.commissioning").joinpath("papers.csv").read_text(encoding="utf-8")
    return {line["key"]: _paper(line) for line in csv.DictReader(text.splitlines())}


@cache
def tests_on_paper() -> frozenset[str]:
    """Those of which each value was measured and read off before, and is typed."""
    return frozenset(paper.test for paper in papers().values())


@cache
def by_name() -> Mapping[str, Paper]:
    return {one.name: one for one in papers().values()}


def _paper(line: Mapping[str, str]) -> Paper:
    return Paper(
        key=line["key"],
        name=line["name"],
        text=line["text"],
        instrument=Instrument(line["instrument"]),
        unit=line["unit"],
        low=float(line["low"]) if line["low"] else None,
        high=float(line["high"]) if line["high"] else None,
        choices=tuple(line["choices"].split()),
    )


def key_of_instrument(instrument: Instrument, part: str) -> str:
    """Where the answer stands; `part` is "make", "serial" or "calibrated"."""
    return f"instrument.{instrument.value}.{part}"
