"""What is said of an outage: its end on the bus and to the network that carries it, and why it was. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from agent.core.time import Instant
from agent.core.uptime.causes import GAP_KEYS
from agent.core.uptime.exclusions import Excluded, excluded
from agent.core.uptime.hours import closed
from agent.core.uptime.intervals import length, united
from agent.core.uptime.model import Outage, Window
from agent.values import frozen


@frozen(kw_only=True)
class Ending:
    """`lasted_s`, `excluded_s` None: a clock was unknown, nobody can tell yet. `why`, `by`: of the longest part."""

    lasted_s: float | None
    excluded_s: float | None
    why: str = ""
    by: str = ""


def ending_of(outage: Outage, windows: Iterable[Window], hours: Iterable[str], zone: tzinfo) -> Ending:
    """As far as it is known at its end; the figures place it once more, when more is known."""
    ended = outage.ended
    assert ended is not None
    lasted_ms = ended.ms_since(outage.began)
    if lasted_ms is None:
        return Ending(lasted_s=None, excluded_s=None)
    lasted_ms = max(0, lasted_ms)
    end_ms = _end_ms(ended)
    at = (end_ms - lasted_ms, end_ms)
    shut = closed(hours, zone, at) if ended.utc_ms is not None else ()
    parts = excluded(outage, at, windows if ended.utc_ms is not None else (), shut)
    longest = max(parts, key=_length, default=None)
    return Ending(
        lasted_s=lasted_ms / 1000,
        excluded_s=length(united(one.at for one in parts)) / 1000,
        why="" if longest is None else longest.why.value,
        by="" if longest is None else longest.by,
    )


def why(outage: Mapping[str, Any]) -> str:
    """The evidence of an outage of `plain.of_outage`, and how often the program started while it lasted.

    The one start that ends a time without the program is no news.
    """
    starts = int(outage.get("starts", 0)) - (outage["cause"] in GAP_KEYS)
    if starts <= 0:
        return str(outage["evidence"])
    times = "once" if starts == 1 else f"{starts} times"
    return f"{outage['evidence']} (the program started anew {times} meanwhile)"


def _end_ms(ended: Instant) -> int:
    return round(ended.monotonic_s * 1000) if ended.utc_ms is None else ended.utc_ms


def _length(part: Excluded) -> int:
    return part.at[1] - part.at[0]
