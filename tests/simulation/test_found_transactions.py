"""A charge that a restart finds open: it goes on or ends as the site wants, and bills what its own meter counted."""

from __future__ import annotations

import pytest

from agent.core.session.deadlines import UNRECORDED_S
from agent.core.session.model import SessionPhase
from firmware_sim import board_file
from tests.simulation.stage import Charger, tell


@pytest.mark.parametrize("with_power", [True, False])
@pytest.mark.parametrize("register_wh", [20, 750_000])
def test_a_meter_exchanged_while_nobody_looked_bills_nothing_of_its_own(register_wh: int, with_power: bool) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(300.0)
        known_wh = on_record_wh(charger)
        await charger.stage.charger.kill(with_power=with_power)
        await charger.passes(3600.0)
        await charger.world("fault", name="meter_exchanged", connector=1, register_wh=register_wh)
        await charger.stage.charger.start()
        await charger.passes(60.0)

        (transaction,) = charger.transactions()
        assert transaction["meter_stop_wh"] == known_wh > transaction["meter_start_wh"]
        assert transaction["stop_reason"] == ("PowerLoss" if with_power else "Other")
        (evidence,) = [fields["evidence"] for fields in await charger.events("fault.raised")]
        assert f"known_wh {known_wh}, read_wh {register_wh}" in str(evidence)

        await charger.world("plug_out", connector=1)
        await charger.passes(15.0)
        assert charger.session().faults.ids == ()
        await charger.charge()
        await charger.passes(60.0)
        await charger.world("plug_out", connector=1)
        await charger.passes(15.0)
        _, following = charger.transactions()
        assert following["meter_start_wh"] >= register_wh
        assert following["meter_stop_wh"] == charger.register_wh()

    tell(story)


def test_what_flowed_between_the_last_record_and_a_power_cut_is_billed() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.passes(90.0)
        while charger.register_wh() < on_record_wh(charger) + 150:
            await charger.passes(1.0)
        await charger.stage.charger.kill(with_power=True)
        await charger.passes(7_200.0)
        await charger.stage.charger.start()
        await charger.passes(60.0)

        (transaction,) = charger.transactions()
        assert transaction["meter_stop_wh"] == charger.register_wh()
        assert await charger.events("fault.raised") == []

    tell(story)


@pytest.mark.parametrize("with_power", [True, False])
def test_a_card_that_takes_no_more_records_pauses_the_charge_and_loses_no_wh_with_a_kill(with_power: bool) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.passes(60.0)
        await charger.agent.station.store.writer.alone(lambda card: card.execute("PRAGMA query_only = ON"))
        await charger.passes(UNRECORDED_S)
        stood_wh = charger.register_wh()
        await charger.passes(1200.0)

        assert charger.session().phase is SessionPhase.CHARGING
        assert charger.outlet()["contactor"] == "open"
        assert charger.register_wh() == stood_wh > on_record_wh(charger) - 1
        assert charger.statuses()[-1] == "SuspendedEVSE"

        await charger.stage.charger.kill(with_power=with_power)
        await charger.passes(60.0)
        await charger.stage.charger.start()
        await charger.passes(90.0)
        assert (charger.outlet()["contactor"] == "open") == with_power
        await charger.world("plug_out", connector=1)
        await charger.passes(15.0)

        (transaction,) = charger.transactions()
        assert transaction["meter_stop_wh"] == charger.register_wh()
        assert await charger.events("fault.raised") == []

    tell(story)


def test_a_card_that_takes_records_again_lets_the_charge_go_on() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        writer = charger.agent.station.store.writer
        await writer.alone(lambda card: card.execute("PRAGMA query_only = ON"))
        await charger.passes(600.0)
        assert charger.outlet()["contactor"] == "open"

        await writer.alone(lambda card: card.execute("PRAGMA query_only = OFF"))
        await charger.passes(30.0)

        assert charger.outlet()["contactor"] == "closed"
        assert charger.statuses()[-2:] == ["SuspendedEVSE", "Charging"]

    tell(story)


def test_where_the_site_says_nothing_a_charge_goes_on_after_a_restart() -> None:
    async def story(charger: Charger) -> None:
        await restarted_in_a_charge(charger)

        assert charger.outlet()["contactor"] == "closed"
        (transaction,) = charger.transactions()
        assert transaction["stops"] == 0

    tell(story)


def test_where_the_site_wants_it_a_charge_ends_with_a_restart() -> None:
    async def story(charger: Charger) -> None:
        await restarted_in_a_charge(charger)

        assert charger.outlet()["contactor"] == "open"
        (transaction,) = charger.transactions()
        assert transaction["stop_reason"] == "Reboot"
        assert transaction["meter_stop_wh"] == charger.register_wh()

    tell(story, resume_after_restart=False)


@pytest.mark.parametrize(("with_power", "reason"), [(True, "PowerLoss"), (False, "Reboot")])
def test_a_charge_at_a_connector_that_is_no_more_ends_with_the_last_register_on_record(
    with_power: bool, reason: str
) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(connector=2)
        await charger.passes(120.0)
        known_wh = on_record_wh(charger, connector=2)
        await charger.stage.charger.kill(with_power=with_power)
        board = charger.stage.rig.board_path
        table = board_file.read(board)
        board.write_text(board_file.emit({**table, "connector": table["connector"][:1]}))
        for _ in range(2):
            await charger.stage.charger.start()
            await charger.passes(30.0)

        (transaction,) = charger.transactions()
        assert (transaction["connector"], transaction["stops"]) == (2, 1)
        assert (transaction["meter_stop_wh"], transaction["stop_reason"]) == (known_wh, reason)
        (orphan,) = await charger.events("transaction.orphaned")
        assert (orphan["connector_id"], orphan["register_wh"], orphan["reason"]) == (2, known_wh, reason)

    tell(story, board="sim-dual")


def on_record_wh(charger: Charger, connector: int = 1) -> int:
    """The last register that the store has of the running charge."""
    transaction = charger.session(connector).transaction
    assert transaction is not None
    return transaction.checkpoint_wh


async def restarted_in_a_charge(charger: Charger) -> None:
    await charger.charge()
    await charger.passes(60.0)
    await charger.stage.charger.start()
    await charger.passes(30.0)
