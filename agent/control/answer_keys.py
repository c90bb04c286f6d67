"""The keys that a file of answers may have. Pure: what no question of the charger could be is a slip of the pen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agent.control.commissioning_texts import APPLY, LIMIT, METER_SERIAL, QUESTIONS, remark
from agent.control.questions import ADAPTER, PRESENCE
from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.papers import Instrument, key_of_instrument, papers, tests_on_paper
from agent.core.commissioning.steps import Step
from agent.tables import close_to

_METER = re.compile(rf"{re.escape(METER_SERIAL)}[0-9]+")


def problems(keys: Iterable[str]) -> tuple[str, ...]:
    """One sentence for each key that nothing asks for, with the nearest that something does."""
    known = frozenset(_known())

    def is_asked(key: str) -> bool:
        test, dot, _ = key.partition(".")
        asks_more = bool(dot) and test in catalogue() and test not in tests_on_paper()
        return key in known or asks_more or _METER.fullmatch(key) is not None

    return tuple(
        f"{key[:60]}: no question has this key{close_to(key[:60], known)}" for key in keys if not is_asked(key)
    )


def _known() -> Iterator[str]:
    """All but those of the tests that ask while they run, whose names only they know, and the meters'."""
    yield from (ADAPTER, PRESENCE, LIMIT, APPLY)
    yield from QUESTIONS
    yield from (remark(key).key for key in QUESTIONS if key.startswith("inspection."))
    yield from (f"{step.value}.again" for step in Step)
    yield from papers()
    for instrument in Instrument:
        yield from (key_of_instrument(instrument, part) for part in ("make", "serial", "calibrated"))
