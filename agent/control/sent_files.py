"""A file on its way to whoever asked for it: said by the agent in pieces, written by `evsectl` for its caller."""

from __future__ import annotations

from pathlib import Path

from agent.control.verb import Conversation
from agent.errors import BadRequest

PIECE = 100_000
"""Characters in one part of an answer, whatever escapes it takes."""


async def say_in_pieces(text: str, conversation: Conversation) -> None:
    """At the other end they are `pieces`, to be joined."""
    for at in range(0, len(text), PIECE):
        await conversation.say({"pieces": [text[at : at + PIECE]]})


def write_new(file: Path, text: str) -> None:
    """Never over a file of something else. Raises BadRequest."""
    try:
        with file.open("x", encoding="utf-8", newline="") as written:
            written.write(text)
    except FileExistsError as error:
        raise BadRequest(f"{file} is there already; name another file, or move it away") from error
    except OSError as error:
        raise BadRequest(f"{file} cannot be written ({error.strerror}); name another place") from error
