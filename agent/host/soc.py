"""The controller itself: temperature, memory, supply as its own chip sees it, and what began its present life."""

from __future__ import annotations

from pathlib import Path

from agent.core.commissioning.model import Quantity
from agent.host.files import known, listed, number_of, text_of

THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
"""Of the Raspberry Pi's firmware: bit 0 and 16 low supply (now, since the start), 2 and 18 throttled."""
LOW_NOW, THROTTLED_NOW, LOW_SINCE, THROTTLED_SINCE = 1 << 0, 1 << 2, 1 << 16, 1 << 18
CARD_RESET = 0x20
"""WDIOF_CARDRESET: the watchdog ended the life before."""


def soc(root: Path) -> dict[str, Quantity]:
    """temperature_c (hottest zone), free_memory_percent, uptime_s, load; low_supply, throttled, watchdog_reset."""
    flags = _hexadecimal(text_of(root / THROTTLED))
    reset = number_of(root / "sys/class/watchdog/watchdog0/bootstatus")
    return known(
        temperature_c=_hottest_c(root),
        free_memory_percent=_free_memory_percent(text_of(root / "proc/meminfo") or ""),
        uptime_s=_first(text_of(root / "proc/uptime")),
        load=_first(text_of(root / "proc/loadavg")),
        low_supply=None if flags is None else bool(flags & (LOW_NOW | LOW_SINCE)),
        throttled=None if flags is None else bool(flags & (THROTTLED_NOW | THROTTLED_SINCE)),
        watchdog_reset=None if reset is None else bool(reset & CARD_RESET),
    )


def _hottest_c(root: Path) -> float | None:
    zones = (number_of(zone / "temp") for zone in listed(root / "sys/class/thermal", "thermal_zone*"))
    found = [temperature / 1000 for temperature in zones if temperature is not None]
    return max(found) if found else None


def _free_memory_percent(meminfo: str) -> float | None:
    rows = dict(line.split(":", 1) for line in meminfo.splitlines() if ":" in line)
    try:
        total, available = (int(rows[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
    except (KeyError, ValueError, IndexError):
        return None
    return round(100 * available / total, 1) if total else None


def _first(line: str | None) -> float | None:
    try:
        return float((line or "").split()[0])
    except (IndexError, ValueError):
        return None


def _hexadecimal(text: str | None) -> int | None:
    try:
        return int(text or "", 16)
    except ValueError:
        return None


def watchdog_began_this_boot(root: Path) -> bool:
    """The controller's own watchdog ended the boot before; False also where there is none."""
    return bool((number_of(root / "sys/class/watchdog/watchdog0/bootstatus") or 0) & CARD_RESET)
