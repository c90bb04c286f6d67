"""What must be true when a plan has been played and everything has settled. Pure.

Energy flows in transactions only, so the registers of one connector's transactions form a chain, and the agent's ledger
has the same one as the central system. Some faults excuse gaps in it and nothing else: a meter that does not count, or
cannot be read at the end; a contactor that sticks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firmware_sim.scenario import Plan
from tools.kill.account import Charged, disagreements
from tools.kill.account import problems as account

EXCUSE_GAPS = ("meter_", "weld", "link_", "serial_noise", "cp_", "contactor_")
"""Beginnings of the names of faults after which energy may lie outside of what was measured."""
TOLERATED_COMPLAINTS = ("schema",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The end of a run: three witnesses who have not heard of each other, and what else was seen.

    By connector: `kept` the transactions of the agent's ledger, `registers` the meters' Wh; `told` are those of the
    central system.
    """

    plan: Plan
    told: Sequence[Mapping[str, Any]]
    kept: Mapping[int, Sequence[Charged]]
    complaints: Sequence[str]
    registers: Mapping[int, int]
    open_contactors: bool


def problems(seen: Evidence) -> Iterator[str]:
    """Everything that does not hold, a sentence each."""
    yield from seen.complaints
    welds = any(name in ("weld",) for name in seen.plan.broken)
    if not seen.open_contactors and not welds:
        yield "a contactor is closed although everybody left"
    has_excuse = any(name.startswith(EXCUSE_GAPS) for name in seen.plan.broken)
    for connector, register_wh in seen.registers.items():
        charges = [row for row in seen.told if row["connector"] == connector]
        # The network numbers them in the order in which it heard of them, which is the order of recording.
        chain = [Charged(start_wh=row["meter_start_wh"], stop_wh=row["meter_stop_wh"]) for row in charges]
        kept = seen.kept.get(connector, ())
        found = _excused(chain, kept, register_wh) if has_excuse else account(chain, kept, 0, register_wh)
        yield from (f"connector {connector}: {what}" for what in found)


def _excused(told: Sequence[Charged], kept: Sequence[Charged], register_wh: int) -> Iterator[str]:
    """What no broken device explains: the two records never differ, whatever the meter made of it."""
    yield from _overlaps(told, register_wh)
    yield from disagreements(told, kept)


def _overlaps(chain: Sequence[Charged], register_wh: int) -> Iterator[str]:
    """No Wh twice and none invented, whatever was broken."""
    at_wh = 0
    for one in chain:
        if one.stop_wh is None:
            yield f"the transaction from {one.start_wh} Wh has no end"
            return
        if one.start_wh < at_wh or one.stop_wh < one.start_wh:
            yield f"{one.start_wh} to {one.stop_wh} Wh overlaps what ended at {at_wh} Wh"
        at_wh = max(at_wh, one.stop_wh)
    if at_wh > register_wh:
        yield f"{at_wh} Wh were told, the meter has counted {register_wh} Wh"
