"""How fast the board reacted, from its own record of a trip. Pure.

The record has a row for each step of 5 ms, told by the milliseconds after the fault was raised; a row holds until the
next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent.drivers.board_service import Quantity, TripRecord

Row = Mapping[str, Quantity]
AFTER = "after_fault_ms"


def reaction_ms(record: TripRecord, is_cause: Callable[[Row], bool]) -> int | None:
    """From the first of the readings that led to the fault, to the fault; None where the record shows no such.

    Only those count that lasted until the fault: a bounce before it is none of its cause.
    """
    began: int | None = None
    for values in record.rows:
        row = dict(zip(record.columns, values, strict=True))
        at = row[AFTER]
        if not isinstance(at, int | float) or at > 0:
            break
        if not is_cause(row):
            began = None
        elif began is None:
            began = int(at)
    return None if began is None else -began


def below(name: str, bound: float) -> Callable[[Row], bool]:
    """A reading is there, and lower than that, whatever its sign."""

    def is_cause(row: Row) -> bool:
        value = row[name]
        return isinstance(value, int | float) and abs(value) < bound

    return is_cause
