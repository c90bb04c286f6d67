"""Which gates are passed by what the link comes to, and by the configuration of each start."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from agent.core.availability import ConnectorStatus, StatusReport
from agent.core.commissioning.model import Job, JobState
from agent.core.metrics.records import Gate
from agent.ids import Ids
from agent.ocpp_client.adapter import Registration
from agent.ocpp_client.causes import Cause
from agent.station.milestones import CONFIG_AFTER_S, MilestoneKeeper, records_of
from agent.station.network import Network
from agent.station.service_marks import marks_of
from agent.store.jobs import ServiceRecord
from tests.station.desk import ONE, SITE, Desk, at_desk

AT_ITS_SITE = SITE.replace('commissioning = "lab"\n', 'commissioning = "required"\n')
PLAIN, SECURE = "ws://csms.example/CP-1", "wss://csms.example/CP-1"
LABEL = {"label.serial": "SD-17"}
OF_THE_LINK = {Gate.NETWORK, Gate.TLS, Gate.ACCEPTED}


async def passed(desk: Desk, **seen: object) -> set[Gate]:
    """With a link that looks like this."""
    link = SimpleNamespace(snapshot=lambda: SimpleNamespace(**{"is_open": False, "registration": None, **seen}))
    MilestoneKeeper(desk.station, cast(Network, link), Ids())
    link.noticed()
    deeds = asyncio.create_task(desk.station.deeds.run())
    await asyncio.sleep(1.0)
    deeds.cancel()
    return {one.gate for one in await desk.store.commissioning.milestones.all()}


@pytest.mark.parametrize(
    ("url", "cause", "gates"),
    [
        (SECURE, Cause.DNS, set()),
        (SECURE, Cause.UNREACHABLE, set()),
        (SECURE, Cause.CONNECT_TIMEOUT, set()),
        (SECURE, Cause.REFUSED, {Gate.NETWORK}),
        (SECURE, Cause.CERTIFICATE, {Gate.NETWORK}),
        (SECURE, Cause.UNAUTHORIZED, {Gate.NETWORK, Gate.TLS}),
        (PLAIN, Cause.UNAUTHORIZED, {Gate.NETWORK}),
    ],
)
def test_an_attempt_that_fails_says_how_far_it_got(tmp_path: Path, url: str, cause: Cause, gates: set[Gate]) -> None:
    async def story(desk: Desk) -> None:
        assert await passed(desk, url=url, cause=cause) & OF_THE_LINK == gates

    at_desk(tmp_path, story, AT_ITS_SITE)


def test_an_open_link_has_passed_tls_and_is_accepted_once_the_network_says_so(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        assert await passed(desk, url=SECURE, cause=None, is_open=True) & OF_THE_LINK == {Gate.NETWORK, Gate.TLS}
        accepted = await passed(desk, url=SECURE, cause=None, is_open=True, registration=Registration.ACCEPTED)
        assert accepted >= OF_THE_LINK

    at_desk(tmp_path, story, AT_ITS_SITE)


def test_each_start_with_another_configuration_is_a_change_and_the_first_one_is_none(tmp_path: Path) -> None:
    found: list[list[Gate]] = []

    async def story(desk: Desk) -> None:
        keeper = MilestoneKeeper(desk.station, desk.network, Ids())
        works = [asyncio.create_task(one) for one in (keeper.run(), desk.station.deeds.run())]
        await asyncio.sleep(CONFIG_AFTER_S + 1.0)
        for work in works:
            work.cancel()
        kept = await desk.store.commissioning.milestones.all()
        found.append([one.gate for one in kept if one.gate in (Gate.CONFIGURED, Gate.CONFIG)])

    for supply_a in (32, 32, 16, 16, 32):
        at_desk(tmp_path, story, AT_ITS_SITE.replace("supply_current_a = 32", f"supply_current_a = {supply_a}"))

    changes = [len(gates) - 1 for gates in found]
    assert changes == [0, 0, 1, 1, 2]
    assert found[-1] == [Gate.CONFIGURED, Gate.CONFIG, Gate.CONFIG]


def test_a_first_charge_that_only_tries_the_chain_makes_no_connector_available(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        report = StatusReport(connector=ONE, status=ConnectorStatus.AVAILABLE, at=desk.clock.now())
        link = SimpleNamespace(snapshot=lambda: None)
        MilestoneKeeper(desk.station, cast(Network, link), Ids())
        jobs, marks = desk.store.commissioning.jobs, marks_of(desk.station.config)
        deeds = asyncio.create_task(desk.station.deeds.run())
        job = await jobs.begin(
            Job(number=0, job_id="j", state=JobState.RUNNING, started=desk.clock.now(), answers=LABEL)
        )
        link.status_seen(report)
        await asyncio.sleep(1.0)
        before = {one.gate for one in await desk.store.commissioning.milestones.all()}
        await jobs.put_in_service(ServiceRecord(job=job.number, since=desk.clock.now(), marks=marks), job)
        link.status_seen(report)
        await asyncio.sleep(1.0)
        deeds.cancel()

        assert (await records_of(desk.station)).serial == "SD-17"
        assert Gate.AVAILABLE not in before
        assert Gate.AVAILABLE in {one.gate for one in await desk.store.commissioning.milestones.all()}

    at_desk(tmp_path, story, AT_ITS_SITE)
