"""All connectors of the charger, and what is neither one connector's nor a neighbour's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from enum import Enum

from agent.bus import Bus, News
from agent.clock import SettableClock
from agent.config.model import Authorization, StationConfig
from agent.connector.runner import Connector
from agent.core.facts import StopReason
from agent.core.identity import ID_TOKEN_MAX_LENGTH, ConnectorId, IdToken
from agent.core.session.energy import rated_power_w
from agent.core.session.events import SettingsChanged, StopRequested
from agent.core.session.model import Session, SessionPhase, SessionSettings
from agent.core.session.status import connector_status
from agent.core.signatures import Signature
from agent.drivers import loader
from agent.drivers.interfaces import SigningMeter
from agent.errors import AgentError
from agent.logs import NEWS, STATE
from agent.ocpp_client.station.settings import NetworkSettings
from agent.security.events import SecurityEvent
from agent.store.ledger import Room
from agent.store.store import Store

log = logging.getLogger(__name__)

FREE_VEND_TOKEN = IdToken("FREEVEND", "NoAuthorization")
"""Told to the network where nobody has to identify (OCPP 1.6 wants an idTag all the same)."""
ENDS_WITHIN_S = 60.0
"""How long a reset waits for running charges to be stopped and recorded (ocpp16.md section 5)."""


ENCLOSURE_OPEN = "enclosure.open"
"""The fault that is an attempt to tamper, too (security.md, S-90)."""

Deed = Callable[[], Awaitable[object]]


class Ending(Enum):
    """How the program ended. RESTART: it shall be started anew at once."""

    STOPPED = "stopped"
    RESTART = "restart"


class Deeds:
    """Small things to do soon that nobody waits for, one after the other; their failures are told in the log."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[tuple[str, Deed]] = asyncio.Queue()

    def do(self, name: str, deed: Deed) -> None:
        """Have it done after all that waits; `name` is for the log."""
        self._waiting.put_nowait((name, deed))

    async def run(self) -> None:
        """Do them for ever."""
        while True:
            name, deed = await self._waiting.get()
            try:
                await deed()
            except AgentError as error:
                log.warning("was not done", extra={"deed": name, "error": str(error)})


async def _nothing_to_erase() -> None:
    return


def _nobody_notes(_event: SecurityEvent, _info: str) -> None:
    return


def objection_without_network(token: IdToken) -> str:
    """Why nobody may charge with `token`, in words; "" where one may."""
    count = len(token.value)
    fits = count <= ID_TOKEN_MAX_LENGTH
    return "" if fits else f"it has {count} characters, and a token takes at most {ID_TOKEN_MAX_LENGTH}"


class Station:
    """What every part of the wiring around the connectors shares."""

    def __init__(
        self, config: StationConfig, store: Store, settings: NetworkSettings, clock: SettableClock, bus: Bus
    ) -> None:
        self.config = config
        self.store = store
        self.settings = settings
        self.clock = clock
        self.bus = bus
        self.deeds = Deeds()
        self.connectors: Mapping[ConnectorId, Connector] = {}
        self.board_restarts: set[ConnectorId] = set()
        """Their boards start anew by order, and are not heard again yet."""
        self.is_held = False
        """No charge may begin, whatever the network says: new firmware is about to be installed."""
        self.started_at = clock.now()
        self.objection_to: Callable[[IdToken], str] = objection_without_network
        """Where there is a network, the adapter's: it knows what its version of OCPP can carry."""
        self.erase_secrets: Callable[[], Awaitable[None]] = _nothing_to_erase
        """Where there is a network: keys, certificates and what the network changed about the way to it."""
        self.note_security: Callable[[SecurityEvent, str], None] = _nobody_notes
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        store.ledger.on_room = self._tell_room

    def _tell_room(self, room: Room) -> None:
        ledger = self.store.ledger
        match room:
            case Room.NEARLY_FULL:
                self.tell("queue.filled", queued=ledger.queued(), percent=round(100 * ledger.fill()))
            case Room.THINNED:
                self.tell("queue.thinned", queued=ledger.queued())
            case Room.PLENTY:
                self.tell("queue.eased", queued=ledger.queued())

    def sessions(self) -> Iterable[Session]:
        """The sessions as they are, by connector."""
        return (connector.session for connector in self.connectors.values())

    def session_settings(self, connector: ConnectorId) -> SessionSettings:
        """What site and network want of sessions at this connector now."""
        config, network = self.config, self.settings
        is_free = config.site.authorization is Authorization.FREE
        drivers = next(one.drivers for one in config.board.connectors if one.id == connector)
        return SessionSettings(
            connection_timeout_s=network.connection_timeout_s,
            stop_on_ev_disconnect=network.stop_on_ev_disconnect,
            unlock_on_ev_disconnect=network.unlock_on_ev_disconnect,
            stop_on_invalid_id=network.stop_on_invalid_id,
            max_energy_on_invalid_id_wh=network.max_energy_on_invalid_id_wh,
            minimum_status_duration_s=network.minimum_status_duration_s,
            free_vend_token=FREE_VEND_TOKEN if is_free else None,
            resume_after_restart=config.site.resume_after_restart,
            has_lock="lock" in drivers,
            rated_power_w=rated_power_w(config.board.rated_current_a, config.board.phases),
            signature=self._signature(drivers["meter"].driver),
            signed_identity=config.meter.signed_identity,
            evse_id=config.connector_sites[connector].evse_id,
        )

    def _signature(self, meter: str) -> Signature:
        """What is wanted of a meter that cannot sign is nothing, unless it must: then no charge begins there."""
        wanted = self.config.meter.signature
        return Signature.OFF if wanted is Signature.WHEN_AVAILABLE and not loader.signs(meter) else wanted

    def meter_public_key(self, connector: ConnectorId) -> str | None:
        """Of its meter, DER in hexadecimal digits; "" before it has told it, None where it does not sign."""
        meter = self.connectors[connector].devices.meter
        return meter.public_key() if isinstance(meter, SigningMeter) else None

    def settings_changed(self) -> None:
        """The network wrote settings: every session hears of it."""
        for id, connector in self.connectors.items():
            connector.post(SettingsChanged(self.session_settings(id)))

    def tell(self, name: str, **fields: str | float | bool | None) -> None:
        """News of the station as a whole."""
        self.publish(News(name=name, at=self.clock.now(), fields=tuple(fields.items())))

    def publish(self, news: News) -> None:
        """To everybody who listens, and into the log."""
        self.bus.tell(news)
        if news.name == "fault.raised" and dict(news.fields).get("id") == ENCLOSURE_OPEN:
            self.note_security(SecurityEvent.TAMPER, "the enclosure was opened")
        place = {} if news.connector is None else {"connector": news.connector}
        log.info(news.name, extra={**place, **dict(news.fields), NEWS: news, STATE: self._state_at(news.connector)})

    def _state_at(self, connector: ConnectorId | None) -> str:
        """Of that connector now, in the words of OCPP 1.6; "" where there is none."""
        known = None if connector is None else self.connectors.get(connector)
        return "" if known is None else connector_status(known.session)[0].value

    # How it ends.

    def end(self, ending: Ending) -> None:
        """Let the program end; the first word counts."""
        if not self._ending.done():
            self._ending.set_result(ending)

    @property
    def ending(self) -> Ending | None:
        """How it is to end; None while it shall go on."""
        return self._ending.result() if self._ending.done() else None

    async def ended(self) -> Ending:
        """Wait until somebody wants the program to end."""
        return await asyncio.shield(self._ending)

    async def stop_all_and_end(self, reason: StopReason) -> None:
        """Stop every charge, wait until each is on record, and have the program started anew."""
        await self.stop_all(reason)
        self.end(Ending.RESTART)

    async def stop_all(self, reason: StopReason) -> bool:
        """Stop every charge and wait until each is on record, ENDS_WITHIN_S at most; whether that came about.

        A charge that does not stop is asked again, as often as the network's settings say, within the one bound.
        """
        tries = 1 + self.settings.reset_retries
        for _ in range(tries):
            if await self._all_stopped(reason, ENDS_WITHIN_S / tries):
                return True
        log.warning("charges were not stopped in time", extra={"limit_s": ENDS_WITHIN_S})
        return False

    async def _all_stopped(self, reason: StopReason, within_s: float) -> bool:
        for connector in self.connectors.values():
            connector.post(StopRequested(reason=reason))
        try:
            async with asyncio.timeout(within_s):
                for connector in self.connectors.values():
                    await connector.until(_is_out_of_use)
        except TimeoutError:
            return False
        return True


def _is_out_of_use(session: Session) -> bool:
    return session.phase not in (SessionPhase.STARTING, SessionPhase.CHARGING, SessionPhase.STOPPING)
