"""A right meter of every family passes what is tried with a load, however coarse its register is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agent.core.commissioning.model import Outcome, Verdict
from agent.drivers.meters.maps import known_maps, load_map
from agent.selftest.bench import AdapterPosition
from firmware_sim import board_file
from tests.selftest.installer import Installer
from tests.selftest.site import Site, tell
from tests.selftest.test_meter_under_load import BOARD_IS_READY_AFTER_S
from tests.selftest.test_whole_charge import WithTelephone, figures, staffed
from tests.simulation.stage import CARD

HAS_COUNTED_WH = 5_000
"""A SunSpec meter at nought has, by its standard, no counter."""
COARSE = (("carlo-gavazzi-em340", 200), ("iskra-wm3m4c", 50))
"""In 100 Wh, and in 10 Wh by a power of ten that the meter tells; with what has to flow."""
ORDER = ("ocpp.disconnected", "transaction.stopped", "ocpp.connected")
NO_CURRENTS = "eastron-sdm72d-m"


@dataclass(slots=True, kw_only=True)
class WithASmallLoad(WithTelephone):
    """Of 1.4 kW: three counts of 100 Wh take thirteen minutes."""

    async def set_adapter(self, position: AdapterPosition) -> None:
        await Installer.set_adapter(self, replace(position, load_a=6.0) if position.load_a else position)


@pytest.fixture
def board(map_id: str, tmp_path: Path) -> str:
    """The file of a board as sim-single, with such a meter."""
    text = board_file.find("sim-single").read_text(encoding="utf-8")
    text = text.replace('map = "eastron-sdm630"', f'map = "{map_id}"')
    path = tmp_path / "board.toml"
    path.write_text(text.replace("phases = 3", f"phases = {load_map(map_id).phases}"), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("map_id", known_maps())
def test_it_passes_the_load_the_phases_and_the_direction(map_id: str, board: str) -> None:
    seen: dict[str, Outcome] = {}

    async def story(site: Site) -> None:
        await site.passes(BOARD_IS_READY_AFTER_S)
        for test in ("ST508", "ST509", "ST510"):
            seen[test] = await site.check(test)

    tell(story, board=board, meter_wh=HAS_COUNTED_WH)

    by_eye = {"ST509"} if map_id == NO_CURRENTS else set()
    assert {test for test, outcome in seen.items() if outcome.verdict is Verdict.WARN} == by_eye, seen
    assert {test for test, outcome in seen.items() if outcome.verdict is Verdict.PASS} == seen.keys() - by_eye, seen


@pytest.mark.parametrize(("map_id", "least_wh"), COARSE)
def test_a_whole_charge_lasts_until_a_coarse_register_has_moved(least_wh: int, board: str) -> None:
    async def story(site: Site) -> None:
        await staffed(site)

        outcome = await site.check("ST1001")

        assert outcome.verdict is Verdict.PASS, outcome
        told = [row["energy_wh"] for row in site.charger.transactions()]
        assert figures(outcome, "energy by the central system") == told
        assert min(told) >= least_wh

    tell(story, board=board, meter_wh=HAS_COUNTED_WH)


@pytest.mark.parametrize("map_id", ["carlo-gavazzi-em340"])
def test_without_network_a_coarse_register_is_waited_for_and_the_network_does_not_come_back_before(board: str) -> None:
    async def story(site: Site) -> None:
        await staffed(site)
        site.installer = WithASmallLoad(
            world=site.charger.stage.rig.world,
            site=site,
            answers={"ST1001.start": "this command", "ST1001.token": CARD},
        )
        await site.check("ST1001")

        outcome = await site.check("ST1002")

        assert outcome.verdict is Verdict.PASS, outcome
        newest_first = await site.charger.agent.station.store.logs.journal.events(200)
        names = [one.name for one in newest_first if one.name in ORDER]
        assert tuple(reversed(names[: len(ORDER)])) == ORDER

    tell(story, board=board, meter_wh=HAS_COUNTED_WH)
