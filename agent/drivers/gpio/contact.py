"""A dry contact between a GPIO line and ground or supply, as the wiring of a board file tells it."""

from __future__ import annotations

from enum import Enum

from agent.drivers.gpio.lines import Bias, InputLine, LineName
from agent.drivers.power_path.contacts import ContactKind


class ClosesTo(Enum):
    """What the closed contact joins the line with."""

    GROUND = "ground"
    SUPPLY = "supply"


def contact_line(
    line: LineName, kind: ContactKind, closes_to: ClosesTo, *, own_resistor: bool, debounce_s: float
) -> InputLine:
    """Active is the contact that does not rest: pressed, pulled in, opened by a door.

    `own_resistor`: the board pulls the open line away by itself, and the one inside the chip is left alone.
    """
    pull = Bias.PULL_UP if closes_to is ClosesTo.GROUND else Bias.PULL_DOWN
    open_is_high = closes_to is ClosesTo.GROUND
    open_is_active = kind is ContactKind.NORMALLY_CLOSED
    return InputLine(
        line=line,
        active_low=open_is_high != open_is_active,
        bias=Bias.NONE if own_resistor else pull,
        debounce_s=debounce_s,
    )
