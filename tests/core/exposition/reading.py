"""The text as Prometheus' own Python library reads it: as it is, and once more by the strict rules of OpenMetrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_strictly
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

Series = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, eq=False)
class Found(Collector):
    """What was read, handed on."""

    families: tuple[Metric, ...]

    def collect(self) -> Iterator[Metric]:
        return iter(self.families)


def families(text: str) -> tuple[Metric, ...]:
    """Fails where a name, a label, a number, the order or a histogram is not as it has to be."""
    found = tuple(text_string_to_metric_families(text))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Found(found))
    written = generate_latest(registry)  # type: ignore[no-untyped-call]
    strict = tuple(read_strictly(written.decode()))  # type: ignore[no-untyped-call]
    assert [one.name for one in strict] == [one.name for one in found]
    assert len({one.name for one in found}) == len(found)
    return found


def series(text: str) -> Mapping[Series, float]:
    """Every sample by its name and labels."""
    samples = [one for family in families(text) for one in family.samples]
    found = {(one.name, tuple(sorted(one.labels.items()))): one.value for one in samples}
    assert len(found) == len(samples), "a series stands twice"
    return found


def counters(text: str) -> Mapping[Series, float]:
    """Those of which a fall is a new start."""
    names = {sample.name for one in families(text) if one.type == "counter" for sample in one.samples}
    return {key: value for key, value in series(text).items() if key[0] in names}


def one(text: str, name: str, **labels: str) -> float | None:
    """The value of a series; None where there is none."""
    return series(text).get((name, tuple(sorted(labels.items()))))
