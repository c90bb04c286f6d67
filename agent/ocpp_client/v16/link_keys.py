"""How the link is doing, as configuration keys of ours: nobody writes them, and an operator reads them from afar.

Queue and oldest message tell a charger that charges and cannot tell; connections and their losses tell a bad line; the
clock tells whose time stamps are to be doubted. A figure that is not known is an empty text, never a 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent.core.link_figures import LinkFigures, age_s, certificate_days
from agent.core.time import Instant
from agent.ocpp_client.ports import StationPort
from agent.ocpp_client.v16.moments import placed_ms, time_text
from agent.ocpp_client.v16.signed import public_key_text

PREFIX = "EvseAgent"
LONGEST_VALUE = 500
"""GetConfiguration, value: CiString500."""

Figure = Callable[[LinkFigures, Instant], object]


def _oldest(seen: LinkFigures, now: Instant) -> object:
    utc_ms = None if seen.oldest is None else placed_ms(seen.oldest, now)
    return None if utc_ms is None else time_text(utc_ms)


def _oldest_age_s(seen: LinkFigures, now: Instant) -> object:
    seconds = None if seen.oldest is None else age_s(seen.oldest, now)
    return None if seconds is None else round(seconds)


def _last_answer_s(seen: LinkFigures, _: Instant) -> object:
    return None if seen.last_answer_s is None else round(seen.last_answer_s)


def _losses(seen: LinkFigures, _: Instant) -> object:
    """The most frequent first; of a list that is too long, the front."""
    return ",".join(f"{cause}={count}" for cause, count in seen.losses)


def _clock(_: LinkFigures, now: Instant) -> object:
    return "Unknown" if now.utc_ms is None else "Known"


def _clock_offset_s(seen: LinkFigures, _: Instant) -> object:
    return None if seen.clock_offset_s is None else f"{seen.clock_offset_s:.1f}"


def _active(seen: LinkFigures, _: Instant) -> object:
    return next((one.number for one in seen.slots if one.is_active), None)


def _last_good(seen: LinkFigures, _: Instant) -> object:
    return next((one.number for one in seen.slots if one.is_last_good), None)


def _slot_failures(seen: LinkFigures, _: Instant) -> object:
    """Since the charger was accepted at the slot last."""
    return ",".join(f"{one.number}={one.failures}" for one in seen.slots)


def _slot_trial(seen: LinkFigures, _: Instant) -> object:
    return next((f"{one.number} {one.trial}" for one in seen.slots if one.trial), None)


FIGURES: Mapping[str, Figure] = {
    "LinkEndpoint": lambda seen, _: seen.endpoint,
    "LinkRegistration": lambda seen, _: seen.registration,
    "LinkReconnects": lambda seen, _: seen.reconnects,
    "LinkLosses": _losses,
    "LinkLastAnswerAge": _last_answer_s,
    "ActiveNetworkProfile": _active,
    "LastGoodNetworkProfile": _last_good,
    "NetworkProfileFailures": _slot_failures,
    "NetworkProfileTrial": _slot_trial,
    "QueueLength": lambda seen, _: seen.queued,
    "QueueOldest": _oldest,
    "QueueOldestAge": _oldest_age_s,
    "ClockQuality": _clock,
    "ClockOffset": _clock_offset_s,
    "CertificateDays": certificate_days,
}
"""Ages and offsets in seconds."""


def reading(figure: Figure) -> Callable[[StationPort], str]:
    """The text of `figure`, found out anew each time."""

    def text(station: StationPort) -> str:
        seen = station.link_figures()
        value = None if seen is None else figure(seen, station.now())
        return "" if value is None else str(value)[:LONGEST_VALUE]

    return text


def meter_keys(station: StationPort) -> Mapping[str, Callable[[StationPort], str]]:
    """MeterPublicKey1 and so on, of the connectors whose meter signs; empty before it has told its key."""
    numbers = [int(one) for one in station.connectors() if station.meter_public_key(one) is not None]
    return {f"MeterPublicKey{number}": _meter_key(number) for number in numbers}


def _meter_key(number: int) -> Callable[[StationPort], str]:
    def read(station: StationPort) -> str:
        (connector,) = [one for one in station.connectors() if one == number]
        return public_key_text(station.meter_public_key(connector) or "")

    return read
