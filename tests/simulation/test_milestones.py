"""A charger notes when it passed the gates on its way to the first paid energy."""

from __future__ import annotations

from dataclasses import replace

from agent.bus import News
from agent.core.commissioning.model import Job, JobState
from agent.core.identity import ConnectorId
from agent.core.metrics.charger import figures_of
from agent.core.metrics.records import Gate, Milestone
from agent.station.milestones import records_of
from tests.simulation.stage import Charger, tell


async def gates(charger: Charger) -> dict[str, Milestone]:
    found = await charger.agent.station.store.commissioning.milestones.all()
    return {one.gate.value + (str(one.connector or "")): one for one in found}


async def leaves_the_bench(charger: Charger) -> None:
    """As if it had been powered at its site already, with an earlier boot; a bench records nothing."""
    kept = charger.agent.station.store.commissioning.milestones
    await kept.keep(Gate.POWERED, charger.agent.station.clock.now())
    await charger.stage.charger.kill(with_power=True)
    await charger.stage.charger.start()
    await charger.passes(20.0)


def test_a_bench_records_nothing_whatever_happens() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(60.0)
        await charger.world("plug_out", connector=1)
        await charger.passes(20.0)

        assert await gates(charger) == {}

    tell(story)


def test_a_charger_that_waits_for_its_commissioning_has_power_and_network_and_is_not_available() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(30.0)

        found = await gates(charger)

        assert {"site.powered", "unit.named", "config.noted", "network.reached", "boot.accepted"} <= set(found)
        assert not any(name.startswith(("connector.available", "energy", "tls")) for name in found)
        assert found["site.powered"].at.monotonic_s <= found["network.reached"].at.monotonic_s

    tell(story, commissioning="required")


def test_the_first_charge_that_brought_energy_is_noted_with_the_moment_it_began_to_flow() -> None:
    async def story(charger: Charger) -> None:
        await leaves_the_bench(charger)
        await charger.plug_in()
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        await hears(charger, "transaction.stopped", energy_wh=0)
        before = charger.agent.station.clock.now()
        await charger.charge()
        flows = charger.agent.station.clock.now()
        await charger.passes(600.0)
        assert "energy.first_paid1" not in await gates(charger)
        await charger.world("plug_out", connector=1)
        await charger.passes(20.0)

        found = await gates(charger)
        assert {"connector.available1", "network.reached", "boot.accepted"} <= set(found)
        paid = found["energy.first_paid1"]
        assert before.monotonic_s < paid.at.monotonic_s <= flows.monotonic_s + 5.0
        assert int(str(paid.field("energy_wh"))) > 0
        await charger.charge()
        await charger.passes(60.0)
        await charger.world("plug_out", connector=1)
        await charger.passes(20.0)
        assert (await gates(charger))["energy.first_paid1"] == paid

    tell(story)


def test_a_charge_while_a_commissioning_is_open_is_a_test_and_a_fault_after_it_counts_against_it() -> None:
    async def story(charger: Charger) -> None:
        await leaves_the_bench(charger)
        station, jobs = charger.agent.station, charger.agent.station.store.commissioning.jobs
        job = await jobs.begin(Job(number=0, job_id="j", state=JobState.RUNNING, started=station.clock.now()))
        await charges(charger)
        assert "energy.first_paid1" not in await gates(charger)
        await breaks(charger)
        assert "fault.followed1" not in await gates(charger)
        await jobs.keep(replace(job, state=JobState.COMPLETE, ended=station.clock.now()))

        await charges(charger)
        await breaks(charger)
        await breaks(charger)
        again = await jobs.begin(Job(number=0, job_id="k", state=JobState.RUNNING, started=station.clock.now()))
        await breaks(charger, "rcm.trip")
        await jobs.keep(replace(again, state=JobState.ABANDONED, ended=station.clock.now()))

        found = await station.store.commissioning.milestones.all()
        assert [one.field("id") for one in found if one.gate is Gate.FAULT] == ["contactor.weld"]
        records = await records_of(station)
        figures = figures_of(records)
        assert figures.runs[0].state is JobState.COMPLETE
        assert figures.first_time_right.why == "commissioned again as 2; fault contactor.weld"
        assert figures.onboarding.why == "the hand-over list is not ticked yet"
        assert records.connectors == (1,)

    tell(story)


async def charges(charger: Charger) -> None:
    await charger.plug_in()
    await charger.swipe()
    await charger.passes(300.0)
    assert charger.outlet()["contactor"] == "closed"
    await charger.world("plug_out", connector=1)
    await charger.passes(20.0)


async def breaks(charger: Charger, fault: str = "contactor.weld") -> None:
    """For a moment, and is mended."""
    await hears(charger, "fault.raised", id=fault, severity="C", evidence="")


async def hears(charger: Charger, name: str, **fields: str | int) -> None:
    """News of connector 1 that nobody else needs."""
    at = charger.agent.station.clock.now()
    charger.agent.station.bus.tell(News(name=name, at=at, connector=ConnectorId(1), fields=tuple(fields.items())))
    await charger.passes(5.0)
