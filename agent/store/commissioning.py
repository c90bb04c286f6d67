"""What is kept of taking the charger into service: jobs and their tests, reports, and the milestones of its figures."""

from __future__ import annotations

from agent.store.jobs import Jobs
from agent.store.milestones import Milestones
from agent.store.reports import Reports
from agent.store.writer import Writer
from agent.values import frozen


@frozen(kw_only=True)
class Commissioning:
    """A factory reset keeps it all, but that the charger is in service, the ticks and the owner's code (reset.py)."""

    jobs: Jobs
    reports: Reports
    milestones: Milestones


def commissioning_in(writer: Writer) -> Commissioning:
    """Reads what rooms hold in memory; nothing may be written through `writer` before."""
    return Commissioning(jobs=Jobs(writer), reports=Reports(writer), milestones=Milestones(writer))
