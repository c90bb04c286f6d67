"""What the driver of the car should be able to read at a connector now: text, cost, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timezone
from enum import Enum

from agent.core.availability import ConnectorStatus
from agent.core.cost.charge import ChargeCost, standing_of
from agent.core.cost.prices import DefaultPrice, PriceTexts, money_text
from agent.core.cost.running import Activity, cost_at
from agent.core.session.model import Session
from agent.core.session.status import connector_status
from agent.core.time import Instant
from agent.values import frozen


class Scene(Enum):
    """What the driver is about."""

    FREE = "free"
    """Nobody was recognised: the price is for everybody."""
    RESERVED = "reserved"
    """For somebody else, or for whoever shows the card it is reserved for."""
    OUT_OF_ORDER = "out of order"
    """No charge can begin here: a fault, or out of service."""
    WAITING = "waiting"
    """Somebody was recognised, and no charge has begun."""
    CHARGING = "charging"
    IDLE = "idle"
    """A charge is under way, or over, and the car takes nothing: an idle fee may run."""
    OVER = "over"
    """The last word on the cost was said, or the car is gone."""


WITHOUT_CHARGE = {
    ConnectorStatus.FAULTED: Scene.OUT_OF_ORDER,
    ConnectorStatus.UNAVAILABLE: Scene.OUT_OF_ORDER,
    ConnectorStatus.RESERVED: Scene.RESERVED,
}
"""What is said where it is neither free nor waiting for a car or a card."""


class CostKind(Enum):
    """How sure the cost is. Only FINAL is what will be paid."""

    NONE = "none"
    RECKONED = "reckoned"
    """From the network's last word on, by the prices it gave."""
    DEFAULT = "default"
    """By the default price alone: the network has not heard of this charge."""
    FINAL = "final"


@frozen(kw_only=True)
class Display:
    """`cost` is an amount as it is shown, "" where nothing is known of it; `currency` its ISO 4217 code, or "".

    `changes_at`: when other prices begin, with the zone at the charger (RFC 3339), "" where none are known of.
    """

    scene: Scene
    text: str
    language: str
    is_online: bool
    cost: str = ""
    currency: str = ""
    kind: CostKind = CostKind.NONE
    energy_wh: int | None = None
    changes_at: str = ""
    qr: str = ""


@frozen(kw_only=True)
class Reader:
    """Who reads, and what holds for everybody. `zone_at` tells the time zone at a moment, UTC milliseconds."""

    language: str
    default: DefaultPrice
    is_online: bool
    decimals: int = 3
    currency: str = ""
    zone_at: Callable[[int], timezone] = lambda _utc_ms: UTC


def shown(
    session: Session, charge: ChargeCost | None, personal: PriceTexts | None, reader: Reader, now: Instant
) -> Display:
    """What is to be read at a connector. `personal` is the price for whoever was recognised there, if one came."""
    if charge is not None:
        return _of_charge(session, charge, reader, now)
    is_known = session.token is not None or session.asked is not None
    scene = WITHOUT_CHARGE.get(connector_status(session)[0], Scene.WAITING if is_known else Scene.FREE)
    texts = personal if is_known and personal is not None else reader.default.said(is_online=reader.is_online)
    return Display(
        scene=scene,
        text=texts.in_language(reader.language),
        language=reader.language,
        is_online=reader.is_online,
    )


def _of_charge(session: Session, charge: ChargeCost, reader: Reader, now: Instant) -> Display:
    standing, running = standing_of(charge, session, now), charge.running
    usual = charge.texts or reader.default.said(is_online=reader.is_online)
    energy_wh = standing.register_wh - charge.start_wh
    if charge.final is not None:
        return Display(
            scene=Scene.OVER,
            text=(charge.final.texts or usual).in_language(reader.language),
            language=reader.language,
            is_online=reader.is_online,
            cost=money_text(charge.final.cost, reader.decimals),
            currency=reader.currency,
            kind=CostKind.FINAL,
            energy_wh=energy_wh,
            qr=charge.final.qr,
        )
    activity = standing.seen if running is None else running.activity
    under_way = Scene.IDLE if activity is Activity.IDLE else Scene.CHARGING
    display = Display(
        scene=under_way if charge.left_at is None else Scene.OVER,
        text=usual.in_language(reader.language),
        language=reader.language,
        is_online=reader.is_online,
        energy_wh=energy_wh,
    )
    if running is None:
        return display
    return replace(
        display,
        cost=money_text(cost_at(running, standing.register_wh, now), reader.decimals),
        currency=reader.currency,
        kind=CostKind.DEFAULT if running.is_local else CostKind.RECKONED,
        changes_at="" if running.next is None else _local_time(running.next.at_ms, reader),
    )


def _local_time(utc_ms: int, reader: Reader) -> str:
    return datetime.fromtimestamp(utc_ms // 1000, reader.zone_at(utc_ms)).isoformat()
