"""Who owns which key, and which layer decides (architecture section 11).

A later layer never overrides hardware truth: the limit of a current is the minimum of all layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path

from agent.config.model import BoardConfig, ConnectorConfig, DriverConfig, StationConfig
from agent.config.ports import DriverCatalogue
from agent.core.identity import ConnectorId
from agent.values import frozen


class Layer(Enum):
    """From the hardware outwards. Secrets are files of the site's layer and have no value here."""

    DEFAULT = "default"
    BOARD = "board"
    SITE = "site"
    NETWORK = "network"


BOARD_ONLY_KEYS = ("vendor", "model", "rated_current_a", "lab_only", "bus", "token_reader")
SITE_ONLY_KEYS = (
    *("station", "references", "site", "circuit", "handover", "storage", "control", "meter", "ocpp", "tls", "firmware"),
    *("transfer", "mqtt"),
)


def wrong_layer(key: str, here: Layer) -> str | None:
    """Why a top-level key may not stand in a file of this layer; None where it is merely unknown."""
    if here is Layer.SITE and key in BOARD_ONLY_KEYS:
        return "is a fact about the hardware and belongs to the board file; a site cannot change it, remove it here"
    if here is Layer.BOARD and key in SITE_ONLY_KEYS:
        return "is about the site and belongs to site.toml; move it there"
    return None


@frozen(kw_only=True)
class LayerLimit:
    """One layer's word on a current. `where` is file:line, or who said it."""

    layer: Layer
    key: str
    current_a: float
    where: str
    wins: bool = False


def explain_current(
    config: StationConfig, connector: ConnectorId, network: tuple[tuple[str, float], ...] = ()
) -> tuple[LayerLimit, ...]:
    """Every layer's limit of one connector, hardware first; exactly one wins, the innermost where several are equal.

    `network`: what the network limits right now, as (who, amperes), for instance ("TxProfile 7", 10.0).
    """
    limits = [
        _limit(config, Layer.BOARD, "rated_current_a", config.board.rated_current_a),
        _limit(config, Layer.SITE, "site.supply_current_a", config.site.supply_current_a),
    ]
    fuse_current_a = config.connector_sites[connector].fuse_current_a
    if fuse_current_a is not None:
        limits.append(_limit(config, Layer.SITE, f"connector.{connector}.fuse_current_a", fuse_current_a))
    limits += [
        LayerLimit(layer=Layer.NETWORK, key=who, current_a=current_a, where="central system")
        for who, current_a in network
    ]
    winner = min(range(len(limits)), key=lambda index: limits[index].current_a)
    return tuple(_marked(limit, wins=index == winner) for index, limit in enumerate(limits))


@frozen(kw_only=True)
class Entry:
    """One key as it is in force. Secrets appear as "…"."""

    key: str
    value: str
    layer: Layer
    where: str


def entries(config: StationConfig, drivers: DriverCatalogue) -> tuple[Entry, ...]:
    """Every key of the board and of the site, with its value, its owner and its line."""
    found = [_entry(config, "board", config.board.board)]
    for name in ("vendor", "model", "rated_current_a", "phases", "lab_only"):
        found.append(_entry(config, f"board.{name}", getattr(config.board, name), layer=Layer.BOARD))
    found += _board_tables(config, drivers)
    for section in SITE_ONLY_KEYS:
        value = getattr(config, section)
        if value is not None:
            found += _section(config, section, value)
    for connector, site in sorted(config.connector_sites.items()):
        found += _section(config, f"connector.{connector}", site)
    return tuple(found)


def _board_tables(config: StationConfig, drivers: DriverCatalogue) -> list[Entry]:
    """The board's buses, its own drivers and its connectors, each with the options that were left out."""
    board, found = config.board, []
    for bus in board.buses:
        defaults = drivers.defaults_of("bus", bus.kind)
        found += _options(config, f"board.bus.{bus.name}", {"kind": bus.kind, **bus.options}, defaults)
    for place, connector in enumerate(board.connectors, start=1):
        found += _options(config, f"board.connector.{place}", {"id": connector.id, "outlet": connector.outlet}, {})
    for table, naming in _driver_tables(board):
        defaults = drivers.defaults_of(table.interface, table.driver)
        found += _options(config, f"board.{table.key}", {"driver": table.driver, **naming, **table.options}, defaults)
    return found


def _driver_tables(board: BoardConfig) -> Iterator[tuple[DriverConfig, Mapping[str, object]]]:
    """Each with what its table says beside driver and options."""
    places: list[BoardConfig | ConnectorConfig] = [board, *board.connectors]
    for of in places:
        for table in of.drivers.values():
            yield table, {}
        for one in of.inputs:
            yield one.driver, {"means": one.means}
        for sensor in of.temperature_sensors:
            yield sensor.driver, {"place": sensor.place}


def _options(
    config: StationConfig, at: str, written: Mapping[str, object], defaults: Mapping[str, object]
) -> list[Entry]:
    """One table of the board file. A line is known for the table where it is none for the key (an inline table)."""
    found = []
    for name, value in written.items():
        where = config.origins.get(f"{at}.{name}") or config.origins.get(at) or str(config.board_file)
        found.append(Entry(key=f"{at}.{name}", value=shown(value), layer=Layer.BOARD, where=where))
    for name, value in defaults.items():
        if name not in written:
            found.append(Entry(key=f"{at}.{name}", value=shown(value), layer=Layer.DEFAULT, where="default"))
    return found


def _section(config: StationConfig, name: str, section: object) -> list[Entry]:
    assert is_dataclass(section)
    return [_entry(config, f"{name}.{field.name}", getattr(section, field.name)) for field in fields(section)]


def _entry(config: StationConfig, key: str, value: object, layer: Layer = Layer.SITE) -> Entry:
    where = config.origins.get(key)
    return Entry(key=key, value=shown(value), layer=layer if where else Layer.DEFAULT, where=where or "default")


def shown(value: object) -> str:
    """A value as it is told: what is not plainly printable, a secret among it, is "…"."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Enum():
            return str(value.value)
        case Path() | str() | int() | float():
            return str(value)
        case list() | tuple():
            return ", ".join(shown(part) for part in value)
        case dict():
            return ", ".join(f"{key}={part}" for key, part in value.items())
        case _:
            # A secret, or anything else that is not plainly printable.
            return "…"


def _limit(config: StationConfig, layer: Layer, key: str, current_a: float) -> LayerLimit:
    origin = f"board.{key}" if layer is Layer.BOARD else key
    return LayerLimit(layer=layer, key=key, current_a=current_a, where=config.origins.get(origin, "default"))


def _marked(limit: LayerLimit, *, wins: bool) -> LayerLimit:
    return LayerLimit(layer=limit.layer, key=limit.key, current_a=limit.current_a, where=limit.where, wins=wins)
