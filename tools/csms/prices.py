"""Names of the application note on California's pricing requirements, as 1.6 carries it in DataTransfer."""

from __future__ import annotations

VENDOR = "org.openchargealliance.costmsg"
UNPLUGGED = "ConnectorUnplugged"
"""The one message that a charger sends."""
