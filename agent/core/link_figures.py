"""How the link to the central system is doing, in figures: one value for people and for the network. Pure."""

from __future__ import annotations

from agent.core.time import Instant
from agent.values import frozen

DAY_MS = 86_400_000
CLOCK_WRONG_S = 60.0
"""Certificates and charging profiles go by the clock; a link that is slow explains no minute."""
MEND_CLOCK = "let a time server be reached; check the battery of the clock"


@frozen(kw_only=True)
class SlotFigures:
    """One address that the charger may go to. `network`: whose central system is there, "" where nobody named it.

    `is_active`: the latest attempt went there. `failures` came to nothing since it was accepted there last, `why` tells
    of the latest one. `trial` is the address that is to take its place if it works, after `trial_failures` so far.
    """

    number: int
    endpoint: str
    network: str
    security_profile: int
    is_active: bool
    is_last_good: bool
    failures: int
    why: str
    trial: str = ""
    trial_failures: int = 0


@frozen(kw_only=True)
class LinkFigures:
    """At one moment, since the start of this program.

    `endpoint` is the address of the latest connection, or the configured one before the first, without credentials.
    `registration` is the answer to BootNotification, "" before the first. `queued` facts wait to be told, `unanswered`
    of them set aside; `oldest` is when the first of them happened, and `oldest_kind` start, sample or stop.
    `reconnects` counts connections after the first one, `losses` why a connection ended or did not come about.
    `clock_offset_s` is how far the central system's clock was ahead of this one when it was told last, half a round
    trip included; None where it was not, or this one knew no time. `certificate_ends_ms` (UTC) is the end of the
    charger's own certificate; None where there is none. `fill` is how full the queue is, 1.0 at its limit, and
    `thinned` samples went for want of room. `slots` are the addresses there are, the preferred one first.
    """

    endpoint: str
    is_connected: bool
    since: Instant
    cause: str
    registration: str
    queued: int
    unanswered: int
    oldest: Instant | None
    oldest_kind: str
    last_answer_s: float | None
    round_trip_s: float | None
    reconnects: int
    losses: tuple[tuple[str, int], ...]
    clock_offset_s: float | None
    certificate_ends_ms: int | None
    slots: tuple[SlotFigures, ...] = ()
    fill: float = 0.0
    thinned: int = 0


def age_s(at: Instant, now: Instant) -> float | None:
    """Seconds from `at` to `now`; None where they are of two boots and one of the wall clocks is not known."""
    if at.boot_id == now.boot_id:
        return now.since(at)
    if at.utc_ms is None or now.utc_ms is None:
        return None
    return (now.utc_ms - at.utc_ms) / 1000


def certificate_days(figures: LinkFigures, now: Instant) -> int | None:
    """Whole days the charger's certificate is still good for, negative after its end; None where nobody knows."""
    if figures.certificate_ends_ms is None or now.utc_ms is None:
        return None
    return (figures.certificate_ends_ms - now.utc_ms) // DAY_MS


def wrong_clock(ahead_s: float | None) -> str:
    """In words, where the central system's clock is `ahead_s` before ours and one of them must be wrong; else ""."""
    if ahead_s is None or abs(ahead_s) < CLOCK_WRONG_S:
        return ""
    return f"the clock is {abs(ahead_s):.0f} s {'behind' if ahead_s > 0 else 'ahead of'} the central system's"
