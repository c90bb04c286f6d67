"""What a fleet looks like, put together message by message from what the broker keeps and what comes live. Pure.

A broker's kept message says what a charger said last, not when the broker got it: its age is told by the `time` inside,
and unknown where the charger had no clock. `online: true` with no word for longer than a charger ever is silent is
"silent" and never "online": a broker that forgot a will must not make a dead charger look alive.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from agent.telemetry.letters import BadDocument, read
from agent.telemetry.profile import NORMAL
from agent.telemetry.topics import DEVICE, HEALTH, PORT_METER, PORT_STATUS, STATE, Place, place_of
from tools.support.flexible import Flexible, read_flexible

SILENT_AFTER = 1.25
"""Health intervals without any word: one was missed, and a quarter for jitter and the way."""
MOST_MISSING = 100
"""Sequence numbers that are remembered as missing; they may come late, for brokers mix QoS 0 and 1."""
MOST_AHEAD_S = 120.0
"""A charger whose clock runs ahead by more is told, and its word counts as new."""
FURTHEST = 1_000_000
"""Numbers between two messages; what is further away is another numbering, and no gap."""
MOST_DEVICES = 20_000
MOST_PORTS = 64
"""Of a device. The rest of it is left out of the picture, and told."""
MOST_KEYS = 32
"""Of one message; a broker that lies must not fill the memory."""
MOST_MESSAGE_BYTES = 128 << 10
"""A charger's largest, a health document, has half of it."""
MOST_DEVICE_BYTES = 32 << 10
"""Of texts that are kept of one device; a charger of two ports has less than 2 KiB."""
MOST_BYTES = 64 << 20
"""Of all texts together."""
PORT_BYTES = 400
"""Of a port without its texts."""
MOST_NUMBER = 1e9
"""Watts and amperes beyond it are none."""
LONGEST_SILENCE_S = 7 * 86_400.0
VERDICTS = ("ok", "degraded", "down")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Presence(Enum):
    """Whether it is there, by all that is known."""

    ONLINE = "online"
    SILENT = "silent"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    """It left words, but neither birth nor will."""


@dataclass(slots=True)
class Port:
    state: str = ""
    verdict: str = ""
    headline: str = ""
    charging: bool = False
    offered_a: float | None = None
    power_w: float | None = None
    limit: str = ""
    faults: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    told_ms: int = 0
    """By the charger's clock; 0 unknown."""
    heard_ms: int | None = None
    """When something of it came live, by our clock."""
    flexible: Flexible | None = None

    @property
    def kept_bytes(self) -> int:
        able = 0 if self.flexible is None else self.flexible.kept_bytes
        return PORT_BYTES + able + _bytes(self.state, self.headline, self.limit, self.faults, self.reasons)


@dataclass(slots=True)
class Sequence:
    """Of one connection. `missing` are numbers that should have come and have not, yet."""

    boot_id: str = ""
    session: str = ""
    highest: int | None = None
    missing: set[int] = field(default_factory=set)
    lost: int = 0
    """Beyond what is remembered by number."""

    def take(self, boot_id: str, seq: int) -> None:
        """One that came live."""
        is_far = self.highest is not None and abs(seq - self.highest) > FURTHEST
        if boot_id != self.boot_id or (seq == 0 and self.highest) or is_far:
            self.boot_id, self.highest = boot_id, None
            self.missing.clear()
        if self.highest is not None and seq > self.highest + 1:
            new = range(self.highest + 1, seq)
            room = MOST_MISSING - len(self.missing)
            self.missing.update(new[:room])
            self.lost += max(0, len(new) - room)
        self.missing.discard(seq)
        self.highest = max(seq, self.highest or 0)

    @property
    def gaps(self) -> int:
        return len(self.missing) + self.lost


@dataclass(slots=True)
class Device:
    """One charger as it is known."""

    name: str
    online: bool | None = None
    reason: str = ""
    nonce: str = ""
    takes_orders: bool | None = None
    has_clock: bool = False
    word_every_s: float = NORMAL.health_s
    """It says something at least so often, whatever changes; told in its birth."""
    version: str = ""
    model: str = ""
    site_ref: str = ""
    """The order of the plan that it was set up by."""
    verdict: str = ""
    reasons: tuple[str, ...] = ()
    own_reasons: tuple[str, ...] = ()
    """Those that lie with no single port."""
    health_ms: int = 0
    ports: dict[int, Port] = field(default_factory=dict)
    numbers: tuple[int, ...] = ()
    sequence: Sequence = field(default_factory=Sequence)
    told_ms: int | None = None
    """The latest `time` in any of its messages."""
    heard_ms: int | None = None
    """When something of it came live, by our clock."""
    too_much: set[int] = field(default_factory=set)
    """Ports that are left out, or whose texts are; 0 is the device itself."""

    @property
    def kept_bytes(self) -> int:
        """All that is kept of it."""
        own = _bytes(self.reason, self.nonce, self.version, self.model, self.site_ref, self.reasons, self.own_reasons)
        return own + sum(port.kept_bytes for port in self.ports.values())

    @property
    def worst(self) -> str:
        """The verdict of its latest word: a status comes at once, a health document not as often."""
        known = [VERDICTS.index(port.verdict) for port in self.ports.values() if port.verdict in VERDICTS]
        is_newer = any(port.told_ms > self.health_ms for port in self.ports.values())
        if not known or (self.verdict and not is_newer):
            return self.verdict
        if min(known) == VERDICTS.index("down"):
            return "down"
        return "degraded" if max(known) or self.own_reasons else "ok"

    @property
    def all_reasons(self) -> tuple[str, ...]:
        """Faults first, then what else the verdict rests on."""
        faults = {f"fault.{one}" for one in self.all_faults}
        of_ports = [one for port in self.ports.values() for one in port.reasons if one not in faults]
        return tuple(dict.fromkeys((*self.all_faults, *of_ports, *(self.own_reasons if self.ports else self.reasons))))

    def last_word_ms(self) -> int | None:
        return max((one for one in (self.told_ms, self.heard_ms) if one is not None), default=None)

    def age_s(self, now_ms: int) -> float | None:
        """Since its last word; None where nobody knows."""
        last = self.last_word_ms()
        return None if last is None else max(0.0, (now_ms - last) / 1000)

    def presence(self, now_ms: int) -> Presence:
        if self.online is None:
            return Presence.UNKNOWN
        if not self.online:
            return Presence.OFFLINE
        age = self.age_s(now_ms)
        if age is None:
            return Presence.UNKNOWN if self.has_clock else Presence.ONLINE
        return Presence.SILENT if age > SILENT_AFTER * self.word_every_s else Presence.ONLINE

    @property
    def all_faults(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for port in self.ports.values() for one in port.faults))


class Picture:
    """All of them. `refused` counts messages that were none of a charger's, or larger than any of one."""

    def __init__(self) -> None:
        self.devices: dict[str, Device] = {}
        self.refused = 0
        self.too_many = 0
        """Messages of devices for which there was no room."""
        self._kept_bytes = 0

    def take(
        self, topic: str, payload: bytes, content_type: str = "", *, retained: bool, now_ms: int
    ) -> tuple[Place, Mapping[str, Any]] | None:
        """One message; place and document where it was understood. Never raises, whatever came."""
        place = place_of(topic)
        if place is None or len(payload) > MOST_MESSAGE_BYTES or not DEVICE.fullmatch(place.device):
            self.refused += 1
            return None
        if place.kind == STATE and not payload:
            # The way to forget a charger that is scrapped: an empty kept message.
            gone = self.devices.pop(place.device, None)
            self._kept_bytes -= gone.kept_bytes if gone is not None else 0
            return place, {}
        try:
            body = read(payload, content_type)
        except BadDocument:
            self.refused += 1
            return None
        device = self.devices.get(place.device)
        if device is None:
            if len(self.devices) >= MOST_DEVICES:
                self.too_many += 1
                return None
            device = self.devices[place.device] = Device(place.device)
        before = device.kept_bytes
        try:
            _head(device, body, retained=retained, now_ms=now_ms)
            _TAKERS.get(place.kind, _nothing)(device, place, body)
        except (TypeError, ValueError, AttributeError, KeyError, OverflowError):
            self.refused += 1
            return None
        else:
            if not retained and place.port in device.ports:
                device.ports[place.port].heard_ms = now_ms
        finally:
            self._kept_bytes += _bounded(device, place.port, MOST_BYTES - self._kept_bytes + before) - before
        return place, body

    @property
    def left_out(self) -> str:
        """What of it is not here, in words; "" where all is."""
        partly = sum(bool(one.too_much) for one in self.devices.values())
        words = [
            f"{self.too_many} messages of further chargers" if self.too_many else "",
            f"part of what {partly} {'charger tells' if partly == 1 else 'chargers tell'}" if partly else "",
            f"{self.refused} messages that no charger sends" if self.refused else "",
        ]
        return ", ".join(one for one in words if one)


def _bounded(device: Device, port: int, room_bytes: int) -> int:
    """What is kept of a device now; where it is too much, its newest texts are left out."""
    kept = device.kept_bytes
    if kept <= min(MOST_DEVICE_BYTES, room_bytes):
        return kept
    if port in device.ports:
        device.too_much.add(port)
        one = device.ports[port]
        one.headline, one.faults, one.reasons, one.limit, one.flexible = "", (), (), "", None
    if not port:
        device.too_much.add(0)
        device.reasons, device.own_reasons, device.reason, device.nonce = (), (), "", ""
    return device.kept_bytes


def _bytes(*texts: str | Iterable[str]) -> int:
    """In memory; the empty text is one for all."""
    return sum(sys.getsizeof(one) if isinstance(one, str) else _bytes(*one) for one in texts if one)


def _port(device: Device, number: int) -> Port:
    """Raises ValueError where it is one too many."""
    if number not in device.ports:
        if len(device.ports) >= MOST_PORTS:
            device.too_much.add(number)
            raise ValueError(f"more than {MOST_PORTS} ports")
        device.ports[number] = Port()
    return device.ports[number]


def _head(device: Device, body: Mapping[str, Any], *, retained: bool, now_ms: int) -> None:
    told = moment_ms(body.get("time"))
    if told is not None and told <= now_ms + 1000 * MOST_AHEAD_S:
        device.told_ms = max(told, device.told_ms or 0)
    if "time_quality" in body:
        device.has_clock = body["time_quality"] != "none"
    if retained:
        return
    if body.get("online") is not False:
        # A will is the broker's word: the charger itself said nothing.
        device.heard_ms = now_ms
    seq = body.get("seq")
    if type(seq) is int and seq >= 0 and isinstance(body.get("boot_id"), str):
        device.sequence.take(body["boot_id"][:64], seq)


def _state(device: Device, _: Place, body: Mapping[str, Any]) -> None:
    device.online = body["online"] is True
    device.reason = _text(body.get("reason"))
    if device.online:
        device.nonce = _text(body.get("nonce"))
        device.takes_orders = body.get("orders") is True
        device.version = _text(body["versions"].get("agent"))
        device.model = _text(body.get("model"))
        every_s = _number(body.get("health_every_s")) or 0.0
        device.word_every_s = every_s if 1 <= every_s <= LONGEST_SILENCE_S else NORMAL.health_s
        device.numbers = tuple(one for one in body.get("ports", ())[:MOST_PORTS] if type(one) is int and 0 < one < 1000)


def _health(device: Device, _: Place, body: Mapping[str, Any]) -> None:
    device.verdict = _verdict(body["verdict"])
    device.reasons = _keys(body)
    of_ports = {key for port in body.get("ports", ()) for key in _keys(port)}
    device.own_reasons = tuple(one for one in device.reasons if one not in of_ports)
    device.health_ms = moment_ms(body.get("time")) or 0
    identity = body.get("identity", {})
    device.version = _text(identity.get("versions", {}).get("agent")) or device.version
    device.model = _text(identity.get("model")) or device.model
    device.site_ref = _text(identity.get("site_ref"))


def _status(device: Device, place: Place, body: Mapping[str, Any]) -> None:
    port = _port(device, place.port)
    port.state, port.verdict = _text(body["state"])[:32], _verdict(body["verdict"])
    port.headline, port.charging = _text(body.get("headline")), body.get("charging") is True
    port.offered_a = _number(body.get("offered_a"))
    port.limit = _text((body.get("limit") or {}).get("owner"))
    port.faults = tuple(_text(one) for one in body.get("faults", ())[:MOST_KEYS])
    port.reasons = tuple(_text(one) for one in body.get("reasons", ())[:MOST_KEYS])
    port.told_ms = moment_ms(body.get("time")) or 0
    port.flexible = read_flexible(body.get("flexibility"))
    if not port.charging:
        port.power_w = None


def _meter(device: Device, place: Place, body: Mapping[str, Any]) -> None:
    _port(device, place.port).power_w = _number(body.get("power_w"))


def _nothing(_: Device, __: Place, ___: Mapping[str, Any]) -> None:
    """Events and records are history; here they only prove life and sequence."""


_TAKERS = {STATE: _state, HEALTH: _health, PORT_STATUS: _status, PORT_METER: _meter}


def moment_ms(text: object) -> int | None:
    """Milliseconds since 1970 of an RFC 3339 moment; None for everything else."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return None if moment.tzinfo is None else (moment - _EPOCH) // timedelta(milliseconds=1)


def _keys(body: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_text(one.get("key")) for one in body.get("reasons", ())[:MOST_KEYS])


def _text(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""


def _verdict(value: object) -> str:
    return str(value) if value in VERDICTS else ""


def _number(value: object) -> float | None:
    """Finite, and of a size that a charger has."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -MOST_NUMBER <= value <= MOST_NUMBER else None
