"""What a charger writes that nobody uses: nearly nothing, and each reading at a mark of the clock is told once."""

from __future__ import annotations

from tests.simulation.stage import Charger, tell

QUARTER_S = 900.0
HOURS = 2


def marks_told(charger: Charger) -> list[str]:
    return [payload["meterValue"][0]["timestamp"] for payload in charger.told("MeterValues")]


def test_an_idle_hour_is_two_commits_and_all_its_readings_are_told() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(QUARTER_S)
        writer, before = charger.agent.station.store.writer, len(marks_told(charger))
        commits = writer.commits
        await charger.passes(HOURS * 4 * QUARTER_S)

        assert writer.commits - commits <= 2 * HOURS
        assert len(marks_told(charger)) - before == 4 * HOURS

    tell(story)


def test_readings_that_nobody_could_hear_outlive_a_power_cut_and_are_told_once_and_in_order() -> None:
    async def story(charger: Charger) -> None:
        await charger.network("offline")
        await charger.passes(3 * QUARTER_S)
        waiting = charger.agent.station.store.ledger.queued()
        assert waiting == 3
        before = len(marks_told(charger))
        await charger.stage.charger.kill(with_power=True)
        await charger.network("heal")
        await charger.stage.charger.start()
        await charger.passes(QUARTER_S / 2)

        told = marks_told(charger)[before:]
        assert len(told) == waiting
        assert told == sorted(set(told))

    tell(story)
