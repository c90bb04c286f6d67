"""A commissioning report without people: what was measured, how it ended and when, and no word that was typed. Pure.

For whoever must not learn who was there. What may stay is listed here, and everything else is left out: a field that is
added to the report is in no copy of this kind until somebody has looked at it. The hash of the whole report goes along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agent.core.leaving import is_typed

OF_HEAD = ("report_id", "number", "previous", "made", "charger", "versions", "config_hash", "connectors", "catalogue")
OF_INSTALLATION = ("circuit", "limits")
OF_STEP = ("id", "verdict", "started", "ended", "duration_ms", "worked_ms")
OF_TEST = (
    *("id", "test", "connector", "attempt", "version", "purpose", "name", "stage", "must", "counts", "verdict"),
    *("is_not_applicable", "cause", "measured", "started", "duration_ms", "remote"),
)
OF_ROW = (
    "test",
    "connector",
    "purpose",
    "verdict",
    "entered",
    "beyond",
    "name",
    "value",
    "unit",
    "low",
    "high",
    "source",
)
OF_NETWORK = ("version", "security_profile", "registration", "connected", "tests")
OF_TIMES = (
    *("started", "ended", "whole_ms", "pauses_ms", "worked_ms", "tests_ms", "runs", "visits"),
    "first_time_right",
)
OF_DEVIATION = ("id", "verdict", "must")
ANSWERS = ("yes", "no", "n.a.")
"""Of what was looked at; anything else is a person's sentence."""

Plain = dict[str, Any]


def impersonal(report: Mapping[str, Any], hash: str) -> Plain:
    """`hash`: the SHA-256 by which the whole report is known. Sections that a report does not have stay empty."""
    return {
        "without": "people, and what they typed",
        "of": hash,
        "head": _of(report.get("head"), OF_HEAD),
        "installation": _of(report.get("installation"), OF_INSTALLATION),
        "inspection": [_looked_at(one) for one in _all(report.get("inspection"))],
        "measurements": [
            _of(group, ("id", "title")) | {"rows": [*_rows(group.get("rows"))]}
            for group in _all(report.get("measurements"))
        ],
        "steps": [_of(one, OF_STEP) for one in _all(report.get("steps"))],
        "tests": [_of(one, OF_TEST) | {"measured": [*_rows(one.get("measured"))]} for one in _all(report.get("tests"))],
        "network": _of(report.get("network"), OF_NETWORK),
        "deviations": [
            _of(one, OF_DEVIATION) | {"accepted": bool(one.get("accepted_by"))}
            for one in _all(report.get("deviations"))
        ],
        "times": _of(report.get("times"), OF_TIMES),
        "verdict": _verdict(report.get("verdict")),
    }


def _of(section: object, names: tuple[str, ...]) -> Plain:
    return {name: section[name] for name in names if name in section} if isinstance(section, Mapping) else {}


def _all(section: object) -> Iterator[Mapping[str, Any]]:
    rows = section if isinstance(section, list | tuple) else ()
    return (one for one in rows if isinstance(one, Mapping))


def _looked_at(one: Mapping[str, Any]) -> Plain:
    answer = str(one.get("answer", "")).strip().lower()
    return {"id": one.get("id", ""), "answer": answer if answer in ANSWERS else ""}


def _rows(rows: object) -> Iterator[Plain]:
    """Without what is a sentence: what a person typed, and what a test says where it measured nothing."""
    for one in _all(rows):
        is_sentence = not one.get("name") or is_typed(one.get("value"), one.get("source"))
        if not is_sentence and not (one.get("entered") and isinstance(one.get("value"), str)):
            yield _of(one, OF_ROW)


def _verdict(section: object) -> Plain:
    """What is missing by its first words: behind a colon stands what a test, or a person, said of it."""
    verdict = section if isinstance(section, Mapping) else {}
    missing = verdict.get("missing")
    words = [str(one).partition(":")[0] for one in missing] if isinstance(missing, list | tuple) else []
    return _of(verdict, ("complete", "counts")) | {"missing": words}
