from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.identity import TransactionKey
from agent.core.schedule.compose import connector_limit, station_limit
from agent.core.schedule.composite import ComposedPeriod
from agent.core.schedule.profile import ChargingProfile, ProfileKind, ProfilePurpose, RateUnit, Recurrency
from agent.core.time import Instant
from agent.errors import PeerViolation
from agent.ocpp_client.adapter import Payload
from agent.ocpp_client.v16.profiles import objection
from tests.ocpp_client.v16.station import KEY, NOON_MS, ONE, REMOTE_ID, TWO, Bench, Kept


def profile(purpose: str = "TxDefaultProfile", limit: float = 10.0, /, **more: Any) -> Payload:
    """A profile as evcc sends it; `more` by the schema's names, those of the schedule included."""
    schedule = {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        **{name: more.pop(name) for name in list(more) if name in SCHEDULE_FIELDS},
    }
    return {
        "chargingProfileId": 126,
        "stackLevel": 20,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
        **more,
    }


SCHEDULE_FIELDS = {"chargingRateUnit", "chargingSchedulePeriod", "startSchedule", "duration", "minChargingRate"}


def set_at(bench: Bench, number: int, given: Payload) -> str:
    return bench.status_of("SetChargingProfile", {"connectorId": number, "csChargingProfiles": given})


def installed(bench: Bench) -> ChargingProfile:
    (what, found) = bench.station.asked[-1]
    assert what == "install"
    assert isinstance(found, ChargingProfile)
    return found


@pytest.mark.parametrize(
    ("number", "purpose", "connector"),
    [
        (0, "ChargePointMaxProfile", None),
        (0, "TxDefaultProfile", None),
        (2, "TxDefaultProfile", TWO),
    ],
)
def test_a_profile_is_installed_where_it_is_for(number: int, purpose: str, connector: object) -> None:
    bench = Bench()

    assert set_at(bench, number, profile(purpose)) == "Accepted"
    found = installed(bench)
    assert (found.purpose, found.connector) == (ProfilePurpose(purpose), connector)


def test_every_field_arrives() -> None:
    bench = Bench()
    given = profile(
        chargingProfileKind="Recurring",
        recurrencyKind="Daily",
        validFrom="2026-09-21T14:13:20Z",
        validTo="2026-09-21T17:13:20.5+01:00",
        startSchedule="2026-09-21T14:13:20.000Z",
        duration=3600,
        minChargingRate=6.0,
        chargingRateUnit="W",
        chargingSchedulePeriod=[{"startPeriod": 0, "limit": 11000}, {"startPeriod": 60, "limit": 0, "numberPhases": 1}],
    )

    set_at(bench, 1, given)

    found = installed(bench)
    assert (found.id, found.stack_level, found.kind, found.recurrency) == (
        126,
        20,
        ProfileKind.RECURRING,
        Recurrency.DAILY,
    )
    assert (found.unit, found.duration_s, found.min_rate) == (RateUnit.W, 3600, 6.0)
    assert (found.start_ms, found.valid_from_ms, found.valid_to_ms) == (NOON_MS, NOON_MS, NOON_MS + 7_200_500)
    assert [(one.start_s, one.limit, one.phases) for one in found.periods] == [(0, 11000.0, None), (60, 0.0, 1)]
    assert found.installed_at_ms == NOON_MS


def test_an_absolute_profile_without_a_start_counts_from_now() -> None:
    bench = Bench()

    set_at(bench, 0, profile("TxDefaultProfile", 8.0))

    assert connector_limit((installed(bench),), ONE, None, NOON_MS).current_a == 8.0


def test_a_relative_profile_for_the_station_counts_from_its_arrival() -> None:
    bench = Bench()

    set_at(bench, 0, profile("ChargePointMaxProfile", 8.0, chargingProfileKind="Relative"))

    assert station_limit((installed(bench),), NOON_MS).current_a == 8.0


def test_the_start_of_a_relative_profile_is_ignored() -> None:
    bench = Bench()

    set_at(bench, 1, profile(chargingProfileKind="Relative", startSchedule="2020-01-01T00:00:00Z"))

    assert installed(bench).start_ms is None


@pytest.mark.parametrize("named", [{}, {"transactionId": REMOTE_ID}])
def test_a_tx_profile_is_bound_to_the_running_transaction(named: Payload) -> None:
    bench = Bench()
    bench.station.charge()

    assert set_at(bench, 1, profile("TxProfile") | named) == "Accepted"
    assert installed(bench).transaction == KEY


def test_a_tx_profile_needs_a_running_transaction() -> None:
    bench = Bench()

    assert set_at(bench, 1, profile("TxProfile")) == "Rejected"
    assert bench.station.asked == []


@pytest.mark.parametrize(("number", "remote_id"), [(1, 1), (1, 4712), (2, REMOTE_ID), (0, REMOTE_ID)])
def test_a_tx_profile_for_another_transaction_is_rejected(number: int, remote_id: int) -> None:
    bench = Bench()
    bench.station.charge(ONE)
    bench.station.charge(TWO, TransactionKey("b" * 32), 4712)

    assert set_at(bench, number, profile("TxProfile", transactionId=remote_id)) == "Rejected"
    assert bench.station.asked == []


@pytest.mark.parametrize("number", [-1, 3])
def test_a_connector_there_is_not_is_an_error(number: int) -> None:
    with pytest.raises(PeerViolation) as refused:
        set_at(Bench(), number, profile())

    assert refused.value.code == "PropertyConstraintViolation"


@pytest.mark.parametrize("field", ["validFrom", "validTo", "startSchedule"])
@pytest.mark.parametrize("time", ["", "yesterday", "2026-13-01T00:00:00Z", "99999-01-01T00:00:00Z"])
def test_a_time_that_is_none_is_an_error(field: str, time: str) -> None:
    with pytest.raises(PeerViolation) as refused:
        set_at(Bench(), 1, profile(**{field: time}))

    assert (refused.value.code, refused.value.what) == ("PropertyConstraintViolation", f"{field} is no time")


@pytest.mark.parametrize(
    "change",
    [{"chargingProfileId": 2**63}, {"stackLevel": -(2**40)}, {"duration": 10**30}],
)
def test_a_number_beyond_32_bits_is_an_error(change: Payload) -> None:
    with pytest.raises(PeerViolation):
        set_at(Bench(), 1, profile(**change))


@pytest.mark.parametrize(
    "change",
    [
        {"stackLevel": -1},
        {"stackLevel": 21},
        {"duration": -1},
        {"chargingProfileKind": "Recurring"},
        {"chargingSchedulePeriod": []},
        {"chargingSchedulePeriod": [{"startPeriod": 1, "limit": 6}]},
        {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}, {"startPeriod": 0, "limit": 7}]},
        {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": -1}]},
        {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": float("inf")}]},
        {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6, "numberPhases": 4}]},
        {"chargingSchedulePeriod": [{"startPeriod": second, "limit": 6} for second in range(101)]},
    ],
)
def test_a_schedule_against_the_rules_is_rejected(change: Payload) -> None:
    bench = Bench()

    assert set_at(bench, 1, profile(**change)) == "Rejected"
    assert bench.station.asked == []


@pytest.mark.parametrize(
    ("variable", "text", "change"),
    [
        ("SmartChargingCtrlr.ProfileStackLevel", "3", {"stackLevel": 4}),
        (
            "SmartChargingCtrlr.PeriodsPerSchedule",
            "1",
            {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}] * 2},
        ),
        ("SmartChargingCtrlr.RateUnit", "A", {"chargingRateUnit": "W"}),
    ],
)
def test_a_limit_of_the_site_file_is_kept(variable: str, text: str, change: Payload) -> None:
    bench = Bench(kept=Kept(), first={variable: text})

    assert set_at(bench, 1, profile(**{"stackLevel": 0} | change)) == "Rejected"


def test_what_the_station_may_not_install_is_rejected() -> None:
    bench = Bench()
    bench.station.agrees = False

    assert set_at(bench, 1, profile()) == "Rejected"


@given(
    number=st.integers(0, 2),
    purpose=st.sampled_from(["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]),
    kind=st.sampled_from(["Absolute", "Recurring", "Relative"]),
    level=st.integers(-1, 22),
    periods=st.lists(
        st.fixed_dictionaries(
            {"startPeriod": st.integers(-1, 3), "limit": st.floats(-1, 40) | st.integers(-1, 40)},
            optional={"numberPhases": st.integers(0, 4)},
        ),
        max_size=4,
    ),
)
def test_whatever_is_accepted_is_something_the_core_takes(
    number: int, purpose: str, kind: str, level: int, periods: list[Payload]
) -> None:
    bench = Bench()
    bench.station.charge()
    given = profile(purpose, chargingProfileKind=kind, stackLevel=level, chargingSchedulePeriod=periods)

    if set_at(bench, number, given) == "Accepted":
        assert objection(installed(bench), bench.settings) is None
    else:
        assert bench.station.asked == []


# --- GetCompositeSchedule -------------------------------------------------------------------------------------------


def composed(*steps: tuple[int, float, int, int | None]) -> tuple[ComposedPeriod, ...]:
    return tuple(
        ComposedPeriod(start_s=start_s, current_a=current_a, phases=phases, profile_id=id)
        for start_s, current_a, phases, id in steps
    )


def asked_for(number: int = 1, duration: int = 3600, **more: Any) -> Payload:
    return {"connectorId": number, "duration": duration, **more}


def test_a_composite_schedule_is_told_in_amperes_where_nobody_asks_for_another_unit() -> None:
    bench = Bench()
    bench.station.composed = composed((0, 16.0, 3, 7), (60, 16.0, 3, 8), (90, 6.06, 1, None))

    answer = bench.command("GetCompositeSchedule", asked_for(1, 600)).payload

    assert bench.station.asked == [("schedule", ONE, 600)]
    assert answer == {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": "2026-09-21T14:13:20.000Z",
        "chargingSchedule": {
            "duration": 600,
            "startSchedule": "2026-09-21T14:13:20.000Z",
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 16.0, "numberPhases": 3},
                {"startPeriod": 90, "limit": 6.0, "numberPhases": 1},
            ],
        },
    }


@pytest.mark.parametrize(
    ("current_a", "phases", "watts"), [(16.0, 3, 11_040.0), (11_000 / 690, 3, 11_000.0), (3680 / 230, 1, 3680.0)]
)
def test_in_watts_it_is_what_the_phases_give_together(current_a: float, phases: int, watts: float) -> None:
    bench = Bench()
    bench.station.composed = composed((0, current_a, phases, 1))

    answer = bench.command("GetCompositeSchedule", asked_for(chargingRateUnit="W")).payload

    [period] = answer["chargingSchedule"]["chargingSchedulePeriod"]
    assert (answer["chargingSchedule"]["chargingRateUnit"], period["limit"]) == ("W", watts)


def test_connector_0_is_the_station_as_a_whole() -> None:
    bench = Bench()

    answer = bench.command("GetCompositeSchedule", asked_for(0)).payload

    assert (answer["connectorId"], bench.station.asked) == (0, [("schedule", None, 3600)])


@pytest.mark.parametrize("given", [asked_for(3), asked_for(-1), asked_for(1, 0), asked_for(1, -60)])
def test_a_schedule_of_no_connector_or_no_time_is_rejected(given: Payload) -> None:
    bench = Bench()

    assert bench.command("GetCompositeSchedule", given).payload == {"status": "Rejected"}
    assert bench.station.asked == []


def test_a_unit_that_profiles_may_not_have_is_no_unit_of_an_answer_either() -> None:
    bench = Bench(first={"SmartChargingCtrlr.RateUnit": "W"})

    answer = bench.command("GetCompositeSchedule", asked_for()).payload

    assert answer["chargingSchedule"]["chargingRateUnit"] == "W"
    assert bench.status_of("GetCompositeSchedule", asked_for(chargingRateUnit="A")) == "Rejected"


def test_without_a_trusted_clock_the_schedule_names_no_start() -> None:
    bench = Bench()
    bench.station.time = Instant(5000.0)

    answer = bench.command("GetCompositeSchedule", asked_for()).payload

    assert "scheduleStart" not in answer and "startSchedule" not in answer["chargingSchedule"]


@pytest.mark.parametrize("unit", ["a", "kW", "", "Current"])
def test_a_unit_there_is_not_is_an_error_of_its_own_name(unit: str) -> None:
    """Errata 3.24."""
    with pytest.raises(PeerViolation) as refused:
        Bench().command("GetCompositeSchedule", asked_for(chargingRateUnit=unit))

    assert refused.value.code == "PropertyConstraintViolation"


@pytest.mark.parametrize(
    "change",
    [
        {"chargingProfilePurpose": "TxProfiles"},
        {"chargingProfileKind": "absolute"},
        {"recurrencyKind": "Monthly"},
        {"chargingRateUnit": "VA"},
    ],
)
def test_a_word_there_is_not_inside_a_profile_is_an_error_of_its_own_name(change: Payload) -> None:
    """Errata 3.38."""
    with pytest.raises(PeerViolation) as refused:
        set_at(Bench(), 1, profile(**change))

    assert refused.value.code == "PropertyConstraintViolation"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ChargeProfileMaxStackLevel", "20"),
        ("ChargingScheduleAllowedChargingRateUnit", "Current,Power"),
        ("ChargingScheduleMaxPeriods", "100"),
        ("MaxChargingProfilesInstalled", "126"),
        ("ConnectorSwitch3to1PhaseSupported", "false"),
    ],
)
def test_the_keys_tell_the_bounds_that_hold(key: str, value: str) -> None:
    """No board can switch phases today. The other bounds are kept: see the refusals above and in the core's tests."""
    answer = Bench().command("GetConfiguration", {"key": [key]}).payload

    assert answer == {"configurationKey": [{"key": key, "readonly": True, "value": value}]}
