"""docs/training.md: what a trainee types is what the simulated world takes."""

from __future__ import annotations

import re

import pytest

from firmware_sim.arguments import BadArgument, bound
from firmware_sim.bench_keys import LOCAL_KEY_FILE
from firmware_sim.verbs import VERBS
from tests.docs.page import Page

PAGE = Page("training.md")
TYPED = [command for row in PAGE.table("asked to") for command in re.findall(r"`([^`]+)`", row[1])]


@pytest.mark.parametrize("command", TYPED)
def test_every_command_of_the_table_is_one_with_its_arguments(command: str) -> None:
    name, *pairs = command.split()
    given = dict(pair.split("=") for pair in pairs)

    assert bound(VERBS[name], given, skip=1).keys() == given.keys()


def test_the_table_has_what_a_commissioning_asks_of_hands() -> None:
    assert {command.split()[0] for command in TYPED} >= {"adapter", "plug_out", "plug_in", "swipe", "press", "leak"}
    assert f"`DIR/{LOCAL_KEY_FILE}`" in PAGE.text
    with pytest.raises(BadArgument):
        bound(VERBS["adapter"], {"position": "B"}, skip=1)
