"""Which latched faults may be cleared by somebody who is not there, and what has to be found first.

Faults that end by a person's word (recovery S) want the linked self-test passed. From afar that is only possible where
nobody could have been hurt (none of severity C), and where every test that the catalogue links to the fault needs
nobody: then what the tests find takes the place of the look at the spot. Everything else is cleared at the charger.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.commissioning.catalogue import Need, Remote, Row, catalogue
from agent.core.commissioning.model import Attempt, Verdict
from agent.core.faults.model import Fault, FaultKind, Recovery, Severity
from agent.core.identity import ConnectorId
from agent.core.time import Instant

_HANDS = frozenset({Need.PERSON, Need.ADAPTER, Need.LOAD, Need.SWITCHED_OFF})
_UNATTENDED = (Remote.ANY_TIME, Remote.IDLE)


def linked_tests(kind: FaultKind) -> tuple[Row, ...]:
    """The tests of the catalogue that look for this fault."""
    return tuple(row for row in catalogue().values() if kind.id in row.faults)


def is_remotely_clearable(kind: FaultKind) -> bool:
    """Whether it can be cleared from afar at all."""
    tests = linked_tests(kind)
    is_plain = kind.recovery is Recovery.SERVICE and kind.severity is not Severity.CRITICAL
    return is_plain and bool(tests) and all(_needs_nobody(row) for row in tests)


def untested(fault: Fault, connector: ConnectorId, attempts: Sequence[Attempt], now: Instant) -> tuple[str, ...]:
    """The tests that have not passed since `fault` was raised, by their numbers."""
    return tuple(row.test for row in linked_tests(fault.kind) if not _has_passed(row, fault, connector, attempts, now))


def _needs_nobody(row: Row) -> bool:
    return row.remote in _UNATTENDED and not row.needs & _HANDS


def _has_passed(row: Row, fault: Fault, connector: ConnectorId, attempts: Sequence[Attempt], now: Instant) -> bool:
    here = [one for one in attempts if one.test == row.test and one.connector in (connector, None)]
    if not here or here[-1].outcome.verdict is not Verdict.PASS:
        return False
    after_ms = here[-1].started.ms_since(fault.first_seen)
    return after_ms is not None and after_ms >= 0
