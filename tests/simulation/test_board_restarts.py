"""A pilot board that starts anew in the middle of a charge: nobody saw the car leave, and nobody says so."""

from __future__ import annotations

import pytest

from tests.simulation.stage import Charger, tell


@pytest.mark.parametrize("cause", ["power", "watchdog", "brownout"])
def test_a_charge_whose_board_starts_anew_ends_with_what_the_meter_counted_and_no_car_that_left(cause: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.passes(60.0)

        await charger.world("fault", name="mcu_reset", connector=1, cause=cause)
        await charger.passes(30.0)

        (transaction,) = charger.transactions()
        assert (transaction["stop_reason"], transaction["stops"]) == ("PowerLoss", 1)
        assert transaction["meter_stop_wh"] == charger.register_wh() > transaction["meter_start_wh"]
        assert len(await charger.events("board.restarted")) == 1
        assert await charger.events("plug.removed") == []
        assert len(await charger.events("plug.inserted")) == 1

        await charger.passes(60.0)
        await charger.swipe()
        await charger.world("wait", connector=1, until="charging", timeout_s=90)
        await charger.world("plug_out", connector=1)
        await charger.passes(15.0)
        first, second = charger.transactions()
        assert second["meter_start_wh"] == first["meter_stop_wh"]
        assert (second["stop_reason"], second["meter_stop_wh"]) == ("EVDisconnected", charger.register_wh())

    tell(story)


def test_a_car_that_drives_off_while_the_board_is_away_is_told_as_gone_and_not_as_the_reason() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(60.0)

        await charger.world("fault", name="mcu_reset", connector=1, cause="power")
        await charger.world("plug_out", connector=1)
        await charger.passes(30.0)

        (transaction,) = charger.transactions()
        assert (transaction["stop_reason"], transaction["meter_stop_wh"]) == ("PowerLoss", charger.register_wh())
        assert len(await charger.events("plug.removed")) == 1
        assert charger.statuses()[-1] == "Available"

    tell(story)
