"""Sections [references], [circuit] and [handover] of the site file: for whom it hangs there, on what, and whom to call.

Facts that a planner writes down and an installer confirms. They stay with the charger, so that reports, figures and
claims of warranty can name them; `circuit_checks.py` holds the charger's current against them.
"""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from typing import Annotated

from agent.tables import OneOf, Spelled, Within
from agent.values import frozen

Reference = Annotated[
    str,
    Spelled(
        r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}|",
        "write up to 64 letters, digits, dots, dashes and slashes: a number of your own books, never a person's name",
    ),
]
Told = Annotated[
    str, Spelled(r"[^\x00-\x1f\x7f]{0,200}", "write one line of up to 200 characters; it is printed for the owner")
]
Section = Annotated[float, Within(0.75, 400, "mm²", "no such conductor is laid to a charger")]
Length = Annotated[float, Within(0.1, 2000, "m", "measure the way along the cable, one way")]
Factor = Annotated[float, Within(0.1, 1, "", "a factor only ever lowers; 1 is none")]
Amperes = Annotated[float, Within(6, 1000, "A", "too little for any car; look again")]
Volts = Annotated[float, Within(100, 420, "V", "write what a voltmeter shows there")]
ResidualCurrent = Annotated[int, Within(5, 500, "mA", "the rated residual current on the device")]


class Curve(Enum):
    """How a breaker trips; "gG" is a fuse, "inverse-time" what panels in North America hold."""

    B = "B"
    C = "C"
    D = "D"
    GG = "gG"
    INVERSE_TIME = "inverse-time"


class Conductor(Enum):
    COPPER = "copper"
    ALUMINIUM = "aluminium"


class Laying(Enum):
    """Installation (IEC 60364-5-52, table B.52.1): B2 in conduit on a wall, C clipped direct; NEC: raceway."""

    B2 = "B2"
    C = "C"
    RACEWAY = "raceway"


class Earthing(Enum):
    """Type of the supply (IEC 60364-1); "split" is a split phase in North America."""

    TN_S = "TN-S"
    TN_C_S = "TN-C-S"
    TT = "TT"
    IT = "IT"
    SPLIT = "split"


class PenProtection(Enum):
    """What protects from a broken PEN conductor of a TN-C-S supply."""

    NONE = "none"
    DEVICE = "device"
    ELECTRODE = "electrode"


class RcdType(Enum):
    """The residual current device in front of the charger; NONE where the charger itself holds it."""

    NONE = "none"
    AC = "AC"
    A = "A"
    F = "F"
    B = "B"


class DcDetection(Enum):
    """What switches off at 6 mA of smooth direct current (IEC 62955), beside the residual current device."""

    NONE = "none"
    CHARGER = "charger"
    DEVICE = "device"


@frozen(kw_only=True)
class References:
    """Numbers in other people's books. Opaque here: no name, no address, nothing about a person is needed."""

    order: Reference = ""
    contract: Reference = ""
    site: Reference = ""
    customer: Reference = ""


@frozen(kw_only=True)
class HandoverConfig:
    """What the owner's pack prints and an office knows, so that no installer has to type it (docs/plan.md).

    `cards`: visible numbers of those handed over, parted by commas. `disconnection`: the place of the emergency
    disconnection.
    """

    operator: Told = ""
    phone: Told = ""
    support_link: Told = ""
    price: Told = ""
    app: Told = ""
    warranty_years: Annotated[int, Within(1, 30, "years")] | None = None
    support_until: Told = ""
    disconnection: Told = ""
    cards: Told = ""

    def told(self) -> dict[str, str]:
        """What is there, by its key."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: str(value) for name, value in values.items() if value}


@frozen(kw_only=True)
class CircuitConfig:
    """The circuit of this charger, from the breaker to its terminals.

    `cable_current_a` is what the cable carries as it is laid, by the planner's own tables; left out, the country file's
    row for `laying` counts. `cable_factor` is for heat and neighbours of the cable, `breaker_factor` for those of the
    breaker. `dedicated`: nothing else hangs on it.
    """

    breaker_current_a: Amperes
    cable_section_mm2: Section
    cable_length_m: Length
    earthing: Earthing
    rcd: RcdType
    breaker_curve: Curve = Curve.B
    breaker_factor: Factor = 1.0
    conductor: Conductor = Conductor.COPPER
    laying: Laying | None = None
    cable_current_a: Amperes | None = None
    cable_factor: Factor = 1.0
    phases: Annotated[int, OneOf((1, 3))] = 3
    voltage_v: Volts | None = None
    rcd_current_ma: ResidualCurrent = 30
    dc_detection: DcDetection = DcDetection.NONE
    pen_protection: PenProtection = PenProtection.NONE
    dedicated: bool = True
