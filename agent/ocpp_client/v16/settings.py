"""OCPP 1.6 configuration keys: which there are, which setting each is an alias of, reading and changing them.

ocpp16.md sections 8 and 15. Left out of the core profile are two optional keys nothing here would obey (BlinkRepeat,
LightIntensity); like any key we do not have they are NotSupported. AuthorizationKey and SecurityProfile are no
settings: they belong to whoever keeps the secrets (`SecurityPort`), and change with a trial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum

from agent.core.schedule.installing import MAX_INSTALLED
from agent.ocpp_client.ports import StationPort
from agent.ocpp_client.security_port import SecurityPort
from agent.ocpp_client.station import price_settings as prices
from agent.ocpp_client.station import settings as variables
from agent.ocpp_client.station.settings import MOST_MEASURANDS, NetworkSettings
from agent.ocpp_client.station.value_kinds import Choices, PhaseRotations, split
from agent.ocpp_client.v16 import link_keys, secured_keys
from agent.ocpp_client.v16.secured_keys import Secured
from agent.security.certificate_store import LARGEST_CHAIN, MOST_CERTIFICATES
from agent.tables import nearest
from agent.values import frozen

FEATURE_PROFILES = (
    *("Core", "FirmwareManagement", "LocalAuthListManagement", "Reservation", "SmartCharging", "RemoteTrigger"),
)
FIRMWARE_MANAGEMENT = FEATURE_PROFILES[1]
MOST_KEYS_ASKED = 150
"""GetConfigurationMaxKeys, more than there are."""
RATE_UNIT_WORDS = {"A": "Current", "W": "Power"}
"""This key has words of its own for the units of the messages."""


class ChangeVerdict(Enum):
    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    REBOOT_REQUIRED = "RebootRequired"
    NOT_SUPPORTED = "NotSupported"


@frozen(kw_only=True)
class Key:
    """One key. Either an alias of a setting, or `fixed`: found out from the station, and for nobody to write.

    `words` turn the items of the setting's text into this key's. `read_only`: the network may not write it, the site
    file may. `only_where`: at another station it reads "false" and is read-only. `kept_for`: nothing here obeys it, and
    it is kept and told for this reason. `needs_reboot`: no key of ours does, because some central systems take that
    answer for a failure.
    """

    name: str
    variable: str = ""
    fixed: Callable[[StationPort], str] | None = None
    words: Mapping[str, str] | None = None
    read_only: bool = False
    only_where: Callable[[StationPort], bool] | None = None
    needs_reboot: bool = False
    kept_for: str = ""
    secured: Secured | None = None


def _alias(name: str, variable: str) -> Key:
    return Key(name=name, variable=variable)


def _limit(name: str, variable: str, words: Mapping[str, str] | None = None) -> Key:
    return Key(name=name, variable=variable, words=words, read_only=True)


def _constant(name: str, value: object) -> Key:
    return Key(name=name, fixed=lambda _station: str(value), read_only=True)


def _found_out(name: str, fixed: Callable[[StationPort], str]) -> Key:
    return Key(name=name, fixed=fixed, read_only=True)


def _connector_count(station: StationPort) -> str:
    return str(len(station.connectors()))


def _rotations_at_most(station: StationPort) -> str:
    """One for each connector, and the grid connection."""
    return str(len(station.connectors()) + 1)


def _has_lock(station: StationPort) -> bool:
    """A fixed cable has none, and nothing to unlock (errata 3.84, 3.85)."""
    return any(station.session(connector).settings.has_lock for connector in station.connectors())


def _reserves_anywhere(station: StationPort) -> str:
    """Keeping one of a single connector free is reserving that one, which the network can do by its number."""
    return "true" if len(station.connectors()) > 1 else "false"


def profiles_of(station: StationPort) -> tuple[str, ...]:
    """The feature profiles of this charger. GetDiagnostics is answered also where that of firmware is not declared."""
    can_all = station.can_install_firmware
    return tuple(profile for profile in FEATURE_PROFILES if can_all or profile != FIRMWARE_MANAGEMENT)


KEYS: tuple[Key, ...] = (
    _alias("AllowOfflineTxForUnknownId", variables.OFFLINE_TX_FOR_UNKNOWN_ID),
    _alias("AuthorizationCacheEnabled", variables.AUTHORIZATION_CACHE),
    _alias("AuthorizeRemoteTxRequests", variables.AUTHORIZE_REMOTE_START),
    _alias("ClockAlignedDataInterval", variables.ALIGNED_INTERVAL),
    _alias("ConnectionTimeOut", variables.CONNECTION_TIMEOUT),
    Key(
        name="ConnectorPhaseRotation",
        variable=variables.PHASE_ROTATION,
        kept_for="how the phases are wired, for a central system that shares load between chargers",
    ),
    _found_out("ConnectorPhaseRotationMaxLength", _rotations_at_most),
    _constant("GetConfigurationMaxKeys", MOST_KEYS_ASKED),
    _alias("HeartbeatInterval", variables.HEARTBEAT_INTERVAL),
    _alias("LocalAuthorizeOffline", variables.LOCAL_AUTHORIZE_OFFLINE),
    _alias("LocalPreAuthorize", variables.LOCAL_PRE_AUTHORIZE),
    _alias("MaxEnergyOnInvalidId", variables.MAX_ENERGY_ON_INVALID_ID),
    _alias("MessageTimeout", variables.MESSAGE_TIMEOUT),
    _alias("MeterValuesAlignedData", variables.ALIGNED_MEASURANDS),
    _constant("MeterValuesAlignedDataMaxLength", MOST_MEASURANDS),
    _alias("MeterValuesSampledData", variables.SAMPLED_MEASURANDS),
    _constant("MeterValuesSampledDataMaxLength", MOST_MEASURANDS),
    _alias("MeterValueSampleInterval", variables.SAMPLE_INTERVAL),
    _alias("MinimumStatusDuration", variables.MINIMUM_STATUS_DURATION),
    _found_out("NumberOfConnectors", _connector_count),
    _alias("ResetRetries", variables.RESET_RETRIES),
    _limit("StopTransactionMaxMeterValues", variables.MOST_STOP_READINGS),
    _alias("StopTransactionOnEVSideDisconnect", variables.STOP_ON_EV_DISCONNECT),
    _alias("StopTransactionOnInvalidId", variables.STOP_ON_INVALID_ID),
    _alias("StopTxnAlignedData", variables.STOP_ALIGNED_MEASURANDS),
    _constant("StopTxnAlignedDataMaxLength", MOST_MEASURANDS),
    _alias("StopTxnSampledData", variables.STOP_SAMPLED_MEASURANDS),
    _constant("StopTxnSampledDataMaxLength", MOST_MEASURANDS),
    _found_out("SupportedFileTransferProtocols", lambda station: ",".join(station.transfer_schemes).upper()),
    _found_out("SupportedFeatureProfiles", lambda station: ",".join(profiles_of(station))),
    _constant("SupportedFeatureProfilesMaxLength", len(FEATURE_PROFILES)),
    _alias("TransactionMessageAttempts", variables.MESSAGE_ATTEMPTS),
    _alias("TransactionMessageRetryInterval", variables.MESSAGE_ATTEMPT_INTERVAL),
    Key(
        name="UnlockConnectorOnEVSideDisconnect",
        variable=variables.UNLOCK_ON_EV_DISCONNECT,
        only_where=_has_lock,
    ),
    _alias("WebSocketPingInterval", variables.WEBSOCKET_PING_INTERVAL),
    _limit("ChargeProfileMaxStackLevel", variables.PROFILE_STACK_LEVEL),
    _limit("ChargingScheduleAllowedChargingRateUnit", variables.RATE_UNITS, RATE_UNIT_WORDS),
    _limit("ChargingScheduleMaxPeriods", variables.PERIODS_PER_SCHEDULE),
    _alias("LocalAuthListEnabled", variables.LOCAL_LIST),
    _constant("LocalAuthListMaxLength", variables.LOCAL_LIST_ENTRIES),
    _constant("SendLocalListMaxLength", variables.LOCAL_LIST_ENTRIES_SENT),
    _found_out("ReserveConnectorZeroSupported", _reserves_anywhere),
    _constant("ConnectorSwitch3to1PhaseSupported", "false"),
    _constant("MaxChargingProfilesInstalled", MAX_INSTALLED),
    _alias(f"{link_keys.PREFIX}ReplayStartsWithin", variables.REPLAY_STARTS_WITHIN),
    _alias(f"{link_keys.PREFIX}ReplayPause", variables.REPLAY_PAUSE),
    *(_found_out(f"{link_keys.PREFIX}{name}", link_keys.reading(figure)) for name, figure in link_keys.FIGURES.items()),
    _found_out(f"{link_keys.PREFIX}Verdict", lambda station: station.verdict[0]),
    _found_out(f"{link_keys.PREFIX}Reason", lambda station: station.verdict[1]),
    _limit("CustomDisplayCostAndPrice", prices.SHOWS_COSTS),
    _alias("CustomIdleFeeAfterStop", prices.IDLE_FEE_AFTER_STOP),
    _constant("CustomMultiLanguageMessages", "true"),
    _alias("DefaultPrice", prices.DEFAULT_PRICE),
    *(_alias(f"DefaultPriceText,{language}", prices.default_text(language)) for language in prices.LANGUAGES),
    _alias("Language", prices.LANGUAGE),
    _limit("NumberOfDecimalsForCostValues", prices.COST_DECIMALS),
    _limit(f"{link_keys.PREFIX}Currency", prices.CURRENCY),
    _constant("SupportedLanguages", ",".join(prices.LANGUAGES)),
    _alias("NextTimeOffsetTransitionDateTime", prices.NEXT_TRANSITION),
    _alias("TimeOffset", prices.TIME_OFFSET),
    _alias("TimeOffsetNextTransition", prices.NEXT_TIME_OFFSET),
    _alias("WaitForSetUserPriceTimeout", prices.USER_PRICE_WAIT),
    *(Key(name=name, secured=Secured.NETWORK_PROFILE) for name in secured_keys.NETWORK_PROFILES),
    Key(name=secured_keys.PRIORITY, secured=Secured.PRIORITY),
    _alias(f"{link_keys.PREFIX}NetworkProfileConnectionAttempts", variables.CONNECTION_ATTEMPTS),
    _alias(f"{link_keys.PREFIX}NetworkProfileReturnAfter", variables.RETURN_AFTER),
    _alias("SampledDataSignReadings", variables.signing_settings.SIGN_READINGS),
    _alias("SampledDataSignStartedReadings", variables.signing_settings.SIGN_STARTED_READINGS),
    _constant("SampledDataSignUpdatedReadings", "false"),
    _constant("AlignedDataSignReadings", "false"),
    _constant("AlignedDataSignUpdatedReadings", "false"),
    _alias("StartTxnSampledData", variables.signing_settings.START_SAMPLED_MEASURANDS),
    _alias("PublicKeyWithSignedMeterValue", variables.signing_settings.PUBLIC_KEY_WITH_SIGNED_VALUE),
    Key(name="AuthorizationKey", secured=Secured.AUTHORIZATION_KEY),
    _limit("AuthorizationKeyEncoding", variables.AUTHORIZATION_KEY_ENCODING),
    _limit("AdditionalRootCertificateCheck", variables.ADDITIONAL_ROOT_CHECK),
    _constant("CertificateSignedMaxChainSize", LARGEST_CHAIN),
    _constant("CertificateStoreMaxLength", MOST_CERTIFICATES),
    _alias("CertSigningRepeatTimes", variables.CERT_SIGNING_REPEAT_TIMES),
    _alias("CertSigningWaitMinimum", variables.CERT_SIGNING_WAIT_MINIMUM),
    _alias("CpoName", variables.ORGANIZATION_NAME),
    Key(name="SecurityProfile", secured=Secured.SECURITY_PROFILE),
)


class Configuration:
    """The keys of one station, with their values."""

    def __init__(
        self,
        station: StationPort,
        settings: NetworkSettings,
        keys: Iterable[Key] = KEYS,
        *,
        security: SecurityPort | None = None,
    ) -> None:
        """Without `security` there are none of the keys it keeps."""
        self._station = station
        self._settings = settings
        self._security = security
        meters = (_found_out(name, read) for name, read in link_keys.meter_keys(station).items())
        own = (*keys, *meters)
        self._keys = {key.name.casefold(): key for key in own if key.secured is None or security is not None}

    def all(self) -> tuple[Key, ...]:
        """In the order of the table."""
        return tuple(self._keys.values())

    def find(self, name: str) -> Key | None:
        """Keys are compared without regard to case (CiString)."""
        return self._keys.get(name.casefold())

    def is_read_only(self, key: Key) -> bool:
        """Whether the network may not write `key` here."""
        return key.read_only or not self._is_meant(key)

    def _is_meant(self, key: Key) -> bool:
        return key.only_where is None or key.only_where(self._station)

    def value(self, key: Key) -> str | None:
        """The value of `key` as the network reads it; None for one that is never told."""
        if key.secured is not None:
            assert self._security is not None, "there are no such keys without it"
            return secured_keys.value(key.secured, key.name, self._security)
        if key.fixed is not None:
            return key.fixed(self._station)
        if not self._is_meant(key):
            return "false"
        text = self._settings.text(key.variable)
        if key.variable == variables.PHASE_ROTATION and not text:
            numbers = (0, *self._station.connectors())
            return ",".join(f"{number}.Unknown" for number in numbers)
        return text if key.words is None else _translated(text, key.words)

    async def change(self, name: str, text: str) -> ChangeVerdict:
        """Write a key; durable when it is accepted. Raises StoreError."""
        key = self.find(name)
        if key is None:
            return ChangeVerdict.NOT_SUPPORTED
        if key.secured is not None:
            assert self._security is not None, "there are no such keys without it"
            is_changed = await secured_keys.change(key.secured, key.name, text, self._security)
            return ChangeVerdict.ACCEPTED if is_changed else ChangeVerdict.REJECTED
        if self.is_read_only(key) or self._objection(key, text) is not None:
            return ChangeVerdict.REJECTED
        await self._settings.put({key.variable: text})
        self._station.settings_changed((key.variable,))
        return ChangeVerdict.REBOOT_REQUIRED if key.needs_reboot else ChangeVerdict.ACCEPTED

    def _objection(self, key: Key, text: str) -> str | None:
        why = variables.objection(key.variable, text)
        if why is None and key.variable == variables.PHASE_ROTATION:
            numbers = {number for number, _ in PhaseRotations().read(text)}
            return "names a connector there is not" if numbers - {0, *self._station.connectors()} else None
        return why


def first_values(given: Mapping[str, str]) -> dict[str, str]:
    """`[ocpp.settings]` of the site file by the names of the settings: what NetworkSettings is built with.

    Takes 1.6 keys and the settings' own names; `problems(given)` must have found none.
    """
    return dict(_variable_and_text(name, text) for name, text in given.items())


def problems(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What is wrong with `[ocpp.settings]`, for `check` and before a start: pairs of a key and what to say of it."""
    found = []
    written: dict[str, str] = {}
    for name, text in given.items():
        why = _problem(name, text)
        if why is None:
            variable, _ = _variable_and_text(name, text)
            twice = written.setdefault(variable, name)
            why = None if twice == name else f'sets the same as "{twice}"; remove one of them'
        if why is not None:
            found.append((name, why))
    return tuple(found)


def _problem(name: str, text: str) -> str | None:
    key = _BY_NAME.get(name.casefold())
    if key is None and name not in variables.VARIABLES:
        return f"unknown setting{nearest(name, [key.name for key in KEYS])}"
    if key is not None and key.fixed is not None:
        return "is found out by the program and cannot be set; remove it"
    if key is not None and key.secured is not None:
        return "is no setting; write password_file, security_profile, url and slots under [ocpp]"
    if key is not None and key.words is not None:
        why = Choices(tuple(key.words.values())).objection(text)
    else:
        why = variables.objection(*_variable_and_text(name, text))
    return None if why is None else f'"{text}" {why}'


def _variable_and_text(name: str, text: str) -> tuple[str, str]:
    key = _BY_NAME.get(name.casefold())
    if key is None:
        return name, text
    if key.words is None:
        return key.variable, text
    return key.variable, _translated(text, {theirs: ours for ours, theirs in key.words.items()})


def _translated(text: str, words: Mapping[str, str]) -> str:
    return ",".join(words.get(item, item) for item in split(text))


_BY_NAME = {key.name.casefold(): key for key in KEYS}
