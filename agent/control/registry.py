"""The folder `verbs/` is the registry: a file there is a verb, and only the one that is asked for is loaded."""

from __future__ import annotations

import importlib
import sys
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


def load(name: str) -> Verb:
    """The verb of this name. Raises BadRequest with the nearest one."""
    if name not in verb_names():
        raise BadRequest(f'there is no verb "{name[:40]}"{nearest(name[:40], list(verb_names()))}')
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
