"""Which of several failed tests to mend first: what explains the others, by `explains.csv`. Pure.

A row says that a cause of the fault catalogue, or a test that failed, explains that others fail: a silent meter
explains a failed test under load. Nothing else is known here than what tests found, so nothing that a real charger
cannot measure.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.model import Attempt, Outcome, Verdict
from agent.core.commissioning.record import latest_of
from agent.core.commissioning.steps import Place
from agent.core.identity import ConnectorId
from agent.values import frozen

SAME = "the same is wrong there"
FAILED = (Verdict.FAIL, Verdict.ERROR)


@frozen(kw_only=True)
class Found:
    """A failed test as it stands. `behind`: those that it explains, by number and connector."""

    test: str
    connector: ConnectorId | None
    outcome: Outcome
    behind: tuple[Place, ...] = ()
    because: str = ""


@frozen(kw_only=True)
class Diagnosis:
    """What to mend, the first thing first. Whatever one of them explains is behind it and no item of its own."""

    roots: tuple[Found, ...] = ()

    @property
    def first(self) -> Found | None:
        return self.roots[0] if self.roots else None


@cache
def relations() -> Mapping[str, tuple[frozenset[str], str]]:
    """By cause or test: the tests it explains, and why."""
    text = files("agent.core.commissioning").joinpath("explains.csv").read_text(encoding="utf-8")
    return {line["by"]: (_tests(line["explains"]), line["because"]) for line in csv.DictReader(text.splitlines())}


def _tests(words: str) -> frozenset[str]:
    """ "ST4*" stands for every test whose number begins so and has as many digits as three."""
    return frozenset(test for word in words.split() for test in catalogue() if _fits(test, word))


def _fits(test: str, word: str) -> bool:
    if not word.endswith("*"):
        return test == word
    return test.startswith(word[:-1]) and len(test) == len("ST000")


def diagnosed(attempts: Iterable[Attempt]) -> Diagnosis:
    """Of the latest attempt of each test. Those that passed, warn or were skipped have no cause to look for."""
    failed = sorted((one for one in latest_of(attempts).values() if one.outcome.verdict in FAILED), key=_rank)
    reached = {_place(one): _reached(one, failed) for one in failed}
    return Diagnosis(
        roots=tuple(_found(one, failed, reached[_place(one)]) for one in failed if _is_root(one, failed, reached))
    )


def _is_root(one: Attempt, failed: list[Attempt], reached: Mapping[Place, frozenset[Place]]) -> bool:
    """Nothing explains it; of several that explain each other in a ring, the one of the lowest rank."""
    explainers = [other for other in failed if other is not one and _place(one) in reached[_place(other)]]
    return all(_place(other) in reached[_place(one)] and _rank(one) < _rank(other) for other in explainers)


def _found(root: Attempt, failed: list[Attempt], reached: frozenset[Place]) -> Found:
    behind = tuple(_place(one) for one in failed if _place(one) in reached)
    because = _because(root, frozenset(test for test, _ in behind)) if behind else ""
    return Found(test=root.test, connector=root.connector, outcome=root.outcome, behind=behind, because=because)


def _reached(root: Attempt, failed: list[Attempt]) -> frozenset[Place]:
    """Whatever it explains, and what that explains in turn."""
    seen, growing = {_place(root)}, [root]
    while growing:
        now = growing.pop()
        more = [one for one in failed if _place(one) not in seen and _explains(now, one)]
        seen |= {_place(one) for one in more}
        growing += more
    return frozenset(seen - {_place(root)})


def _place(attempt: Attempt) -> Place:
    return (attempt.test, attempt.connector)


def _explains(by: Attempt, other: Attempt) -> bool:
    if by.connector is not None and other.connector is not None and by.connector != other.connector:
        return False
    if by.connector is not None and other.connector is None and by.outcome.cause not in STATION_WIDE:
        return False
    if by.outcome.cause and by.outcome.cause == other.outcome.cause:
        return _rank(by) < _rank(other)
    if other.outcome.cause in FIRST_CAUSES and by.outcome.cause not in FIRST_CAUSES:
        return False  # that the earth is lost is no consequence of a level that is wrong
    return any(other.test in relations()[key][0] for key in _keys(by))


def _keys(attempt: Attempt) -> tuple[str, ...]:
    """A test that could not judge explains by its number alone."""
    is_failed = attempt.outcome.verdict is Verdict.FAIL
    names = (attempt.outcome.cause if is_failed else "", attempt.test)
    return tuple(name for name in names if name in relations())


def _because(root: Attempt, behind: frozenset[str]) -> str:
    return next((relations()[key][1] for key in _keys(root) if relations()[key][0] & behind), SAME)


STATION_WIDE = frozenset(
    {"mains.loss", "mains.phase_loss", "mains.undervoltage", "mains.overvoltage", "mains.polarity"}
)
"""Seen at one connector, and the reason of what fails for the charger as a whole."""
FIRST_CAUSES = (
    *("output.live", "contactor.welded", "pe.lost", "mains.polarity", "mains.overvoltage"),
    *("mcu.comm", "power.rail", "mains.loss", "mains.phase_loss", "mains.undervoltage"),
)
"""Danger before everything; then what hides the most."""


def _rank(attempt: Attempt) -> tuple[int, int, int, int]:
    """Smaller is mended sooner: danger, then stage and table. A test that broke comes after those that failed."""
    cause = attempt.outcome.cause
    row = catalogue()[attempt.test]
    return (
        FIRST_CAUSES.index(cause) if cause in FIRST_CAUSES else len(FIRST_CAUSES),
        int(attempt.outcome.verdict is Verdict.ERROR),
        # The network stands beside the hardware: a charger that is unsafe is mended first.
        {0: 4, 7: 5}.get(row.stage, row.stage) * 1000 + list(catalogue()).index(attempt.test),
        attempt.connector or 0,
    )
