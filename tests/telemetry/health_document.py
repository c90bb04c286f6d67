"""A health document with every section that one always has, of a charger about which little is known."""

from __future__ import annotations

from typing import Any

SYSTEM = {"python": "3.11.2", "kernel": "6.1", "boards": {}}
"""Beside the versions that a birth tells."""


def whole(**sections: Any) -> dict[str, Any]:
    """`sections` in place of those below; `identity` has to be among them."""
    return {
        "verdict": "ok",
        "reasons": [],
        "ports": [],
        "flexibility": {"shed_w": 0},
        "clock": {"quality": "csms"},
        "network": {"configured": False, "connected": False},
        "storage": {},
        "certificates": [],
        "queues": {"facts": 0, "unanswered": 0, "security_events": 0},
        "temps": [],
        "process": {"uptime_s": 60},
        "boots": [],
        "boards": [],
        "devices": [],
        "notices": [],
        "commissioned": {"in_service": True},
        "support": {},
        "events": [],
        **sections,
    }


def port(number: int) -> dict[str, Any]:
    """One that is idle."""
    return {
        "port": number,
        "verdict": "ok",
        "reasons": [],
        "state": "Available",
        "headline": "Ready.",
        "charging": False,
        "offered_a": 0.0,
        "limits": [],
        "faults": [],
        "contactor": {"state": "open"},
        "temps": [],
        "flexibility": {"shed_w": 0},
    }
