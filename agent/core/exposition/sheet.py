"""What is known at one moment, written down as Prometheus reads it (text format 0.0.4). Pure.

The format is older than OpenMetrics, and the only one that node_exporter takes from a file. No sample carries a time:
it is the moment of the reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite

from agent.core.exposition.histogram import Histogram
from agent.core.exposition.table import METRICS, Metric

Labels = tuple[tuple[str, str], ...]
_ESCAPED_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})
_ESCAPED_VALUE = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class Sheet:
    """One object a reading. What is put twice counts as it was put last."""

    def __init__(self) -> None:
        self._found: dict[str, dict[Labels, float | Histogram]] = {}

    def put(self, name: str, value: float | Histogram | None, **labels: object) -> None:
        """`value` None, or no number: not known, and no series. A label that is None is left out.

        KeyError and ValueError for a name or a label that the table does not have: our own mistakes.
        """
        metric = METRICS[name]
        if foreign := labels.keys() - set(metric.labels):
            raise ValueError(f"{name} has no label {', '.join(sorted(foreign))}")
        if value is None or (not isinstance(value, Histogram) and not isfinite(value)):
            return
        named = tuple((label, str(labels[label])) for label in metric.labels if labels.get(label) is not None)
        self._found.setdefault(name, {})[named] = value

    def put_states(self, name: str, label: str, states: Iterable[str], now: str, **labels: object) -> None:
        """A series for each state there is: 1 for the one that holds, 0 for the others."""
        for state in states:
            self.put(name, int(state == now), **{**labels, label: state})

    def text(self) -> str:
        """Every metric of which something is known, in the order of the table."""
        return "".join(line + "\n" for metric in METRICS.values() for line in self._lines(metric))

    def _lines(self, metric: Metric) -> Iterator[str]:
        found = self._found.get(metric.name)
        if not found:
            return
        yield f"# HELP {metric.name} {metric.meaning.translate(_ESCAPED_HELP)}"
        yield f"# TYPE {metric.name} {metric.kind.value}"
        for labels, value in found.items():
            if isinstance(value, Histogram):
                yield from _buckets(metric.name, labels, value)
            else:
                yield f"{metric.name}{_braces(labels)} {_number(value)}"


def _buckets(name: str, labels: Labels, histogram: Histogram) -> Iterator[str]:
    counts = histogram.cumulative()
    for bound, count in zip((*map(_number, histogram.bounds), "+Inf"), counts, strict=True):
        yield f"{name}_bucket{_braces((*labels, ('le', bound)))} {count}"
    yield f"{name}_sum{_braces(labels)} {_number(histogram.sum)}"
    yield f"{name}_count{_braces(labels)} {counts[-1]}"


def _braces(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{value.translate(_ESCAPED_VALUE)}"' for name, value in labels) + "}"


def _number(value: float) -> str:
    """To the last digit: what is read is what was known."""
    return str(int(value)) if isinstance(value, int) else repr(value)
