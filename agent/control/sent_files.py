"""A file on its way to whoever asked for it: sent by the agent in pieces, written by `evsectl` for its caller."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from agent.control.verb import Arguments, Conversation
from agent.errors import BadRequest

PIECE = 100_000
"""Characters in one part of an answer, whatever escapes it takes."""
NAMED_THERE = "a new file in this folder"
"""Where no place is named, the agent names the file, which nobody knows before."""


async def say_in_pieces(text: str, conversation: Conversation) -> None:
    """At the other end they are `pieces`, to be joined."""
    for at in range(0, len(text), PIECE):
        await conversation.say({"pieces": [text[at : at + PIECE]]})


def look_at_arrival(arguments: Arguments) -> None:
    """Of an action whose file arrives where `to` says: whether it can, before it is made. Raises BadRequest."""
    from agent.control.papers import look, look_for_new

    if "to" in arguments:
        look_for_new(str(arguments["to"]), "--to")
    else:
        look(NAMED_THERE)


def write_new(file: Path, text: str) -> None:
    """Never over a file of something else. Raises BadRequest."""
    try:
        with file.open("x", encoding="utf-8", newline="") as written:
            written.write(text)
    except FileExistsError as error:
        raise BadRequest(f"{file} is there already; name another file, or move it away") from error
    except OSError as error:
        raise BadRequest(f"{file} cannot be written ({error.strerror}); name another place") from error


def replace_whole(file: Path, text: str) -> None:
    """In place of what was there, in one step and for everybody to read: another program looks at any moment.

    Raises BadRequest.
    """
    from agent import whole_file

    try:
        whole_file.write(file, text, mode=whole_file.FOR_EVERYBODY)
    except OSError as error:
        raise BadRequest(f"{file} was not written ({error.strerror}); name another place: --to FILE") from error


def look_for_own(file: Path, option: str, beginnings: tuple[str, ...]) -> None:
    """Whether what is there already may be replaced: nothing, or a file that begins as those written there do.

    An empty one may be, too. `option` named it, "--to". Raises BadRequest.
    """
    try:
        kind = file.lstat().st_mode
        if not stat.S_ISREG(kind):
            what = "a symbolic link" if stat.S_ISLNK(kind) else "no regular file"
            raise BadRequest(f"{option}: {file} is {what} and is not replaced; name another file")
        with file.open("rb") as opened:
            begins = opened.read(max(map(len, beginnings)))
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadRequest(f"{option}: {file} cannot be read ({error.strerror}); name another file") from error
    if begins and not begins.startswith(tuple(one.encode() for one in beginnings)):
        expected = " or ".join(f'"{one}"' for one in beginnings)
        raise BadRequest(
            f"{option}: {file} holds something else, it does not begin with {expected}, and is not replaced; "
            "name another file"
        )


def take_name(part: Path, whole: Path) -> None:
    """Call the finished `part` `whole`, and never over a file that is there. Raises FileExistsError and OSError.

    By no hard link, though that would be one step: a stick that any computer reads has none.
    """
    os.close(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        part.replace(whole)
    except OSError:
        whole.unlink(missing_ok=True)
        raise


class Arriving:
    """The file that comes with an answer, on its way to `to`; "": to the folder one is in, under the name it has.

    It takes its name when it is whole, and never that of a file which is there already.
    """

    def __init__(self, to: str) -> None:
        self._to = to
        self._part: Path | None = None

    def take(self, octets: bytes) -> None:
        """The next of it. Raises BadRequest."""
        try:
            if self._part is None:
                handle, name = tempfile.mkstemp(prefix=".evsectl-", dir=Path(self._to).parent)
                os.close(handle)
                self._part = Path(name)
            with self._part.open("ab") as file:
                file.write(octets)
        except OSError as error:
            self.drop()
            raise BadRequest(f"the file cannot be written ({error.strerror}); name another place: --to FILE") from error

    def finish(self, name: str) -> Path:
        """Where it is now. Raises BadRequest; nothing is left behind then."""
        self.take(b"")
        whole = Path(self._to or name)
        assert self._part is not None
        try:
            take_name(self._part, whole)
        except FileExistsError as error:
            raise BadRequest(f"{whole} is there already; name another file: --to FILE") from error
        except OSError as error:
            raise BadRequest(f"{whole} cannot be written ({error.strerror}); name another place: --to FILE") from error
        finally:
            self.drop()
        return whole

    def drop(self) -> None:
        """What came of a file that will not become whole."""
        if self._part is not None:
            with suppress(OSError):
                self._part.unlink()
            self._part = None
