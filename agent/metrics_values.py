"""Values in the lines of an exported file: how a moment is written, and what of a value is believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.core.time import Instant
from agent.core.uptime.axis import LAST_MS, LONGEST_BOOT_S


def moment(at: Instant) -> dict[str, Any]:
    return {"boot_id": at.boot_id, "t_mono_s": at.monotonic_s, "t_wall_ms": at.utc_ms}


def read_moment(value: Mapping[str, Any]) -> Instant:
    monotonic_s, utc_ms = number(value["t_mono_s"]), value["t_wall_ms"]
    if abs(monotonic_s) > LONGEST_BOOT_S or (utc_ms is not None and not 0 <= whole(utc_ms) < LAST_MS):
        raise ValueError("a time that cannot be")
    return Instant(monotonic_s, utc_ms, text(value["boot_id"]))


def text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 1 << 53:
        raise TypeError(f"{value!r:.40} is no whole number of the size")
    return value


def number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1 << 53:
        raise TypeError(f"{value!r:.40} is no number of the size")
    return value


def scalar(value: object) -> str | int | float | bool | None:
    if value is not None and not isinstance(value, str | int | float | bool):
        raise TypeError(f"{value!r:.40} is no single value")
    return value
