"""What a start puts on record and what it forgets, in one commit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agent.core.time import Instant
from agent.core.uptime.model import Cause, CauseClass, Offline, Outage
from agent.core.visits.model import Attempt, Mark
from agent.station.run_record import RunRecord
from agent.store.attempts import Attempts
from agent.store.service import Service
from tests.station.desk import EPOCH_MS, Desk, at_desk

DAY_MS = 86_400_000


async def happened(desk: Desk, at: Instant, number: int) -> None:
    """One of each kind that is kept for thirteen months, over at once."""
    service = Service(desk.store.writer, desk.store.upkeep.runs)
    outage = Outage(number=number, port=1, cause=Cause(key="lent", of=CauseClass.MAINTENANCE, evidence=""), began=at)
    assert await service.begin_outage(outage) == number
    await service.keep_outage(replace(outage, ended=at))
    offline = Offline(number=0, began=at, cause="", of=CauseClass.NETWORK)
    await service.end_offline(await service.begin_offline(offline), at)
    await Attempts(desk.store.writer).keep(Attempt(port=1, marks=((Mark.PLUGGED, at), (Mark.UNPLUGGED, at))))


def test_a_start_forgets_what_ended_more_than_thirteen_months_ago(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        now = Instant(0.0, EPOCH_MS, "kernel-boot")
        for number, days in enumerate((401, 399), start=1):
            await happened(desk, replace(now, utc_ms=EPOCH_MS - days * DAY_MS, boot_id=f"boot-{number}"), number)

        await RunRecord(desk.station).begin()
        assert await kept(desk) == [[1, 2]] * 3, "without a clock nobody knows what is old"

        desk.clock.told(EPOCH_MS)
        await RunRecord(desk.station).begin()
        assert await kept(desk) == [[2]] * 3

    at_desk(tmp_path, story)


async def kept(desk: Desk) -> list[list[int]]:
    """Numbers of outages, of times offline and of attempts."""
    records, attempts = await desk.upkeep.service.records(), await desk.upkeep.service.attempts()
    return [[one.number for one in those] for those in (records.outages, records.offline, attempts)]
