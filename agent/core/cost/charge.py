"""What is known of the price of one charge, from its start until the car is gone: a value, kept over restarts."""

from __future__ import annotations

from dataclasses import replace

from agent.core.availability import ConnectorStatus
from agent.core.cost.prices import ChargingPrice, Money, PriceTexts
from agent.core.cost.running import (
    Activity,
    CostUpdate,
    RunningCost,
    Standing,
    elapsed_ms,
    ended,
    local,
    moved_on,
    told,
)
from agent.core.cost.triggers import NO_TRIGGERS, Triggers
from agent.core.identity import IdToken, TransactionKey
from agent.core.session.model import Session
from agent.core.session.status import connector_status
from agent.core.time import Instant
from agent.values import frozen

READ_FOR_MS = 300_000
"""The network tells the final cost once it has heard that the car left; the driver may still stand there."""


@frozen(kw_only=True)
class FinalCost:
    """The network's last word on a charge. `qr` is what a QR code shall hold, "" for none."""

    cost: Money
    texts: PriceTexts | None = None
    qr: str = ""


@frozen(kw_only=True)
class ChargeCost:
    """`remote_id` is the network's id of the transaction, once it is known here. `is_over`: its end is on record.

    `left_at`: when its car was unplugged after that. What it cost can still be read for a while.
    """

    key: TransactionKey
    token: IdToken
    began: Instant
    start_wh: int
    remote_id: int | None = None
    is_over: bool = False
    left_at: Instant | None = None
    texts: PriceTexts | None = None
    running: RunningCost | None = None
    triggers: Triggers = NO_TRIGGERS
    final: FinalCost | None = None

    @property
    def register_wh(self) -> int:
        """The least that the meter can show by what is known of the cost."""
        return self.start_wh if self.running is None else max(self.start_wh, self.running.register_wh)


def begun(session: Session, texts: PriceTexts | None, offline: ChargingPrice | None) -> ChargeCost:
    """Of the transaction that has just gone on record; `offline` is the price to reckon with where nobody else does."""
    transaction = session.transaction
    assert transaction is not None
    return ChargeCost(
        key=transaction.key,
        token=transaction.token,
        began=transaction.started_at,
        start_wh=transaction.start_wh,
        texts=texts,
        running=None if offline is None else local(offline, transaction.started_at, transaction.start_wh),
    )


def updated(charge: ChargeCost, update: CostUpdate, triggers: Triggers, standing: Standing) -> ChargeCost:
    """With the network's word on the running cost. Its triggers take the place of all that there were."""
    running = told(update, standing, charge.began, charge.running)
    return replace(charge, running=running, triggers=triggers)


def settled(charge: ChargeCost, final: FinalCost) -> ChargeCost:
    """With the network's last word: nothing is reckoned from here on, and no meter values are wanted for it."""
    return replace(charge, final=final, triggers=NO_TRIGGERS)


def followed(charge: ChargeCost, session: Session, now: Instant, *, is_over: bool) -> ChargeCost:
    """As the charge goes on; the very same value while nothing about the price changes."""
    if is_over and not charge.is_over:
        charge = replace(charge, is_over=True)
    if charge.running is None or charge.final is not None:
        return charge
    running = moved_on(charge.running, standing_of(charge, session, now))
    return charge if running is charge.running else replace(charge, running=running)


def left(charge: ChargeCost, session: Session, now: Instant) -> ChargeCost:
    """The car is gone: nothing comes to the cost any more."""
    running = None if charge.running is None else ended(charge.running, standing_of(charge, session, now))
    return replace(charge, running=running, left_at=now)


def is_history(charge: ChargeCost, session: Session, now: Instant) -> bool:
    """Nobody wants to read of it any more: the next car is there, the next person, or its time is over."""
    if charge.left_at is None:
        return False
    is_followed = session.pilot.plugged or session.token is not None or session.asked is not None
    return is_followed or elapsed_ms(charge.left_at, now) >= READ_FOR_MS


def standing_of(charge: ChargeCost, session: Session, now: Instant) -> Standing:
    """The charge at this moment. A register that is not known, or not believed, is the least that it can be."""
    known = session.last_register_wh
    register_wh = charge.register_wh if known is None else max(known, charge.register_wh)
    return Standing(now=now, register_wh=register_wh, seen=activity_of(session, is_over=charge.is_over))


def activity_of(session: Session, *, is_over: bool) -> Activity:
    """What the driver pays for. A pause that the charger makes is not the driver's: it counts as charging."""
    status, _ = connector_status(session)
    return Activity.IDLE if is_over or status is ConnectorStatus.SUSPENDED_EV else Activity.CHARGING
