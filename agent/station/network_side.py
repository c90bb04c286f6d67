"""The charger as the central system may see and move it: `StationPort` of the OCPP client."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from agent.core.availability import StatusReport
from agent.core.facts import Fact, MeterReadings, StopReason, kind_of
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.link_figures import LinkFigures
from agent.core.local_list import EMPTY, ListUpdate, UpdateKind
from agent.core.quantities import Measurand, ReadingContext
from agent.core.readings import readings_of
from agent.core.schedule.composite import CompositeSchedule
from agent.core.schedule.profile import ChargingProfile, ProfilePurpose
from agent.core.session.events import (
    AvailabilityRequested,
    StartRequested,
    StopRequested,
    TransactionJudged,
)
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.drivers.interfaces import Lock
from agent.errors import Busy
from agent.ocpp_client.ports import (
    AuthorizationAnswer,
    AvailabilityVerdict,
    ProfileVerdict,
    ResetKind,
    StationIdentity,
    UnlockVerdict,
)
from agent.ocpp_client.station.settings import LOCAL_LIST
from agent.security.events import SecurityEvent
from agent.station import choice
from agent.station.authorizer import Authorizer
from agent.station.composite_schedules import CompositeSchedules
from agent.station.current_limits import CurrentLimits
from agent.station.installers import installer_of
from agent.station.local_list import LocalList
from agent.station.network import Network
from agent.station.own_status import OwnStatus
from agent.station.prices import Prices
from agent.station.reservations import Reservations
from agent.station.station import Station
from agent.station.unlocking import unlock
from agent.transfer import by_sftp
from agent.transfer.addresses import Scheme

log = logging.getLogger(__name__)

FRESH_READING_S = 10.0
"""An older sample is not told as the present reading."""


class NetworkSide:
    """One object a run; everything in it returns at once or after a commit, but for a lock. `locks` of the sockets."""

    def __init__(
        self,
        station: Station,
        limits: CurrentLimits,
        authorizer: Authorizer,
        link: Network,
        locks: Mapping[ConnectorId, Lock],
        *,
        reservations: Reservations,
        prices: Prices,
    ) -> None:
        self.own_status = OwnStatus(station, link)
        self.local_list = LocalList(station, self.own_status.list_changed)
        self.reservations = reservations
        self._prices = prices
        self._locks = locks
        self.judged: Callable[[], tuple[str, str]] = lambda: ("", "")
        """How the charger is, and why; given by the wiring."""
        self._station = station
        self._network = link
        self._limits = limits
        self._schedules = CompositeSchedules(station)
        self._authorizer = authorizer

    @property
    def identity(self) -> StationIdentity:
        config = self._station.config
        meters = {_map_name(one.drivers["meter"].options) for one in config.board.connectors}
        return StationIdentity(
            vendor=config.board.vendor,
            model=config.board.model,
            serial_number=config.station.serial_number,
            firmware_version=config.station.firmware_version,
            meter_type=meters.pop() if len(meters) == 1 else "",
        )

    @property
    def verdict(self) -> tuple[str, str]:
        return self.judged()

    @property
    def transfer_schemes(self) -> tuple[str, ...]:
        """What the site allows and a library is there for."""
        wanted = (scheme.value for scheme in self._station.config.transfer.schemes)
        return tuple(word for word in wanted if word != Scheme.SFTP.value or by_sftp.is_installed())

    @property
    def can_install_firmware(self) -> bool:
        return not installer_of(self._station.config).objection

    def connectors(self) -> tuple[ConnectorId, ...]:
        return tuple(self._station.connectors)

    def session(self, connector: ConnectorId) -> Session:
        return self._station.connectors[connector].session

    def station_report(self) -> StatusReport:
        return self.own_status.report()

    def now(self) -> Instant:
        return self._station.clock.now()

    def link_figures(self) -> LinkFigures | None:
        return self._network.figures()

    # Commands.

    def request_start(self, connector: ConnectorId | None, token: IdToken, profile: ChargingProfile | None) -> bool:
        chosen = choice.for_start(self._station.sessions(), token) if connector is None else connector
        if chosen is None or not choice.can_start(self.session(chosen)):
            return False
        if not choice.may_use(self.session(chosen), token):
            return False
        asks = self._station.settings.authorize_remote_start
        self._station.connectors[chosen].post(StartRequested(token=token, authorize=asks, profile=profile))
        return True

    def request_stop(self, key: TransactionKey, reason: StopReason) -> bool:
        session = choice.running(self._station.sessions(), key)
        if session is None:
            return False
        self._station.connectors[session.connector].post(StopRequested(reason=reason))
        return True

    async def change_availability(self, connector: ConnectorId | None, operative: bool) -> AvailabilityVerdict:
        latches = self._station.store.latches
        chosen = self.connectors() if connector is None else (connector,)
        # All or none: a station that is out of service with one connector in it would be neither.
        await latches.record_all_operative((None, *chosen) if connector is None else chosen, operative)
        self.own_status.changed()
        for one in chosen:
            # On record already; what holds the connectors now lets them go by what is there.
            is_held = self._station.is_held
            wanted = AvailabilityRequested(operative and not is_held, is_lasting=not is_held)
            self._station.connectors[one].post(wanted)
        is_busy = any(self.session(one).transaction is not None for one in chosen)
        return AvailabilityVerdict.SCHEDULED if is_busy and not operative else AvailabilityVerdict.ACCEPTED

    async def unlock(self, connector: ConnectorId) -> UnlockVerdict:
        """After the charge that may run has come to its end, whoever the cable is kept for then.

        What may be live stays locked.
        """
        is_open = await unlock(self._station, self._locks, connector)
        if is_open is None:
            return UnlockVerdict.NOT_SUPPORTED
        return UnlockVerdict.UNLOCKED if is_open else UnlockVerdict.FAILED

    async def objection_to_reset(self) -> str:
        from agent.control.site_on_disk import refuse_unusable

        try:
            await refuse_unusable(self._station.config)
        except Busy as error:
            log.error("a reset by the central system is rejected", extra={"why": str(error)})  # noqa: TRY400 a sentence
            return str(error)
        return ""

    def reset(self, kind: ResetKind) -> bool:
        reason = StopReason.SOFT_RESET if kind is ResetKind.SOFT else StopReason.HARD_RESET
        self._station.tell("station.reset", kind=kind.value)
        self._station.note_security(SecurityEvent.RESET_OR_REBOOT, f"{kind.value} reset by the central system")
        self._station.deeds.do("reset", lambda: self._station.stop_all_and_end(reason))
        return True

    async def install_profile(self, profile: ChargingProfile) -> ProfileVerdict:
        return ProfileVerdict.ACCEPTED if await self._limits.install(profile) else ProfileVerdict.REJECTED

    async def clear_profiles(
        self,
        *,
        profile_id: int | None = None,
        connector: ConnectorId | None = None,
        station_only: bool = False,
        purpose: ProfilePurpose | None = None,
        stack_level: int | None = None,
    ) -> bool:
        return await self._limits.clear(
            profile_id=profile_id,
            connector=connector,
            station_only=station_only,
            purpose=purpose,
            stack_level=stack_level,
        )

    async def composite_schedule(self, connector: ConnectorId | None, duration_s: int) -> CompositeSchedule:
        return await self._schedules.of(connector, duration_s)

    async def forget_network(self) -> None:
        """Another network takes over: what this one left here is not its to say any more. Raises StoreError.

        Nor is the next one told what waits for this one: meter values, and security events but for the critical ones,
        which tell of the charger itself and not of this one's links and settings.
        """
        store = self._station.store
        forgotten = await store.ledger.forget_outside()
        if forgotten:
            self._station.tell("record.withdrawn", count=forgotten)
        await store.logs.security.tell_only([event.value for event in SecurityEvent if event.is_critical])
        await store.tokens.clear_cache()
        await store.tokens.network_list.update(ListUpdate(kind=UpdateKind.FULL, version=EMPTY, entries=()))
        for reservation in store.latches.reservations.all():
            await self.reservations.cancel(reservation.id)
        await self._limits.clear()
        await self._prices.forget()

    async def clear_cache(self) -> bool:
        await self._station.store.tokens.clear_cache()
        return True

    # Facts.

    def transaction_of(self, remote_id: int) -> TransactionKey | None:
        return self._station.store.ledger.key_of_remote(remote_id)

    def remote_id_of(self, key: TransactionKey) -> int | None:
        return self._station.store.ledger.remote_id_of(key)

    def meter_public_key(self, connector: ConnectorId) -> str | None:
        return self._station.meter_public_key(connector)

    def readings(self, connector: ConnectorId | None, measurands: tuple[Measurand, ...]) -> MeterReadings | None:
        sessions = [self.session(connector)] if connector is not None else list(self._station.sessions())
        session = sessions[0] if len(sessions) == 1 else None
        sample = session.last_sample if session is not None else None
        if session is None or sample is None or self.now().since(sample.at) > FRESH_READING_S:
            return None
        found = readings_of(sample, measurands, session.encoded_a)
        return MeterReadings(at=sample.at, context=ReadingContext.TRIGGER, readings=found) if found else None

    # What the network said.

    def transaction_judged(self, key: TransactionKey, answer: AuthorizationAnswer) -> None:
        session = choice.running(self._station.sessions(), key)
        if session is not None:
            judged = TransactionJudged(key=key, status=answer.status, group=answer.group)
            self._station.connectors[session.connector].post(judged)

    def token_judged(self, token: IdToken, answer: AuthorizationAnswer) -> None:
        self._station.deeds.do("remember a token", lambda: self._authorizer.remember(token, answer))
        self._station.deeds.do("compare with the list", lambda: self.own_status.token_judged(token, answer))

    def fact_set_aside(self, fact: Fact) -> None:
        self._station.tell("record.postponed", kind=kind_of(fact), transaction=fact.key)

    def fact_answered_after_all(self, fact: Fact) -> None:
        self._station.tell("record.answered", kind=kind_of(fact), transaction=fact.key)

    def clock_told(self, utc_ms: int) -> None:
        was_known = self._station.clock.now().utc_ms is not None
        self._network.clock_told(utc_ms)
        self._station.clock.told(utc_ms)
        if not was_known:
            self._station.note_security(SecurityEvent.SETTING_SYSTEM_TIME, "the central system told the time")
            self._limits.clock_told()
            self.reservations.clock_told()

    def settings_changed(self, names: tuple[str, ...]) -> None:
        self._station.settings_changed()
        self._network.settings_changed()
        if LOCAL_LIST in names:
            self.own_status.list_changed()


def _map_name(meter: Mapping[str, object]) -> str:
    """What kind of meter these options mean; a map's file is named after it."""
    return Path(str(meter.get("map", ""))).name.removesuffix(".toml")
