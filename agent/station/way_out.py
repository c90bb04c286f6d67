"""By what the charger reaches the world, for the health document: interface, kind of address, signal; no address.

Looked at when a document is made, which a changing signal never brings about (agent/telemetry/publisher.py).
"""

from __future__ import annotations

import asyncio
from typing import Any

from agent.core.network_check import local
from agent.core.network_check.radio import Wifi, told_of_modem
from agent.errors import NotTold
from agent.host import modem, network, wifi


async def way_out(within_s: float) -> dict[str, Any]:
    """Of the default route; empty where there is none. A modem is asked for only where the way goes by one."""
    way = network.way_out()
    if way is None:
        return {}
    told: dict[str, Any] = {
        "interface": way.interface,
        "medium": way.medium.value,
        "address_kind": local.scope(way.own_address).value,
        "ip_version": 6 if ":" in way.own_address else 4,
    }
    match way.medium:
        case local.Medium.WIRELESS:
            return told | _of_wifi(wifi.of(way.interface))
        case local.Medium.MODEM:
            return told | await _of_modem(within_s)
        case local.Medium.WIRED:
            return told


def _of_wifi(one: Wifi) -> dict[str, Any]:
    return {
        name: value for name, value in (("level_dbm", one.level_dbm), ("rate_mbit", one.rate_mbit)) if value is not None
    }


async def _of_modem(within_s: float) -> dict[str, Any]:
    try:
        async with asyncio.timeout(within_s):
            seen = await modem.look(within_s)
    except (NotTold, TimeoutError) as why:
        return {"not_looked_at": str(why) or "mmcli did not answer in time"}
    return told_of_modem(seen)
