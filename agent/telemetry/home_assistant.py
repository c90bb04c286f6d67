"""Discovery for Home Assistant: one retained message that describes the charger and its entities (device discovery).

An exporter of its own: nothing else here knows of it, and the entities read the topics of operations.md section 7.
Unknown is absent in those, so every template has a default that the home shows as "unknown".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent import VERSION
from agent.core.availability import ConnectorStatus
from agent.telemetry.topics import Topics

STATES = [one.value for one in ConnectorStatus]


def status_topic(prefix: str) -> str:
    """Where a home says "online" when it has started: then everything is told again."""
    return f"{prefix}/status"


def config_topic(prefix: str, topics: Topics) -> str:
    """One for the whole device. An object id takes letters, digits, "_" and "-"."""
    return f"{prefix}/device/evse_{_word(topics.device)}/config"


def discovery(topics: Topics, identity: Mapping[str, Any], ports: Sequence[int]) -> dict[str, Any]:
    """The message. Entities keep their names for ever: they are made of the device's and the port's."""
    unit = _word(topics.device)
    entities: dict[str, Any] = {f"{unit}_connected": _connectivity(topics, unit)}
    for port in ports:
        for name, entity in _port(topics, port, several=len(ports) > 1).items():
            entities[f"{unit}_{port}_{name}"] = {"unique_id": f"evse_{unit}_{port}_{name}", **entity}
    return {
        "device": {
            "identifiers": [f"evse_{unit}"],
            "name": f"{identity['vendor']} {identity['model']}",
            "manufacturer": identity["vendor"],
            "model": identity["model"],
            "serial_number": identity["serial_number"],
            "sw_version": identity["versions"]["agent"],
        },
        "origin": {"name": "evse-agent", "sw_version": VERSION},
        "availability": [{"topic": topics.state, "value_template": _ONLINE}],
        "qos": 1,
        "components": entities,
    }


_ONLINE = "{{ 'online' if value_json.online else 'offline' }}"


def _connectivity(topics: Topics, unit: str) -> dict[str, Any]:
    """Its own availability: shown as "disconnected", and not as "unavailable", when the charger is away."""
    return {
        "platform": "binary_sensor",
        "unique_id": f"evse_{unit}_connected",
        "name": "Connected",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "state_topic": topics.state,
        "value_template": "{{ 'ON' if value_json.online else 'OFF' }}",
        "availability": [],
    }


def _port(topics: Topics, port: int, *, several: bool) -> dict[str, dict[str, Any]]:
    status, meter = topics.port_status(port), topics.port_meter(port)

    def sensor(name: str, topic: str, value: str, **more: Any) -> dict[str, Any]:
        title = f"Port {port} {name.lower()}" if several else name
        return {"platform": "sensor", "name": title, "state_topic": topic, "value_template": value, **more}

    measured = {"state_class": "measurement"}
    return {
        "state": sensor("State", status, "{{ value_json.state }}", device_class="enum", options=STATES),
        "headline": sensor("What it does", status, "{{ value_json.headline[:255] }}"),
        "power": sensor("Power", meter, _known("power_w"), device_class="power", unit_of_measurement="W", **measured),
        "energy": sensor(
            "Energy",
            meter,
            _known("register_wh"),
            device_class="energy",
            unit_of_measurement="Wh",
            state_class="total_increasing",
        ),
        "current": sensor(
            "Current",
            meter,
            "{{ value_json.currents_a | max if value_json.currents_a else none }}",
            device_class="current",
            unit_of_measurement="A",
            **measured,
        ),
        "offered": sensor(
            "Offered current", status, _known("offered_a"), device_class="current", unit_of_measurement="A", **measured
        ),
        "faults": {
            **sensor("Fault", status, "{{ 'ON' if value_json.faults else 'OFF' }}", device_class="problem"),
            "platform": "binary_sensor",
            "json_attributes_topic": status,
            "json_attributes_template": "{{ {'faults': value_json.faults, 'verdict': value_json.verdict} | tojson }}",
        },
    }


def _known(field: str) -> str:
    return f"{{{{ value_json.{field} | default(none) }}}}"


def _word(device: str) -> str:
    return "".join(one if one.isalnum() or one in "_-" else "_" for one in device)
