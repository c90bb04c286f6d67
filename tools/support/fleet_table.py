"""The table of a fleet: which chargers, in which order, in how many lines. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from typing import Any

from agent.control.render import Tone, power, printable
from agent.core.availability import ConnectorStatus
from agent.values import frozen
from tools.support.failures import WrongUse
from tools.support.picture import VERDICTS, Device, Picture, Presence
from tools.support.telling import age_words

SORTS = ("worst", "device", "age", "version", "state", "power", "gaps")
WORST_FIRST = (Presence.SILENT, Presence.OFFLINE, Presence.UNKNOWN, Presence.ONLINE)
HEADS = ("device", "verdict", "is", "last word", "version", "ports", "what")
MOST_DEVICE, MOST_PORTS = 24, 46
LEAST_WIDTH = 40
LEAST_WHAT = 30
BETWEEN = 2
GIVE_WAY = (("ports", 18), ("version", 0), ("device", 14), ("ports", 10), ("device", 8), ("last word", 0))
"""Which column becomes narrower on a narrow terminal, and how far, in this order."""
MOST_PORTS_TOLD = 64


@frozen(kw_only=True)
class Wanted:
    """Filters; what is empty lets everything through. `older_than_s`: last word older than this, or unknown.

    Raises WrongUse for a state that no port and no charger is ever in.
    """

    state: str = ""
    fault: str = ""
    version: str = ""
    verdict: str = ""
    older_than_s: float | None = None
    match: str = ""

    def __post_init__(self) -> None:
        there = [*(one.value for one in ConnectorStatus), *(one.value for one in Presence)]
        if self.state and self.state.lower() not in (one.lower() for one in there):
            raise WrongUse(f'--state: there is no "{self.state[:40]}"; there are {", ".join(there)}')

    def lets_through(self, device: Device, now_ms: int) -> bool:
        """Whether all that was asked for holds."""
        age = device.age_s(now_ms)
        states = [port.state for port in device.ports.values()]
        presence = device.presence(now_ms).value
        return (
            (not self.match or _fits(device.name, self.match))
            and (not self.state or self.state.lower() in (*(one.lower() for one in states), presence))
            and (not self.version or _fits(device.version, self.version))
            and (not self.verdict or device.worst == self.verdict)
            and (not self.fault or any(_fits(one, self.fault) for one in (*device.all_reasons, *device.reasons)))
            and (self.older_than_s is None or age is None or age > self.older_than_s)
        )


def _fits(text: str, pattern: str) -> bool:
    """A pattern with * and ?; without them, what it begins with or holds."""
    pattern, text = pattern.lower(), text.lower()
    return fnmatch.fnmatchcase(text, pattern) if any(c in pattern for c in "*?[") else pattern in text


def chosen(picture: Picture, wanted: Wanted, sort: str, now_ms: int, *, reverse: bool = False) -> list[Device]:
    """Those that were asked for, in order; the device's name decides between equals."""
    rows = [one for one in picture.devices.values() if wanted.lets_through(one, now_ms)]
    rows.sort(key=lambda one: one.name)
    rows.sort(key=lambda one: _place(one, sort, now_ms), reverse=reverse)
    return rows


def _place(device: Device, sort: str, now_ms: int) -> Any:
    match sort:
        case "age":
            age = device.age_s(now_ms)
            return -age if age is not None else float("-inf")
        case "version":
            return device.version
        case "state":
            return sorted(port.state for port in device.ports.values())
        case "power":
            return -sum(port.power_w or 0 for port in device.ports.values())
        case "gaps":
            return -device.sequence.gaps
        case "device":
            return device.name
    verdict = -VERDICTS.index(device.worst) if device.worst in VERDICTS else 1
    return (verdict, WORST_FIRST.index(device.presence(now_ms)))


def summary(picture: Picture, rows: Sequence[Device], now_ms: int) -> str:
    """The first line: how many, and how they are."""
    everybody = list(picture.devices.values())
    counts = {word: sum(one.worst == word for one in everybody) for word in reversed(VERDICTS)}
    presences = [one.presence(now_ms) for one in everybody]
    there = [f"{counts[word]} {word}" for word in counts if counts[word]]
    away = [f"{presences.count(one)} {one.value}" for one in WORST_FIRST if one in presences]
    watts = sum(port.power_w or 0 for one in everybody for port in one.ports.values())
    drawn = f"; {power(watts)}" if watts else ""
    shown = "" if len(rows) == len(everybody) else f"; {len(rows)} fit the filter"
    noun = "charger" if len(everybody) == 1 else "chargers"
    gaps = sum(one.sequence.gaps for one in everybody)
    lost = f"; {gaps} messages missing" if gaps else ""
    left_out = f"; left out: {picture.left_out}" if picture.left_out else ""
    return f"{len(everybody)} {noun}: {', '.join(there + away)}{drawn}{shown}{lost}{left_out}"


def cells(device: Device, now_ms: int) -> tuple[str, ...]:
    """One row."""
    presence = device.presence(now_ms)
    return (
        device.name[:MOST_DEVICE],
        device.worst or "?",
        presence.value,
        age_words(device.age_s(now_ms)),
        device.version or "?",
        _ports(device),
        _what(device, presence),
    )


def _ports(device: Device) -> str:
    words = []
    for number, port in sorted(device.ports.items()):
        drawn = f" {power(port.power_w)}" if port.power_w else ""
        offered = f" {port.offered_a:g} A" if port.charging and port.offered_a is not None else ""
        words.append(f"{number} {port.state or '?'}{offered}{drawn}")
    missing = [f"{number} ?" for number in device.numbers if number not in device.ports]
    text = " · ".join(words + missing)
    return clipped(text, MOST_PORTS)


def _what(device: Device, presence: Presence) -> str:
    """The weightiest first: faults, reasons of the verdict, then what is odd about the telling."""
    words = list(device.all_reasons)
    if presence is Presence.SILENT:
        words.insert(0, "says online, and nothing since")
    if presence is Presence.OFFLINE and device.reason:
        words.insert(0, device.reason)
    if device.too_much:
        words.append("tells more than there is room for")
    if device.sequence.gaps:
        words.append(f"{device.sequence.gaps} messages missing")
    return ", ".join(words)


def tone(device: Device, now_ms: int) -> Tone:
    """Red where nobody can charge, yellow where something is wrong, dim where it is away."""
    presence = device.presence(now_ms)
    if device.worst == "down":
        return Tone.BAD
    if device.worst == "degraded" or presence is Presence.SILENT:
        return Tone.WARN
    return Tone.PLAIN if presence is Presence.ONLINE else Tone.DIM


def lines(rows: Iterable[Device], now_ms: int, width: int | None = None) -> list[tuple[str, Tone]]:
    """Head and rows, cut to the width of the terminal where there is one."""
    devices = list(rows)
    table = [HEADS, *(tuple(printable(cell) for cell in cells(one, now_ms)) for one in devices)]
    widths = _fitted([max(len(row[column]) for row in table) for column in range(len(HEADS))], width)
    tones = [Tone.DIM, *(tone(one, now_ms) for one in devices)]
    found = []
    for row, its_tone in zip(table, tones, strict=True):
        shown = [clipped(cell, size).ljust(size) for cell, size in zip(row, widths, strict=True) if size]
        found.append((cut("  ".join(shown).rstrip(), width), its_tone))
    return found


def _fitted(widths: list[int], width: int | None) -> list[int]:
    """What is wrong is worth more than a long name: the other columns give way to it, and 0 leaves one out."""
    if width is None:
        return widths
    room = max(width, LEAST_WIDTH)
    what = len(widths) - 1
    fitted = [*widths[:what], min(widths[what], LEAST_WHAT)]
    for name, least in GIVE_WAY:
        over = sum(fitted) + BETWEEN * (len([one for one in fitted if one]) - 1) - room
        place = HEADS.index(name)
        if over > 0 and fitted[place] > least:
            fitted[place] = max(least, fitted[place] - over) if least else 0
    left = room - sum(fitted[:what]) - BETWEEN * len([one for one in fitted[:what] if one])
    return [*fitted[:what], max(0, min(widths[what], left))]


def clipped(text: str, size: int) -> str:
    """At most so wide, cut between two words where there are some; an ellipsis says that there is more."""
    if len(text) <= size:
        return text
    whole = text[: max(0, size - 1)]
    if text[len(whole)] != " ":
        whole = whole.rpartition(" ")[0] or whole
    return whole.rstrip(" ,·") + "…"


def cut(text: str, width: int | None) -> str:
    """A line for a terminal so wide, or of any width."""
    return text if width is None else clipped(text, max(width, LEAST_WIDTH))


def as_json(device: Device, now_ms: int) -> dict[str, Any]:
    """One charger for a program; unknown is absent."""
    ports = [
        {
            "port": number,
            "state": port.state,
            "verdict": port.verdict,
            "charging": port.charging,
            "headline": port.headline,
            "offered_a": port.offered_a,
            "power_w": port.power_w,
            "limit_owner": port.limit or None,
            "faults": list(port.faults),
            "reasons": list(port.reasons),
        }
        for number, port in sorted(device.ports.items())
    ]
    age = device.age_s(now_ms)
    told: dict[str, Any] = {
        "device": device.name,
        "verdict": device.worst or None,
        "presence": device.presence(now_ms).value,
        "offline_reason": device.reason or None,
        "age_s": None if age is None else round(age, 1),
        "version": device.version or None,
        "model": device.model or None,
        "takes_orders": device.takes_orders,
        "reasons": list(device.all_reasons),
        "ports": [{name: value for name, value in port.items() if value is not None} for port in ports],
        "missing_messages": device.sequence.gaps,
        "left_out_ports": sorted(device.too_much)[:MOST_PORTS_TOLD] or None,
    }
    return {name: value for name, value in told.items() if value is not None}
