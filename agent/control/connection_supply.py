"""What the agent asks for while a connection is set up: the string, the password, a yes. Runs in `evsectl`."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from agent.config.connection_string import LONGEST, understood
from agent.control.connecting import ASK, ASKS_PASSWORD, ASKS_STRING
from agent.control.plan_supply import typed
from agent.control.verb import Arguments
from agent.errors import BadRequest

PROMPTS = {
    ASKS_STRING: "Paste what the operator handed out (it is not shown): ",
    ASKS_PASSWORD: "The password of this charger at the central system (not shown; nothing where it has none): ",
}
NO_STRING = "what the operator handed out is asked of a person, and this is no terminal; write --file FILE"
NOTHING_TO_LOG_IN_WITH = (
    "no password is in what was handed out, and this is no terminal to ask a person for it; write it there behind "
    '"Password:", or name a file on the charger that holds it: --password-file FILE'
)
ON_THE_LINE = (
    "evsectl: the password stood on the command line, where others on this machine can read it; next time leave it "
    "away and paste it when asked, or write --file FILE\n"
)


def look(arguments: Arguments) -> None:
    """Whether it can be understood, before the agent is asked. Raises BadRequest."""
    text = str(arguments.get("string", ASK))
    if text != ASK and understood(text).secret is not None and text in sys.argv:
        sys.stderr.write(ON_THE_LINE)
    if "file" in arguments:
        understood(_read(arguments))


def supply(arguments: Arguments, asked: str) -> str:
    """Anything but the string and the password is asked of the person at the terminal as it is."""
    if asked == ASKS_STRING and "file" in arguments:
        return _read(arguments)
    if asked not in PROMPTS:
        return typed(asked)
    if not sys.stdin.isatty():
        raise BadRequest(NO_STRING if asked == ASKS_STRING else NOTHING_TO_LOG_IN_WITH)
    return getpass.getpass(PROMPTS[asked]).strip()


def _read(arguments: Arguments) -> str:
    """On one line: it goes over the socket as one answer."""
    file = Path(str(arguments["file"]))
    try:
        return " ".join(file.read_text(encoding="utf-8").split())[: LONGEST + 1]
    except OSError as error:
        raise BadRequest(f"--file: {file} cannot be read ({error.strerror or error}); check the path") from error
    except UnicodeDecodeError as error:
        raise BadRequest(f"--file: {file} is no text in UTF-8; name the file that holds what was handed out") from error
