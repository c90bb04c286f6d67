"""Registers to energy: a register only rises, and what does not look like that is doubted before it is believed.

A register that falls or jumps is an exchange of the meter, a counter that began anew, or a garbled answer that slipped
through its checksum. A single odd reading is held back; three that agree are the new truth of the meter, and an open
transaction then keeps the last register it can vouch for. A meter's roll-over is taken for an exchange: none of our
maps knows where its counter ends.
"""

from __future__ import annotations

from enum import Enum

from agent.values import frozen

HIGHEST_VOLTAGE_V = 276
"""120 % of 230 V."""
MAX_POWER_W = 80.0 * 3 * HIGHEST_VOLTAGE_V
"""No charger of this code draws more: 80 A on three phases."""
RISE_SLACK_WH = 100
"""A meter may publish its register in steps, and late; the coarsest in use counts 100 Wh."""
BELIEVED_AFTER = 3
"""Odd readings in a row that agree with each other (field-problems.md, a garbled value hardly comes three times)."""


class Verdict(Enum):
    """What a reading does to the known register."""

    FOLLOWED = "followed"
    DOUBTED = "doubted"
    REPLACED = "replaced"
    """The meter insists: it was exchanged, reset, or it jumped for real."""


@frozen
class Doubt:
    """Odd readings so far: the last of them and how many agreed."""

    register_wh: int
    count: int


@frozen
class Followed:
    """The register to go on with, and what is doubted."""

    register_wh: int
    doubt: Doubt | None
    verdict: Verdict


def rated_power_w(current_a: float, phases: int) -> float:
    """The most that can flow through a connector of this hardware, W."""
    return current_a * phases * HIGHEST_VOLTAGE_V


def can_rise_wh(powered_s: float, power_w: float = MAX_POWER_W) -> float:
    """How much a register can have risen within so many seconds under power."""
    return RISE_SLACK_WH + power_w * powered_s / 3600


def follow(known_wh: int | None, doubt: Doubt | None, read_wh: int, rise_wh: float) -> Followed:
    """The register after a reading of `read_wh`; since `known_wh` was read it can have risen by `rise_wh` at most."""
    if known_wh is None or 0 <= read_wh - known_wh <= rise_wh:
        return Followed(read_wh, None, Verdict.FOLLOWED)
    agrees = doubt is not None and 0 <= read_wh - doubt.register_wh <= rise_wh
    count = doubt.count + 1 if doubt is not None and agrees else 1
    if count >= BELIEVED_AFTER:
        return Followed(read_wh, None, Verdict.REPLACED)
    return Followed(known_wh, Doubt(read_wh, count), Verdict.DOUBTED)
