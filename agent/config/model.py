"""The configuration as the program uses it: complete, checked, immutable.

Names of fields are the keys of the site file (contracts.md section 2) and of a board file (architecture section 4).
Who may write which of them is told by `layers.py`; how the files are read, by `reader.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from enum import Enum
from pathlib import Path
from typing import Annotated

from agent import VERSION
from agent.config.sections import CircuitConfig as CircuitConfig  # noqa: PLC0414 a section like those below
from agent.config.sections import HandoverConfig as HandoverConfig  # noqa: PLC0414
from agent.config.sections import HttpUpload as HttpUpload  # noqa: PLC0414
from agent.config.sections import MetricsConfig as MetricsConfig  # noqa: PLC0414
from agent.config.sections import MqttConfig as MqttConfig  # noqa: PLC0414
from agent.config.sections import References as References  # noqa: PLC0414
from agent.config.sections import SupportConfig as SupportConfig  # noqa: PLC0414
from agent.config.sections import TransferConfig as TransferConfig  # noqa: PLC0414
from agent.config.sections import TransferScheme as TransferScheme  # noqa: PLC0414
from agent.core.control_pilot import MAX_OFFER_A, MIN_OFFER_A
from agent.core.heat.places import HeatPlace
from agent.core.identity import ConnectorId
from agent.core.signatures import Signature, SignedIdentity
from agent.core.uptime.hours import PATTERN as HOURS_PATTERN
from agent.secret import Secret
from agent.tables import NO_KEY, OneOf, Spelled, Within
from agent.values import frozen

BreakerCurrent = Annotated[float, Within(MIN_OFFER_A, 1000, "A", "too little for any car; look at the breaker again")]
RatedCurrent = Annotated[float, Within(MIN_OFFER_A, MAX_OFFER_A, "A", "a pilot can say 6 to 80 A (IEC 61851-1)")]
SafeCurrent = Annotated[float, Within(0, MAX_OFFER_A, "A", "below 6 A charging pauses; leave it out for no limit")]
SilenceTime = Annotated[
    float, Within(30, 604_800, "s", "shorter than half a minute is no silence, and longer than a week no protection")
]

EvseId = Annotated[
    str, Spelled(r"([A-Z]{2}\*?[A-Z0-9]{3}\*?E[A-Z0-9*]{1,30})?", 'write it as "DE*ABC*E1234*1", or leave it out')
]
Phases = Annotated[int, OneOf((1, 3))]
Country = Annotated[str, Spelled("[A-Z]{2}", 'write two capital letters, as "DE"')]
Identity = Annotated[
    str,
    Spelled(r"[^\s:/?#]{1,48}", "write 1 to 48 characters without space, colon, slash, question mark or number sign"),
]
SerialNumber = Annotated[
    str, Spelled(r".*\S.*", "write the serial number on the charger's label, or leave it out where it is not known")
]
SecurityProfile = Annotated[int, Within(0, 3, "", "the security profiles are 0 to 3")]
PortalCheckUrl = Annotated[
    str,
    Spelled(
        r"(http://[^\s@#]{1,240})?", 'write a page of your own that answers 204, as "http://check.example/", or none'
    ),
]
OpeningHours = Annotated[
    str, Spelled(HOURS_PATTERN, 'write days and times, as "Mo-Fr 07:00-22:00" or "Su 00:00-24:00", one rule a text')
]
TimeZone = Annotated[
    str, Spelled(r"[A-Za-z0-9_+\-/]{1,60}", 'write a name of the time zone database, as "Europe/Berlin"')
]
NETWORK_NAME = r"[A-Za-z0-9._-]{0,30}"
NetworkName = Annotated[str, Spelled(NETWORK_NAME, "write up to 30 letters, digits, dots and dashes")]


class Commissioning(Enum):
    """REQUIRED: no power before a passed commissioning. LAB: power without it, with a standing warning."""

    REQUIRED = "required"
    LAB = "lab"


class Authorization(Enum):
    """REQUIRED: a token decides. FREE: everybody may charge."""

    REQUIRED = "required"
    FREE = "free"


class Outlet(Enum):
    """SOCKET: the car brings the cable, and a lock holds it. TETHERED: the cable hangs at the charger."""

    SOCKET = "socket"
    TETHERED = "tethered"


class InputMeans(Enum):
    """What an input says while it is active. BUTTON: whoever presses it stands at the charger, which is no fault."""

    EMERGENCY_STOP = "emergency_stop"
    DOOR = "door"
    BUTTON = "button"


class Installer(Enum):
    """Who puts new firmware in place."""

    SLOT = "slot"
    RAUC = "rauc"
    SIMULATED = "simulated"


@frozen(kw_only=True)
class DriverConfig:
    """One interface bound to one driver. `options` are its own keys, checked against the driver's `Options`.

    `key` is the dotted place in the board file, for messages: "connector.1.meter".
    """

    interface: str
    driver: str
    options: Mapping[str, object]
    key: str


@frozen(kw_only=True)
class BusConfig:
    """A wire several drivers share: `[bus.NAME]` with its `kind`."""

    name: str
    kind: str
    options: Mapping[str, object]


@frozen(kw_only=True)
class InputConfig:
    """A wire to look at, and what it says."""

    means: InputMeans
    driver: DriverConfig


@frozen(kw_only=True)
class SensorConfig:
    """A temperature sensor, and where it sits."""

    place: HeatPlace
    driver: DriverConfig


@frozen(kw_only=True)
class ConnectorConfig:
    """The hardware of one connector. `drivers` by interface: contactor, control_pilot, meter, indicator, lock, cut_off.

    `inputs` and `temperature_sensors` are this connector's own.
    """

    id: ConnectorId
    outlet: Outlet
    drivers: Mapping[str, DriverConfig]
    inputs: tuple[InputConfig, ...] = ()
    temperature_sensors: tuple[SensorConfig, ...] = ()


@frozen(kw_only=True)
class BoardConfig:
    """Facts about the hardware, never about the site.

    `lab_only`: Linux switches the contactor without a reflex of its own, so such a board is never commissioned.
    `drivers`, `inputs`, `temperature_sensors`: what belongs to the station as a whole (token_reader; a door).
    """

    board: str
    vendor: str
    model: str
    rated_current_a: RatedCurrent
    phases: Phases
    buses: tuple[BusConfig, ...]
    connectors: tuple[ConnectorConfig, ...]
    drivers: Mapping[str, DriverConfig]
    inputs: tuple[InputConfig, ...] = ()
    temperature_sensors: tuple[SensorConfig, ...] = ()
    lab_only: bool = False

    @property
    def has_light(self) -> bool:
        """A lamp at a connector says how it stands there."""
        return any("indicator" in one.drivers for one in self.connectors)


@frozen(kw_only=True)
class NamePlate:
    """Who this charger is, section [station]; "" where nobody said. Vendor and model are the board's."""

    serial_number: SerialNumber = ""
    firmware_version: str = VERSION


@frozen(kw_only=True)
class ConnectorSite:
    """What the installer knows about one connector: the breaker of its own, if it has one, and its public name.

    `evse_id` is signed along with registers, so that a driver finds the place ("DE*ABC*E1234*1", ISO 15118).
    """

    fuse_current_a: BreakerCurrent | None = None
    evse_id: EvseId = ""


@frozen(kw_only=True)
class MeterConfig:
    """What is wanted of meters that sign (calibration law). `signed_identity`: who charges, by token or transaction."""

    signature: Signature = Signature.WHEN_AVAILABLE
    signed_identity: SignedIdentity = SignedIdentity.TOKEN


@frozen(kw_only=True)
class SiteConfig:
    """What the installer knows. `country` names the country file; `supply_current_a` is the breaker of the station.

    `safe_current_a`: the most that each connector offers once the central system has been silent for `safe_after_s`.
    `resume_after_restart`: whether a charge goes on with the same car after the program or the power was gone, or ends.
    `opening_hours`: outside of them an outage does not count for uptime; none: always open. They follow the clock of
    `time_zone`.
    """

    country: Country
    supply_current_a: BreakerCurrent
    phases: Phases = 3
    commissioning: Commissioning = Commissioning.REQUIRED
    authorization: Authorization = Authorization.REQUIRED
    resume_after_restart: bool = True
    safe_current_a: SafeCurrent | None = None
    safe_after_s: SilenceTime = 600.0
    opening_hours: tuple[OpeningHours, ...] = ()
    time_zone: TimeZone = "UTC"

    @property
    def is_in_service(self) -> bool:
        """Whether boards are told that this charger was taken into service. No record but the word "lab" is known."""
        return self.commissioning is Commissioning.LAB


@frozen(kw_only=True)
class StorageConfig:
    """Where database, secrets and recorder live."""

    path: Path = Path("/var/lib/evse-agent")


@frozen(kw_only=True)
class ControlConfig:
    """The local control socket."""

    socket: Path = Path("/run/evse-agent/control.sock")


def endpoint_of(url: str, identity: str) -> str:
    """The address to connect to: the identity in place of "{identity}", else appended."""
    return url.replace("{identity}", identity) if "{identity}" in url else f"{url.rstrip('/')}/{identity}"


@frozen(kw_only=True)
class SlotConfig:
    """One more address, tried when those before it fail. What is left out is as under [ocpp], and in [tls].

    `network`: the name of another operator's central system; left out, it is the same one at another address.
    """

    url: str
    network: NetworkName | None = None
    identity: Identity | None = None
    security_profile: SecurityProfile | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    client_certificate_file: Path | None = None
    client_key_file: Path | None = None
    password: Secret | None = field(default=None, metadata=NO_KEY)

    @property
    def logs_in_alike(self) -> bool:
        """It brings no credentials of its own: a key that is changed at one of these slots is changed at all."""
        own = (self.identity, self.security_profile, self.password_file, self.ca_file, self.client_certificate_file)
        return all(one is None for one in own)


@frozen(kw_only=True)
class OcppConfig:
    """The central system. `password` is the content of `password_file`; `settings` are first values, as texts.

    `slots` are further addresses, in the order in which they are liked; this one is slot 1. `portal_check_url`: a page
    that answers 204, by which the network check tells a captive portal for sure.
    """

    version: str
    url: str
    identity: Identity
    security_profile: SecurityProfile = 2
    allow_insecure: bool = False
    password_file: Path | None = None
    password: Secret | None = field(default=None, metadata=NO_KEY)
    network: NetworkName = ""
    slots: tuple[SlotConfig, ...] = ()
    portal_check_url: PortalCheckUrl = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def of_slot(self, number: int) -> OcppConfig:
        """What holds for a slot: its own words in place of those of slot 1. A slot the file has not is like slot 1."""
        if number - 2 not in range(len(self.slots)):
            return self
        slot = self.slots[number - 2]
        return replace(
            self,
            url=slot.url,
            network=self.network if slot.network is None else slot.network,
            identity=slot.identity or self.identity,
            security_profile=self.security_profile if slot.security_profile is None else slot.security_profile,
            password=slot.password or self.password,
        )

    @property
    def endpoint(self) -> str:
        """The address to connect to."""
        return endpoint_of(self.url, self.identity)


@frozen(kw_only=True)
class TlsConfig:
    """Files of the TLS connection to the central system. Without `ca_file` the system's authorities count."""

    ca_file: Path | None = None
    client_certificate_file: Path | None = None
    client_key_file: Path | None = None
    manufacturer_root_file: Path | None = None


@frozen(kw_only=True)
class FirmwareConfig:
    """`accept_unsigned_orders`: UpdateFirmware of OCPP 1.6, too, where a manufacturer's root allows signed ones."""

    installer: Installer = Installer.SLOT
    accept_unsigned_orders: bool = False


@frozen(kw_only=True)
class StationConfig:
    """Everything, from all layers below the network's own.

    `connector_sites` has one entry for each connector of the board. `notices` are standing warnings, one sentence each:
    nothing forbids to run, but whoever looks shall know. `origins` tells for each dotted key the file and line it came
    from ("/etc/evse-agent/site.toml:14"); keys left to their default are absent.
    """

    site_file: Path
    board_file: Path
    board: BoardConfig
    station: NamePlate
    site: SiteConfig
    connector_sites: Mapping[ConnectorId, ConnectorSite]
    storage: StorageConfig
    control: ControlConfig
    meter: MeterConfig
    tls: TlsConfig
    firmware: FirmwareConfig
    transfer: TransferConfig = field(default_factory=TransferConfig)
    references: References = field(default_factory=References)
    circuit: CircuitConfig | None = None
    handover: HandoverConfig = field(default_factory=HandoverConfig)
    ocpp: OcppConfig | None = None
    mqtt: MqttConfig | None = None
    support: SupportConfig = field(default_factory=SupportConfig)
    metrics: MetricsConfig = field(default_factory=MetricsConfig)
    notices: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def may_be_commissioned(self) -> bool:
        """A lab-only board never is."""
        return not self.board.lab_only

    @property
    def phases(self) -> int:
        """Phases a car can use: wired at the site and present on the board."""
        return min(self.board.phases, self.site.phases)

    def connector_current_a(self, connector: ConnectorId) -> float:
        """The most one connector may offer, by hardware and installation; the station's breaker is shared by all."""
        own = self.connector_sites[connector].fuse_current_a
        return min(
            limit for limit in (self.board.rated_current_a, self.site.supply_current_a, own) if limit is not None
        )
