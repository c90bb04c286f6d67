"""Another network takes over: what the one before left here counts no more, and what a person wrote stays."""

from __future__ import annotations

from pathlib import Path

from agent.core.availability import Reservation
from agent.core.cost.prices import PriceTexts
from agent.core.identity import IdToken
from agent.core.local_list import EMPTY, ListEntry, ListUpdate, UpdateKind
from agent.core.reservations import ReservationVerdict
from agent.core.schedule.profile import ChargingProfile, ProfileKind, ProfilePurpose, RateUnit, SchedulePeriod
from agent.core.session.events import AuthorizationStatus
from agent.core.session.model import SessionPhase
from agent.ocpp_client.ports import ProfileVerdict
from agent.ocpp_client.station.price_settings import SHOWS_COSTS
from agent.security.events import SecurityEvent
from agent.store.tokens import KnownToken
from tests.station.desk import CARD, EPOCH_MS, ONE, OTHER, Desk, at_desk
from tests.store.domain import sampled

CACHED = IdToken("CACHED")
LISTED = ListEntry(token=CARD, status=AuthorizationStatus.ACCEPTED)
PROFILE = ChargingProfile(
    id=1,
    connector=None,
    stack_level=0,
    purpose=ProfilePurpose.STATION_MAX,
    kind=ProfileKind.ABSOLUTE,
    unit=RateUnit.A,
    periods=(SchedulePeriod(start_s=0, limit=10.0),),
    start_ms=EPOCH_MS,
)


def test_list_cache_reservations_profiles_and_prices_are_forgotten(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.clock.told(EPOCH_MS)
        tokens = desk.store.tokens
        await tokens.add(KnownToken(token=OTHER))
        await tokens.remember(KnownToken(token=CACHED))
        await tokens.network_list.update(ListUpdate(kind=UpdateKind.FULL, version=4, entries=(LISTED,)))
        reserved = await desk.reservations.reserve(
            Reservation(id=7, connector=ONE, token=CARD, expires_ms=EPOCH_MS + 600_000)
        )
        installed = await desk.network_side.install_profile(PROFILE)
        assert (reserved, installed) == (ReservationVerdict.ACCEPTED, ProfileVerdict.ACCEPTED)

        await desk.settings.put({SHOWS_COSTS: "true"})
        await desk.prices.price_told(CARD, PriceTexts(text="theirs"))
        desk.outlets[ONE].becomes(phase=SessionPhase.AUTHORIZED, token=CARD)
        assert desk.prices.shown(ONE).text == "theirs"

        await desk.network_side.forget_network()

        assert desk.prices.shown(ONE).text == ""
        assert tokens.network_list.version == EMPTY
        assert [known.token for known in await tokens.listed()] == [OTHER]
        assert (await tokens.find(CARD), await tokens.find(CACHED)) == (await tokens.find(IdToken("NOBODYS")),) * 2
        assert desk.store.latches.reservations.all() == ()
        assert len(desk.store.profiles.all()) == 0

    at_desk(tmp_path, story)


def test_meter_values_and_events_about_the_link_are_not_told_to_the_next(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        ledger, log = desk.store.ledger, desk.store.logs.security
        for _ in range(3):
            await ledger.record_sample(sampled(None), for_network=True, for_stop=False)
        for event in (SecurityEvent.RECONFIGURED, SecurityEvent.TAMPER, SecurityEvent.FAILED_TO_AUTHENTICATE):
            await log.append(desk.clock.now(), event.value, "", waits=True)

        await desk.network_side.forget_network()
        await ledger.record_sample(sampled(None, register_wh=1600), for_network=True, for_stop=False)

        oldest = await ledger.next_fact()
        assert oldest is not None
        assert (ledger.queued(), oldest.fact) == (1, sampled(None, register_wh=1600))
        waiting = log.oldest_waiting()
        assert waiting is not None
        assert (log.waiting(), waiting.event) == (1, SecurityEvent.TAMPER.value)
        assert [one.waits for one in await log.records()] == [False, True, False]

    at_desk(tmp_path, story)
