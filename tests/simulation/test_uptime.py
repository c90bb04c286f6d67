"""Faults, times out of service, a lost network, a crash and a power cut: the figure agrees with the world's account."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agent.core.uptime.figures import figures_of
from agent.core.uptime.model import CauseClass, Window
from agent.core.visits.model import FailureClass, Outcome
from tests.simulation.stage import Charger, tell

Happening = Callable[[], Awaitable[object]]
NOTICED_WITHIN_S = 12.0
"""A silent board is noticed after 2 s and one that is back is asked again after a few; a start takes some, too."""


class Account:
    """What the world did to the charger, by its own clock."""

    def __init__(self, charger: Charger) -> None:
        self._charger = charger
        self.down_s: dict[CauseClass, float] = {}

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def lasts(
        self,
        of: CauseClass,
        seconds: float,
        begins: Callable[[], Awaitable[object]],
        ends: Callable[[], Awaitable[object]],
    ) -> None:
        """`begins` happens, `seconds` pass, `ends` happens, and all is well for four minutes."""
        since_s = self.now_s()
        await begins()
        await self._charger.passes(seconds)
        await ends()
        self.down_s[of] = self.down_s.get(of, 0.0) + self.now_s() - since_s
        await self._charger.passes(240.0)


async def available(charger: Charger, operative: bool) -> None:
    payload = {"connectorId": 1, "type": "Operative" if operative else "Inoperative"}
    await charger.network("call", action="ChangeAvailability", payload=payload)


async def is_back(charger: Charger) -> None:
    """The central system, and this charger on its next try."""
    await charger.network("heal")
    while not charger.agent.upkeep.service.asking().is_connected:
        await charger.passes(1.0)


def test_the_figure_agrees_with_what_the_world_did_to_the_charger() -> None:
    async def story(charger: Charger) -> None:
        account, stage = Account(charger), charger.stage.charger
        await charger.passes(120.0)
        began_s = account.now_s()

        await account.lasts(
            CauseClass.CHARGER_HARDWARE,
            300.0,
            lambda: charger.world("fault", name="link_cut", connector=1),
            lambda: charger.world("heal", name="link_cut", connector=1),
        )
        await account.lasts(CauseClass.CSMS, 600.0, lambda: available(charger, False), lambda: available(charger, True))
        away_s = account.now_s()
        await charger.network("offline")
        # Nobody is known here who may charge without its word, and it is missed after a minute.
        await charger.passes(60.0)
        await account.lasts(CauseClass.NETWORK, 540.0, lambda: charger.passes(0.0), lambda: is_back(charger))
        away_s = account.now_s() - away_s
        await account.lasts(CauseClass.CHARGER_SOFTWARE, 240.0, stage.kill, stage.start)
        await account.lasts(CauseClass.GRID, 900.0, lambda: stage.kill(with_power=True), stage.start)

        service = charger.agent.upkeep.service
        figures = figures_of(await service.records())
        told = dict.fromkeys(account.down_s, 0.0)
        for one in figures.outages:
            told[one.outage.cause.of] += (one.at[1] - one.at[0]) / 1000
        for of, seconds in account.down_s.items():
            # A power cut begins, on record, with the last sign of life, which rode along with another commit.
            early_s = 250.0 if of is CauseClass.GRID else 0.0
            assert seconds - NOTICED_WITHIN_S <= told[of] <= seconds + NOTICED_WITHIN_S + early_s, of
        [month] = figures.months
        counted_s = (month.year.outage_ms - month.year.excluded_ms) / 1000
        ours_s = sum(seconds for of, seconds in account.down_s.items() if of is not CauseClass.GRID)
        assert counted_s == pytest.approx(ours_s, abs=3 * NOTICED_WITHIN_S)
        assert month.percent == pytest.approx(100 * (1 - counted_s / (525_600 * 60)))
        assert month.year.recorded_ms / 1000 == pytest.approx(account.now_s() - began_s + 120.0, abs=10.0)
        assert 600.0 <= month.year.offline_ms / 1000 <= away_s
        events = await charger.events("outage.ended")
        assert [event["cause"] for event in events] == [
            *("board.silent", "out_of_service", "network.closed", "program.crashed", "power_cut"),
        ]
        assert (await service.month())[1]["outage_min"] == pytest.approx(month.alone.outage_ms / 60_000, abs=0.01)

    tell(story, commissioning="lab")


def test_an_outage_over_a_crash_and_a_power_cut_is_one_with_both_starts_inside() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        stage, began_s = charger.stage.charger, asyncio.get_running_loop().time()
        await available(charger, False)
        await charger.passes(100.0)
        await stage.kill()
        await charger.passes(30.0)
        await stage.start()
        await charger.passes(100.0)
        await stage.kill(with_power=True)
        await charger.passes(60.0)
        await stage.start()
        await charger.passes(100.0)
        await available(charger, True)
        lasted_s = asyncio.get_running_loop().time() - began_s
        await charger.passes(60.0)

        [outage] = figures_of(await charger.agent.upkeep.service.records()).outages
        assert (outage.outage.cause.key, outage.starts, outage.excluded_ms) == ("out_of_service", 2, 0)
        assert (outage.at[1] - outage.at[0]) / 1000 == pytest.approx(lasted_s, abs=NOTICED_WITHIN_S)
        assert len(await charger.events("outage.begun")) == len(await charger.events("outage.ended")) == 1

    tell(story)


def test_without_the_network_a_port_is_out_where_its_settings_say_so_as_one_outage_over_a_restart() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        for key in ("LocalAuthorizeOffline", "AllowOfflineTxForUnknownId"):
            await charger.network("change_configuration", key=key, value="false")
        await charger.network("offline")
        await charger.passes(150.0)
        await charger.stage.charger.kill()
        await charger.passes(30.0)
        await charger.stage.charger.start()
        await charger.passes(150.0)
        await charger.network("heal")
        await charger.passes(120.0)

        [outage] = figures_of(await charger.agent.upkeep.service.records()).outages
        assert (outage.outage.cause.key, outage.starts) == ("network.closed", 1)
        assert outage.outage.ended is not None

    tell(story)


def test_what_goes_out_of_service_in_a_window_does_not_count() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        service, now = charger.agent.upkeep.service, charger.agent.station.clock.now()
        assert now.utc_ms is not None
        await service.open_window(
            Window(number=0, opened=now, from_ms=now.utc_ms, until_ms=now.utc_ms + 600_000, why="new meter", by="anna")
        )
        await available(charger, False)
        await charger.passes(900.0)
        await available(charger, True)
        await charger.passes(30.0)

        [outage] = figures_of(await service.records()).outages
        assert outage.outage.cause.of is CauseClass.MAINTENANCE
        assert (outage.at[1] - outage.at[0]) / 1000 == pytest.approx(900.0, abs=3.0)
        assert outage.excluded_ms / 1000 == pytest.approx(600.0, abs=3.0)
        [event] = await charger.events("outage.ended")
        assert (event["excluded_class"], event["excluded_by"]) == ("maintenance", "anna")

    tell(story)


def test_attempts_are_on_record_without_a_token_and_one_that_a_power_cut_ended_failed() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(30.0)
        await charger.charge()
        await charger.passes(300.0)
        await charger.world("plug_out", connector=1)
        await charger.passes(30.0)
        await charger.charge()
        await charger.passes(200.0)
        await charger.stage.charger.kill(with_power=True)
        await charger.world("plug_out", connector=1)
        await charger.passes(300.0)
        await charger.stage.charger.start()
        await charger.passes(60.0)

        good, cut = await charger.agent.upkeep.service.attempts()
        assert (good.start, good.end, good.stop_reason) == (Outcome.SUCCESS, Outcome.SUCCESS, "EVDisconnected")
        assert (cut.start, cut.end, cut.failure) == (Outcome.SUCCESS, Outcome.FAILED, FailureClass.GRID)
        assert (good.number, good.visit, cut.number, cut.visit) == (1, 1, 2, 1)
        told = await charger.events("session.recorded")
        assert [(event["attempt"], event["end"]) for event in told] == [(1, "success"), (2, "failed")]
        rows = charger.agent.station.store.writer.connection.execute("SELECT fields FROM attempts").fetchall()
        assert "04A1B2C3" not in str([row["fields"] for row in rows] + told).upper()

    tell(story)


def test_a_charge_that_goes_on_after_a_crash_is_one_attempt() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(30.0)
        await charger.charge()
        await charger.passes(200.0)
        await charger.stage.charger.kill()
        await charger.passes(20.0)
        await charger.stage.charger.start()
        await charger.world("wait", connector=1, until="charging", timeout_s=90)
        await charger.passes(200.0)
        await charger.world("plug_out", connector=1)
        await charger.passes(30.0)

        [attempt] = await charger.agent.upkeep.service.attempts()
        assert (attempt.start, attempt.end) == (Outcome.SUCCESS, Outcome.SUCCESS)
        assert attempt.energy_wh > 900

    tell(story)


def test_what_the_central_system_writes_is_on_record_with_what_it_was_before() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(30.0)
        before = charger.agent.upkeep.service.settings()["OCPPCommCtrlr.HeartbeatInterval"]
        await charger.network("change_configuration", key="HeartbeatInterval", value="77")
        await charger.passes(5.0)

        changes = await charger.agent.upkeep.service.config_changes()
        told = [(one.before, one.after, one.path, one.who) for one in changes if "HeartbeatInterval" in one.key]
        assert told[-1] == (before, "77", "ocpp", "central system")

    tell(story)


def test_an_end_that_the_disk_refused_is_written_once_it_takes_it() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        await charger.network("change_configuration", key="AllowOfflineTxForUnknownId", value="true")
        await charger.world("fault", name="link_cut", connector=1)
        await charger.network("offline")
        await charger.passes(300.0)
        writer = charger.agent.station.store.writer
        await writer.alone(lambda card: card.execute("PRAGMA query_only = ON"))
        await charger.world("heal", name="link_cut", connector=1)
        await charger.network("heal")
        await charger.passes(120.0)
        await writer.alone(lambda card: card.execute("PRAGMA query_only = OFF"))
        await charger.passes(400.0)

        records = await charger.agent.upkeep.service.records()
        [placed] = figures_of(records).outages
        assert placed.outage.ended is not None
        assert (placed.at[1] - placed.at[0]) / 1000 == pytest.approx(300.0, abs=NOTICED_WITHIN_S)
        [offline] = records.offline
        assert offline.ended is not None
        assert offline.ended.since(offline.began) < 500.0

    tell(story)


def test_what_a_record_leaves_open_ends_at_the_next_start_where_the_next_one_began() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        for _ in range(2):
            await available(charger, False)
            await charger.passes(90.0)
            await available(charger, True)
            await charger.passes(90.0)
        writer = charger.agent.station.store.writer
        await writer.write(lambda card: card.execute("UPDATE outages SET ended_s = NULL").rowcount)
        await charger.stage.charger.kill()
        await charger.stage.charger.start()
        await charger.passes(60.0)

        first, second, _ = (await charger.agent.upkeep.service.records()).outages
        assert first.ended == second.began
        assert second.ended is not None

    tell(story)
