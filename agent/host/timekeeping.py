"""The clock that runs without power, and whether a time server keeps the system's clock.

Everything from files: the unit of the service lets nobody near the clock itself (ProtectClock). So the battery is known
only where a driver shows it as a power supply, and of time servers the mark that systemd-timesyncd leaves.
"""

from __future__ import annotations

from pathlib import Path

from agent.core.commissioning.model import Quantity
from agent.host.files import known, listed, number_of, text_of

SYNCHRONIZED = "run/systemd/timesync/synchronized"
TIMESYNCD, OTHERS = "run/systemd/timesync", ("run/chrony", "run/chronyd.pid", "run/ntpd.pid", "run/openntpd.pid")


def rtc(root: Path, utc_ms: int | None) -> dict[str, Quantity]:
    """is_fitted; name; reads: it tells its time; offset_s: ahead of the system's clock, as far as both are known.

    drift_s_per_day of hwclock(8); battery_low: where a battery of the clock is shown.
    """
    fitted = listed(root / "sys/class/rtc", "rtc*")
    if not fitted:
        return {"is_fitted": False}
    one = fitted[0]
    epoch_s = number_of(one / "since_epoch")
    return known(
        is_fitted=True,
        name=text_of(one / "name"),
        offset_s=None if epoch_s is None or utc_ms is None else round(epoch_s - utc_ms / 1000, 1),
        reads=epoch_s is not None,
        drift_s_per_day=_drift(text_of(root / "etc/adjtime") or ""),
        battery_low=_battery_is_low(root),
    )


def time(root: Path, utc_ms: int | None) -> dict[str, Quantity]:
    """is_known; synchronized: True, False, or absent where the service that keeps the time leaves no mark."""
    has_timesyncd = (root / TIMESYNCD).is_dir()
    server = "systemd-timesyncd" if has_timesyncd else next((one for one in OTHERS if (root / one).exists()), None)
    return known(
        is_known=utc_ms is not None,
        synchronized=(root / SYNCHRONIZED).exists() if has_timesyncd else None,
        kept_by=server,
    )


def _drift(adjtime: str) -> float | None:
    """Seconds a day, from the first word of /etc/adjtime; 0.0 there means that nobody measured it."""
    first = adjtime.split()[:1]
    try:
        return float(first[0]) or None
    except (IndexError, ValueError):
        return None


def _battery_is_low(root: Path) -> bool | None:
    for supply in listed(root / "sys/class/power_supply", "*rtc*"):
        health = text_of(supply / "health")
        if health is not None:
            return health.lower() in ("dead", "unspecified failure", "undervoltage")
    return None
