"""The statuses a central system is told, held to the table of 1.6 (reference section 3; core edition 2, 4.9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_IN_USE = {"Charging", "SuspendedEV", "SuspendedEVSE"}
MAY_FOLLOW = {
    "Available": {"Preparing", *_IN_USE, "Reserved", "Unavailable", "Faulted"},
    "Preparing": {"Available", *_IN_USE, "Finishing", "Faulted"},
    "Charging": {"Available", *_IN_USE, "Finishing", "Unavailable", "Faulted"},
    "SuspendedEV": {"Available", *_IN_USE, "Finishing", "Unavailable", "Faulted"},
    "SuspendedEVSE": {"Available", *_IN_USE, "Finishing", "Unavailable", "Faulted"},
    "Finishing": {"Available", "Preparing", "Unavailable", "Faulted"},
    "Reserved": {"Available", "Preparing", "Unavailable", "Faulted"},
    "Unavailable": {"Available", "Preparing", *_IN_USE, "Faulted"},
    "Faulted": {"Available", "Preparing", *_IN_USE, "Finishing", "Reserved", "Unavailable"},
}


class HeardStatuses:
    """Within one connection; what changed between two is told by where it came to."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self._latest: dict[int, str] = {}

    def connected(self) -> None:
        self._latest.clear()

    def booted(self) -> None:
        """Everything is told anew."""
        self._latest.clear()

    def heard(self, action: str, payload: dict[str, Any]) -> None:
        if action != "StatusNotification":
            return
        connector, status = payload["connectorId"], payload["status"]
        before = self._latest.get(connector, status)
        if connector == 0 and status not in ("Available", "Unavailable", "Faulted"):
            self._complain(f"the station itself is told to be {status}")
        if status != before and status not in MAY_FOLLOW[before]:
            self._complain(f"connector {connector} is told to be {status} after {before}")
        self._latest[connector] = status
