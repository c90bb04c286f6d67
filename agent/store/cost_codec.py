"""What is known of the cost of a charge, as text: how the store writes it down and reads it again."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import Enum
from typing import Any

from agent.core.availability import ConnectorStatus
from agent.core.cost.charge import ChargeCost, FinalCost
from agent.core.cost.prices import ChargingPrice, IdlePrice, NextPeriod, PriceTexts
from agent.core.cost.running import Activity, RunningCost
from agent.core.cost.triggers import Triggers
from agent.core.identity import IdToken, TransactionKey
from agent.core.time import Instant
from agent.errors import StoreError

FORMAT = 1
"""Format 1: the fields by their names, without those that are None; enums by value, the token as value and kind."""


def encoded(cost: ChargeCost) -> str:
    """The body of a row in this FORMAT."""
    fields = _plain(asdict(cost)) | {"token": [cost.token.value, cost.token.kind]}
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case dict():
            return {name: _plain(item) for name, item in value.items() if item is not None}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value


def decoded(written_format: int, body: str) -> ChargeCost:
    """What a row holds. Raises StoreError for a format of a newer agent."""
    if written_format != FORMAT:
        raise StoreError(f"a cost in format {written_format} is unknown to this agent; install a newer one")
    fields: dict[str, Any] = json.loads(body)
    texts, running, final = fields.get("texts"), fields.get("running"), fields.get("final")
    left_at = fields.get("left_at")
    return ChargeCost(
        **fields
        | {
            "key": TransactionKey(fields["key"]),
            "token": IdToken(*fields["token"]),
            "began": Instant(**fields["began"]),
            "left_at": None if left_at is None else Instant(**left_at),
            "texts": _texts(texts),
            "running": None if running is None else _running(running),
            "triggers": _triggers(fields["triggers"]),
            "final": None if final is None else FinalCost(**final | {"texts": _texts(final.get("texts"))}),
        }
    )


def _texts(fields: dict[str, Any] | None) -> PriceTexts | None:
    if fields is None:
        return None
    return PriceTexts(text=fields["text"], others=tuple((language, text) for language, text in fields["others"]))


def _running(fields: dict[str, Any]) -> RunningCost:
    idle, after, idle_since = fields.get("idle"), fields.get("next"), fields.get("idle_since")
    return RunningCost(
        **fields
        | {
            "since": Instant(**fields["since"]),
            "activity": Activity(fields["activity"]),
            "seen": Activity(fields["seen"]),
            "charging": ChargingPrice(**fields["charging"]),
            "idle": None if idle is None else IdlePrice(**idle),
            "next": None if after is None else _next(after),
            "idle_since": None if idle_since is None else Instant(**idle_since),
        }
    )


def _next(fields: dict[str, Any]) -> NextPeriod:
    charging, idle = fields.get("charging"), fields.get("idle")
    return NextPeriod(
        at_ms=fields["at_ms"],
        charging=None if charging is None else ChargingPrice(**charging),
        idle=None if idle is None else IdlePrice(**idle),
    )


def _triggers(fields: dict[str, Any]) -> Triggers:
    status = fields.get("status")
    return Triggers(
        **fields
        | {
            "statuses": tuple(ConnectorStatus(word) for word in fields["statuses"]),
            "status": None if status is None else ConnectorStatus(status),
        }
    )
