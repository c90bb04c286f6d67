"""Habits of cars that chargers meet: one name each, for `plug_in profile=…` (pilot.md 5 and 8.3)."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_sim.arguments import BadArgument

STOP_DELAY_S = 0.3
"""From the loss of the offer to the open switch; the standard allows 3 s (pilot.md 5, sequence 10.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a car does beside asking and drawing. The defaults are those of a good one; `does` says it to a person."""

    does: str = "keeps to the rules"
    stop_delay_s: float = STOP_DELAY_S
    overdraw: float = 1.0
    """Current over what is offered."""
    wakes_after_cut_s: float | None = None
    """Sleeps until its pilot was cut for so long; None is awake."""
    flap_s: float | None = None
    """Opens and closes its switch that often."""
    dip_after_s: float = 0.0
    dip_s: float = 0.0
    """After a change of duty it shows B: how much later, and for how long; 0 never."""
    false_start_s: float = 0.0
    """Shows C for so long as soon as it is offered a current, draws nothing, and asks only later; 0 never."""


PLAIN = Habits()

PROFILES: dict[str, Habits] = {
    "plain": PLAIN,
    "slow_stop": Habits(does="opens its switch 2.9 s after the offer went, just in time", stop_delay_s=2.9),
    "flapping": Habits(does="changes between B and C every 2 s", flap_s=2.0),
    "sleeping_4s": Habits(does="asks only after its pilot was cut for 4 s", wakes_after_cut_s=3.9),
    "sleeping_30s": Habits(does="asks only after its pilot was cut for 30 s", wakes_after_cut_s=29.9),
    "greedy": Habits(does="draws 5 % more than it is offered", overdraw=1.05),
    "hybrid_pulse": Habits(does="shows B for 75 ms, 500 ms after each change of duty", dip_after_s=0.5, dip_s=0.075),
    "hybrid_gap": Habits(does="shows B for 250 ms, 300 ms after each change of duty", dip_after_s=0.3, dip_s=0.25),
    "false_start": Habits(does="shows C for 250 ms when it is offered a current, then waits", false_start_s=0.25),
}


def habits_of(profile: str) -> Habits:
    """Raises BadArgument with all names."""
    if profile not in PROFILES:
        raise BadArgument(f"profile: {profile!r} is not one of {', '.join(PROFILES)}")
    return PROFILES[profile]
