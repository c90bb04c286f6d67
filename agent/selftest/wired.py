"""The connector of an attempt as the board file wires it."""

from __future__ import annotations

from agent.config.model import ConnectorConfig
from agent.selftest.bench import Bench


def wired(bench: Bench) -> ConnectorConfig:
    """Raises LookupError for a test of the whole charger."""
    connector = bench.connector
    return next(one for one in bench.config.board.connectors if one.id == connector)
