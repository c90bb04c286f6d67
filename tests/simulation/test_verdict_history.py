"""The verdicts of a whole charger go on record as they change, outlive restarts, and cost nothing while all is well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.control.moments import utc_text
from tests.simulation.stage import Charger, tell
from tests.simulation.test_flight_recorder import side_of
from tests.simulation.test_system_in_the_bundle import contents

Row = tuple[int, str, str]


async def history(charger: Charger, connector: int | None = None) -> list[dict[str, Any]]:
    """After the batch that the journal writes."""
    await charger.passes(10.0)
    return [dict(one) for one in await side_of(charger).health_history(100, connector)]  # type: ignore[arg-type]


def rows(told: list[dict[str, Any]]) -> list[Row]:
    """Oldest first."""
    return [(one["port"], one["verdict"], one.get("reason", "")) for one in reversed(told)]


def test_a_fault_that_comes_and_goes_is_two_rows_of_its_port_with_times_and_words() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(120.0)
        await charger.world("fault", name="estop", connector=1)
        await charger.passes(300.0)
        await charger.world("heal")
        await charger.passes(60.0)
        told = await history(charger, 1)

        assert [(verdict, reason) for _, verdict, reason in rows(told)][0::2] == [("ok", ""), ("ok", "")]
        broken = told[1]
        assert broken["verdict"] == "down" and broken["reason"].startswith("fault.")
        assert "emergency stop" in broken["what"].lower()
        assert 280.0 <= broken["lasted_s"] <= 330.0
        assert broken["until"] == told[0]["since"] and "until" not in told[0]
        assert [one["port"] for one in await history(charger)].count(2) == 1

    tell(story, board="sim-dual")


def test_event_history_and_health_date_a_fault_alike_over_a_restart_too() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(120.0)
        await charger.world("fault", name="estop", connector=1)
        await charger.passes(60.0)

        for _ in range(2):
            (row, *_), document = await history(charger), await side_of(charger).health()
            (fault,), (reason, *_) = document["ports"][0]["faults"], document["ports"][0]["reasons"]
            (raised,) = await charger.agent.station.store.logs.journal.named("fault.raised", 10)
            assert row["since"] == fault["since"] == reason["since"] == utc_text(raised.at, raised.at)
            assert row["lasted_s"] == pytest.approx(fault["age_s"], abs=0.1)
            await charger.stage.charger.stop()
            await charger.passes(30.0)
            await charger.stage.charger.start()
            await charger.passes(120.0)
        await charger.world("heal")
        await charger.passes(60.0)

    tell(story)


def test_a_restart_adds_nothing_where_a_port_is_as_it_was_and_time_without_the_program_is_told_apart() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(120.0)
        await charger.network("offline")
        await charger.passes(300.0)
        before = await history(charger)
        assert rows(before) == [(1, "ok", ""), (1, "down", "network.offline")]
        assert "away_s" not in before[0]

        await charger.stage.charger.stop()
        await charger.passes(600.0)
        await charger.stage.charger.start()
        await charger.passes(300.0)
        after = await history(charger)

        assert rows(after) == rows(before)
        assert 570.0 <= after[0]["away_s"] <= 660.0 < after[0]["lasted_s"]

    tell(story)


def test_hours_in_which_all_is_well_are_one_row() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(7_200.0)

        assert rows(await history(charger)) == [(1, "ok", "")]

    tell(story)


def test_the_bundle_has_the_same_history() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(120.0)
        told = await history(charger)
        lines = contents(await side_of(charger).bundle(None))["health-history.jsonl"].splitlines()

        assert [{**json.loads(line), "age_s": 0, "lasted_s": 0} for line in lines] == [
            {**one, "age_s": 0, "lasted_s": 0} for one in told
        ]
        assert len(told) == 1

    tell(story)
