"""Items 1, 2, 3 and 15 of the checklist of OCPP 1.6 (ocpp16.md section 19): every charge is billed once, and right."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.core.session.model import SessionPhase
from tests.acceptance.words import calls_of, configured, rejects, second_of
from tests.simulation.stage import CARD, Charger, tell

QUEUED = ("StartTransaction", "MeterValues", "StopTransaction")


async def _settled(charger: Charger) -> None:
    """Everything that was recorded has been told and answered."""
    for _ in range(600):
        if not charger.agent.station.store.ledger.queued():
            return
        await charger.passes(1.0)
    raise AssertionError("the queue is never empty")


def _of_transactions(charger: Charger) -> list[tuple[str, dict[str, Any]]]:
    """Start, stop, and the meter values in between; not those outside of any transaction."""
    found = calls_of(charger, *QUEUED)
    return [(action, payload) for action, payload in found if action != "MeterValues" or "transactionId" in payload]


# --- 1 the queue survives a kill -9 at any point ----------------------------------------------------------------------

deaths = st.tuples(st.integers(1, 40), st.sampled_from(["before", "after"]), st.booleans())
"""At which commit from now, on which side of it, and whether the central system is away then."""


@given(st.lists(deaths, min_size=1, max_size=2))
@settings(max_examples=5, suppress_health_check=list(HealthCheck), deadline=None)
def test_item_01_the_queue_survives_a_kill_at_any_point(deaths: list[tuple[int, str, bool]]) -> None:
    """Whichever commits the program dies at: what the meter measured is billed once, to the Wh, and in order."""

    async def story(charger: Charger) -> None:
        for commits, when, is_away in deaths:
            if is_away:
                await charger.network("offline")
            charger.stage.charger.crash_at_commit(commits, when)
            await _charge_whatever_happens(charger)
            await charger.stage.charger.start()
            if is_away:
                await charger.network("heal")
            await charger.passes(90.0)
        await _end_what_runs(charger)
        await _settled(charger)
        _is_billed_once(charger)

    tell(story)


async def _charge_whatever_happens(charger: Charger) -> None:
    """A minute's charge; the program may be dead at any moment of it."""
    world = charger.world
    await world("plug_in", connector=1, ready_delay_s=0.5, draw_delay_s=0.5)
    await charger.passes(3.0)
    await world("swipe", token=CARD)
    await charger.passes(70.0)
    await world("plug_out", connector=1)
    await charger.passes(20.0)


async def _end_what_runs(charger: Charger) -> None:
    for _ in range(60):
        if charger.session().phase is SessionPhase.IDLE and charger.session().transaction is None:
            return
        await charger.passes(2.0)
    raise AssertionError("a charge never ends")


def _is_billed_once(charger: Charger) -> None:
    """Retries may repeat a message word for word; what is different is another charge."""
    starts = {(one["meterStart"], one["timestamp"]) for one in charger.told("StartTransaction")}
    rows = charger.transactions()
    assert len(rows) == len(starts), "a charge was billed twice, or not at all"
    assert all(row["meter_stop_wh"] is not None for row in rows)
    edges = sorted((row["meter_start_wh"], row["meter_stop_wh"]) for row in rows)
    assert all(begin <= end for begin, end in edges)
    assert all(end <= begin for (_, end), (begin, _) in pairwise(edges)), "energy was billed twice"
    drawn_wh = charger.register_wh() - (edges[0][0] if edges else charger.register_wh())
    assert sum(end - begin for begin, end in edges) == drawn_wh, "energy that flowed was not billed"
    actions = [action for action, _ in _of_transactions(charger)]
    assert not actions or actions[0] == "StartTransaction"


# --- 2 offline start, stop, reboot, reconnect ------------------------------------------------------------------------


def test_item_02_a_charge_of_offline_time_is_told_in_order_under_one_id_after_a_reboot() -> None:
    async def story(charger: Charger) -> None:
        await configured(charger, "AllowOfflineTxForUnknownId", True)
        await configured(charger, "StopTxnSampledData", "Energy.Active.Import.Register")
        await charger.network("offline")
        await charger.passes(5.0)
        await charger.charge()
        began_s = 10.0
        await charger.passes(190.0)
        await charger.swipe()
        await charger.passes(10.0)
        await charger.world("plug_out", connector=1)
        assert charger.session().transaction is None

        await charger.stage.charger.kill(with_power=True)
        await charger.stage.charger.start()
        await charger.passes(60.0)
        await charger.network("heal")
        await charger.passes(200.0)
        await _settled(charger)

        told = _of_transactions(charger)
        assert [action for action, _ in told] == ["StartTransaction", *["MeterValues"] * 3, "StopTransaction"]
        (row,) = charger.transactions()
        assert {payload["transactionId"] for _, payload in told[1:]} == {row["id"]}
        stamps = [second_of(_stamp(payload)) for _, payload in told]
        assert stamps == sorted(stamps)
        assert began_s < stamps[0] < 40 and [round(one - stamps[0]) for one in stamps[1:4]] == [60, 120, 180]
        assert (told[0][1]["meterStart"], told[-1][1]["meterStop"]) == (0, charger.register_wh())
        boots = [action for action, _ in calls_of(charger)]
        assert boots.index("StartTransaction") > len(boots) - 1 - boots[::-1].index("BootNotification")

    tell(story)


def _stamp(payload: dict[str, Any]) -> str:
    return str(payload["timestamp"] if "timestamp" in payload else payload["meterValue"][0]["timestamp"])


# --- 3 the -1 path ----------------------------------------------------------------------------------------------------


def test_item_03_what_belongs_to_a_start_that_was_given_up_is_told_with_minus_one() -> None:
    """Errata 3.18: the start is refused as often as it may be tried; the rest of the charge is told all the same."""

    async def story(charger: Charger) -> None:
        await configured(charger, "TransactionMessageAttempts", 3)
        await configured(charger, "TransactionMessageRetryInterval", 10)
        await rejects(charger, "StartTransaction")
        await charger.charge()
        await charger.passes(150.0)
        await charger.network("heal")
        await charger.swipe()
        await charger.passes(15.0)
        await charger.world("plug_out", connector=1)
        await _settled(charger)

        told = _of_transactions(charger)
        starts = [payload for action, payload in told if action == "StartTransaction"]
        assert len(starts) == 3 and starts[0] == starts[1] == starts[2]
        rest = [(action, payload["transactionId"]) for action, payload in told if action != "StartTransaction"]
        assert rest == [*[("MeterValues", -1)] * (len(rest) - 1), ("StopTransaction", -1)] and len(rest) >= 3
        assert charger.transactions() == [], "nobody invents an id for it"

        await charger.charge()
        await charger.passes(65.0)
        assert charger.transactions()[-1]["meter_start_wh"] >= charger.told("StopTransaction")[0]["meterStop"]
        assert charger.told("MeterValues")[-1]["transactionId"] == charger.transactions()[-1]["id"], "the queue goes on"

    tell(story)


# --- 15 the clock jumps during a transaction --------------------------------------------------------------------------


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
def test_item_15_a_clock_that_is_set_by_an_hour_during_a_charge_changes_neither_its_length_nor_its_order(
    jump_s: float,
) -> None:
    async def story(charger: Charger) -> None:
        await configured(charger, "StopTxnSampledData", "Energy.Active.Import.Register")
        await configured(charger, "ClockAlignedDataInterval", 0)  # those follow the clock on the wall, as they should
        await charger.charge()
        await charger.passes(130.0)
        charger.stage.charger.clock.ahead_s = jump_s
        await charger.network("clock", offset_s=jump_s)
        await charger.passes(250.0)
        await charger.swipe()
        await charger.passes(10.0)
        stop_wh = charger.register_wh()
        await charger.world("plug_out", connector=1)
        await _settled(charger)

        told = _of_transactions(charger)
        assert [action for action, _ in told] == ["StartTransaction", *["MeterValues"] * 6, "StopTransaction"]
        stamps = [second_of(_stamp(payload)) for _, payload in told]
        steps = [round(later - earlier) for earlier, later in pairwise(stamps)]
        assert steps[:6] == [60] * 6, "sampled by the clock that nobody sets"
        assert 380 < stamps[-1] - stamps[0] < 420
        (row,) = charger.transactions()
        assert (row["meter_start_wh"], row["meter_stop_wh"]) == (0, stop_wh)
        within = [second_of(one["timestamp"]) for one in told[-1][1]["transactionData"]]
        assert within == sorted(within) and stamps[0] <= within[0] and within[-1] <= stamps[-1]
        registers = [int(one["sampledValue"][0]["value"]) for one in told[-1][1]["transactionData"]]
        assert registers == sorted(registers)

        events = [one for one in charger.told("SecurityEventNotification") if one["type"] == "SettingSystemTime"]
        assert [one["techInfo"] for one in events] == [f"the clock of the controller was set by {jump_s:+.0f} s"]
        assert await charger.events("clock.set") == [{"by_s": jump_s}]

        await charger.charge()  # the next charge goes by the clock as it is now
        started_s = second_of(charger.told("StartTransaction")[-1]["timestamp"])
        assert abs(started_s - jump_s - 430) < 60

    tell(story)


def test_item_15_profiles_follow_the_clock_that_was_set_and_relative_ones_the_charge() -> None:
    """An absolute profile begins by the clock on the wall; what counts from the start of the charge goes on."""

    async def story(charger: Charger) -> None:
        await charger.charge()
        absolute = _profile(1, 0, "Absolute", (0, 10.0), startSchedule="2027-01-15T09:00:00Z")
        relative = _profile(2, 1, "Relative", (0, 20.0), (300, 13.0))
        relative["chargingSchedule"]["duration"] = 600
        for profile in (absolute, relative):
            payload = {"connectorId": 1, "csChargingProfiles": profile}
            answer = await charger.network("call", action="SetChargingProfile", payload=payload)
            assert answer["answer"] == {"status": "Accepted"}
        await charger.passes(60.0)
        assert charger.session().offered_a == 20.0

        charger.stage.charger.clock.ahead_s = 3600.0
        await charger.passes(100.0)
        assert charger.session().offered_a == 20.0, "three minutes into the charge, whatever the clock says"
        await charger.passes(200.0)
        assert charger.session().offered_a == 13.0
        await charger.passes(320.0)
        assert charger.session().offered_a == 10.0, "past nine o'clock by the clock that was set"

        charger.stage.charger.clock.ahead_s = 0.0
        await charger.passes(100.0)
        assert charger.session().offered_a == 32.0, "and before nine again"

    tell(story)


def _profile(id: int, level: int, kind: str, *steps: tuple[int, float], **of_schedule: Any) -> dict[str, Any]:
    periods = [{"startPeriod": start_s, "limit": current_a} for start_s, current_a in steps]
    return {
        "chargingProfileId": id,
        "stackLevel": level,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": kind,
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": periods} | of_schedule,
    }
