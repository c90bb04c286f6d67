"""What a commissioning report says of the charger itself: its configuration, its versions, its network, its lights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from agent import VERSION
from agent.config.countries import country_of
from agent.config.mark import mark_of
from agent.config.model import ConnectorConfig, StationConfig
from agent.control.ports import BoardState, NetworkState
from agent.core.commissioning.report import Facts, report_id_of
from agent.core.commissioning.steps import Site
from agent.core.schedule.compose import NOMINAL_V
from agent.core.time import Instant
from agent.drivers import loader
from agent.drivers.indicators.lights import Colour, lights_of
from agent.secret import Secret
from agent.store.reports import ReportRow


def facts(
    config: StationConfig,
    site: Site,
    made: Instant,
    *,
    boards: Mapping[int, BoardState | None],
    network: NetworkState,
    before: ReportRow | None,
) -> Facts:
    """`before` is the newest report there is."""
    number = 1 if before is None else before.number + 1
    serial = config.station.serial_number
    references = config.references
    return Facts(
        number=number,
        report_id=report_id_of(serial, number),
        made=made,
        site=site,
        charger={
            "vendor": config.board.vendor,
            "model": config.board.model,
            "serial_number": serial,
            "board": config.board.board,
            "rated_current_a": config.board.rated_current_a,
            "phases": config.board.phases,
            "outlets": len(config.board.connectors),
            "country": config.site.country,
        },
        versions={"evse-agent": VERSION, "image": config.station.firmware_version, **_boards(boards)},
        config_hash=mark_of(config, loader),
        connectors=tuple(_connector(config, one) for one in config.board.connectors),
        references={one.name: str(getattr(references, one.name)) for one in fields(references)},
        circuit=_plain(config.circuit) if config.circuit is not None else {},
        limits=_limits(config, site),
        network=_network(config, network),
        lights=_lights(config),
        upkeep=_upkeep(config),
        handover=config.handover.told(),
        previous=None
        if before is None
        else {"number": before.number, "report_id": before.report_id, "hash": before.hash},
    )


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value) if one.name != "origins"}
    match value:
        case Secret():
            return "(secret)"
        case Enum():
            return value.value
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(one) for one in value]
        case Path():
            return str(value)
        case None | bool() | int() | float() | str():
            return value
    return str(value)


def _boards(boards: Mapping[int, BoardState | None]) -> dict[str, str]:
    return {
        f"board, connector {number}": state.firmware_version or "not told"
        for number, state in boards.items()
        if state is not None
    }


def _connector(config: StationConfig, connector: ConnectorConfig) -> dict[str, object]:
    limit_a = config.connector_current_a(connector.id)
    meter = connector.drivers["meter"]
    own = config.connector_sites[connector.id]
    return {
        "number": int(connector.id),
        "outlet": connector.outlet.value,
        "limit_a": limit_a,
        "power_w": round(limit_a * config.phases * NOMINAL_V),
        "fuse_current_a": own.fuse_current_a,
        "evse_id": own.evse_id,
        "meter": str(meter.options.get("map", meter.driver)),
    }


def _limits(config: StationConfig, site: Site) -> dict[str, object]:
    drivers = [one.drivers.get("indicator") for one in config.board.connectors]
    return {
        "supply_current_a": config.site.supply_current_a,
        "phases": config.phases,
        "power_w": round(config.site.supply_current_a * config.phases * NOMINAL_V),
        "safe_current_a": config.site.safe_current_a,
        "safe_after_s": config.site.safe_after_s if config.site.safe_current_a is not None else None,
        "shares_feeder": site.shares_feeder,
        "authorization": config.site.authorization.value,
        "light": "board" if any(one is not None and one.driver == "pilot_board" for one in drivers) else "",
    }


def _network(config: StationConfig, network: NetworkState) -> dict[str, object]:
    if config.ocpp is None:
        return {"central_system": "none is configured"}
    return {
        "version": f"OCPP {config.ocpp.version}",
        "host": network.host,
        "identity": network.identity,
        "security_profile": config.ocpp.security_profile,
        "registration": network.registration,
        "connected": network.connected,
    }


def _lights(config: StationConfig) -> tuple[dict[str, object], ...]:
    """Of the first lamp whose driver knows its colours; () where the board chooses them, or there is none."""
    for connector in config.board.connectors:
        driver = connector.drivers.get("indicator")
        wired = {one for one in Colour if driver is not None and driver.options.get(one.value) is not None}
        if driver is None or not wired:
            continue
        written = driver.options.get("signals", {})
        assert isinstance(written, Mapping)
        return tuple(
            {"signal": signal.value, "colours": _colours(light.colours), "rhythm_s": list(light.rhythm.value)}
            for signal, light in lights_of(frozenset(wired), written).items()
        )
    return ()


def _colours(lit: frozenset[Colour]) -> list[str]:
    return [one.value for one in Colour if one in lit]


def _upkeep(config: StationConfig) -> dict[str, object]:
    country = country_of(config.site.country)
    if country.upkeep is None:
        return {"country": country.name}
    return {"country": country.name, **_plain(country.upkeep)}
