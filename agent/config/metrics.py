"""`[metrics]`: figures for whoever watches the machine the agent runs on (docs/prometheus.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from agent.tables import TableProblem, Within
from agent.values import frozen

TEXTFILE_ENDS = ".prom"
"""node_exporter reads no other files of its folder."""


@frozen(kw_only=True)
class MetricsConfig:
    """`textfile`: what the agent writes for Prometheus, every `every_s`; without it, it writes nothing."""

    textfile: Path | None = None
    every_s: Annotated[int, Within(15, 3600, "s")] = 60


def metrics_problems(metrics: Mapping[str, object]) -> Iterator[TableProblem]:
    """What the type of a key does not show."""
    named = metrics.get("textfile")
    if isinstance(named, str) and not named.endswith(TEXTFILE_ENDS):
        what = f'"{named}" would not be read; end its name in {TEXTFILE_ENDS}, as /run/evse-agent/evse.prom'
        yield TableProblem(("metrics", "textfile"), what)
    if "every_s" in metrics and named is None:
        yield TableProblem(("metrics", "textfile"), "is missing; every_s is of no use without a file to write")
