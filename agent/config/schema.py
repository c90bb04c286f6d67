"""JSON Schema of board files and of the site file, for editors (`evse-agent schema`).

Made from the dataclasses that the files are bound to and from the folder of drivers, so it knows what the agent knows.
What lies between several keys is told by `evse-agent check` alone: a bus that is not there, an address that is taken.
Only words that meant the same in draft 4 are used, for that is what some editors' checkers read.
"""

from __future__ import annotations

import inspect
from types import NoneType
from typing import Any, get_args

from agent.config.boards import NAMED_BY, BoardTable, ConnectorTable, DriverTable
from agent.config.load import OPTIONAL_SECTIONS, SECTIONS
from agent.config.model import ConnectorSite
from agent.config.ports import DriverCatalogue
from agent.table_schema import DIALECT, Schema, own_doc, schema_of, value_schema
from agent.tables import hints_of

BUS = "bus"


def board_schema(catalogue: DriverCatalogue) -> Schema:
    """A whole board file."""
    interfaces = {**interfaces_in(BoardTable), **interfaces_in(ConnectorTable)}
    connector = schema_of(ConnectorTable, _references(ConnectorTable))
    of_buses = {"type": "object", "additionalProperties": _ref(BUS), "description": "The wires that devices share."}
    given = {**_references(BoardTable), "bus": of_buses, "connector": _several({"$ref": "#/$defs/connector"})}
    return {
        "$schema": DIALECT,
        "title": "Board file of evse-agent",
        **schema_of(BoardTable, given),
        "$defs": {
            "connector": connector,
            BUS: _alternatives(catalogue, BUS, "kind", catalogue.known_buses()),
            **{name: _alternatives(catalogue, name, "driver", catalogue.known_drivers(name)) for name in interfaces},
        },
    }


def site_schema() -> Schema:
    """A whole site file; a drop-in below `site.toml.d` holds only a part of one."""
    sections = {name: schema_of(kind) for name, kind in SECTIONS.items()}
    settings = {"description": "First values of the central system's settings, by their standard names."}
    sections["ocpp"]["properties"]["settings"] |= settings | {"additionalProperties": {"$ref": "#/$defs/setting"}}
    of_connectors = {
        "type": "object",
        "patternProperties": {"^[0-9]+$": schema_of(ConnectorSite)},
        "additionalProperties": False,
    }
    board = {"type": "string", "minLength": 1, "description": "Name of a board, or path of a board file."}
    needed = [name for name in SECTIONS if name not in OPTIONAL_SECTIONS and "required" in sections[name]]
    return {
        "$schema": DIALECT,
        "title": "Site file of evse-agent",
        "type": "object",
        "properties": {"board": board, "connector": of_connectors, **sections},
        "additionalProperties": False,
        "required": ["board", *needed],
        "$defs": {"setting": _setting()},
    }


def _setting() -> Schema:
    """As `checks.flattened_settings` takes it: a value, or a component with its variables."""
    listed = {"type": "array", "items": {"type": ["string", "integer"]}}
    nested = {"type": "object", "additionalProperties": {"$ref": "#/$defs/setting"}}
    return {"anyOf": [{"type": ["boolean", "string", "number"]}, listed, nested]}


def interfaces_in(table: type[Any]) -> dict[str, bool]:
    """Every key of a table that holds drivers, and whether it holds several."""
    found = {}
    for name, hint in hints_of(table).items():
        bare = next((one for one in get_args(hint) if type(None) in get_args(hint) and one is not NoneType), hint)
        if bare in (DriverTable, tuple[DriverTable, ...]):
            found[name] = bare != DriverTable
    return found


def _references(table: type[Any]) -> dict[str, Schema]:
    return {name: _several(_ref(name)) if several else _ref(name) for name, several in interfaces_in(table).items()}


def _several(one: Schema) -> Schema:
    return {"type": "array", "items": one}


def _ref(interface: str) -> Schema:
    return {"$ref": f"#/$defs/{interface}"}


def _alternatives(catalogue: DriverCatalogue, interface: str, naming: str, known: list[str]) -> Schema:
    """One table for each driver. The name stands in front of them too: an editor then says which there are."""
    if not known:
        return {"not": {}, "description": f"there is no driver of a {interface} yet"}
    return {
        "type": "object",
        "properties": {naming: {"enum": known}},
        "required": [naming],
        "oneOf": [_alternative(catalogue.options_of(interface, name), interface, naming, name) for name in known],
    }


def _alternative(options: type[Any], interface: str, naming: str, name: str) -> Schema:
    table = schema_of(options)
    also = {key: value_schema(kind) for key, kind in [NAMED_BY[interface]]} if interface in NAMED_BY else {}
    table["properties"] = {naming: {"enum": [name]}, **also, **table["properties"]}
    table["required"] = [naming, *also, *table.get("required", [])]
    module = inspect.getmodule(options)
    if words := " ".join(filter(None, (own_doc(module), table.get("description", "")))):
        table["description"] = words
    return table
