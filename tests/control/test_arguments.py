"""What was typed against the parameters of its action."""

from __future__ import annotations

import pytest

from agent.control.arguments import checked
from agent.control.registry import find, load, verb_names
from agent.control.typed import NUMBERS, taken_apart
from agent.errors import BadRequest


@pytest.mark.parametrize("name", verb_names())
def test_what_may_be_left_out_is_no_problem_where_it_is_left_out(name: str) -> None:
    for action in load(name).actions:
        needed = [one for one in action.parameters if one.required or (one.positional and one.default is None)]
        given = {one.name: 1 if one.kind in NUMBERS else (one.choices or ("a",))[0] for one in needed}

        assert set(checked(action, given)) >= {one.name for one in action.parameters if one.default is not None}
        typed = [f"--{one.name}=x".replace("_", "-") for one in needed if not one.positional]
        typed += ["1" for one in needed if one.positional]
        assert set(taken_apart(name, action, typed)) == set(given)


def test_an_empty_text_that_was_typed_is_told() -> None:
    with pytest.raises(BadRequest, match="tests: a text is needed"):
        checked(find("selftest run"), {"tests": ""})
