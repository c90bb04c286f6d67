"""What mmcli says of a modem (ModemManager 1.20, `mmcli -m any -J`), shortened where nothing is read."""

from __future__ import annotations

import json
from typing import Any

IMEI, ICCID, OWN_NUMBER = "353490069873368", "8949020000123456789", "+491709876543"


def modem(
    state: str = "connected",
    *,
    failed: str = "--",
    unlock: str = "--",
    registration: str = "home",
    operator: str = "Example Mobile",
    technologies: tuple[str, ...] = ("lte",),
    signal: str = "57",
    recent: str = "yes",
) -> str:
    generic: dict[str, Any] = {
        "access-technologies": list(technologies),
        "bearers": ["/org/freedesktop/ModemManager1/Bearer/0"],
        "equipment-identifier": IMEI,
        "manufacturer": "QUALCOMM INCORPORATED",
        "model": "EC25",
        "own-numbers": [OWN_NUMBER],
        "power-state": "on",
        "primary-port": "cdc-wdm0",
        "signal-quality": {"recent": recent, "value": signal},
        "sim": "/org/freedesktop/ModemManager1/SIM/0",
        "state": state,
        "state-failed-reason": failed,
        "unlock-required": unlock,
    }
    mobile = {
        "imei": IMEI,
        "operator-code": "00101",
        "operator-name": operator,
        "registration-state": registration,
        "iccid": ICCID,
    }
    return json.dumps({"modem": {"3gpp": mobile, "dbus-path": "/org/…/Modem/0", "generic": generic}})


NO_MODEM = "error: couldn't find modem"
NO_SERVICE = "error: couldn't find the ModemManager process in the bus"
