"""A register map beside a board file: loaded as ours are, and every mistake told with its line and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.loader import check_driver
from agent.drivers.meters.map_files import load_any, read_map
from agent.drivers.meters.maps import FOLDER, known_maps, load_map
from agent.drivers.modbus.block import Block
from agent.errors import ConfigError

GOOD = """\
vendor = "Acme"
models = ["PM3"]
phases = 1
sources = ["data sheet"]
word_order = "little"
max_current_a = 63
step_wh = 10
pause_ms = 20
answer_timeout_ms = 500
plans = [
  [[4, 0, 8], [4, 40, 4]],
]

[points]
voltage_l1 = { function = 4, address = 0, type = "s32", scale = 0.1 }
current_l1 = { function = 4, address = 2, type = "s32", scale = 0.001 }
power_total = { function = 4, address = 4, type = "s32", exponent = "power_exponent" }
power_exponent = { function = 4, address = 6, type = "s16" }
energy_import_total = { function = 4, address = 40, type = "u64", scale = 10 }
meter_code = { function = 3, address = 11, type = "u16" }

[identity]
blocks = [[3, 11, 1]]
models = [{ name = "PM3", point = "meter_code", equals = [0x0333] }]
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "acme-pm3.toml"
    file.write_text(text, encoding="utf-8")
    return file


def problems_of(file: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        read_map(file)
    return [line.removeprefix(f"{file.parent}/") for line in raised.value.problems]


@pytest.mark.parametrize("id", known_maps())
def test_every_map_of_ours_would_be_taken_as_a_file(id: str) -> None:
    named, ours = load_any(str(FOLDER / f"{id}.toml")), load_map(id)

    assert named.plans == ours.plans
    assert named.points == ours.points
    assert named.models == ours.models


def test_a_map_of_ones_own_is_loaded_by_its_path(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD)

    meter = load_any(str(file))

    assert meter.id == str(file)
    assert meter.values(Block(4, 0, 8), [2301, 0, 16020, 0, 368, 0, 1, 0]) == {
        "voltage_l1": 230.1,
        "current_l1": 16.02,
        "power_total": 3680,
        "power_exponent": 1,
    }


def test_a_file_that_was_changed_is_another_map(tmp_path: Path) -> None:
    told = []
    for address in (40, 36):
        text = GOOD.replace("address = 40", f"address = {address}").replace("[4, 40, 4]", "[4, 36, 12]")
        told.append(load_any(str(written(tmp_path, text))).values(Block(4, 36, 12), [1, 0, 0, 0, 2, *[0] * 7]))

    assert told == [{"energy_import_total": 20}, {"energy_import_total": 10}]


MISTAKES = [
    ("vendor =", "maker =", "acme-pm3.toml:1: maker: unknown key"),
    ("phases = 1", "phases = 2", "acme-pm3.toml:3: phases: 2 is not 1 or 3"),
    ('word_order = "little"', 'word_order = "swapped"', "acme-pm3.toml:5: word_order"),
    ("plans = [\n", "plans = []\nold = [\n", "acme-pm3.toml:11: old: unknown key"),
    (
        "[[4, 0, 8], [4, 40, 4]]",
        "[[4, 0], [4, 40, 4]]",
        "plans.1.1: [4, 0] is no block; write [function, address, count]",
    ),
    ("[4, 0, 8]", "[2, 0, 8]", "plans.1.1: function 2 reads no registers; write 3 (holding) or 4 (input)"),
    ("[4, 0, 8]", "[4, 0, 126]", "plans.1.1: 126 registers in one request; Modbus allows 1 to 125"),
    ("[4, 40, 4]", "[4, 65534, 4]", "plans.1.2: it ends behind the last register, 0xFFFF; check address and count"),
    (
        "[[4, 0, 8], [4, 40, 4]]",
        "[[4, 0, 8]]",
        "plans.1: no block brings energy_import_total; make one longer, or add one",
    ),
    ("[4, 40, 4]", "[4, 40, 8]", "plans.1: another block is as long as the one of energy_import_total (8 registers)"),
    ("[4, 0, 8]", "[4, 0, 6], [4, 6, 2]", "plans.1: power_total and its power_exponent are not in one block"),
    (
        "voltage_l1 =",
        "volatge_l1 =",
        'acme-pm3.toml:15: points.volatge_l1: nothing asks for that name; did you mean "voltage_l1"?',
    ),
    ("energy_import_total =", "energy_import =", "points: energy_import_total is missing; no charge can be measured"),
    ('"s32", scale = 0.1 }', '"f23" }', 'acme-pm3.toml:15: points.voltage_l1.type: "f23" is not one of'),
    ("scale = 0.001", "scale = 0", "acme-pm3.toml:16: points.current_l1: a scale of 0 makes every value 0"),
    ('"u16" }', '"ascii" }', "acme-pm3.toml:20: points.meter_code: a text needs its length"),
    (
        '"u16" }',
        '"u16", registers = 2 }',
        "acme-pm3.toml:20: points.meter_code: a value of type u16 takes 1 register(s)",
    ),
    ("address = 40,", "address = 65533,", "points.energy_import_total: it ends behind the last register, 0xFFFF"),
    (
        'exponent = "power_exponent"',
        'exponent = "power_exp"',
        'there is no point "power_exp"; did you mean "power_exponent"?',
    ),
    ('point = "meter_code"', 'point = "code"', 'identity.models.1: there is no point "code"'),
    ("equals = [0x0333]", "equals = []", "identity.models.1: it fits nothing; write equals"),
    ("blocks = [[3, 11, 1]]", "blocks = [[3, 12, 1]]", "identity.models.1: no block of the identity brings meter_code"),
    (
        "blocks = [[3, 11, 1]]",
        "blocks = [[4, 11, 8], [3, 11, 1]]",
        "identity.blocks.1: a block of a plan has 8 registers too",
    ),
    (
        "models = [{ name",
        "likely = []\n#",
        "identity: nothing tells this meter from another one at its address; add models",
    ),
    (
        "[identity]",
        "[not_available]\nu23 = [0]\n\n[identity]",
        "acme-pm3.toml:23: not_available.u23: there is no type u23; did you mean",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_to_write(right: str, wrong: str, told: str, tmp_path: Path) -> None:
    assert GOOD.count(right) == 1

    found = problems_of(written(tmp_path, GOOD.replace(right, wrong)))

    assert any(told in line for line in found), found
    assert all(line.startswith("acme-pm3.toml:") for line in found)


@given(st.lists(st.sampled_from(MISTAKES), min_size=2, max_size=4, unique_by=lambda mistake: mistake[0]))
def test_a_file_with_mistakes_is_never_taken_and_never_ends_otherwise(
    tmp_path_factory: pytest.TempPathFactory, mistakes: list[tuple[str, str, str]]
) -> None:
    text = GOOD
    for right, wrong, _ in mistakes:
        text = text.replace(right, wrong)

    assert problems_of(written(tmp_path_factory.mktemp("map"), text))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "acme-pm3.toml:1: there is no such file; check the path"),
        ("vendor = ", "acme-pm3.toml:1: is not TOML:"),
        ("", "acme-pm3.toml:1: vendor: is missing; there is no default for it"),
    ],
)
def test_a_file_that_is_none_is_told(text: str | None, told: str, tmp_path: Path) -> None:
    file = tmp_path / "acme-pm3.toml" if text is None else written(tmp_path, text)

    assert any(line.startswith(told) for line in problems_of(file))


def test_a_board_with_a_wrong_map_is_told_each_mistake_of_the_map(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD.replace("[4, 0, 8]", "[4, 0, 7]").replace("phases = 1", "phases = 2"))

    (problem,) = check_driver("meter", "modbus_map", {"bus": "rs485", "map": str(file), "address": 1}, None)

    assert problem.key == ("map",)
    assert problem.what.splitlines() == [
        "this file cannot be used:",
        f"  {file}:3: phases: 2 is not 1 or 3",
    ]


def test_a_board_with_a_good_map_has_no_problem(tmp_path: Path) -> None:
    options = {"bus": "rs485", "map": str(written(tmp_path, GOOD)), "address": 1}

    assert check_driver("meter", "modbus_map", options, None) == ()
    (problem,) = check_driver("meter", "modbus_map", options | {"number": 2}, None)
    assert problem.what == "only SunSpec devices have several meters; leave it out"
