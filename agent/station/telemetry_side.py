"""The charger as the health channel tells it: `Source` of the telemetry room, and the way to the broker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from agent import VERSION
from agent.bus import Bus, Reader
from agent.clock import time_quality
from agent.config.model import MqttConfig
from agent.core.control_pilot import ContactorState
from agent.core.explain.explain import Explanation
from agent.core.health.model import Judgement
from agent.core.identity import ConnectorId
from agent.core.session.model import Session
from agent.core.session.status import connector_status
from agent.core.time import Instant
from agent.ids import Ids
from agent.ocpp_client.causes import LinkFailed
from agent.ocpp_client.tls import Trust, new_context
from agent.secret import Secret
from agent.station.health_sections import without_people
from agent.station.station import Station

if TYPE_CHECKING:
    from agent.telemetry.client import Figures
    from agent.telemetry.mqtt_client import Login
    from agent.telemetry.ports import OrderDesk
    from agent.telemetry.service import Telemetry


class Looks(Protocol):
    """What is known of the charger beyond its sessions."""

    def judgements(self) -> Mapping[int, Judgement]: ...
    def blamed(self) -> str: ...
    async def document(self) -> Mapping[str, Any]: ...
    def explained(self, connector: ConnectorId, /) -> Explanation: ...
    async def flexibility(self, connector: ConnectorId, /) -> Mapping[str, Any] | None: ...
    async def load_profile(self, day: str, /) -> Mapping[str, Any] | None: ...

    @property
    def warmest_c(self) -> Callable[[], float | None]: ...
    def board_firmware(self) -> Sequence[str]:
        """Of each board that told it."""
        ...


class TelemetrySide:
    """One object a run. `desk` gives where orders are taken, by this charger's name on the broker; None for nowhere.

    `heard` has listened to the bus since the start: what began and ended with the run before is told then.
    """

    def __init__(
        self,
        station: Station,
        looks: Looks,
        ids: Ids,
        desk: Callable[[str], OrderDesk | None],
        *,
        heard: Reader | None = None,
    ) -> None:
        self._station, self._looks, self._ids, self._desk, self._heard = station, looks, ids, desk, heard
        self._telemetry: Telemetry | None = None
        self.orders: OrderDesk | None = None

    async def run(self) -> None:
        """Stay connected to the broker, for ever. Only now the MQTT library is loaded."""
        mqtt = self._station.config.mqtt
        assert mqtt is not None
        from agent.telemetry.profile import PROFILES
        from agent.telemetry.service import Telemetry
        from agent.telemetry.topics import Topics, device_of

        device = mqtt.device or device_of(self._station.config.station.serial_number) or "charger"
        self.orders = self._desk(device)
        profile = PROFILES[mqtt.profile.value]
        if mqtt.keep_alive_s is not None:
            profile = replace(profile, keep_alive_s=float(mqtt.keep_alive_s))
        self._telemetry = Telemetry(
            Topics(mqtt.prefix, device),
            profile,
            lambda: self._login(mqtt, device, profile.keep_alive_s),
            self,
            ids=self._ids,
            home_prefix=mqtt.home_assistant_prefix if mqtt.home_assistant else "",
        )
        self._telemetry.publisher.heard = self._heard
        try:
            await self._telemetry.run()
        finally:
            self._telemetry = None

    def figures(self) -> Figures | None:
        """How the link is doing; None where none runs."""
        return None if self._telemetry is None else self._telemetry.client.figures()

    async def prove(self, within_s: float) -> float:
        """Seconds until the broker acknowledges a message of this charger. Raises ConnectionError, a sentence."""
        from agent.telemetry.connection import BrokerError

        if self._telemetry is None:
            raise ConnectionError("the health channel does not run")
        try:
            return await self._telemetry.client.prove(within_s)
        except BrokerError as error:
            raise ConnectionError(str(error)) from error

    def _login(self, mqtt: MqttConfig, device: str, keep_alive_s: float) -> Login:
        """Files are read anew each time, so that a renewed certificate or password counts. Raises BrokerError."""
        from agent.telemetry.connection import BrokerError
        from agent.telemetry.mqtt_client import Login

        host, port = mqtt.address
        try:
            trust = Trust(
                ca_file=mqtt.ca_file,
                certificate_file=mqtt.client_certificate_file,
                key_file=mqtt.client_key_file,
                has_clock=self.now().utc_ms is not None,
            )
            context = new_context(trust) if mqtt.is_secure else None
            password = None if mqtt.password_file is None else Secret(mqtt.password_file.read_text("utf-8").strip())
        except LinkFailed as error:
            raise BrokerError(str(error)) from error
        except (OSError, UnicodeDecodeError) as error:
            raise BrokerError(f"{mqtt.password_file} cannot be read: {error}") from error
        return Login(
            host=host,
            port=port,
            client_id=device,
            context=context,
            username=mqtt.username,
            password=password,
            keep_alive_s=keep_alive_s,
        )

    # `Source` of the telemetry room.

    @property
    def bus(self) -> Bus:
        return self._station.bus

    @property
    def is_ending(self) -> bool:
        return self._station.ending is not None

    def now(self) -> Instant:
        return self._station.clock.now()

    def time_quality(self) -> str:
        return time_quality(self._station.clock)

    def identity(self) -> Mapping[str, Any]:
        config, boards = self._station.config, sorted(set(self._looks.board_firmware()))
        versions = {"agent": VERSION, "firmware": config.station.firmware_version}
        return {
            "serial_number": config.station.serial_number,
            "vendor": config.board.vendor,
            "model": config.board.model,
            "board": config.board.board,
            "versions": {**versions, **({"board_firmware": ", ".join(boards)} if boards else {})},
        }

    def ports(self) -> Sequence[int]:
        return tuple(int(id) for id in self._station.connectors)

    def verdicts(self) -> Mapping[str, Any]:
        ports = {
            str(port): [one.verdict.value, *(defect.key for defect in one.defects)]
            for port, one in self._looks.judgements().items()
        }
        return {**ports, "network": [self._looks.blamed()]}

    async def health(self) -> Mapping[str, Any]:
        return await self._looks.document()

    async def port_status(self, port: int) -> Mapping[str, Any]:
        session = self._session(port)
        judgement, limit = self._looks.judgements()[port], session.limits.effective()
        explained, (status, _) = self._looks.explained(ConnectorId(port)), connector_status(session)
        found: dict[str, Any] = {
            "port": port,
            "state": status.value,
            "verdict": judgement.verdict.value,
            "reasons": [defect.key for defect in judgement.defects],
            "headline": explained.headline,
            "charging": explained.charging,
            "faults": [fault.kind.id for fault in session.faults.faults],
        }
        if session.transaction is not None:
            found["offered_a"] = session.encoded_a
        if limit.source is not None:
            found["limit"] = {"current_a": limit.current_a, "owner": limit.source.value, "detail": limit.detail}
        if (flexible := await self._looks.flexibility(ConnectorId(port))) is not None:
            found["flexibility"] = flexible
        told: dict[str, Any] = without_people(found)
        return told

    def port_meter(self, port: int) -> Mapping[str, Any] | None:
        session = self._session(port)
        sample = session.last_sample
        if sample is None or sample.register_wh is None:
            return None
        found: dict[str, Any] = {"port": port, "register_wh": sample.register_wh, "charging": _is_charging(session)}
        if sample.power_w is not None:
            found["power_w"] = round(sample.power_w)
        for name, values, digits in (("currents_a", sample.currents_a, 1), ("voltages_v", sample.voltages_v, 1)):
            if told := _told(values, digits):
                found[name] = told
        if (temp_c := self._looks.warmest_c()) is not None:
            found["temp_c"] = round(temp_c, 1)
        return found

    async def load_profile(self, day: str) -> Mapping[str, Any] | None:
        return await self._looks.load_profile(day)

    def _session(self, port: int) -> Session:
        return self._station.connectors[ConnectorId(port)].session


def _is_charging(session: Session) -> bool:
    return session.contactor is ContactorState.CLOSED and session.transaction is not None


def _told(values: Sequence[float | None], digits: int) -> list[float]:
    """Up to the last phase that the meter measures; none where one between them is missing."""
    known = [value for value in values if value is not None]
    return [round(value, digits) for value in known] if list(values[: len(known)]) == known else []
