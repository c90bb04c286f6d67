"""OCPP 1.6J for the version-free client: the one object that knows this version."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from agent.ocpp_client.adapter import Answered, ErrorCodes, Handler, Payload
from agent.ocpp_client.maintenance_port import MaintenancePort, SupportPort
from agent.ocpp_client.ports import StationPort
from agent.ocpp_client.price_port import PricePort
from agent.ocpp_client.security_port import SecurityPort
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16 import checks, message
from agent.ocpp_client.v16.words import Words16

SUBPROTOCOL = "ocpp1.6"

KNOWN_ACTIONS = frozenset(
    {"CancelReservation", "ChangeAvailability", "ChangeConfiguration", "ClearCache", "ClearChargingProfile"}
    | {"DataTransfer", "GetCompositeSchedule", "GetConfiguration", "GetDiagnostics", "GetLocalListVersion"}
    | {"RemoteStartTransaction", "RemoteStopTransaction", "ReserveNow", "Reset", "SendLocalList"}
    | {"SetChargingProfile", "TriggerMessage", "UnlockConnector", "UpdateFirmware"}
    # The security extensions.
    | {"CertificateSigned", "DeleteCertificate", "ExtendedTriggerMessage", "GetInstalledCertificateIds", "GetLog"}
    | {"InstallCertificate", "SignedUpdateFirmware"}
)


class Ocpp16(Words16):
    """An `Adapter`. Holds no state but what it was built with."""

    def __init__(
        self,
        station: StationPort,
        settings: NetworkSettings,
        security: SecurityPort | None = None,
        maintenance: MaintenancePort | None = None,
        prices: PricePort | None = None,
        *,
        support: SupportPort | None = None,
    ) -> None:
        super().__init__(station, settings)
        self._charger = message.Charger(station, settings, security, maintenance, prices, support)
        self._handlers: dict[str, Handler] = {
            action: partial(self._handle, action) for action in sorted(message.actions())
        }

    @property
    def subprotocol(self) -> str:
        return SUBPROTOCOL

    @property
    def error_codes(self) -> ErrorCodes:
        return checks.CODES

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return self._handlers

    @property
    def known_actions(self) -> frozenset[str]:
        return KNOWN_ACTIONS

    check_call = staticmethod(checks.check_call)
    check_answer = staticmethod(checks.check_answer)

    def warm_up(self) -> None:
        """Load what the first message of each kind would load: no command is the slow first one. In any thread."""
        for action in sorted(message.actions()):
            message.load(action)
            checks.load(action)
        checks.load_answers()

    def allowed_while_pending(self, action: str) -> bool:
        return message.load(action).while_pending is None

    def refusal(self, action: str) -> Payload:
        return dict(message.load(action).while_pending or {})

    async def _handle(self, action: str, payload: Payload) -> Answered:
        return await message.load(action).handle(payload, self._charger)
