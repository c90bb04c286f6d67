"""The configuration has one mark, whoever names it; what it says of the rest is no reason to test anew."""

from __future__ import annotations

import json

from agent.core.commissioning.steps import Site as Connectors
from tests.selftest.site import Site, place_of, tell
from tests.selftest.test_in_service import found


def test_job_test_and_report_name_the_configuration_by_one_mark() -> None:
    async def story(site: Site) -> None:
        desk = site.charger.agent.tests.desk
        job = await desk.begin("anna")
        measured = (await site.check("ST103")).measured
        station = site.charger.agent.station
        await desk.seal(job, Connectors(connectors=tuple(station.connectors)))
        (file,) = station.config.storage.path.glob("reports/*.json")
        head = json.loads(file.read_text())["report"]["head"]

        assert [one.value for one in measured if one.name == "configuration"] == [job.config_hash]
        assert (head["config_hash"], head["job"]["config_hash"]) == (job.config_hash, job.config_hash)

    tell(story, commissioning="required")


def test_a_configuration_that_differs_in_no_mark_of_service_keeps_what_was_tested() -> None:
    async def story(site: Site) -> None:
        job = await site.charger.agent.tests.desk.begin("anna")
        await site.charger.agent.tests.desk.keep_attempt(job, found(site, place_of("ST101")))
        await site.charger.stage.charger.stop()
        file = site.charger.stage.charger._site_file
        file.write_text(f'{file.read_text()}\n[references]\norder = "A-118"\n')
        await site.charger.stage.charger.start()

        desk = site.charger.agent.tests.desk
        kept = await desk.latest()
        anew = await desk.begin("anna")

        assert kept is not None and len(kept.attempts) == 1
        assert desk.as_it_is(kept) == kept
        assert anew.config_hash != kept.config_hash

    tell(story, commissioning="required")
