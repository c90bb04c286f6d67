"""docs/hardware.md is made of what is there, says nothing else, and can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Annotated

import pytest

from agent.drivers.meters.maps import known_maps
from agent.tables import Among, OneOf, Spelled, Within
from agent.values import frozen
from tools.driver_notes import BUS, every_driver, needed, notes_of
from tools.generate_hardware import PAGE, main, page
from tools.hardware import evidence
from tools.hardware.drivers import boards_told, devices, vectors_told
from tools.hardware.evidence import Recorded
from tools.hardware.markdown import anchor, capital, facts, link, prose, table
from tools.hardware.options import rows_of

WIDEST_TABLE = 7
HELD_TO_A_CONTRACT = [one for one in every_driver() if one[0] != BUS]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make generate"


def test_a_stale_page_is_told_and_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    before = PAGE.read_text(encoding="utf-8")

    assert main(["--check"]) == int(before != page())
    assert PAGE.read_text(encoding="utf-8") == before


def test_every_driver_and_every_family_has_its_section() -> None:
    headings = set(re.findall(r"^### (.*)$", page(), re.MULTILINE))

    assert {device.heading for device in devices()} | set(known_maps()) == headings
    assert sorted(part for device in devices() for part in device.parts) == sorted(every_driver())


@pytest.mark.parametrize(("interface", "name"), every_driver())
def test_what_a_driver_notes_stands_on_the_page(interface: str, name: str) -> None:
    text = page()

    assert all(capital(prose(notes_of(interface, name)[label])) in text for label in needed(interface))


def test_no_table_is_too_wide_and_every_row_has_the_cells_of_its_head() -> None:
    tables = re.findall(r"(?:^\|.*\n)+", page(), re.MULTILINE)

    widths = [{len(re.findall(r"(?<!\\)\|", line)) - 1 for line in one.splitlines()} for one in tables]
    assert tables
    assert [width for width in widths if len(width) > 1 or max(width) > WIDEST_TABLE] == []


def test_nobody_claims_that_a_device_was_tried_unless_a_driver_says_so() -> None:
    says_so = any("Tried on" in notes_of(*one) for one in every_driver())

    assert ("No driver has been tried on a real device yet." in page()) is not says_so


@pytest.mark.parametrize(("interface", "name"), HELD_TO_A_CONTRACT)
def test_every_driver_is_held_to_the_contract_of_its_interface(interface: str, name: str) -> None:
    assert evidence.contract_tests(interface, name)


def test_a_contract_test_is_found_by_what_it_inherits_and_reaches() -> None:
    found = evidence.contract_tests("control_pilot", "openevse")

    assert found == ("tests/drivers/openevse/test_contracts.py",)
    assert evidence.contract_tests("meter", "modbus_map") == ("tests/drivers/meters/test_modbus_map.py",)
    assert evidence.contract_tests(BUS, "pilot_board") == ()
    assert "tests/drivers/pilot_board/test_link.py" in evidence.direct_tests(BUS, "pilot_board")


def test_boards_are_found_by_their_drivers_and_maps() -> None:
    assert {"openevse", "sim-openevse"} <= set(evidence.boards_with("contactor", "openevse"))
    assert "pi-pilot-single" not in evidence.boards_with("contactor", "openevse")
    assert "sim-single" in evidence.boards_with_map("eastron-sdm630")
    assert boards_told(["sim-a", "pi-b"]) == "`pi-b`, `sim-a`"
    assert boards_told([f"sim-{n}" for n in range(7)]).endswith("`sim-4` and 2 more")


def test_vectors_are_counted_by_where_they_come_from() -> None:
    assert evidence.recorded("serial_ascii") is None
    assert evidence.recorded_meter("sunspec-meter") is None
    known = evidence.recorded_meter("eastron-sdm630")
    assert known is not None and known.computed + known.from_a_device > 0
    told = vectors_told(Recorded("tests/vectors/meters.json", 2, 1))
    assert (
        told == "vectors: 1 recorded on a device, 2 computed or published ([meters.json](../tests/vectors/meters.json))"
    )


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@frozen(kw_only=True)
class Sample:
    """A lamp."""

    bus: str
    name: str
    """Written on it."""
    watts: Annotated[int, Within(1, 1_000_000, "W")] = 5
    colour: Colour = Colour.RED
    phases: Annotated[int, OneOf((1, 3))] = 3
    code: Annotated[str, Spelled("[A-Z]+", "write capital letters")] | None = None
    shape: Annotated[str, Among(lambda: ["round", "flat"], "shape", ".toml")] = "round"
    kind: Annotated[str, Among(lambda: [*"abcdefgh"], "kind")] = "a"
    steps: tuple[float, ...] = ()
    inside: Mapping[str, bool] | None = None
    on: bool = False


def test_options_are_told_with_bounds_choices_and_what_counts_where_they_are_left_out() -> None:
    assert rows_of(Sample) == [
        ("`name`", "text", "needed", "Written on it."),
        ("`watts`", "1…1000000 W", "5", ""),
        ("`colour`", '`"red"`, `"blue"`', '`"red"`', ""),
        ("`phases`", "1 or 3", "3", ""),
        ("`code`", "write capital letters", "–", ""),
        ("`shape`", '`"round"`, `"flat"`; or a path that ends in .toml', '`"round"`', ""),
        ("`kind`", "name of a kind", '`"a"`', ""),
        ("`steps`", "list of: number", "–", ""),
        ("`inside`", "table", "–", ""),
        ("`on`", "true or false", "`false`", ""),
    ]


def test_markdown_is_what_a_page_needs() -> None:
    assert anchor("Card reader serial_ascii") == "card-reader-serial_ascii"
    assert link("All drivers") == "[All drivers](#all-drivers)"
    assert table(("a", "b"), [("x|y", "")]) == "| a | b |\n|---|---|\n| x\\|y | – |\n\n"
    assert table(("a",), []) == ""
    assert facts([("one", "1"), ("two", "")]) == "- one: 1\n\n"
    assert facts([("one", "")]) == ""
    assert prose("See docs/safety.md.") == "See [safety.md](safety.md)."
    assert prose("A list:\n- one\n- two\n  of two\n- three") == "A list:\n\n- one\n- two\n  of two\n- three"
