"""Fields of a request that the schema lets pass in any spelling."""

from __future__ import annotations

from agent.ocpp_client.adapter import Payload
from agent.ocpp_client.v16.checks import bad_value
from agent.ocpp_client.v16.moments import read_time


def asked_time(fields: Payload, name: str) -> int | None:
    """UTC milliseconds of a time that may be left out. Raises PeerViolation for one that is none."""
    if name not in fields:
        return None
    moment_ms = read_time(fields[name])
    if moment_ms is None:
        raise bad_value(f"{name} is no time")
    return moment_ms
