"""Which of several present faults to look at first: one that explains others stands before them. Pure.

Among those that explain nothing of each other the gravest is first, and of equally grave ones the one that came first.

A phase that is gone is an undervoltage too; a converter that is frozen makes every level of the pilot wrong. Both are
true, and only one of them is what somebody has to mend.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf

from agent.core.faults.model import BOARD_SILENT, Fault, Severity

_SUPPLY = frozenset({"mains.undervoltage", "mains.overvoltage", "mains.polarity", "mains.frequency", "pe.lost"})
_LEVELS = frozenset({"cp.short", "cp.diode", "cp.range", "cp.leak", "cp.generator", "cp.unstable"})

EXPLAINS: Mapping[str, frozenset[str]] = {
    "pen.fault": _SUPPLY,
    "mains.loss": _SUPPLY | {"mains.phase_loss", "mains.rotation", "meter.comm"},
    "mains.phase_loss": frozenset({"mains.undervoltage", "mains.rotation", "mains.polarity"}),
    "rcd.upstream_open": _SUPPLY | {"mains.loss", "mains.phase_loss", "meter.comm"},
    "power.rail": _LEVELS | {"cp.adc", "lock.energy_store", "contactor.no_close"},
    "cp.adc": _LEVELS,
    "cable.cut": frozenset({"cp.range", "temp.sensor"}),
    "rcd.module_error": frozenset({"rcd.selftest_failed", "rcd.dc_trip", "rcd.ac_trip"}),
    "safety.emergency_stop": frozenset({"chain.mismatch", "contactor.no_close", "contactor.opened_alone"}),
    "contactor.welded": frozenset({"output.live", "current.unexpected", "contactor.mismatch"}),
    "temp.terminal_stop": frozenset({"temp.terminal_derate"}),
    "temp.connector_stop": frozenset({"temp.connector_derate"}),
    "temp.board_stop": frozenset({"temp.board_derate"}),
    "meter.identity": frozenset({"meter.comm", "meter.implausible"}),
}
"""By a fault: those that are there because of it, as long as it is there too. A test keeps it free of rings."""


def causes_first(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The same faults; each behind those that explain it."""
    waiting = sorted(faults, key=_weight)
    ordered: list[Fault] = []
    while waiting:
        # The table has no rings, so one is always free.
        free = next(one for one in waiting if not any(_explains(other, one) for other in waiting if other is not one))
        waiting.remove(free)
        ordered.append(free)
    return tuple(ordered)


def _weight(fault: Fault) -> tuple[int, float]:
    first, looked_at = fault.first_seen, fault.condition_gone_since or fault.last_seen
    # One from before a restart of the controller came before all others; its seconds are of another boot.
    return list(Severity).index(fault.kind.severity), first.monotonic_s if first.boot_id == looked_at.boot_id else -inf


def _explains(by: Fault, other: Fault) -> bool:
    if by.kind.id == BOARD_SILENT and is_unread(other):
        # The input counts as active only because nobody can read it.
        return True
    return other.kind.id in EXPLAINS.get(by.kind.id, ())


def is_unread(fault: Fault) -> bool:
    """An input that counts as active for want of a reading says so in its evidence (station/inputs.py)."""
    evidence = dict(fault.evidence)
    return "input" in evidence and "detail" in evidence
