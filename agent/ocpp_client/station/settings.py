"""The network's settings: one text each, with bounds, under the names of OCPP 2.0.1's device model.

Other versions' names are aliases of these (v16/settings.py). A value comes from the last of these that has one: the
default here, the site file's `[ocpp.settings]`, what the network wrote. The text is kept as it was written, since
central systems compare it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent.core.quantities import Measurand
from agent.core.schedule.installing import MAX_PERIODS, MAX_STACK_LEVEL
from agent.core.schedule.profile import RateUnit
from agent.ocpp_client.ports import SettingsPort
from agent.ocpp_client.station import signing_settings as signing_settings  # noqa: PLC0414 - some of these
from agent.ocpp_client.station.price_settings import PRICE_VARIABLES, PriceSettings
from agent.ocpp_client.station.signing_settings import SIGNING_VARIABLES, SigningSettings
from agent.ocpp_client.station.value_kinds import (
    Choices,
    Flag,
    Line,
    Measurands,
    PhaseRotations,
    ValueKind,
    Whole,
    Word,
)
from agent.values import frozen

DAY_S = 86_400
MOST_MEASURANDS = 20
LOCAL_LIST_ENTRIES = 10_000
"""Tokens on the network's list; the store's own bound (agent/store/network_list.py) is held to it by a test."""
LOCAL_LIST_ENTRIES_SENT = 500
"""Tokens in one message; a longer list comes in several."""

HEARTBEAT_INTERVAL = "OCPPCommCtrlr.HeartbeatInterval"
WEBSOCKET_PING_INTERVAL = "OCPPCommCtrlr.WebSocketPingInterval"
MESSAGE_TIMEOUT = "OCPPCommCtrlr.MessageTimeout"
MESSAGE_ATTEMPTS = "OCPPCommCtrlr.MessageAttempts(TransactionEvent)"
MESSAGE_ATTEMPT_INTERVAL = "OCPPCommCtrlr.MessageAttemptInterval(TransactionEvent)"
REPLAY_STARTS_WITHIN = "OCPPCommCtrlr.ReplayStartsWithin"
REPLAY_PAUSE = "OCPPCommCtrlr.ReplayPause"
"""Ours, both (agent/ocpp_client/station/pacing.py)."""
CONNECTION_ATTEMPTS = "OCPPCommCtrlr.NetworkProfileConnectionAttempts"
RETURN_AFTER = "OCPPCommCtrlr.NetworkProfileReturnAfter"
"""Ours: how long the charger stays at an address that is not the preferred one (agent/security/slots.py)."""
RESET_RETRIES = "OCPPCommCtrlr.ResetRetries"
SAMPLE_INTERVAL = "SampledDataCtrlr.TxUpdatedInterval"
SAMPLED_MEASURANDS = "SampledDataCtrlr.TxUpdatedMeasurands"
STOP_SAMPLED_MEASURANDS = "SampledDataCtrlr.TxEndedMeasurands"
MOST_STOP_READINGS = "SampledDataCtrlr.TxEndedMaxMeterValues"
"""Ours; 1.6 errata 3.91."""
ALIGNED_INTERVAL = "AlignedDataCtrlr.Interval"
ALIGNED_MEASURANDS = "AlignedDataCtrlr.Measurands"
STOP_ALIGNED_MEASURANDS = "AlignedDataCtrlr.TxEndedMeasurands"
CONNECTION_TIMEOUT = "TxCtrlr.EVConnectionTimeOut"
STOP_ON_EV_DISCONNECT = "TxCtrlr.StopTxOnEVSideDisconnect"
UNLOCK_ON_EV_DISCONNECT = "OCPPCommCtrlr.UnlockOnEVSideDisconnect"
STOP_ON_INVALID_ID = "TxCtrlr.StopTxOnInvalidId"
MAX_ENERGY_ON_INVALID_ID = "TxCtrlr.MaxEnergyOnInvalidId"
AUTHORIZE_REMOTE_START = "AuthCtrlr.AuthorizeRemoteStart"
LOCAL_AUTHORIZE_OFFLINE = "AuthCtrlr.LocalAuthorizeOffline"
LOCAL_PRE_AUTHORIZE = "AuthCtrlr.LocalPreAuthorize"
OFFLINE_TX_FOR_UNKNOWN_ID = "AuthCtrlr.OfflineTxForUnknownIdEnabled"
AUTHORIZATION_CACHE = "AuthCacheCtrlr.Enabled"
LOCAL_LIST = "LocalAuthListCtrlr.Enabled"
MINIMUM_STATUS_DURATION = "ChargingStation.MinimumStatusDuration"
"""Ours: 2.0.1 has none."""
PHASE_ROTATION = "ChargingStation.PhaseRotation"
"""Of all connectors in one text, as 1.6 has it; "" while nobody wrote it."""
PROFILE_STACK_LEVEL = "SmartChargingCtrlr.ProfileStackLevel"
PERIODS_PER_SCHEDULE = "SmartChargingCtrlr.PeriodsPerSchedule"
RATE_UNITS = "SmartChargingCtrlr.RateUnit"
ORGANIZATION_NAME = "SecurityCtrlr.OrganizationName"
CERT_SIGNING_WAIT_MINIMUM = "SecurityCtrlr.CertSigningWaitMinimum"
CERT_SIGNING_REPEAT_TIMES = "SecurityCtrlr.CertSigningRepeatTimes"
ADDITIONAL_ROOT_CHECK = "SecurityCtrlr.AdditionalRootCertificateCheck"
AUTHORIZATION_KEY_ENCODING = "SecurityCtrlr.AuthorizationKeyEncoding"
"""Ours; agent/security/authorization_key.py."""

_REGISTER = Measurand.ENERGY_IMPORT_REGISTER.value
_LIVE = (Measurand.POWER_IMPORT, Measurand.CURRENT_IMPORT, Measurand.VOLTAGE, Measurand.CURRENT_OFFERED)


@frozen
class Variable:
    """`kind` says which texts are values; `default` is one of them. The defaults are ours (ocpp16.md section 15)."""

    kind: ValueKind
    default: str


VARIABLES: Mapping[str, Variable] = {
    HEARTBEAT_INTERVAL: Variable(Whole(unit="s"), "3600"),
    WEBSOCKET_PING_INTERVAL: Variable(Whole(0, DAY_S, "s"), "60"),
    MESSAGE_TIMEOUT: Variable(Whole(1, 3600, "s"), "30"),
    MESSAGE_ATTEMPTS: Variable(Whole(0, 1000), "5"),
    MESSAGE_ATTEMPT_INTERVAL: Variable(Whole(0, DAY_S, "s"), "30"),
    REPLAY_STARTS_WITHIN: Variable(Whole(0, 3600, "s"), "1"),
    REPLAY_PAUSE: Variable(Whole(0, 60_000, "ms"), "0"),
    CONNECTION_ATTEMPTS: Variable(Whole(1, 100), "5"),
    RETURN_AFTER: Variable(Whole(0, 7 * DAY_S, "s"), "1800"),
    RESET_RETRIES: Variable(Whole(0, 100), "3"),
    SAMPLE_INTERVAL: Variable(Whole(0, DAY_S, "s"), "60"),
    SAMPLED_MEASURANDS: Variable(
        Measurands(MOST_MEASURANDS), ",".join((_REGISTER, *(measurand.value for measurand in _LIVE)))
    ),
    STOP_SAMPLED_MEASURANDS: Variable(Measurands(MOST_MEASURANDS), _REGISTER),
    MOST_STOP_READINGS: Variable(Whole(2, 200), "200"),
    ALIGNED_INTERVAL: Variable(Whole(0, DAY_S, "s", divides=DAY_S), "900"),
    ALIGNED_MEASURANDS: Variable(Measurands(MOST_MEASURANDS), _REGISTER),
    STOP_ALIGNED_MEASURANDS: Variable(Measurands(MOST_MEASURANDS), ""),
    CONNECTION_TIMEOUT: Variable(Whole(1, DAY_S, "s"), "120"),
    STOP_ON_EV_DISCONNECT: Variable(Flag(), "true"),
    UNLOCK_ON_EV_DISCONNECT: Variable(Flag(), "true"),
    STOP_ON_INVALID_ID: Variable(Flag(), "true"),
    MAX_ENERGY_ON_INVALID_ID: Variable(Whole(0, 1_000_000, "Wh"), "0"),
    AUTHORIZE_REMOTE_START: Variable(Flag(), "false"),
    LOCAL_AUTHORIZE_OFFLINE: Variable(Flag(), "true"),
    LOCAL_PRE_AUTHORIZE: Variable(Flag(), "false"),
    OFFLINE_TX_FOR_UNKNOWN_ID: Variable(Flag(), "false"),
    AUTHORIZATION_CACHE: Variable(Flag(), "true"),
    LOCAL_LIST: Variable(Flag(), "true"),
    MINIMUM_STATUS_DURATION: Variable(Whole(0, 3600, "s"), "2"),
    PHASE_ROTATION: Variable(PhaseRotations(), ""),
    PROFILE_STACK_LEVEL: Variable(Whole(0, MAX_STACK_LEVEL), str(MAX_STACK_LEVEL)),
    PERIODS_PER_SCHEDULE: Variable(Whole(1, MAX_PERIODS), str(MAX_PERIODS)),
    ORGANIZATION_NAME: Variable(Line(64), ""),
    CERT_SIGNING_WAIT_MINIMUM: Variable(Whole(1, DAY_S, "s"), "30"),
    CERT_SIGNING_REPEAT_TIMES: Variable(Whole(0, 10), "2"),
    ADDITIONAL_ROOT_CHECK: Variable(Flag(), "false"),
    AUTHORIZATION_KEY_ENCODING: Variable(Word(("plain", "hex", "auto")), "auto"),
    RATE_UNITS: Variable(Choices(tuple(unit.value for unit in RateUnit)), "A,W"),
    **{name: Variable(kind, default) for name, (kind, default) in PRICE_VARIABLES.items()},
    **{name: Variable(kind, default) for name, (kind, default) in SIGNING_VARIABLES.items()},
}


class NetworkSettings(PriceSettings, SigningSettings):
    """The settings as they are now. Read anew at each use, a change takes effect at once.

    Serves the client (`ClientSettings`), the connectors (`SamplingSettings`) and whoever decides about sessions.
    """

    def __init__(self, port: SettingsPort, first: Mapping[str, str] | None = None) -> None:
        """`first`: values of the site file by name, checked before; one that is no value is a ValueError.

        A kept value that is none (any more) does not count: an earlier version of this program may have allowed it.
        """
        first = first or {}
        for name, text in first.items():
            _refuse(name, text)
        kept = {name: text for name, text in port.all().items() if name in VARIABLES and objection(name, text) is None}
        self._port = port
        self.when_put: Callable[[str, str, str], None] = lambda _name, _before, _after: None
        """Hears of each setting that has another text now, with the one before."""
        self._texts = {name: variable.default for name, variable in VARIABLES.items()} | dict(first) | kept

    def text(self, name: str) -> str:
        """The value as it was written."""
        return self._texts[name]

    async def put(self, values: Mapping[str, str]) -> None:
        """What the network writes: in force and durable when this returns.

        One that is no value is a ValueError, and then nothing is changed. Raises StoreError.
        """
        for name, text in values.items():
            _refuse(name, text)
        await self._port.put(values)
        before = {name: self._texts.get(name, "") for name in values}
        self._texts.update(values)
        for name, text in values.items():
            if before[name] != text:
                self.when_put(name, before[name], text)

    # For the client.

    @property
    def heartbeat_interval_s(self) -> int:
        """0: no heartbeat but the daily one."""
        return self._whole(HEARTBEAT_INTERVAL)

    @property
    def websocket_ping_interval_s(self) -> int:
        """0: no pings of ours."""
        return self._whole(WEBSOCKET_PING_INTERVAL)

    @property
    def transaction_message_attempts(self) -> int:
        return self._whole(MESSAGE_ATTEMPTS)

    @property
    def transaction_message_retry_interval_s(self) -> int:
        return self._whole(MESSAGE_ATTEMPT_INTERVAL)

    @property
    def call_timeout_s(self) -> int:
        return self._whole(MESSAGE_TIMEOUT)

    @property
    def replay_starts_within_s(self) -> int:
        return self._whole(REPLAY_STARTS_WITHIN)

    @property
    def replay_pause_s(self) -> float:
        return self._whole(REPLAY_PAUSE) / 1000

    @property
    def connection_attempts(self) -> int:
        """Attempts to connect to one address before it is the next one's turn."""
        return self._whole(CONNECTION_ATTEMPTS)

    @property
    def return_after_s(self) -> int:
        """After so long at another address the preferred one is tried again; 0: never."""
        return self._whole(RETURN_AFTER)

    @property
    def minimum_status_duration_s(self) -> int:
        return self._whole(MINIMUM_STATUS_DURATION)

    async def keep_heartbeat_interval(self, seconds: int) -> None:
        """The interval a boot was accepted with becomes the setting; durable when it returns."""
        text = str(seconds)
        if seconds != self.heartbeat_interval_s and objection(HEARTBEAT_INTERVAL, text) is None:
            await self.put({HEARTBEAT_INTERVAL: text})

    # For meter values.

    @property
    def sample_interval_s(self) -> int:
        """0: none."""
        return self._whole(SAMPLE_INTERVAL)

    @property
    def aligned_interval_s(self) -> int:
        """0: none; otherwise it divides the day."""
        return self._whole(ALIGNED_INTERVAL)

    @property
    def sampled_measurands(self) -> tuple[Measurand, ...]:
        return self._measurands(SAMPLED_MEASURANDS)

    @property
    def aligned_measurands(self) -> tuple[Measurand, ...]:
        return self._measurands(ALIGNED_MEASURANDS)

    @property
    def stop_sampled_measurands(self) -> tuple[Measurand, ...]:
        return self._measurands(STOP_SAMPLED_MEASURANDS)

    @property
    def stop_aligned_measurands(self) -> tuple[Measurand, ...]:
        return self._measurands(STOP_ALIGNED_MEASURANDS)

    @property
    def most_stop_readings(self) -> int:
        """Meter values a stop carries along at most."""
        return self._whole(MOST_STOP_READINGS)

    # For sessions and authorisation.

    @property
    def connection_timeout_s(self) -> int:
        return self._whole(CONNECTION_TIMEOUT)

    @property
    def stop_on_ev_disconnect(self) -> bool:
        return self._flag(STOP_ON_EV_DISCONNECT)

    @property
    def unlock_on_ev_disconnect(self) -> bool:
        """At a socket; the cable stays locked without it until the token is shown again. Read-only and false at a fixed
        cable."""
        return self._flag(UNLOCK_ON_EV_DISCONNECT)

    @property
    def stop_on_invalid_id(self) -> bool:
        return self._flag(STOP_ON_INVALID_ID)

    @property
    def max_energy_on_invalid_id_wh(self) -> int:
        """What a charge still gets that the network refused after its start, so that the car can drive away."""
        return self._whole(MAX_ENERGY_ON_INVALID_ID)

    @property
    def reset_retries(self) -> int:
        """A charge that does not stop for a reset is asked again so often."""
        return self._whole(RESET_RETRIES)

    @property
    def authorize_remote_start(self) -> bool:
        """A token the network starts with is asked about like one that is shown here."""
        return self._flag(AUTHORIZE_REMOTE_START)

    @property
    def local_authorize_offline(self) -> bool:
        return self._flag(LOCAL_AUTHORIZE_OFFLINE)

    @property
    def local_pre_authorize(self) -> bool:
        return self._flag(LOCAL_PRE_AUTHORIZE)

    @property
    def allow_offline_tx_for_unknown_id(self) -> bool:
        return self._flag(OFFLINE_TX_FOR_UNKNOWN_ID)

    @property
    def authorization_cache_enabled(self) -> bool:
        return self._flag(AUTHORIZATION_CACHE)

    @property
    def local_list_enabled(self) -> bool:
        """The list that the network sends counts, and may be changed."""
        return self._flag(LOCAL_LIST)

    # For charging profiles.

    @property
    def profile_stack_level(self) -> int:
        """The highest stack level a profile may have."""
        return self._whole(PROFILE_STACK_LEVEL)

    @property
    def periods_per_schedule(self) -> int:
        return self._whole(PERIODS_PER_SCHEDULE)

    @property
    def rate_units(self) -> tuple[RateUnit, ...]:
        kind = VARIABLES[RATE_UNITS].kind
        assert isinstance(kind, Choices)
        return tuple(RateUnit(unit) for unit in kind.read(self._texts[RATE_UNITS]))

    # For security.

    @property
    def organization_name(self) -> str:
        """The operator's name in a request for a certificate; "" leaves it out."""
        return self._texts[ORGANIZATION_NAME].strip()

    @property
    def cert_signing_wait_minimum_s(self) -> int:
        return self._whole(CERT_SIGNING_WAIT_MINIMUM)

    @property
    def cert_signing_repeat_times(self) -> int:
        return self._whole(CERT_SIGNING_REPEAT_TIMES)

    @property
    def additional_root_check(self) -> bool:
        """One root of the central system at a time, each signed by the one before."""
        return self._flag(ADDITIONAL_ROOT_CHECK)

    @property
    def authorization_key_encoding(self) -> str:
        return self._texts[AUTHORIZATION_KEY_ENCODING].strip()

    def _whole(self, name: str) -> int:
        return int(self._texts[name])

    def _flag(self, name: str) -> bool:
        return self._texts[name].strip().lower() == "true"

    def _measurands(self, name: str) -> tuple[Measurand, ...]:
        kind = VARIABLES[name].kind
        assert isinstance(kind, Measurands)
        return kind.read(self._texts[name])


def objection(name: str, text: str) -> str | None:
    """Why `text` is no value of the variable `name`, as the rest of a sentence; None where it is one. KeyError."""
    return VARIABLES[name].kind.objection(text)


def _refuse(name: str, text: str) -> None:
    why = objection(name, text) if name in VARIABLES else "is the value of no setting"
    if why is not None:
        raise ValueError(f'{name}: "{text}" {why}')
