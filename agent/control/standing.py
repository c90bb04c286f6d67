"""The charger as a whole, as JSON: who it is, how long it runs, and what stands against it whoever charges."""

from __future__ import annotations

from typing import Any

from agent.control.moments import told
from agent.control.ports import StationPort
from agent.control.room import room_notices


def station_body(station: StationPort) -> dict[str, Any]:
    """Who this charger is, how long it runs, and what is wrong with the program itself."""
    config, agent, now = station.config, station.agent(), station.now()
    label = "" if station.commissioning is None else station.commissioning.label
    return {
        "serial_number": config.station.serial_number or label,
        "serial_by_label": not config.station.serial_number and bool(label),
        "vendor": config.board.vendor,
        "model": config.board.model,
        "version": agent.version,
        "started": told(agent.started_at, now),
        "clock_trusted": now.utc_ms is not None,
        "notices": notices(station),
        "vitals_overdue": [vital.name for vital in agent.vitals if vital.is_overdue],
        "devices_silent": [
            {"name": device.name, "detail": device.detail} for device in agent.devices if not device.answering
        ],
    }


def notices(station: StationPort) -> list[str]:
    """Standing warnings, of the configuration first, of the disk last."""
    return [*station.config.notices, *station.agent().notices, *room_notices(station.config.storage.path)]
