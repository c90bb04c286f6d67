"""Every driver tells the people who wire it how, and what it does not do; docs/hardware.md is made of that."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from agent.drivers import loader
from tools import generate_hardware
from tools.driver_notes import (
    BUS,
    LABELS,
    every_driver,
    lacking,
    needed,
    notes_in,
    notes_of,
    summary_of,
)

TEXT = """What it is: `driver = "paper"`.

More of it.

Wiring: two wires,
  both red.
Quirks: - It burns.

- Not in the rain.
"""


def paper(docstring: str | None) -> ModuleType:
    return ModuleType("paper", docstring)


@pytest.mark.parametrize(("interface", "name"), every_driver())
def test_every_driver_says_how_it_is_wired_and_what_surprises(interface: str, name: str) -> None:
    notes = notes_of(interface, name)

    assert lacking(interface, notes) == [], (
        f"{loader.module_of(interface, name).__name__}: write a line for each of these at the end of the module's "
        'docstring, as "Wiring: …" (tools/driver_notes.py shows the form)'
    )


@pytest.mark.parametrize(("interface", "name"), every_driver())
def test_every_driver_begins_with_what_it_is_in_a_board_file(interface: str, name: str) -> None:
    summary = summary_of(loader.module_of(interface, name))

    assert f'{"kind" if interface == BUS else "driver"} = "{name}"' in summary


def test_notes_run_from_their_label_to_the_next() -> None:
    module = paper(TEXT)

    assert notes_in(module) == {"Wiring": "two wires,\nboth red.", "Quirks": "- It burns.\n\n- Not in the rain."}
    assert summary_of(module) == 'What it is: `driver = "paper"`.\n\nMore of it.'


@pytest.mark.parametrize(
    "docstring", [None, "", "Wiring without a colon", "It is.\n\nA list:\n  Quirks: a part of the text\nThe end."]
)
def test_a_module_without_notes_has_none(docstring: str | None) -> None:
    assert notes_in(paper(docstring)) == {}


def test_what_stands_before_a_person_says_what_protects() -> None:
    assert set(needed("contactor")) == set(LABELS) - {"Tried on"}
    assert lacking("meter", {"Wiring": "A to A", "Quirks": ""}) == ["Quirks"]


def test_the_parts_of_one_device_share_the_notes_of_its_bus() -> None:
    assert notes_of("contactor", "openevse")["Wiring"] == notes_of(BUS, "openevse")["Wiring"]


def test_a_hanging_indent_is_not_a_part_of_a_note() -> None:
    hanging = paper("It is.\n\nQuirks: - One,\n    and more of it.\n  - Two.\nWiring:\n\n- A,\n  to A.\n- B.\n")

    assert notes_in(hanging) == {"Quirks": "- One,\n  and more of it.\n- Two.", "Wiring": "- A,\n  to A.\n- B."}


def test_the_page_cites_no_document_that_its_reader_does_not_have() -> None:
    docs = generate_hardware.PAGE.parent
    named = set(re.findall(r"[\w./-]+\.md", generate_hardware.page()))

    assert [name for name in sorted(named) if not (docs / Path(name)).exists()] == []
