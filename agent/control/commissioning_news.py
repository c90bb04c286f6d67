"""What the journal and whoever watches hear of a commissioning; figures are made of the job itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from agent.bus import News
from agent.core.commissioning.flow import End
from agent.core.commissioning.model import Job
from agent.core.commissioning.steps import Step
from agent.logs import NEWS

if TYPE_CHECKING:
    from agent.control.ports import StationPort

log = logging.getLogger(__name__)


class CommissioningNews:
    def __init__(self, station: StationPort) -> None:
        self._station = station

    def opened(self, job: Job) -> None:
        """Begun, or gone on with."""
        now, run = self._station.now(), job.runs
        if run == 1:
            self._tell(News(name="commission.started", at=now, fields=(("number", job.number), ("run", run))))
        else:
            self._tell(News(name="commission.resumed", at=now, fields=(("number", job.number), ("run", run))))

    def paused(self, job: Job, why: str) -> None:
        self._tell(
            News(
                name="commission.paused",
                at=self._station.now(),
                fields=(("number", job.number), ("run", job.runs), ("why", why)),
            )
        )

    def step_begun(self, job: Job, step: Step) -> None:
        self._tell(
            News(
                name="step.begun",
                at=self._station.now(),
                fields=(("number", job.number), ("step", step.value)),
            )
        )

    def step_ended(self, job: Job, end: End) -> None:
        self._tell(
            News(
                name="step.ended",
                at=self._station.now(),
                fields=(("number", job.number), ("step", end.step.value), ("verdict", end.verdict.value)),
            )
        )

    def completed(self, job: Job, lacking: int) -> None:
        """A job with its report; `lacking` is how many musts are missing."""
        self._tell(
            News(
                name="commission.completed",
                at=self._station.now(),
                fields=(("number", job.number), ("verdict", job.state.value), ("missing", lacking)),
            )
        )

    def _tell(self, news: News) -> None:
        self._station.bus.tell(news)
        log.info(news.name, extra=dict(news.fields) | {NEWS: news})
