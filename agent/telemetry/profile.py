"""How much is told, and how often: what a month costs on a SIM. The figures are in docs/mqtt.md, measured."""

from __future__ import annotations

from enum import Enum

from agent.core.rate import Rate
from agent.values import frozen


class Level(Enum):
    """How much it matters that something is heard of. The order is the order of dropping: the first goes first."""

    CHATTER = 0
    """Kept in the journal, asked for when needed, never sent by itself."""
    INFO = 1
    WARNING = 2
    RECORD = 3
    """Faults, sessions and outages, answers to orders: what somebody counts on."""


@frozen(kw_only=True)
class Profile:
    """`keep_alive_s`: without any other word a ping goes out so often, and twice its size is most of an idle month."""

    keep_alive_s: float
    meter_charging_s: float
    meter_idle_s: float
    health_s: float
    """A health document at least so often, whatever changed; and on a change of a verdict or its reasons."""
    least_level: Level
    """Of the events that are sent."""
    sends_load: bool
    deflate_from_bytes: int
    """Documents of this size are deflated; told by their content type."""
    info: Rate
    """Of events below a warning; what is beyond it is counted and not sent."""
    grave: Rate = Rate(60, 20.0)
    """Of warnings and records, which a charger that behaves never reaches."""
    orders: Rate = Rate(10, 120.0)
    """Of events that orders make; those of charges and faults never wait for them."""
    status: Rate = Rate(6, 60.0)
    """Of each port's status: a plug that flaps is told of, and not each time. The last word always arrives."""
    flexibility: Rate = Rate(3, 300.0)
    """Of those statuses that are told only because another load could be shed or raised; each is a status, too."""
    status_waits_s: float = 0.0
    """So long the word that a charge began waits for what the car draws, at the most: one message instead of two."""
    verdict: Rate = Rate(4, 900.0)
    """Of health documents because of a change."""


NORMAL = Profile(
    keep_alive_s=90.0,
    meter_charging_s=60.0,
    meter_idle_s=900.0,
    health_s=21_600.0,
    least_level=Level.INFO,
    sends_load=True,
    deflate_from_bytes=2_048,
    info=Rate(30, 120.0),
)
THRIFTY = Profile(
    keep_alive_s=600.0,
    meter_charging_s=600.0,
    meter_idle_s=21_600.0,
    health_s=86_400.0,
    least_level=Level.WARNING,
    sends_load=False,
    deflate_from_bytes=512,
    info=Rate(10, 600.0),
    flexibility=Rate(2, 1_800.0),
    status_waits_s=15.0,
    verdict=Rate(1, 21_600.0),
)
PROFILES = {"normal": NORMAL, "thrifty": THRIFTY}
