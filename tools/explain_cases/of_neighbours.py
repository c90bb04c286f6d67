"""What of one connector is explained by the other: a shared supply, a shared reader, a reservation, a shared line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.explain_cases.case import (
    DUAL,
    OTHER_CARD,
    PLUG_IN,
    SWIPE,
    SWIPE_OTHER,
    Act,
    Case,
    broken,
    network,
    plug_in,
    waits,
    world,
)

FIRST_CHARGES = (PLUG_IN, waits(3), SWIPE, world("wait", until="charging", connector=1, timeout_s=60), waits(15))
SECOND_CAR = (plug_in(2), waits(3))
SECOND_WAITS = (*SECOND_CAR, SWIPE_OTHER, waits(15))
SHORTLY_BEFORE_A_TURN = waits(810)
STATION_OF_TEN = network("limit", amps=10, connector=0, purpose="ChargePointMaxProfile")


def _case(name: str, names: str, link: str, *before: Act, **more: Any) -> Case:
    return Case(name=name, names=names, link=link, before=before, board=DUAL, **more)


def _ten_a() -> Mapping[str, Any]:
    return {"supply_current_a": 10}


def _queue(name: str, *second: Act, **more: Any) -> Case:
    """Connector 1 has all that there is, and less than 6 A would be left of it for two."""
    says = more.pop("says", "connector 1 has all of the 10 A that 2 connectors share")
    before = (*more.pop("first", ()), *FIRST_CHARGES, *second)
    return _case(name, "limit.supply", "breaker", *before, connector=2, says=says, **more)


OF_NEIGHBOURS = (
    _queue("queue_for_energy", *SECOND_WAITS, options=_ten_a, changes=("other_ends",)),
    _queue(
        "queue_until_its_turn",
        *SECOND_WAITS,
        first=(SHORTLY_BEFORE_A_TURN,),
        options=_ten_a,
        changes=("other_ends",),
        is_patient=True,
    ),
    _queue("queue_before_the_card", *SECOND_CAR, options=_ten_a, changes=("other_ends", "present_card")),
    _queue("queue_before_the_plug", options=_ten_a, changes=("other_ends", "plug_in", "present_card")),
    _queue("queue_by_a_profile", *SECOND_WAITS, first=(STATION_OF_TEN,), changes=("other_ends",)),
    _queue(
        "share_is_about_to_be_free",
        *SECOND_CAR,
        SWIPE_OTHER,
        waits(1),
        says="are about to be free: connector 1 gives way",
        within_s=6,
        changes=("raise_limit",),
    ),
    _case(
        "card_taken_by_the_other",
        "nobody_accepted",
        "authorization",
        PLUG_IN,
        waits(5),
        *SECOND_CAR,
        SWIPE,
        waits(5),
        says="counts for connector 2",
        changes=("present_card",),
    ),
    _case(
        "reserved_as_the_last_free_one",
        "reserved",
        "authorization",
        network("reserve", connector=0, token=OTHER_CARD, reservation=5, until="2027-01-15T09:00:00Z"),
        *SECOND_CAR,
        SWIPE,
        waits(15),
        PLUG_IN,
        waits(3),
        says="as the last free one (connector 2 in use)",
        changes=("present_card",),
    ),
    _case("mains_gone_at_both", "fault.mains.loss", "grid", world("mains", volts=0.0), waits(5), says="connector 2"),
    _case(
        "line_of_both_meters",
        "fault.meter.comm",
        "meter",
        broken("link_cut", wire="meter"),
        waits(80),
        PLUG_IN,
        waits(3),
        SWIPE,
        waits(12),
        says="connector 2",
        within_s=100,
    ),
)
"""`says`: the other connector has to be named."""
