"""The folder `verbs/` is the registry: a file there is a verb, and only the one that is asked for is loaded."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from agent.control.verb import Action, Verb
from agent.errors import BadRequest
from agent.loading import beside
from agent.tables import nearest

FOLDER = Path(__file__).parent / "verbs"
VERBS = "agent.control.verbs"


@cache
def verb_names() -> tuple[str, ...]:
    """Every verb, in the order of the alphabet."""
    stems = sorted(file.stem for file in FOLDER.glob("*.py"))
    return tuple(stem.replace("_", "-") for stem in stems if not stem.startswith("_"))


ALSO_CALLED = {"reboot": "restart", "reset": "restart", "log": "events", "logs": "events", "why": "explain"}
"""What people write for a verb that is called otherwise, and that no spelling is near to."""


def load(name: str, offers: Callable[[Action], bool] | None = None) -> Verb:
    """The verb of this name. Raises BadRequest with the nearest one, of those of which something is on offer."""
    if name not in verb_names():
        known = [one for one in verb_names() if offers is None or any(map(offers, load(one).actions))]
        meant = ALSO_CALLED.get(name)
        hint = f'; did you mean "{meant}"?' if meant in known else nearest(name[:40], known)
        raise BadRequest(f'there is no verb "{name[:40]}"{hint}')
    verb = importlib.import_module(f"{VERBS}.{name.replace('-', '_')}").VERB
    assert isinstance(verb, Verb)
    return verb


async def found(words: str) -> Action:
    """`find`, which may take its time the first time a verb is asked for. Raises BadRequest."""
    stem = words.partition(" ")[0].replace("-", "_")
    return find(words) if f"{VERBS}.{stem}" in sys.modules else await beside(partial(find, words))


def find(words: str) -> Action:
    """The action of "status" or "token add". Raises BadRequest with what there is."""
    name, _, action_name = words.partition(" ")
    verb = load(name)
    for action in verb.actions:
        if action.name == action_name:
            return action
    known = [action.name for action in verb.actions if action.name]
    if not known:
        raise BadRequest(f'"{name}" stands alone; leave "{action_name[:40]}" away')
    if not action_name:
        raise BadRequest(f'"{name}" needs one more word: {", ".join(known)}')
    raise BadRequest(f'"{name}" has no "{action_name[:40]}"{nearest(action_name[:40], known)}')
