"""Every board of the folder charges a car, from the plug to the receipt: what stands in its file is enough for it.

A board that is new in `board_configs/` is played by itself. Where it wants something of its world, that stands below.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.core.identity import ConnectorId
from firmware_sim.board_file import BOARD_CONFIGS
from tests.simulation.stage import CARD, OTHER_CARD, Charger, tell
from tests.simulation.test_health_stories import healthy

BOARDS = sorted(BOARD_CONFIGS.glob("*.toml"))
CARDS = {1: CARD, 2: OTHER_CARD}
"""A card charges one car at a time."""
CHARGES_FOR_S = 120.0
USED_METER_WH = 12_340
"""A SunSpec meter that has not counted yet tells no register."""
SPLIT_PHASE: Mapping[str, int | str] = {
    "nominal_mv": 240_000,
    "nominal_hz": 60,
    "earthing": "split",
    "residual": "UL",
}
KINDS: Mapping[str, Mapping[str, int | str]] = {"pi_pilot_us_48a": SPLIT_PHASE}
"""Properties of the pilot board that its board file tells to people only."""
MAINS: Mapping[str, Mapping[str, float]] = {"pi_pilot_us_48a": {"volts": 240.0, "hz": 60.0}}
"""Else 230 V and 50 Hz."""
MAINS_BELIEVED_AFTER_S = 130.0
"""A pilot board that began at 50 Hz waits for a minute of the right frequency, then the agent for one without fault."""


@pytest.mark.parametrize("file", BOARDS, ids=lambda file: file.stem)
def test_a_board_charges_at_each_of_its_connectors_and_three_records_agree(file: Path) -> None:
    board = tomllib.loads(file.read_text())
    connectors = [int(table["id"]) for table in board["connector"]]
    rated_a, phases = board["rated_current_a"], board["phases"]

    async def story(charger: Charger) -> None:
        if file.stem in MAINS:
            await charger.world("mains", **MAINS[file.stem])
            await charger.passes(MAINS_BELIEVED_AFTER_S)
        for connector in connectors:
            await begins(charger, connector, phases)
        await charger.passes(CHARGES_FOR_S)
        for connector in connectors:
            assert charger.outlet(connector)["contactor"] == "closed"
            assert charger.outlet(connector)["pilot"]["offered_a"] == pytest.approx(rated_a, abs=0.6)
        for connector in connectors:
            await ends(charger, connector)

        await charger.passes(30.0)
        assert (await healthy(charger))["reasons"] == []
        for connector in connectors:
            await agrees(charger, connector, least_wh=0.9 * rated_a * phases * 230 * CHARGES_FOR_S / 3600)

    # A board for the laboratory is in lab commissioning whatever the site says, and the others are here.
    tell(
        story,
        board=file.stem.replace("_", "-"),
        supply_current_a=rated_a * len(connectors),
        meter_wh=USED_METER_WH,
        board_kind=KINDS.get(file.stem, {}),
    )


async def begins(charger: Charger, connector: int, phases: int) -> None:
    """A car that would take more than there is, and somebody who may charge."""
    await charger.plug_in(connector, current_a=80.0, phases=phases, cable_a=63)
    await identifies(charger, connector)
    await charger.world("wait", connector=connector, until="charging", timeout_s=30)


async def identifies(charger: Charger, connector: int) -> None:
    """A card where there is a reader; else the driver's telephone."""
    if charger.stage.rig.world.readers:
        await charger.swipe(CARDS[connector])
    else:
        await charger.network("remote_start", connector=connector, token=CARDS[connector])


async def ends(charger: Charger, connector: int) -> None:
    """The network stops it: that works wherever a board has no reader. Then the car leaves."""
    (transaction,) = [row for row in charger.transactions() if row["connector"] == connector]
    await charger.network("remote_stop", transaction=transaction["id"])
    await charger.passes(15.0)
    assert charger.outlet(connector)["contactor"] == "open"
    await charger.world("plug_out", connector=connector)
    await charger.passes(5.0)


async def agrees(charger: Charger, connector: int, *, least_wh: float) -> None:
    """Meter, ledger and central system tell one energy, and as much as so strong a board must have given."""
    (told,) = [row for row in charger.transactions() if row["connector"] == connector]
    sessions = await charger.agent.station.store.ledger.sessions()
    (kept,) = [session for session in sessions if session.connector == ConnectorId(connector)]

    assert (kept.start_wh, kept.stop_wh) == (told["meter_start_wh"], told["meter_stop_wh"])
    assert told["meter_stop_wh"] == charger.register_wh(connector)
    assert told["meter_stop_wh"] - told["meter_start_wh"] >= least_wh
    assert charger.statuses(connector)[-1] == "Available"
