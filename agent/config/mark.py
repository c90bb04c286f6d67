"""The mark of a configuration: two that differ in anything but a secret have different ones."""

from __future__ import annotations

from hashlib import sha256

from agent.config.layers import entries
from agent.config.model import StationConfig
from agent.config.ports import DriverCatalogue


def mark_of(config: StationConfig, drivers: DriverCatalogue) -> str:
    """SHA-256 of every key as it is in force, defaults too, in hex. One and the same wherever a record names it."""
    text = "\n".join(f"{one.key} = {one.value}" for one in entries(config, drivers))
    return sha256(text.encode()).hexdigest()
