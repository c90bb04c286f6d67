"""The checklist of OCPP 1.6 (ocpp16.md section 19): items by their number, on a whole charger with a central system."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from agent.core.identity import ConnectorId
from agent.core.schedule.composite import Circumstances, Standing, cut, line_of
from agent.core.schedule.profile import RateUnit
from agent.core.schedule.timeline import at_once
from agent.core.session.model import SessionPhase
from agent.core.time import Instant
from agent.ocpp_client.v16.moments import read_time
from agent.ocpp_client.v16.profiles import read_profile, written_schedule
from tests.simulation.maintenance import SITE
from tests.simulation.stage import CARD, Charger, tell
from tests.transfer.servers import web_server

KNOWN_BY = ("list", "cache", "nobody")
ONLINE = tuple(product(KNOWN_BY, (False, True), ("Accepted", "Blocked")))
OFFLINE = tuple(product(KNOWN_BY, (False, True), (False, True)))


async def _is_known_by(charger: Charger, place: str) -> None:
    """CARD is on the list, or was accepted once before, or neither."""
    if place == "list":
        answer = await charger.network("send_list", version=1, kind="Full", tokens={CARD: "Accepted"})
        assert answer["answer"] == {"status": "Accepted"}
    elif place == "cache":
        await charger.swipe()
        await charger.passes(150.0)  # nobody plugs in: only what the network said of the card stays
        assert charger.session().phase is SessionPhase.IDLE


async def _switch(charger: Charger, **keys: bool) -> None:
    for key, value in keys.items():
        answer = await charger.network("change_configuration", key=key, value=str(value).lower())
        assert answer["answer"] == {"status": "Accepted"}


async def _starts(charger: Charger) -> bool:
    await charger.plug_in()
    await charger.swipe()
    await charger.passes(10.0)
    return charger.session().phase is SessionPhase.CHARGING or bool(charger.told("StartTransaction"))


@pytest.mark.parametrize(("place", "pre_authorize", "word"), ONLINE)
def test_14_cache_list_unknown_matrix_while_the_network_is_connected(
    place: str, pre_authorize: bool, word: str
) -> None:
    """Twelve of the 24 cases: the network is asked, unless who is known here need not wait for it."""

    async def story(charger: Charger) -> None:
        await _is_known_by(charger, place)
        await _switch(charger, LocalPreAuthorize=pre_authorize)
        await charger.network("refuse_token", token=CARD, status=word)
        before = len(charger.told("Authorize"))
        has_started = await _starts(charger)
        is_not_asked = pre_authorize and place != "nobody"
        assert len(charger.told("Authorize")) - before == (0 if is_not_asked else 1)
        # Whoever starts unasked is judged with the start; the list does not save a card that the network refuses.
        assert has_started == (is_not_asked or word == "Accepted")
        assert (charger.session().phase is SessionPhase.CHARGING) == (word == "Accepted")

    tell(story)


@pytest.mark.parametrize(("place", "offline", "strangers"), OFFLINE)
def test_14_cache_list_unknown_matrix_while_the_network_is_away(place: str, offline: bool, strangers: bool) -> None:
    """The other twelve: who is known here, or a stranger where strangers may."""

    async def story(charger: Charger) -> None:
        await _is_known_by(charger, place)
        await _switch(charger, LocalAuthorizeOffline=offline, AllowOfflineTxForUnknownId=strangers)
        await charger.network("offline")
        await charger.passes(5.0)
        has_started = await _starts(charger)
        assert has_started == (strangers or (offline and place != "nobody"))
        await charger.network("heal")
        await charger.passes(120.0)
        assert len(charger.told("StartTransaction")) == has_started

    tell(story)


def test_14_has_24_cases() -> None:
    assert len(ONLINE) + len(OFFLINE) == 24


@pytest.mark.parametrize("answers", [[], [500]])
def test_13_get_diagnostics_with_retries_0_is_tried_once_and_has_its_final_word(answers: list[int]) -> None:
    """Retries are tries beyond the first (errata 3.50), so that 0 of them still mean one."""

    async def story(charger: Charger) -> None:
        answer = await charger.network("get_diagnostics", location=web.url("/in/"), retries=0, retry_s=10)
        await charger.passes(120.0)

        told = [one["status"] for one in charger.told("DiagnosticsStatusNotification")]
        assert len(web.asked) == 1
        assert told == ["Uploading", "UploadFailed" if answers else "Uploaded"]
        assert list(web.received) == ([] if answers else [f"/in/{answer['answer']['fileName']}"])

    with web_server() as web:
        web.failures = list(answers)
        tell(story, more_site=SITE)


# --- 8 composite schedule, golden cases -----------------------------------------------------------------------------


def _profile(id: int, *steps: tuple[int, float], level: int = 0, **more: Any) -> dict[str, Any]:
    """An absolute TxDefaultProfile from pairs of hours and rates; `more` by the names of the schema."""
    of_schedule = {name: more.pop(name) for name in ("startSchedule", "duration", "chargingRateUnit") if name in more}
    periods = [{"startPeriod": hour * 3600, "limit": rate} for hour, rate in steps]
    return {
        "chargingProfileId": id,
        "stackLevel": level,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": periods} | of_schedule,
        **more,
    }


def _composite(*profiles: dict[str, Any], hours: int, unit: str = "A") -> list[tuple[float, float]]:
    """Hours after 08:00 on 2027-01-15, when the world begins, and the limits from then on."""
    found: list[tuple[float, float]] = []

    async def story(charger: Charger) -> None:
        for profile in profiles:
            place = 0 if profile["chargingProfilePurpose"] == "ChargePointMaxProfile" else 1
            payload = {"connectorId": place, "csChargingProfiles": profile}
            assert (await charger.network("call", action="SetChargingProfile", payload=payload))["answer"] == {
                "status": "Accepted"
            }
        answer = (await charger.network("composite_schedule", duration_s=hours * 3600, unit=unit))["answer"]
        assert answer["status"] == "Accepted" and answer["chargingSchedule"]["duration"] == hours * 3600
        begins = datetime.fromisoformat(answer["scheduleStart"]) - datetime(2027, 1, 15, 8, tzinfo=UTC)
        for period in answer["chargingSchedule"]["chargingSchedulePeriod"]:
            hour = (begins.total_seconds() + period["startPeriod"]) / 3600
            found.append((round(hour, 2), period["limit"]))

    tell(story)
    return found


def test_08_a_hole_in_the_stack_lets_the_lower_level_speak() -> None:
    always = _profile(1, (0, 20.0), startSchedule="2027-01-01T00:00:00Z")
    lunch = _profile(2, (0, 8.0), level=5, startSchedule="2027-01-15T11:00:00Z", duration=3600)
    void = _profile(3, (0, 10.0), level=9, validFrom="2027-01-15T13:00:00Z", validTo="2027-01-15T14:00:00Z")

    assert _composite(always, lunch, void, hours=8) == [(0, 20), (3, 8), (4, 20), (5, 10), (6, 20)]


def test_08_where_every_level_has_a_hole_the_hardware_is_the_limit() -> None:
    assert _composite(_profile(1, (0, 8.0), startSchedule="2027-01-15T10:00:00Z", duration=3600), hours=6) == [
        (0, 32),
        (2, 8),
        (3, 32),
    ]


def test_08_a_recurring_schedule_crosses_midnight() -> None:
    night = _profile(
        1,
        (0, 16.0),
        (3, 6.0),
        chargingProfileKind="Recurring",
        recurrencyKind="Daily",
        startSchedule="2026-12-01T22:00:00Z",
        duration=8 * 3600,
    )

    assert _composite(night, hours=24) == [(0, 32), (14, 16), (17, 6), (22, 32)]


def test_08_watts_and_amperes_limit_each_other_and_either_can_be_asked_for() -> None:
    in_amperes = _profile(1, (0, 16.0), (2, 10.0), startSchedule="2027-01-15T08:00:00Z")
    in_watts = _profile(2, (0, 8280.0), startSchedule="2027-01-15T08:00:00Z")
    in_watts |= {"chargingProfilePurpose": "ChargePointMaxProfile"}
    in_watts["chargingSchedule"]["chargingRateUnit"] = "W"

    assert _composite(in_amperes, in_watts, hours=4) == [(0, 12), (2, 10)]
    assert _composite(in_amperes, in_watts, hours=4, unit="W") == [(0, 8280), (2, 6900)]


def test_08_the_window_lies_inside_the_schedule_and_shows_what_changes_in_it() -> None:
    long = _profile(1, (0, 6.0), (30, 16.0), (34, 10.0), (35, 12.0), (40, 20.0), startSchedule="2027-01-14T00:00:00Z")

    assert _composite(long, hours=4) == [(0, 16), (2, 10), (3, 12)]


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31"])
def test_08_summer_time_does_not_move_a_recurring_schedule(day: str) -> None:
    """Recurring means the same time of day by UTC, whatever offset the start was written with."""
    given = _profile(
        1,
        (0, 8.0),
        chargingProfileKind="Recurring",
        recurrencyKind="Daily",
        startSchedule="2027-01-01T03:00:00+01:00",
        duration=3600,
    )
    profile = read_profile(given, ConnectorId(1), Instant(0.0))
    around = Circumstances(profiles=(profile,), connectors={ConnectorId(1): Standing(current_a=32.0)}, supply_a=32.0)
    from_ms = read_time(f"{day}T00:00:00Z")
    assert from_ms is not None
    line = at_once(line_of(around, None, (from_ms - 24 * 3_600_000, from_ms + 24 * 3_600_000)))

    told = written_schedule(at_once(cut(line, from_ms - 24 * 3_600_000, 48 * 3600)), RateUnit.A)["chargingSchedule"]

    steps = [(one["startPeriod"] / 3600, one["limit"]) for one in told["chargingSchedulePeriod"]]
    assert steps == [(0, 32), (2, 8), (3, 32), (26, 8), (27, 32)]
