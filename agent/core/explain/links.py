"""The chain that a charge hangs on, from the grid to the clock, and to which of its links a reason belongs.

operations.md section 5, "explain". Who may mend something is said with it: the fewest journeys come from asking the
right one first.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from agent.core.explain.waiting import OBSTACLES
from agent.core.limits import LimitSource


class Link(Enum):
    """From the grid to the clock; the order is that of the answer."""

    GRID = "grid"
    """Voltage, frequency, phases and the earth of the supply."""
    BREAKER = "breaker"
    """The circuit: what protects it, what it bears, what of it is left for this connector."""
    METER = "meter"
    HARDWARE = "hardware"
    """Board, contactor, residual current, temperatures, the controller and its store."""
    LOCK = "lock"
    """The plug in the socket: proximity, cable, lock."""
    PILOT = "pilot"
    CAR = "car"
    AUTHORIZATION = "authorization"
    """Somebody who may charge at a connector that is in service, commissioned and not kept for another."""
    LIMIT = "limit"
    NETWORK = "network"
    TIME = "time"


class Who(Enum):
    """Who can change something."""

    DRIVER = "driver"
    """Whoever stands before the charger with a car."""
    OWNER = "owner"
    """Whoever the place belongs to, with the key of the distribution board."""
    INSTALLER = "installer"
    """An electrician with tools, at the charger."""
    OPERATOR = "operator"
    """Whoever runs the charger: its network, its credentials, its service."""
    BACKEND = "backend"
    """The central system."""
    SUPPORT = "support"
    WAIT = "nobody, wait"


Place = tuple[Link, Who]
"""Where a fault of the catalogue belongs, and who goes first about it."""

DOMAINS: Mapping[str, Place] = {
    "cp": (Link.PILOT, Who.DRIVER),
    "ev": (Link.CAR, Who.DRIVER),
    "connector": (Link.LOCK, Who.DRIVER),
    "pp": (Link.LOCK, Who.DRIVER),
    "lock": (Link.LOCK, Who.DRIVER),
    "cable": (Link.LOCK, Who.INSTALLER),
    "rcd": (Link.HARDWARE, Who.DRIVER),
    "contactor": (Link.HARDWARE, Who.INSTALLER),
    "output": (Link.HARDWARE, Who.INSTALLER),
    "pe": (Link.GRID, Who.INSTALLER),
    "pen": (Link.GRID, Who.INSTALLER),
    "mains": (Link.GRID, Who.OWNER),
    "current": (Link.HARDWARE, Who.INSTALLER),
    "meter": (Link.METER, Who.INSTALLER),
    "temp": (Link.HARDWARE, Who.WAIT),
    "fan": (Link.HARDWARE, Who.INSTALLER),
    "mcu": (Link.HARDWARE, Who.SUPPORT),
    "host": (Link.HARDWARE, Who.SUPPORT),
    "power": (Link.HARDWARE, Who.INSTALLER),
    "chain": (Link.HARDWARE, Who.INSTALLER),
    "safety": (Link.HARDWARE, Who.OWNER),
    "enclosure": (Link.HARDWARE, Who.OWNER),
    "storage": (Link.HARDWARE, Who.SUPPORT),
    "clock": (Link.TIME, Who.OPERATOR),
    "rtc": (Link.TIME, Who.INSTALLER),
    "fw": (Link.HARDWARE, Who.SUPPORT),
    "config": (Link.HARDWARE, Who.SUPPORT),
    "net": (Link.NETWORK, Who.OWNER),
    "tls": (Link.NETWORK, Who.OPERATOR),
    "ocpp": (Link.NETWORK, Who.BACKEND),
    "auth": (Link.AUTHORIZATION, Who.DRIVER),
    "reader": (Link.AUTHORIZATION, Who.INSTALLER),
    "comm": (Link.AUTHORIZATION, Who.INSTALLER),
}
"""By what stands before the dot of its id."""

OTHERWISE: Mapping[str, Place] = {
    "cp.vent_required": (Link.CAR, Who.DRIVER),
    "cp.generator": (Link.PILOT, Who.INSTALLER),
    "cp.adc": (Link.PILOT, Who.INSTALLER),
    "cp.unstable": (Link.PILOT, Who.WAIT),
    "cp.leak": (Link.PILOT, Who.INSTALLER),
    "connector.latch_broken": (Link.LOCK, Who.INSTALLER),
    "lock.energy_store": (Link.LOCK, Who.INSTALLER),
    "rcd.selftest_failed": (Link.HARDWARE, Who.INSTALLER),
    "rcd.module_error": (Link.HARDWARE, Who.INSTALLER),
    "rcd.retry_exhausted": (Link.HARDWARE, Who.INSTALLER),
    "rcd.upstream_open": (Link.BREAKER, Who.OWNER),
    "contactor.slow": (Link.HARDWARE, Who.INSTALLER),
    "pen.fault": (Link.GRID, Who.INSTALLER),
    "mains.overvoltage": (Link.GRID, Who.INSTALLER),
    "mains.undervoltage": (Link.GRID, Who.INSTALLER),
    "mains.rotation": (Link.GRID, Who.INSTALLER),
    "mains.polarity": (Link.GRID, Who.INSTALLER),
    "mains.frequency": (Link.GRID, Who.WAIT),
    "current.over_soft": (Link.CAR, Who.DRIVER),
    "current.over_hard": (Link.CAR, Who.DRIVER),
    "current.unbalance": (Link.CAR, Who.DRIVER),
    "temp.sensor": (Link.HARDWARE, Who.INSTALLER),
    "temp.terminal_stop": (Link.HARDWARE, Who.INSTALLER),
    "mcu.brownout": (Link.HARDWARE, Who.WAIT),
    "mcu.watchdog_reset": (Link.HARDWARE, Who.WAIT),
    "mcu.selftest": (Link.HARDWARE, Who.INSTALLER),
    "mcu.comm": (Link.HARDWARE, Who.INSTALLER),
    "host.overtemp": (Link.HARDWARE, Who.WAIT),
    "enclosure.tilt": (Link.HARDWARE, Who.INSTALLER),
    "enclosure.water": (Link.HARDWARE, Who.INSTALLER),
    "storage.readonly": (Link.HARDWARE, Who.INSTALLER),
    "auth.list_conflict": (Link.AUTHORIZATION, Who.BACKEND),
    "ocpp.auth_failed": (Link.NETWORK, Who.OPERATOR),
    "ocpp.offline": (Link.NETWORK, Who.OPERATOR),
    "comm.supply_mismatch": (Link.BREAKER, Who.INSTALLER),
}
"""By the whole id, where that differs."""

LIMITS: Mapping[LimitSource, Place] = {
    LimitSource.HARDWARE: (Link.HARDWARE, Who.INSTALLER),
    LimitSource.PILOT_BOARD: (Link.HARDWARE, Who.SUPPORT),
    LimitSource.SUPPLY: (Link.BREAKER, Who.OWNER),
    LimitSource.CABLE: (Link.LOCK, Who.DRIVER),
    LimitSource.THERMAL: (Link.HARDWARE, Who.WAIT),
    LimitSource.LOCAL: (Link.BREAKER, Who.INSTALLER),
    LimitSource.CHARGE_POINT_MAX: (Link.LIMIT, Who.BACKEND),
    LimitSource.NETWORK: (Link.LIMIT, Who.BACKEND),
    LimitSource.FAILSAFE: (Link.NETWORK, Who.OPERATOR),
}
"""Who limits the current, and who can raise that."""

REASONS: Mapping[str, Link | None] = {
    "board.silent": Link.HARDWARE,
    "board.starting": Link.HARDWARE,
    "ending": Link.HARDWARE,
    "lent": Link.HARDWARE,
    "store.fails": Link.HARDWARE,
    "crash_loop": Link.HARDWARE,
    "firmware.waits": Link.HARDWARE,
    "out_of_service": Link.AUTHORIZATION,
    "out_of_service.scheduled": Link.AUTHORIZATION,
    "stopping": Link.AUTHORIZATION,
    "limit.none": Link.LIMIT,
    "limit.unasked": Link.LIMIT,
    "after_restart": Link.HARDWARE,
    "deauthorized": Link.AUTHORIZATION,
    "refused": Link.AUTHORIZATION,
    "unrecorded": Link.METER,
    "unplugged": Link.CAR,
    "car.not_asking": Link.CAR,
    "car.takes_little": Link.CAR,
    "pilot.unclear": Link.PILOT,
    "offer.due": Link.LIMIT,
    "offer.board": Link.HARDWARE,
    "contactor.open": Link.HARDWARE,
    "authorization.waiting": Link.AUTHORIZATION,
    "reserved": Link.AUTHORIZATION,
    "free_vending": Link.AUTHORIZATION,
    "nobody_accepted": Link.AUTHORIZATION,
    "no_plug": Link.CAR,
    "starting": Link.METER,
    "start.failed": Link.HARDWARE,
    "finished": Link.AUTHORIZATION,
    "cable_left": Link.CAR,
    "cable_held": Link.LOCK,
    "transaction": Link.AUTHORIZATION,
    "meter.silent": Link.METER,
    "network.none": Link.NETWORK,
    "network.offline": Link.NETWORK,
    "network.not_accepted": Link.NETWORK,
    "network.other_address": Link.NETWORK,
    "notice": None,
    "clock.unknown": Link.TIME,
    "clock.wrong": Link.TIME,
}
"""By a reason's key; faults and limits have tables of their own. A standing notice is of no link."""

OF_THE_PLACE = ("radio", "link", "address", "route", "dns", "portal", "tcp", "packets")
OF_THE_CENTRAL_SYSTEM = ("boot", "round_trip")
MENDERS: Mapping[str, Who] = {
    **dict.fromkeys(OF_THE_PLACE, Who.OWNER),
    **dict.fromkeys(("settings", "time_server", "clock", "tls", "upgrade", "subprotocol"), Who.OPERATOR),
    **dict.fromkeys(OF_THE_CENTRAL_SYSTEM, Who.BACKEND),
}
"""Who can mend the way to the central system, by the layer that fails (core/network_check/model.py)."""

FAULT_PREFIX, LIMIT_PREFIX = "fault.", "limit."


def place_of_fault(id: str) -> Place:
    """Where a fault of the catalogue belongs; a domain that no row names is our own mistake and raises KeyError."""
    return OTHERWISE.get(id) or DOMAINS[id.partition(".")[0]]


def link_of(key: str) -> Link | None:
    """The link that a reason of this key is about; an unknown key raises KeyError."""
    if key.startswith(FAULT_PREFIX):
        return place_of_fault(key.removeprefix(FAULT_PREFIX))[0]
    if key not in REASONS and key.startswith(LIMIT_PREFIX):
        return LIMITS[LimitSource(key.removeprefix(LIMIT_PREFIX))][0]
    return REASONS[key]


WAITED_FOR: Mapping[str, Place] = {
    "fault": (Link.HARDWARE, Who.SUPPORT),
    "permit": (Link.HARDWARE, Who.WAIT),
    "offer": (Link.HARDWARE, Who.WAIT),
    "car": (Link.CAR, Who.DRIVER),
    "x1": (Link.PILOT, Who.WAIT),
    "steady": (Link.PILOT, Who.WAIT),
    "diode": (Link.PILOT, Who.DRIVER),
    "chain": (Link.HARDWARE, Who.OWNER),
    "mirror": (Link.HARDWARE, Who.INSTALLER),
    "off_time": (Link.HARDWARE, Who.WAIT),
    "rate": (Link.HARDWARE, Who.WAIT),
    "commissioning": (Link.AUTHORIZATION, Who.INSTALLER),
    "cable": (Link.LOCK, Who.DRIVER),
    "lock": (Link.LOCK, Who.DRIVER),
    "residual": (Link.HARDWARE, Who.INSTALLER),
    "mains": (Link.GRID, Who.OWNER),
    "open_check": (Link.HARDWARE, Who.INSTALLER),
    "rails": (Link.HARDWARE, Who.INSTALLER),
    "restart": (Link.HARDWARE, Who.WAIT),
}
"""What the pilot board waits for before it closes; the words are those of `waiting.OBSTACLES`."""


def place_of_wait(word: str) -> Place | None:
    """None for a word that this agent does not know."""
    return WAITED_FOR[word] if word in OBSTACLES else None
