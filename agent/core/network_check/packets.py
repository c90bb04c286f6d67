"""Whether packets as large as this charger sends them arrive at the central system, judged. Pure.

A line that takes less than the charger's own (PPPoE, LTE, a tunnel) has to say so by ICMP. Where a firewall eats that,
everything short goes through and everything long vanishes: the connection opens, and then hangs.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from agent.core.network_check.model import Finding, Layer, fail, ok, skipped
from agent.values import frozen

SMALL_ONLY = "small_packets_only"
"""In `values`: it is the size of packets, and nothing else, that is in the way."""


class Fate(Enum):
    """What became of a packet: the other end's word that it has it, none, or an end of the connection."""

    ARRIVED = "arrived"
    LOST = "lost"
    CUT = "cut"


@frozen(kw_only=True)
class SizeTried:
    """A connection whose first packet had `packet_bytes`, IP header included."""

    packet_bytes: int
    fate: Fate


@frozen(kw_only=True)
class PacketsSeen:
    """`first` as the charger's connections are; `smaller` only where that was lost. `repeated`: the first size again.

    `path_bytes`: what the kernel has learned of this way since; `link_bytes` of the charger's own line. None: not told.
    """

    first: SizeTried
    repeated: SizeTried | None = None
    smaller: Sequence[SizeTried] = ()
    path_bytes: int | None = None
    link_bytes: int | None = None


def packets(seen: PacketsSeen) -> Finding:
    """One way only: what comes back in large packets is seen in TLS, with its certificates."""
    match seen.first.fate:
        case Fate.ARRIVED:
            return _arrived(seen)
        case Fate.CUT:
            return skipped(Layer.PACKETS, "not known: the other end hung up before it had the packet")
        case Fate.LOST:
            return _lost(seen)


def _arrived(seen: PacketsSeen) -> Finding:
    values = {"path_mtu": seen.path_bytes, "link_mtu": seen.link_bytes}
    told = {name: value for name, value in values.items() if value is not None}
    says = f"packets of {min(seen.first.packet_bytes, seen.path_bytes or seen.first.packet_bytes)} bytes arrive"
    if seen.path_bytes is not None and seen.link_bytes is not None and seen.path_bytes < seen.link_bytes:
        says += f"; the way takes no larger ones, and says so (this end sends up to {seen.link_bytes})"
    return ok(Layer.PACKETS, says, told)


def _lost(seen: PacketsSeen) -> Finding:
    through = [one.packet_bytes for one in seen.smaller if one.fate is Fate.ARRIVED]
    if not through:
        # The layers above name it: nothing that is sent over this connection arrives, however short it is.
        return skipped(Layer.PACKETS, "not known: nothing that is sent arrives, small packets neither")
    if seen.repeated is not None and seen.repeated.fate is Fate.ARRIVED:
        return ok(Layer.PACKETS, f"packets of {seen.first.packet_bytes} bytes arrive; one was late, or lost once")
    fits = max(through)
    lost = min(one.packet_bytes for one in (seen.first, *seen.smaller) if one.packet_bytes > fits)
    says = (
        f"packets of {lost} bytes are lost on the way, those of {fits} arrive, and nobody says so: "
        "what is longer hangs the connection"
    )
    then = (
        f"set the MTU of the charger's line, or of the router or modem, to {fits}; or have ICMP let through "
        '("fragmentation needed", in IPv6 "packet too big")'
    )
    return fail(Layer.PACKETS, says, then, {"fits_bytes": fits, "lost_bytes": lost, SMALL_ONLY: True})
