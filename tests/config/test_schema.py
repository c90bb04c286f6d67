"""What `evse-agent schema` says of board files and of the site file is what the agent says of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from agent.config.boards import BOARD_FOLDERS, NAMED_BY, BoardTable, ConnectorTable
from agent.config.schema import board_schema, interfaces_in, site_schema
from agent.drivers import loader
from tests.searching import costly

BOARDS = sorted(BOARD_FOLDERS[0].glob("*.toml"))
SITE = 'board = "sim-single"\n[site]\ncountry = "DE"\nsupply_current_a = 16\n'
TABLES: list[tuple[str, str]] = [
    *(("bus", kind) for kind in loader.known_buses()),
    *(
        (interface, driver)
        for table in (BoardTable, ConnectorTable)
        for interface in interfaces_in(table)
        for driver in loader.known_drivers(interface)
    ),
]
TABLES = list(dict.fromkeys(TABLES))


@cache
def board_validator() -> Draft202012Validator:
    return Draft202012Validator(board_schema(loader))


@cache
def of_interface(interface: str) -> Draft202012Validator:
    definitions = board_validator().schema["$defs"]
    return Draft202012Validator({"$defs": definitions, "$ref": f"#/$defs/{interface}"})


def board(name: str) -> dict[str, Any]:
    return tomllib.loads((BOARD_FOLDERS[0] / f"{name}.toml").read_text())


def test_both_are_schemas() -> None:
    for printed in (board_schema(loader), site_schema()):
        Draft202012Validator.check_schema(printed)


OF_DRAFT_4 = frozenset(
    {"$schema", "title", "description", "default", "type", "enum", "minimum", "maximum", "pattern", "minLength"}
    | {"items", "required", "properties", "patternProperties", "additionalProperties", "oneOf", "anyOf", "not"}
    | {"$ref", "$defs"}
)
BY_NAME = ("properties", "patternProperties", "$defs")
"""What is below these are names, and only below those schemas again."""


def words_of(schema: object) -> set[str]:
    """Every keyword in use."""
    match schema:
        case dict():
            named = [inner for word in BY_NAME for inner in schema.get(word, {}).values()]
            others = [inner for word, inner in schema.items() if word not in BY_NAME]
            return set(schema).union(*(words_of(inner) for inner in [*named, *others]))
        case list():
            return set().union(*(words_of(inner) for inner in schema))
        case _:
            return set()


@pytest.mark.parametrize("printed", [board_schema(loader), site_schema()], ids=["board", "site"])
def test_a_checker_of_an_older_draft_reads_them_too(printed: object) -> None:
    assert words_of(printed) - OF_DRAFT_4 == set()


@pytest.mark.parametrize("file", BOARDS, ids=lambda file: file.stem)
def test_every_board_file_fits(file: Path) -> None:
    problems = [f"{error.json_path}: {error.message}" for error in board_validator().iter_errors(board(file.stem))]

    assert problems == []


def test_every_interface_and_every_driver_of_the_folder_is_in_it() -> None:
    defined = board_validator().schema["$defs"]

    assert {"control_pilot", "contactor", "meter", "lock", "cut_off", "token_reader", "input"} <= defined.keys()
    for interface, name in TABLES:
        naming = "kind" if interface == "bus" else "driver"
        assert name in defined[interface]["properties"][naming]["enum"]
        assert name in [one["properties"][naming]["enum"][0] for one in defined[interface]["oneOf"]]


def without(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        (("bus", "rs485", "baud"), 100),
        (("bus", "rs485", "parity"), "none"),
        (("bus", "rs485", "buad"), 9600),
        (("bus", "pilot", "kind"), "pilot_bord"),
        (("connector", 0, "meter", "map"), "eastron-sdm6300"),
        (("connector", 0, "meter", "driver"), "pilot_board"),
        (("connector", 0, "meter", "address"), "1"),
        (("connector", 0, "meter", "bus"), 1),
        (("connector", 0, "outlet"), "plug"),
        (("connector", 0, "metre"), {}),
        (("input",), [{"driver": "log_only", "means": "door"}]),
        (("rated_current_a",), 100),
        (("phases",), 2),
        (("site",), {}),
    ],
)
def test_a_wrong_board_does_not_fit(where: tuple[str | int, ...], wrong: object) -> None:
    table: Any = board("sim_single")
    inner = table
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = wrong

    assert not board_validator().is_valid(table)


@pytest.mark.parametrize("missing", ["board", "phases", "connector"])
def test_a_board_that_lacks_something_does_not_fit(missing: str) -> None:
    assert not board_validator().is_valid(without(board("sim_single"), missing))


def site(text: str) -> bool:
    return bool(Draft202012Validator(site_schema()).is_valid(tomllib.loads(SITE + text)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[ocpp]\nversion = "1.6"\nurl = "wss://x/"\nidentity = "A"\n',
        '[ocpp]\nversion = "1.6"\nurl = "wss://x/"\nidentity = "A"\n[ocpp.settings]\nHeartbeatInterval = 5\n'
        'LocalAuthListEnabled = true\nMeterValuesSampledData = ["Power.Active.Import"]\nA.B = "x"\n',
        "[connector.1]\nfuse_current_a = 16\n",
    ],
)
def test_a_right_site_file_fits(text: str) -> None:
    assert site(text)


@pytest.mark.parametrize(
    "text",
    [
        '[ocpp]\nversion = "1.6"\nidentity = "A"\n',
        '[ocpp]\nversion = "1.6"\nurl = "wss://x/"\nidentity = "A"\npassword = "secret"\n',
        '[ocpp]\nversion = "1.6"\nurl = "wss://x/"\nidentity = "A"\n[ocpp.settings]\nX = [[1]]\n',
        "[connector.one]\nfuse_current_a = 16\n",
        "[connector.1]\nfuse_current_a = 5\n",
        "[sight]\n",
    ],
)
def test_a_wrong_site_file_does_not_fit(text: str) -> None:
    assert not site(text)


# JSON makes no difference between 1 and 1.0, and has no word for what is no number.
VALUES = (
    st.booleans()
    | st.integers(-1, 300)
    | st.sampled_from([9600, 100_000, 10**7])
    | st.floats(0, 400).filter(lambda number: not number.is_integer())
    | st.text("a1:/.-", max_size=4)
    | st.sampled_from(["N", "E", "eastron-sdm630", "sunspec-meter", "127.0.0.1", "0A1B2C3D", "uid", "active_low"])
    | st.lists(st.integers(0, 3) | st.text("a", max_size=1), max_size=2)
)


def right(key: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Mostly what this key may hold; the rest finds its bounds."""
    match key:
        case {"enum": choices}:
            return st.sampled_from(choices)
        case {"type": "integer"}:
            return st.integers(key.get("minimum", -1), key.get("maximum", 300))
        case {"type": "number"}:
            return st.floats(key.get("minimum", -1), key.get("maximum", 300)).filter(lambda one: not one.is_integer())
        case {"type": "boolean"}:
            return st.booleans()
        case _:
            return VALUES


@cache
def tables_of(interface: str, name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Tables of a driver without its name: right ones, and such with one value or one key that may not be."""
    naming = "kind" if interface == "bus" else "driver"
    definition = board_validator().schema["$defs"][interface]
    mine = next(one for one in definition["oneOf"] if one["properties"][naming]["enum"] == [name])
    own = {key: value for key, value in mine["properties"].items() if key not in (naming, *also_named(interface))}
    needed = {key: right(value) for key, value in own.items() if key in mine["required"]}
    others = {key: right(value) for key, value in own.items() if key not in needed}
    some_keys = st.sampled_from([*own, "nonsense"])
    return st.builds(
        lambda table, wrong, absent: {key: value for key, value in {**table, **wrong}.items() if key not in absent},
        st.fixed_dictionaries(needed, optional=others),
        st.dictionaries(some_keys, VALUES, max_size=1),
        st.sets(some_keys, max_size=1),
    )


def also_named(interface: str) -> dict[str, Any]:
    return {key: next(iter(kind)).value for key, kind in [NAMED_BY[interface]]} if interface in NAMED_BY else {}


@pytest.mark.parametrize(("interface", "name"), TABLES)
@costly(50, search=1_000)
@given(drawn=st.data())
def test_a_driver_table_fits_where_the_driver_takes_it(interface: str, name: str, drawn: st.DataObject) -> None:
    naming = "kind" if interface == "bus" else "driver"
    table = drawn.draw(tables_of(interface, name))

    fits = of_interface(interface).is_valid({**table, **also_named(interface), naming: name})

    refused = bool(loader.check_bus(name, table)) if naming == "kind" else refuses(interface, name, table)
    # What a `__post_init__` refuses is a rule between values, or one that JSON Schema has no word for.
    assert fits or refused
    if not hasattr(loader.options_of(interface, name), "__post_init__"):
        assert fits == (not refused)


def refuses(interface: str, name: str, table: Mapping[str, object]) -> bool:
    return bool(loader.check_driver(interface, name, table, None))
