"""The priority of the service, as its unit has it."""

from __future__ import annotations

import os
import re

from tools.processes import ROOT

UNIT = ROOT / "packaging" / "evse-agent.service"


def of_the_unit() -> int:
    """`Nice=` of the unit: below 0 goes before others."""
    found = re.search(r"^Nice=(-?\d+)$", UNIT.read_text(), re.MULTILINE)
    return int(found.group(1)) if found else 0


def may_take_priority() -> bool:
    """Only root may go before others."""
    return os.geteuid() == 0


def take_priority() -> None:
    if may_take_priority():
        os.setpriority(os.PRIO_PROCESS, 0, of_the_unit())
