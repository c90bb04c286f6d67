"""What differs between the configuration in force and another one, and how it came about: `evsectl config diff`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agent.control.durations import seconds_of
from agent.core.uptime.axis import FIRST_MS, LAST_MS
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.config.layers import Entry
    from agent.config.model import StationConfig
    from agent.control.ports import StationPort
    from agent.store.config_history import ConfigChange

FACTORY, PLAN, LAST_GOOD = "factory", "plan", "last-good"
CHANGES_TOLD = 50
SETTING = "setting "


async def difference(station: StationPort, against: str) -> dict[str, Any]:
    """Raises BadRequest where there is nothing to compare with, and StoreError."""
    entries = _entries(station.config)
    now = {key: entry.value for key, entry in entries.items()} | _settings(station.service.settings())
    changes = await station.service.config_changes()
    since_ms: int | None = None
    match against:
        case _ if against == FACTORY:
            then = _factory(entries) | _settings(station.service.factory_settings())
            what = "the factory: every key as it is where nobody writes it"
        case _ if against == PLAN:
            then, what = await _plan(station), "the plan that was applied"
            now = {key: value for key, value in now.items() if key in then}
        case _ if against == LAST_GOOD:
            since_ms = await _last_good(station)
            then, what = undone(now, _after(changes, since_ms)), f"the last charge that went well, {_text(since_ms)}"
        case _:
            since_ms = _moment(against, station.now().utc_ms)
            then, what = undone(now, _after(changes, since_ms)), _text(since_ms)
    told = changes if since_ms is None else _after(changes, since_ms)
    return {
        "against": what,
        "differences": list(_differences(now, then, entries)),
        "changes": [_change(one) for one in reversed(told[-CHANGES_TOLD:])],
        "changes_left_out": max(0, len(told) - CHANGES_TOLD),
        "recorded_since": None if not changes else _change(changes[0])["at"],
    }


def undone(now: Mapping[str, str], changes: Iterable[ConfigChange]) -> dict[str, str]:
    """The keys as they were before these changes, which are oldest first."""
    then = dict(now)
    for one in reversed(list(changes)):
        if one.before is None:
            then.pop(one.key, None)
        else:
            then[one.key] = one.before
    return then


def _after(changes: Sequence[ConfigChange], since_ms: int) -> Sequence[ConfigChange]:
    """One whose time nobody knows was made after those that are known to be older."""
    first = next(
        (place for place, one in enumerate(changes) if one.at.utc_ms is not None and one.at.utc_ms > since_ms), None
    )
    return changes[first:] if first is not None else ()


def _differences(
    now: Mapping[str, str], then: Mapping[str, str], entries: Mapping[str, Entry]
) -> Iterable[dict[str, Any]]:
    for key in dict.fromkeys((*then, *now)):
        if now.get(key) != then.get(key):
            entry = entries.get(key)
            layer = "network" if key.startswith(SETTING) else "" if entry is None else entry.layer.value
            where = "the central system, or [ocpp.settings]" if key.startswith(SETTING) else ""
            yield {
                "key": key,
                "now": now.get(key),
                "then": then.get(key),
                "layer": layer,
                "where": where or ("" if entry is None else entry.where),
            }


def _entries(config: StationConfig) -> dict[str, Entry]:
    from agent.config.layers import entries
    from agent.drivers import loader

    return {entry.key: entry for entry in entries(config, loader)}


def _settings(texts: Mapping[str, str]) -> dict[str, str]:
    return {f"{SETTING}{name}": text for name, text in texts.items()}


def _factory(entries: Mapping[str, Entry]) -> dict[str, str]:
    """The board is the factory's; of the site every key has its default, and one without a default is not there."""
    from agent.config.layers import Layer, shown
    from agent.config.load import SECTIONS
    from agent.config.model import ConnectorSite

    found = {key: entry.value for key, entry in entries.items() if entry.layer in (Layer.BOARD, Layer.DEFAULT)}
    for key, entry in entries.items():
        section, _, name = key.rpartition(".")
        kind = ConnectorSite if section.startswith("connector.") else SECTIONS.get(section)
        if entry.layer is Layer.SITE and kind is not None and is_dataclass(kind):
            default = _default(kind, name)
            if default is not MISSING:
                found[key] = shown(default)
    return found


def _default(kind: Any, name: str) -> object:
    field = next((one for one in fields(kind) if one.name == name), None)
    if field is None:
        return MISSING
    return field.default_factory() if field.default_factory is not MISSING else field.default


async def _plan(station: StationPort) -> dict[str, str]:
    from agent.config.layers import shown
    from agent.config.plan_files import PlanFiles
    from agent.control.plan_applying import on_disk

    text = await on_disk(PlanFiles(station.config.site_file).text)
    if text is None:
        raise BadRequest("no plan was applied here; compare with the factory, with last-good, or with a date")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRequest(f"the plan on the disk is no TOML any more ({error}); apply it anew") from error
    return {key: shown(value) for key, value in _flat(table, "")}


def _flat(table: Mapping[str, object], at: str) -> Iterable[tuple[str, object]]:
    for key, value in table.items():
        name = f"{at}{key}"
        if isinstance(value, dict) and name != "ocpp.settings":
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


async def _last_good(station: StationPort) -> int:
    """UTC milliseconds of the newest attempt that succeeded. Raises BadRequest."""
    from agent.core.uptime.figures import axis_of

    records, attempts = await station.service.records(), await station.service.attempts()
    axis = axis_of(records)
    for one in reversed(attempts):
        at_ms = axis.ms(one.began) if one.is_success else None
        if at_ms is not None:
            return at_ms
    raise BadRequest("no charge that went well is on record; compare with the factory, the plan, or with a date")


def _moment(text: str, now_ms: int | None) -> int:
    ago_s = seconds_of(text) if not text.isdecimal() else None
    if ago_s is not None:
        if now_ms is None:
            raise BadRequest(f'against: the clock is not known, so nobody can say when "{text}" ago was; write a time')
        return now_ms - round(1000 * ago_s)
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadRequest(
            f'against: "{text[:40]}" is nothing to compare with; write {FACTORY}, {PLAN}, {LAST_GOOD}, '
            "90m, 1h or 3d ago, or a time as 2026-12-01 or 2026-12-01T18:00Z"
        ) from error
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    utc_ms = round(at.timestamp() * 1000)
    if not FIRST_MS <= utc_ms < LAST_MS:
        raise BadRequest(f"against: no charger was running at {text[:40]}; write a time as 2026-12-01")
    return utc_ms


def _change(one: ConfigChange) -> dict[str, Any]:
    return {
        "at": None if one.at.utc_ms is None else _text(one.at.utc_ms),
        "key": one.key,
        "before": one.before,
        "after": one.after,
        "path": one.path,
        "who": one.who,
    }


def _text(utc_ms: int) -> str:
    return datetime.fromtimestamp(utc_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
