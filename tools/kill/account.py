"""The account after a trial: what the central system was told, what the ledger keeps, what the meter shows. Pure.

Energy flows in transactions only. So the registers of all transactions, in their order, must form one chain without a
gap or an overlap: each start is the stop before it, the first is the meter's beginning, the last the meter's end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """One transaction by one witness; `stop_wh` None while it is open."""

    start_wh: int
    stop_wh: int | None


def problems(told: Sequence[Charged], kept: Sequence[Charged], first_wh: int, last_wh: int) -> list[str]:
    """Everything that does not add up, a sentence each; the witnesses are central system, ledger and meter."""
    return [*_chain_problems(told, first_wh, last_wh), *disagreements(told, kept)]


def disagreements(told: Sequence[Charged], kept: Sequence[Charged]) -> list[str]:
    """Where central system and ledger do not say the same, a sentence each."""
    # As multisets: two charges without energy look alike, and one of them must not stand for both.
    lost = (Counter(kept) - Counter(told)).elements()
    invented = (Counter(told) - Counter(kept)).elements()
    found = [f"never told: {one.start_wh} to {one.stop_wh} Wh" for one in lost]
    found += [f"told but not in the ledger: {one.start_wh} to {one.stop_wh} Wh" for one in invented]
    if len(told) > len(kept):
        found.append(f"told {len(told)} transactions, the ledger has {len(kept)}")
    return found


def _chain_problems(charges: Sequence[Charged], first_wh: int, last_wh: int) -> Iterator[str]:
    at_wh = first_wh
    for one in charges:
        if one.stop_wh is None:
            yield f"the transaction from {one.start_wh} Wh has no end"
            return
        if one.start_wh != at_wh:
            missing_wh = one.start_wh - at_wh
            yield f"{missing_wh} Wh between {at_wh} Wh and the start at {one.start_wh} Wh are in no transaction"
        at_wh = one.stop_wh
    if at_wh != last_wh:
        yield f"{last_wh - at_wh} Wh after the last stop at {at_wh} Wh are in no transaction"
