"""A file of measurements, as an instrument or spreadsheet exports it, to the answers that would have been typed. Pure.

One row for each value: `name,value,unit,instrument,serial,calibrated,at`, and `connector` where the charger has several
(docs/measurements.md). All problems are told at once, each with line, column and what to write.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from agent.core.commissioning.calibration import NONE, day_of, oldest
from agent.core.commissioning.papers import Instrument, Paper, by_name, key_of_instrument
from agent.core.commissioning.typed_number import Beyond, NotTaken, number_of
from agent.values import frozen

COLUMNS = ("name", "value", "unit", "instrument", "serial", "calibrated", "at", "connector")
NEEDED = ("name", "value")
SEPARATORS = ",;\t"
LARGEST_BYTES = 1_000_000
YES = {"yes": "yes", "y": "yes", "ok": "yes", "pass": "yes", "true": "yes", "ja": "yes", "1": "yes"}
NO = {"no": "no", "n": "no", "fail": "no", "false": "no", "nein": "no", "0": "no"}
AT_FORMS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")


@frozen(kw_only=True)
class Reading:
    """One row. `answer` is the text that would have been typed; numbers are in the unit of the question.

    `connector` None: of whichever is tested. `calibrated` None: not told, or never. `at` is ISO 8601, or "".
    """

    key: str
    answer: str
    line: int
    connector: int | None = None
    instrument: str = ""
    serial: str = ""
    calibrated: date | None = None
    at: str = ""


@frozen(kw_only=True)
class Problem:
    """Where, and what to write. `column` counts from 1, 0 where it is the whole line; `heading` is its name."""

    line: int
    column: int
    heading: str
    says: str

    def __str__(self) -> str:
        place = f", column {self.column} ({self.heading})" if self.column else ""
        return f"line {self.line}{place}: {self.says}"


@frozen(kw_only=True)
class Imported:
    """What a file holds. With a problem in it nothing of it should count: half a protocol is none."""

    readings: tuple[Reading, ...]
    problems: tuple[Problem, ...]

    def answers(self, connector: int | None = None) -> Mapping[str, str]:
        """By key, as if they had been typed at that connector; rows without a connector are for every one."""
        fitting = [one for one in self.readings if one.connector in (None, connector)]
        fitting.sort(key=lambda one: one.connector is not None)  # what is said of this connector counts more
        return {one.key: one.answer for one in fitting} | _instruments(self.readings)


def read_measurements(content: bytes) -> Imported:
    """Never fails: whatever is wrong with the file is a problem in the result."""
    if len(content) > LARGEST_BYTES:
        return _only(1, f"the file has {len(content)} bytes, and {LARGEST_BYTES} are the most; export fewer rows")
    text = _decoded(content)
    lines = text.splitlines()
    skipped = 0
    separator = ""
    if lines and (told := re.fullmatch(r'"?sep=(.)"?', lines[0].strip(), re.IGNORECASE)):  # Excel's own first line
        separator, lines, skipped = told[1], lines[1:], 1
    if not any(line.strip() for line in lines):
        return _only(1, f"the file is empty; begin it with the line {','.join(COLUMNS[:7])}")
    separator = separator or max(SEPARATORS, key=lines[0].count)
    try:
        rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        return _only(1, f"this is no table of text ({error}); save it as CSV UTF-8")
    return _read(rows, skipped)


def _decoded(content: bytes) -> str:
    """UTF-8 with or without a mark, what Excel calls Unicode text, or the old code page of Windows."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _only(line: int, says: str) -> Imported:
    return Imported(readings=(), problems=(Problem(line=line, column=0, heading="", says=says),))


def _read(rows: list[list[str]], skipped: int) -> Imported:
    headings = [cell.strip().lower() for cell in rows[0]]
    places = {heading: place for place, heading in enumerate(headings)}
    problems = [*_headings(headings, skipped + 1)]
    if any(heading not in places for heading in NEEDED):
        return Imported(readings=(), problems=tuple(problems))
    readings: list[Reading] = []
    seen: dict[tuple[str, int | None], int] = {}
    for number, row in enumerate(rows[1:], start=skipped + 2):
        if not any(cell.strip() for cell in row):
            continue
        one = _Row(row, places, number)
        reading = one.reading()
        problems += one.problems
        if reading is None:
            continue
        earlier = seen.setdefault((reading.key, reading.connector), number)
        if earlier != number:
            one.complain("name", f"{one.cell('name')} stands in line {earlier} already; keep one of them")
            problems.append(one.problems[-1])
        readings.append(reading)
    return Imported(readings=tuple(readings), problems=tuple(problems))


def _headings(headings: list[str], line: int) -> Iterable[Problem]:
    for place, heading in enumerate(headings, start=1):
        if heading and heading not in COLUMNS:
            says = f'there is no column "{heading}"; there are {", ".join(COLUMNS)}'
            yield Problem(line=line, column=place, heading=heading, says=says)
    for heading in NEEDED:
        if heading not in headings:
            says = f'the column "{heading}" is missing; begin the file with the line {",".join(COLUMNS[:7])}'
            yield Problem(line=line, column=0, heading=heading, says=says)


class _Row:
    """One line under way, with what is wrong in it."""

    def __init__(self, cells: list[str], places: Mapping[str, int], line: int) -> None:
        self._cells, self._places, self._line = cells, places, line
        self.problems: list[Problem] = []

    def cell(self, heading: str) -> str:
        place = self._places.get(heading)
        return "" if place is None or place >= len(self._cells) else self._cells[place].strip()

    def complain(self, heading: str, says: str) -> None:
        column = self._places.get(heading, -1) + 1
        self.problems.append(Problem(line=self._line, column=column, heading=heading, says=says))

    def reading(self) -> Reading | None:
        """None where the row cannot be used, or says nothing."""
        paper = by_name().get(self.cell("name").lower().replace(" ", "_").replace("-", "_"))
        if paper is None:
            self.complain("name", f'no measurement is called "{self.cell("name")}"; {_near(self.cell("name"))}')
            return None
        answer, connector = self._answer(paper), self._connector()
        calibrated, at = self._calibrated(), self._at()
        if self.problems:
            return None
        return Reading(
            key=paper.key,
            answer=answer,
            line=self._line,
            connector=connector,
            instrument=self.cell("instrument"),
            serial=self.cell("serial"),
            calibrated=calibrated,
            at=at,
        )

    def _answer(self, paper: Paper) -> str:
        value, unit = self.cell("value"), self.cell("unit")
        if paper.unit:
            # A unit of its own behind the number counts; the column is for the others.
            has_own = value[-1:] and not (value[-1].isdigit() or value[-1] in ".,")
            return self._number(paper, value if has_own or not unit else f"{value} {unit}")
        if unit:
            self.complain("unit", f"{paper.name} has no unit; leave it empty")
        if not paper.choices:
            if not value:
                self.complain("value", f"nothing is written for {paper.name}; write it, or leave the row out")
            return value
        chosen = _chosen(value, paper.choices)
        if chosen is None:
            self.complain("value", f'"{value}" is none of {", ".join(paper.choices)}; write one of these')
        return chosen or ""

    def _number(self, paper: Paper, text: str) -> str:
        try:
            value = number_of(text, paper.unit, paper.low, paper.high)
            return f"> {float(value)!r}" if isinstance(value, Beyond) else repr(value)
        except NotTaken as error:
            is_unit = " is no unit " in str(error)
            self.complain("unit" if is_unit and self.cell("unit") else "value", str(error))
            return ""

    def _connector(self) -> int | None:
        text = self.cell("connector")
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 99):
            self.complain("connector", f'"{text}" is no connector; write 1, 2, …, or leave it empty for every one')
            return None
        return int(text)

    def _calibrated(self) -> date | None:
        text = self.cell("calibrated")
        try:
            return day_of(text) if text else None
        except NotTaken as error:
            self.complain("calibrated", str(error))
            return None

    def _at(self) -> str:
        text = self.cell("at")
        if not text:
            return ""
        for read in (datetime.fromisoformat, *(_by_form(form) for form in AT_FORMS)):
            try:
                return read(text).isoformat()
            except ValueError:
                continue
        self.complain("at", f'"{text}" is no moment; write it as 2026-03-31 14:05, or leave it empty')
        return ""


def _by_form(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form)  # noqa: DTZ007 - an instrument's clock knows no zone


def _chosen(value: str, choices: tuple[str, ...]) -> str | None:
    """The choice that is meant: capitals do not matter, and yes and no have their other words."""
    cleaned = value.strip().lower()
    if choices == ("yes", "no"):
        return YES.get(cleaned) or NO.get(cleaned)
    return next((one for one in choices if one.lower() == cleaned), None)


def _near(name: str) -> str:
    """Names that share the first word, else all of them."""
    first = re.split(r"[^a-z0-9]", name.lower())[0]
    near = [one for one in by_name() if first and one.startswith(first)]
    return f"write one of {', '.join(near or by_name())}"


def _instruments(readings: Iterable[Reading]) -> dict[str, str]:
    """The answers to who measured; several of one kind are named together, and the oldest calibration counts."""
    by_kind: dict[Instrument, list[Reading]] = {}
    papers = {paper.key: paper for paper in by_name().values()}
    for one in readings:
        kind = papers[one.key].instrument
        if kind is not Instrument.NONE and (one.instrument or one.serial):
            by_kind.setdefault(kind, []).append(one)
    answers: dict[str, str] = {}
    for kind, rows in by_kind.items():
        day = oldest({(row.instrument, row.serial, row.calibrated): row.calibrated for row in rows}.values())
        answers[key_of_instrument(kind, "make")] = _together(row.instrument for row in rows)
        answers[key_of_instrument(kind, "serial")] = _together(row.serial for row in rows)
        answers[key_of_instrument(kind, "calibrated")] = NONE if day is None else day.isoformat()
    return answers


def _together(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(word for word in words if word)) or "not told"
