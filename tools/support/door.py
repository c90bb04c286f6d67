"""How a verb of a charger is written in evse-support."""

from __future__ import annotations

from agent.control.door import Door


def door_of(device: str) -> Door:
    """To this charger. What its sentences name as `evsectl …` is told as it is asked from here, or as done there."""
    return Door(program=f"evse-support do {device}", offers=lambda action: action.remote is not None)
