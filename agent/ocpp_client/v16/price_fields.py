"""The fields of RunningCost and FinalCost, read into what the core knows. What is none is a ValueError in words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from agent.core.availability import ConnectorStatus
from agent.core.cost.charge import FinalCost
from agent.core.cost.prices import NextPeriod
from agent.core.cost.running import Activity, CostUpdate
from agent.core.cost.triggers import NO_TRIGGERS, Triggers
from agent.ocpp_client.station.price_values import (
    Fields,
    as_fields,
    no_price,
    read_charging_price,
    read_idle_price,
    read_money,
    read_number,
    read_text,
    read_texts,
)
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16.moments import read_time

if TYPE_CHECKING:
    from decimal import Decimal

MOST_KWH = 1_000_000_000
MOST_KW = 10_000
LARGEST_ID = 2**63 - 1

_ACTIVITIES = {activity.value.casefold(): activity for activity in Activity}
_STATUSES = {status.value.casefold(): status for status in ConnectorStatus}


def running_cost(fields: Fields, settings: NetworkSettings) -> CostUpdate:
    """Of RunningCost, all but its triggers."""
    return CostUpdate(
        cost=read_money(fields, "cost"),
        activity=_activity(fields),
        charging=read_charging_price(fields.get("chargingPrice", {}), "chargingPrice"),
        idle=None if fields.get("idlePrice") is None else read_idle_price(fields["idlePrice"], "idlePrice"),
        next=_next_period(fields, settings),
        at_ms=_moment(fields, "timestamp", settings),
        register_wh=_wh(fields, "meterValue", 1),
    )


def final_cost(fields: Fields) -> FinalCost:
    """Of FinalCost."""
    return FinalCost(cost=read_money(fields, "cost"), texts=read_texts(fields), qr=read_text(fields, "qrCodeText"))


def transaction(fields: Fields) -> int:
    """The network's id of the transaction."""
    value = fields.get("transactionId")
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_ID:
        raise no_price("transactionId: a whole number is needed")
    return value


def _activity(fields: Fields) -> Activity:
    found = _ACTIVITIES.get(str(fields.get("state", Activity.CHARGING.value)).casefold())
    if found is None:
        raise no_price("state: must be Charging or Idle")
    return found


def _next_period(fields: Fields, settings: NetworkSettings) -> NextPeriod | None:
    if fields.get("nextPeriod") is None:
        return None
    after = as_fields(fields["nextPeriod"], "nextPeriod")
    at_ms = _moment(after, "atTime", settings)
    if at_ms is None:
        raise no_price("nextPeriod: atTime is needed")
    charging, idle = after.get("chargingPrice"), after.get("idlePrice")
    return NextPeriod(
        at_ms=at_ms,
        charging=None if charging is None else read_charging_price(charging, "chargingPrice"),
        idle=None if idle is None else read_idle_price(idle, "idlePrice"),
    )


def triggers(fields: Fields, settings: NetworkSettings) -> Triggers:
    """Of RunningCost; those that are absent want nothing."""
    if fields.get("triggerMeterValue") is None:
        return NO_TRIGGERS
    wanted = as_fields(fields["triggerMeterValue"], "triggerMeterValue")
    return Triggers(
        at_ms=_moment(wanted, "atTime", settings),
        register_wh=_wh(wanted, "atEnergykWh", 1000),
        power_w=_whole(read_number(wanted, "atPowerkW", MOST_KW) * 1000) if "atPowerkW" in wanted else None,
        statuses=_statuses(wanted.get("atCPStatus", [])),
    )


def _statuses(value: object) -> tuple[ConnectorStatus, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list):
        raise no_price("atCPStatus: a list of statuses is needed")
    found = [_STATUSES.get(str(word).casefold()) for word in words]
    known = tuple(dict.fromkeys(status for status in found if status is not None))
    if len(known) < len(set(found)):
        raise no_price(f"atCPStatus: must be of {', '.join(status.value for status in ConnectorStatus)}")
    return known


def _wh(fields: Fields, name: str, factor: int) -> int | None:
    if fields.get(name) is None:
        return None
    return _whole(read_number(fields, name, MOST_KWH) * factor)


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value())


def _moment(fields: Fields, name: str, settings: NetworkSettings) -> int | None:
    """UTC milliseconds; a time without a zone is the one on the clock at the charger (TimeOffset)."""
    text = fields.get(name)
    if text is None:
        return None
    utc_ms = read_time(text)
    if utc_ms is None:
        raise no_price(f'{name}: a time is needed, as "2027-03-28T01:00:00Z"')
    if datetime.fromisoformat(str(text).strip().upper()).tzinfo is not None:
        return utc_ms
    return utc_ms - round(settings.zone_at(utc_ms).utcoffset(None).total_seconds() * 1000)
