"""`evse-support VERB …`: what support staff see and do of chargers, away from them.

Exit codes are those of evsectl: 0 good, 1 a verdict that is not, 2 wrong use, 3 not reachable, 4 refused, 5 too late. A
file in `verbs/` is a verb.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from agent.control.terminal import unwritten
from agent.errors import AgentError
from agent.tables import nearest
from tools.support.failures import SupportError
from tools.support.here import THIS_COMPUTER, Here
from tools.support.settings import DEFAULT_FILE
from tools.support.telling import note

FAILED = 1
WRONG_USE = 2
UNREAD = 128 + 13
"""As shells tell a program that wrote into a pipe which nobody reads any more."""
INTERRUPTED = 128 + 2
FOLDER = Path(__file__).parent / "verbs"


class Verb(Protocol):
    """A module of `verbs/`."""

    PURPOSE: str

    def arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, typed: argparse.Namespace) -> int:
        """`typed.here` is the computer (`Here`). Raises AgentError and OSError, which end with 2."""
        ...


def names() -> list[str]:
    """The words of all verbs."""
    return sorted(file.stem.replace("_", "-") for file in FOLDER.glob("*.py") if not file.stem.startswith("_"))


def load(name: str) -> Verb:
    """The verb of one of `names()`."""
    return cast(Verb, importlib.import_module(f"tools.support.verbs.{name.replace('-', '_')}"))


def main(words: Sequence[str] | None = None, here: Here = THIS_COMPUTER) -> int:
    """One verb; the answer is the exit code."""
    if why := unwritten():
        note(why)
        return FAILED
    parser = argparse.ArgumentParser(prog="evse-support", description="Chargers seen and helped from afar.")
    parser.add_argument("--config", type=Path, metavar="FILE", help=f"your own file ({DEFAULT_FILE})")
    choices = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    given = sys.argv[1:] if words is None else words
    # The one that is asked for: all of them are half of the time until a fleet's first screen.
    asked = [name for name in names() if name in given] or names()
    for name in names():
        if name in asked:
            verb = load(name)
            verb.arguments(choices.add_parser(name, help=verb.PURPOSE, description=verb.PURPOSE))
        else:
            choices.add_parser(name)
    if (wrong := _no_verb(given)) is not None:
        note(f'there is no "{wrong[:40]}"{nearest(wrong[:40], names())}')
        return WRONG_USE
    typed = parser.parse_args(given, argparse.Namespace(here=here))
    try:
        code = load(typed.verb).run(typed)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader had enough (`evse-support verify … | head`): the verdict is not known to have been read, so it is
        # not good; nothing is left to say at the exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except AgentError as error:
        note(str(error))
        return error.code if isinstance(error, SupportError) else WRONG_USE
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if why := unwritten(error):
            note(why)
            return FAILED
        where = f"{error.filename}: " if error.filename else ""
        note(f"{where}{error.strerror or error}; look at the name")
    else:
        return code
    return WRONG_USE


def _no_verb(given: Sequence[str]) -> str | None:
    """The word that stands where a verb does and is none."""
    left = iter(given)
    for word in left:
        if word == "--config":
            next(left, None)
        elif not word.startswith("-"):
            return None if word in names() else word
    return None


if __name__ == "__main__":
    sys.exit(main())
