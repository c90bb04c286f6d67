"""What is kept for whoever looks after the charger from afar: how its runs ended, and what it drew."""

from __future__ import annotations

from agent.store.load_days import LoadDays
from agent.store.runs import Runs
from agent.store.writer import Writer
from agent.values import frozen


@frozen(kw_only=True)
class UpkeepRecords:
    runs: Runs
    load_days: LoadDays


def upkeep_in(writer: Writer) -> UpkeepRecords:
    """Nothing may be written through `writer` before."""
    return UpkeepRecords(runs=Runs(writer), load_days=LoadDays(writer))
