"""What drivers of temperature sensors have in common: a read beside the loop, and what no sensor here can measure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from agent.drivers.aside import Aside, StillBusy
from agent.errors import DriverImplausible, DriverUnavailable

T = TypeVar("T")

LOW_C, HIGH_C = -40.0, 125.0
"""Below and above a sensor is broken (faults.csv temp.sensor)."""


async def read_aside(name: str, aside: Aside, work: Callable[[], T], within_s: float) -> T:
    """What `work` returns; `work` raises DriverErrors of its own. Raises DriverUnavailable for a read that lasts."""
    try:
        return await aside.call(work, within_s)
    except TimeoutError:
        what = f"no answer within {within_s:g} s; check its wiring, and dmesg for what the kernel says"
        raise DriverUnavailable(name, what) from None
    except StillBusy:
        what = "the kernel still holds an earlier reading; check its wiring, then switch the controller off and on"
        raise DriverUnavailable(name, what) from None


def within_sense(name: str, celsius: float, check: str) -> float:
    """`celsius`, if it is one a place of a charger can have. Raises DriverImplausible with what to `check`."""
    if LOW_C <= celsius <= HIGH_C:
        return celsius
    what = f"it says {celsius:g} °C, which is outside {LOW_C:g}…{HIGH_C:g} °C: a broken or shorted lead; {check}"
    raise DriverImplausible(name, what)
