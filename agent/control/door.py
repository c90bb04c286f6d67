"""Through which program verbs are asked for: whoever is told to write something is told what works where he sits.

The charger's sentences name `evsectl`, whoever reads them in the end. What stands in them as a command is the name of a
verb, so one rule over the registry tells it for another door: a verb that may be asked there is written as there, any
other is said to be done at the charger, and one that a sentence sends to the charger stays as it is. No sentence has to
know who reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agent.control.registry import load, verb_names
from agent.control.verb import Action
from agent.errors import BadRequest
from agent.values import frozen

LOCAL = "evsectl"
ELSEWHERE = "at the charger"
_COMMAND = re.compile(r"\bevsectl (?P<verb>[a-z][a-z-]*)(?: (?P<action>[a-z][a-z-]*))?")
_SAID_BEFORE = re.compile(rf"{ELSEWHERE}(?: only|, [^,;:.]*)?[ :]*$")
"""In the words that lead to the command."""


@frozen(kw_only=True)
class Door:
    """`program`: what is written before the words of a verb. `offers`: whether an action may be asked there."""

    program: str
    offers: Callable[[Action], bool]

    def told(self, text: str) -> str:
        """A sentence of the charger's with its commands as they are written here."""
        return text if LOCAL not in text or self.program == LOCAL else _COMMAND.sub(self._command, text)

    def _command(self, found: re.Match[str]) -> str:
        action, words = _action_of(found["verb"], found["action"] or "")
        if action is None or _SAID_BEFORE.search(found.string[: found.start()]):
            return found[0]
        if self.offers(action):
            return f"{self.program} {words}{found[0].removeprefix(f'{LOCAL} {words}')}"
        return f"{ELSEWHERE}: {found[0]}"


AT_THE_CHARGER = Door(program=LOCAL, offers=lambda action: True)


def _action_of(verb: str, second: str) -> tuple[Action | None, str]:
    """The action that is named, with its words; of a verb alone, the first of its actions. None: no command at all."""
    if verb not in verb_names():
        return None, ""
    try:
        actions = load(verb).actions
    except BadRequest:
        return None, ""
    named = next((one for one in actions if second and one.name == second), None)
    if named is not None:
        return named, f"{verb} {second}"
    alone = next((one for one in actions if not one.name), None)
    # "evsectl config --help": of all its words, those that are asked most are offered everywhere.
    return alone or next((one for one in actions if one.remote is not None), actions[0]), verb
