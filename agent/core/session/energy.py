"""Registers to energy: a register only rises, and what does not look like that is doubted before it is believed.

A register that falls or jumps is a roll-over (the meter's own modulus, known to its driver), an exchange of the meter,
or a garbled answer that slipped through its checksum. A single odd reading is held back; three that agree are the new
truth of the meter, and a running transaction then keeps the last register it can vouch for.
"""

from __future__ import annotations

from enum import Enum

from agent.values import frozen

MAX_POWER_W = 80 * 3 * 276
"""No charger of this code draws more: 80 A on three phases at 120 % of 230 V."""
RISE_SLACK_WH = 100
"""A meter may publish its register in steps, and late; the coarsest in use counts 100 Wh."""
BELIEVED_AFTER = 3
"""Odd readings in a row that agree with each other (field-problems.md, a garbled value hardly comes three times)."""


class RegisterFell(ValueError):
    """Two registers of one meter in the wrong order: exchanged or rolled over."""


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


def follow(known_wh: int | None, doubt: Doubt | None, read_wh: int, elapsed_s: float | None) -> Followed:
    """The register after a reading of `read_wh`, `elapsed_s` seconds after `known_wh` was read (None: unknown)."""
    if known_wh is None or _plausible(known_wh, read_wh, elapsed_s):
        return Followed(read_wh, None, Verdict.FOLLOWED)
    agrees = doubt is not None and _plausible(doubt.register_wh, read_wh, elapsed_s)
    count = doubt.count + 1 if doubt is not None and agrees else 1
    if count >= BELIEVED_AFTER:
        return Followed(read_wh, None, Verdict.REPLACED)
    return Followed(known_wh, Doubt(read_wh, count), Verdict.DOUBTED)


def _plausible(before_wh: int, after_wh: int, elapsed_s: float | None) -> bool:
    if elapsed_s is None:
        return after_wh >= before_wh
    return 0 <= after_wh - before_wh <= RISE_SLACK_WH + MAX_POWER_W * elapsed_s / 3600


def energy_between(start_wh: int, stop_wh: int, *, rolls_over_at_wh: int | None = None) -> int:
    """Energy from one register to a later one of the same meter, Wh, never negative.

    `rolls_over_at_wh` is the meter's modulus, where its driver knows one. RegisterFell with both values otherwise.
    """
    if stop_wh >= start_wh:
        return stop_wh - start_wh
    if rolls_over_at_wh is None or start_wh >= rolls_over_at_wh:
        raise RegisterFell(f"register fell from {start_wh} Wh to {stop_wh} Wh")
    return rolls_over_at_wh - start_wh + stop_wh
