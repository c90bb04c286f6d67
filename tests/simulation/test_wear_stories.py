"""What the wear record knows of contactor, residual current unit and supply after charges in the simulated world."""

from __future__ import annotations

import json

import pytest

from agent.core.identity import ConnectorId
from agent.drivers.interfaces import ServicedBoard
from agent.security.evidence_file import examine_evidence
from tests.simulation.stage import Charger, tell

CONTACTOR, RESIDUAL, METER, BOARD = "contactor:1", "rcm:1", "meter:1", "board:1"


def counts(charger: Charger, part: str) -> dict[str, int]:
    return dict(charger.agent.upkeep.wear.wear.part(part).counts)


async def charges_once(charger: Charger) -> None:
    await charger.charge()
    await charger.passes(60.0)
    await charger.world("plug_out", connector=1)
    await charger.passes(60.0)


def test_each_opening_is_timed_and_each_plug_has_its_test_of_the_residual_current_unit() -> None:
    async def story(charger: Charger) -> None:
        for _ in range(2):
            await charges_once(charger)

        found, residual = counts(charger, CONTACTOR), counts(charger, RESIDUAL)
        assert found["timed"] == found["openings"] == 2
        # The armature needs 12 and 22 ms; a loop of the board is 5 ms.
        assert 12 <= found["slowest_closing_ms"] <= 27
        assert 22 <= found["slowest_opening_ms"] <= 37
        assert residual["tests"] == 2
        assert residual["slowest_trip_ms"] > 0
        now_ms = charger.agent.station.clock.now().utc_ms
        assert now_ms is not None and 0 <= now_ms - residual["last_test_utc_ms"] < 120_000

    tell(story)


@pytest.mark.parametrize(
    ("name", "given", "slow", "quick"),
    [
        ("contactor_slow", {"late_ms": 84}, "slowest_closing_ms", "slowest_opening_ms"),
        ("weld_sticky", {"release_s": 0.08}, "slowest_opening_ms", "slowest_closing_ms"),
    ],
)
def test_the_slowest_movement_stays_after_the_contactor_is_quick_again(
    name: str, given: dict[str, object], slow: str, quick: str
) -> None:
    async def story(charger: Charger) -> None:
        await charger.world("fault", name=name, connector=1, **given)
        await charges_once(charger)
        after = counts(charger, CONTACTOR)
        await charger.world("heal", name=name, connector=1)
        await charges_once(charger)

        assert 90 <= after[slow] <= 120
        assert after[quick] < 60
        assert counts(charger, CONTACTOR)[slow] == after[slow]

    tell(story, may_break=("contacts still closed",))


def test_a_board_is_known_by_its_make_and_its_firmware_is_on_record_with_the_configuration() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(30.0)

        board = charger.agent.upkeep.wear.wear.part(BOARD)
        (run, _), *_ = await charger.agent.station.store.upkeep.runs.newest(1)
        pilot = charger.agent.station.connectors[ConnectorId(1)].devices.pilot
        assert isinstance(pilot, ServicedBoard)
        told = await pilot.service().describe()
        assert board.model == f"{told.board} {told.revision}"
        assert dict(run.firmware)[1] == told.firmware_version
        assert len(run.configuration) == 64

    tell(story)


def test_a_claim_holds_what_each_board_says_of_itself_and_nobody_whom_the_owner_calls() -> None:
    async def story(charger: Charger) -> None:
        await charges_once(charger)

        file, _ = await charger.agent.upkeep.evidence.make()
        found = examine_evidence(file.read_bytes())

        (board,) = [json.loads(line) for line in found.records["boards.jsonl"].splitlines()]
        assert (board["connector"], board["counters"]["openings_under_load"]) == (1, 1)
        phone = next(one for one in json.loads(found.records["config.json"]) if one["key"] == "handover.phone")
        assert phone["value"] == "…"
        assert found.problems == ()
        assert "555 0100" not in b"".join(found.records.values()).decode(errors="replace")

    tell(story, more_site='[handover]\nphone = "+49 40 555 0100"\n')


def test_a_supply_that_sags_beneath_a_charge_is_seen_by_its_meter() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(30.0)
        before = counts(charger, METER)
        await charger.world("mains", volts=203.0)
        await charger.passes(30.0)
        await charger.world("mains", volts=230.0)
        await charger.passes(30.0)

        found = counts(charger, METER)
        assert (before["sags"], before["swells"]) == (0, 0)
        assert (found["sags"], found["swells"], found["deepest_sag_percent"]) == (1, 0, 12)

    tell(story)


def test_of_a_contactor_that_welds_the_closing_is_timed_and_the_test_before_it_counts() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("fault", name="weld", connector=1)
        await charger.passes(10.0)
        await charger.world("plug_out", connector=1)
        await charger.passes(60.0)

        found = counts(charger, CONTACTOR)
        assert (found["welds"], found.get("timed", 0)) == (1, 0)
        assert "slowest_closing_ms" in found
        assert "slowest_opening_ms" not in found
        assert counts(charger, RESIDUAL)["tests"] == 1
        await charger.world("heal", name="weld", connector=1)
        await charger.passes(10.0)

    tell(story, may_break=("contacts still closed", "contactor"))
