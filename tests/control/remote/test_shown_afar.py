"""What is left of an answer once it names nobody is shown by the same verb, at the other end of the door."""

from __future__ import annotations

import pytest

from agent.control.render import Page
from agent.control.verb import Action
from tests.control.charger import Charger
from tests.control.remote.test_canaries import ARGUMENTS, NO_SUCH_PART, NOBODY_CHARGES, REMOTE, answered, planted, whole

__all__ = ["whole"]


@pytest.mark.parametrize(("verb", "action"), [one for one in REMOTE if one[0] not in NO_SUCH_PART])
def test_every_verb_shows_what_the_door_lets_through(whole: Charger, verb: str, action: Action) -> None:
    found, said = answered(planted(whole, charges=verb not in NOBODY_CHARGES), verb, ARGUMENTS.get(verb, {}))

    page = Page(colour=False)
    for body in said:
        action.show(body, page)
    if not action.follows:
        body = found.fields["body"]
        is_made_here = action.keep is not None and action.answer_remote is None
        action.show(action.keep(ARGUMENTS.get(verb, {}), body) if action.keep and is_made_here else body, page)

    assert page.lines or not found.fields["body"].get("frames", True)
