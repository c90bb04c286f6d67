"""How the stand-in broker misbehaves."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_sim.mqtt_packets import Reason


@dataclass(slots=True, kw_only=True)
class Whims:
    """How it misbehaves. All off: as a broker should."""

    refuses: Reason | None = None
    """Every CONNECT."""
    is_silent: bool = False
    """Takes connections and answers nothing."""
    is_half_open: bool = False
    """Nothing that comes is read any more and nothing is answered, and nobody hangs up."""
    holds_acks: bool = False
    claims_session: bool | None = None
    """What CONNACK says of a session, whatever there is."""
    aliases: int = 32
    """Topic aliases it offers."""
    window: int = 64
    largest_packet: int = 1 << 20
    keep_alive_s: int | None = None
    most_qos: int = 1
