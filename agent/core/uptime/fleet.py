"""Uptime of many chargers: each port counts once, by its newest month. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from agent.core.uptime.figures import MonthFigure, Reliability, figures_of, minutes_by_class
from agent.core.uptime.model import CauseClass, ServiceRecords
from agent.core.uptime.repairs import RepairFigures, together
from agent.values import frozen

REQUIRED_PERCENT = 97.0
"""23 CFR 680.116(b): an average annual uptime of greater than this."""


@frozen(kw_only=True)
class PortFigure:
    """One port of the fleet with the figure of its newest month."""

    serial: str
    figure: MonthFigure


@frozen(kw_only=True)
class FleetUptime:
    """`ports` by percent, the worst first. `left_out`: serial numbers and why nothing can be told of them."""

    ports: tuple[PortFigure, ...]
    above: int
    median_percent: float | None
    minutes: tuple[tuple[CauseClass, float], ...]
    failures: int
    operating_s: float
    repairs: RepairFigures
    left_out: tuple[tuple[str, str], ...]

    @property
    def mtbf_s(self) -> float | None:
        return self.operating_s / self.failures if self.failures else None


def fleet_of(chargers: Iterable[tuple[str, ServiceRecords | None]]) -> FleetUptime:
    """Serial numbers with their records; None where a charger sent none."""
    ports: list[PortFigure] = []
    left_out: list[tuple[str, str]] = []
    reliability: list[Reliability] = []
    minutes: dict[CauseClass, float] = {}
    for serial, records in chargers:
        if records is None:
            left_out.append((serial, "its export has no record of service; an older release wrote it"))
            continue
        figures = figures_of(records, months=1)
        if figures.why or not figures.months:
            left_out.append((serial, figures.why or "no port of it has served anybody yet"))
        ports += [PortFigure(serial=serial, figure=one) for one in figures.months]
        reliability += figures.reliability
        for of, spent in minutes_by_class(figures.outages).items():
            minutes[of] = minutes.get(of, 0.0) + spent
    known = sorted(_percent(one) for one in ports)
    return FleetUptime(
        ports=tuple(sorted(ports, key=lambda one: (_percent(one), one.serial, one.figure.port))),
        above=sum(percent > REQUIRED_PERCENT for percent in known),
        median_percent=median(known) if known else None,
        minutes=tuple(sorted(minutes.items(), key=lambda one: -one[1])),
        failures=sum(one.failures for one in reliability),
        operating_s=sum(one.operating_s for one in reliability),
        repairs=together(one.repairs for one in reliability),
        left_out=tuple(left_out),
    )


def _percent(one: PortFigure) -> float:
    return one.figure.percent if one.figure.percent is not None else 100.0
