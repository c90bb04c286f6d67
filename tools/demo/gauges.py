"""The instruments of the demonstration, read from the world's own status and the central system's record. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """One look at connector 1. Electrical values are the world's, never the agent's own."""

    status: str
    pilot_state: str
    high_v: float
    low_v: float | None
    offered_a: float | None
    drawn_a: float
    power_w: float
    register_wh: int
    contactor: str


def read_gauges(world: dict[str, Any], csms: dict[str, Any]) -> Gauges:
    """From the answers of `evse-sim`'s `status` and `evse-csms`'s `chargers`."""
    outlet = world["connectors"][0]
    told = [row["status"] for row in csms["connectors"] if row["connector"] == outlet["connector"]]
    pilot = outlet["pilot"]
    return Gauges(
        status=told[0] if told else "not told",
        pilot_state=pilot["state"],
        high_v=pilot["high_v"],
        low_v=pilot["low_v"],
        offered_a=pilot["offered_a"],
        drawn_a=max(outlet["current_a"]),
        power_w=outlet["power_w"],
        register_wh=outlet["meter"]["register_wh"],
        contactor=outlet["contactor"],
    )


def words(gauges: Gauges, *, since_wh: int) -> str:
    """One line of at most 100 characters; energy counts from the register `since_wh`."""
    low = "" if gauges.low_v is None else f"/{gauges.low_v:+.0f}"
    offered = gauges.offered_a or 0.0
    return (
        f"{gauges.status:13} pilot {gauges.pilot_state} {gauges.high_v:+.1f}{low} V"
        f"  offered {offered:4.1f} A  drawn {gauges.drawn_a:4.1f} A  {gauges.power_w / 1000:5.2f} kW"
        f"  {gauges.register_wh - since_wh:4} Wh  contactor {gauges.contactor}"
    )
