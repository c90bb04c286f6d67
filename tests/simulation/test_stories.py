"""The main jobs, told as people would: real drivers, real firmware, real OCPP client, independent central system."""

from __future__ import annotations

import pytest

from agent.core.identity import ConnectorId, IdToken
from agent.core.session.events import TokenPresented
from tests.simulation.stage import BAD_CARD, CARD, OTHER_CARD, Charger, tell


def test_a_limit_of_the_network_is_obeyed_and_lifted_again() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.network("limit", amps=10, connector=1)
        await charger.passes(6.0)
        assert charger.outlet()["pilot"]["offered_a"] == pytest.approx(10.0, abs=0.1)
        assert max(charger.outlet()["current_a"]) <= 10.05
        await charger.network("clear_limit", profile=1)
        await charger.passes(12.0)
        assert max(charger.outlet()["current_a"]) == pytest.approx(32.0, abs=0.5)

    tell(story)


def test_a_limit_below_six_amperes_pauses_and_the_transaction_goes_on() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.network("limit", amps=5, connector=1)
        await charger.passes(15.0)
        assert charger.outlet()["contactor"] == "open"
        assert charger.statuses()[-1] == "SuspendedEVSE"
        await charger.network("clear_limit", profile=1)
        await charger.passes(60.0)
        assert charger.statuses()[-1] == "Charging"
        assert len(charger.transactions()) == 1

    tell(story)


def test_a_remote_start_brings_its_own_profile_and_a_remote_stop_ends_it() -> None:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.0}]}
    profile = {
        "chargingProfileId": 7,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    }

    async def story(charger: Charger) -> None:
        await charger.plug_in(current_a=32)
        payload = {"idTag": CARD, "chargingProfile": profile}
        answer = await charger.network("call", action="RemoteStartTransaction", payload=payload)
        assert answer["answer"] == {"status": "Accepted"}
        await charger.passes(15.0)
        assert charger.outlet()["pilot"]["offered_a"] == pytest.approx(8.0, abs=0.1)
        await charger.network("remote_stop")
        await charger.passes(10.0)
        (transaction,) = charger.transactions()
        assert transaction["stop_reason"] == "Remote"
        assert charger.agent.station.store.profiles.all() == ()

    tell(story)


def test_a_refused_card_starts_nothing_and_the_reason_is_kept() -> None:
    async def story(charger: Charger) -> None:
        await charger.plug_in()
        await charger.swipe(BAD_CARD)
        assert charger.transactions() == []
        refusal = charger.session().refusal
        assert refusal is not None
        assert "Invalid" in refusal.why

    tell(story)


def test_another_card_does_not_stop_a_charge() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.swipe(OTHER_CARD)
        await charger.passes(5.0)
        assert charger.outlet()["contactor"] == "closed"

    tell(story)


def test_a_central_system_absent_for_a_whole_session_hears_of_it_once_and_in_order() -> None:
    async def story(charger: Charger) -> None:
        await charger.world("plug_in", connector=1)
        await charger.swipe()  # the card is known from now on
        await charger.swipe()
        await charger.world("plug_out", connector=1)
        await charger.passes(30.0)
        await charger.network("offline")
        await charger.charge()
        await charger.passes(600.0)
        await charger.world("plug_out", connector=1)
        await charger.passes(30.0)
        before = len(charger.told("MeterValues"))
        await charger.network("heal")
        await charger.passes(900.0)
        first, second = charger.transactions()
        assert (second["starts"], second["stops"]) == (1, 1)
        assert second["meter_start_wh"] == first["meter_stop_wh"]
        assert second["meter_stop_wh"] == charger.register_wh()
        samples = [payload["meterValue"][0]["timestamp"] for payload in charger.told("MeterValues")[before:]]
        assert len(samples) >= 9
        assert samples == sorted(samples)
        assert charger.agent.station.store.ledger.queued() == 0

    tell(story)


def test_a_central_system_that_dies_every_twenty_messages_hears_everything_once_and_in_order() -> None:
    async def story(charger: Charger) -> None:
        await charger.network("drop", every=20)
        for _ in range(6):
            await charger.charge(current_a=32)
            await charger.passes(240.0)
            await charger.world("plug_out", connector=1)
            await charger.passes(30.0)
        await charger.network("heal")
        await charger.passes(900.0)
        transactions = charger.transactions()
        assert len(transactions) == 6
        assert all(row["stops"] >= 1 for row in transactions)
        chain = [wh for row in transactions for wh in (row["meter_start_wh"], row["meter_stop_wh"])]
        assert chain == sorted(chain)
        assert chain[-1] == charger.register_wh()
        assert charger.agent.station.store.ledger.queued() == 0

    tell(story)


def test_a_silent_central_system_stops_no_charge_that_is_under_way() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.network("silent")
        await charger.passes(300.0)
        assert charger.outlet()["contactor"] == "closed"
        assert not charger.agent.station.connectors[1].session.board_lost  # type: ignore[index]
        await charger.swipe()
        await charger.passes(10.0)
        assert charger.outlet()["contactor"] == "open"
        await charger.network("heal")
        await charger.passes(600.0)
        (transaction,) = charger.transactions()
        assert transaction["meter_stop_wh"] == charger.register_wh()

    tell(story)


def test_out_of_service_waits_for_the_running_charge_and_outlives_a_restart() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        answer = await charger.network("change_availability", operative=False, connector=1)
        assert answer["answer"] == {"status": "Scheduled"}
        await charger.swipe()
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        assert charger.statuses()[-1] == "Unavailable"
        await charger.stage.charger.start()
        await charger.passes(10.0)
        assert not charger.session().operative
        await charger.plug_in()
        await charger.swipe()
        assert len(charger.transactions()) == 1

    tell(story)


@pytest.mark.parametrize(("kind", "reason"), [("Soft", "SoftReset"), ("Hard", "HardReset")])
def test_a_reset_stops_the_charge_with_its_reason_and_the_charger_boots_again(kind: str, reason: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        answer = await charger.network("reset", kind=kind)
        assert answer["answer"] == {"status": "Accepted"}
        await charger.passes(30.0)
        (transaction,) = charger.transactions()
        assert transaction["stop_reason"] == reason
        assert transaction["meter_stop_wh"] == charger.register_wh()
        assert len(charger.told("BootNotification")) == 2

    tell(story)


def test_two_cars_share_the_supply_and_never_draw_more_than_it_gives() -> None:
    async def story(charger: Charger) -> None:
        drawn_a = []
        charger.stage.rig.world.observers.append(
            lambda _: drawn_a.append(
                sum(max(outlet.phase_ma()) for outlet in charger.stage.rig.world.outlets.values()) / 1000
            )
        )
        await charger.charge(1, current_a=32)
        await charger.passes(20.0)
        assert max(charger.outlet(1)["current_a"]) > 30
        await charger.plug_in(2, current_a=32)
        await charger.swipe(OTHER_CARD)
        await charger.passes(60.0)
        assert min(max(charger.outlet(number)["current_a"]) for number in (1, 2)) > 14
        await charger.world("plug_out", connector=1)
        await charger.passes(60.0)
        assert max(charger.outlet(2)["current_a"]) > 30
        assert max(drawn_a) <= 32.1

    tell(story, board="sim-dual")


def test_an_acceptance_follows_the_cable_that_was_taken() -> None:
    async def story(charger: Charger) -> None:
        await charger.swipe()
        await charger.plug_in(2)
        await charger.passes(10.0)
        assert charger.outlet(2)["contactor"] == "closed"
        assert [row["connector"] for row in charger.transactions()] == [2]

    tell(story, board="sim-dual")


def test_an_untested_charger_gives_no_power_and_says_why() -> None:
    async def story(charger: Charger) -> None:
        await charger.plug_in()
        await charger.swipe()
        await charger.passes(20.0)
        assert charger.transactions() == []
        assert "comm.not_commissioned" in charger.session().faults.ids
        assert charger.statuses()[-1] == "Faulted"

    tell(story, commissioning="required")


def test_where_nobody_has_to_identify_a_plug_is_enough() -> None:
    async def story(charger: Charger) -> None:
        await charger.plug_in()
        await charger.passes(15.0)
        assert charger.outlet()["contactor"] == "closed"
        assert [row["id_tag"] for row in charger.transactions()] == ["FREEVEND"]

    tell(story, authorization="free")


def test_a_meter_that_is_not_there_makes_its_connector_faulted_and_no_other() -> None:
    async def story(charger: Charger) -> None:
        await charger.world("fault", name="meter_silent", connector=1)
        await charger.passes(60.0)
        assert charger.statuses(1)[-1] == "Faulted"
        await charger.charge(2)
        assert charger.outlet(2)["contactor"] == "closed"

    tell(story, board="sim-dual")


def test_garbage_on_every_wire_ends_no_task() -> None:
    async def story(charger: Charger) -> None:
        for wire in ("pilot", "meter", "reader"):
            await charger.world("fault", name="serial_noise", connector=1, wire=wire, rate=0.2, for_s=30.0)
            await charger.network("hostile", name="all")
            await charger.passes(60.0)
        await charger.world("heal")
        await charger.passes(120.0)
        await charger.charge()

    tell(story)


def test_the_light_of_the_board_tells_what_the_charger_does_and_that_nobody_speaks_to_it() -> None:
    async def story(charger: Charger) -> None:
        def light() -> object:
            return charger.outlet()["board"]["light"]

        assert light() == "available"
        await charger.charge()
        assert light() == "accepted"
        await charger.passes(10.0)
        assert light() == "charging"
        await charger.stage.charger.kill()
        await charger.passes(3.0)
        assert light() == "offline"

    tell(story)


def test_a_weld_bars_the_connector_over_a_restart_until_a_person_clears_it_and_stays_cleared() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("fault", name="weld", connector=1)
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        assert "contactor.welded" in charger.session().faults.ids
        charger.clear_fault("contactor.welded")
        await charger.passes(2.0)
        assert "contactor.welded" in charger.session().faults.ids

        await charger.world("heal", name="weld", connector=1)
        # The board keeps the latch over a loss of power; here it is exchanged together with the contactor.
        await charger.world("fault", name="board_exchanged", connector=1)
        await charger.stage.charger.start()
        await charger.passes(10.0)
        assert charger.session().faults.ids == ("contactor.welded",)
        charger.clear_fault("contactor.welded")
        await charger.passes(2.0)
        assert charger.session().faults.ids == ()

        await charger.stage.charger.start()
        await charger.passes(10.0)
        assert charger.session().faults.ids == ()
        await charger.charge()

    tell(story)


def test_a_card_longer_than_the_network_can_be_told_of_starts_nothing() -> None:
    async def story(charger: Charger) -> None:
        await charger.plug_in()
        charger.agent.station.connectors[ConnectorId(1)].post(TokenPresented(IdToken("0" * 30)))
        await charger.passes(10.0)

        refusal = charger.session().refusal
        assert refusal is not None
        assert "it has 30 characters, and OCPP 1.6 takes at most 20" in refusal.why
        assert charger.told("Authorize") == []
        assert charger.transactions() == []

    tell(story)
