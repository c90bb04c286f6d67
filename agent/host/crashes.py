"""What is left of runs that died, in a small folder of the state: bounded, and written only when one does.

While the program runs faulthandler holds a file open there; a fatal signal (SIGABRT is the service manager's watchdog)
has it write where each thread was, an unhandled exception is written by ourselves. The next start moves it among the
few that are kept. What the service manager calls the end lies beside the control socket (ExecStopPost of the unit).
"""

from __future__ import annotations

import faulthandler
import logging
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from agent import whole_file
from agent.core.last_words import KEPT_CHARACTERS, bounded, headline, of_exception
from agent.errors import AgentError
from agent.values import frozen

log = logging.getLogger(__name__)

FOLDER = "crashes"
OPEN_FILE = "this-run.txt"
RESULT_FILE = "ended"
KEPT = 5
_KEPT_NAME = r"crash-(\d{1,9})\.txt"
_TIMES = r"(?m)^(\d{1,9}) times so, first ended (\S+)$"
IN_ORDER = "success"
"""The service manager's word for an end that is none of a failure."""


class LastWords:
    """Open from a start on. Where it cannot be opened, everything goes to standard error, and so to the journal."""

    def __init__(self, storage: Path) -> None:
        self._file: int | None = None
        try:
            for folder in (storage, storage / FOLDER):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file, how = storage / FOLDER / OPEN_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self._file = os.open(file, how, whole_file.FILE_MODE)
            faulthandler.enable(self._file)
        except OSError as error:
            faulthandler.enable()
            log.warning("a crash could not be kept", extra={"error": str(error)})

    def __enter__(self) -> LastWords:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """An error of ours (AgentError) is told in words by who started us, and nothing had begun: that is no crash."""
        if self._file is None or not isinstance(error, Exception) or isinstance(error, AgentError):
            return
        with suppress(OSError):
            os.write(self._file, f"{of_exception(error)}\n".encode(errors="backslashreplace"))
            os.fsync(self._file)


@frozen(kw_only=True)
class Left:
    """What a start finds of the run before. "" where there is nothing."""

    headline: str = ""
    result: str = ""


class Crashes:
    """One object a run. Nothing fails: a folder that cannot be read is empty."""

    def __init__(self, storage: Path, beside_socket: Path) -> None:
        self._folder = storage / FOLDER
        self._result = beside_socket / RESULT_FILE

    def collect(self, version: str) -> Left:
        """Take over what the run before left; for a start that has the store, so that no other agent runs here."""
        text, ended = self._left()
        line = headline(text)
        if line:
            log.error("the run before this one died", extra={"how": line, "kept_in": str(self._folder)})
            with suppress(OSError):
                self._keep(line, text, ended, version)
                os.truncate(self._folder / OPEN_FILE, 0)
        return Left(headline=line, result=self._taken_result())

    def texts(self) -> Iterator[str]:
        """All that is kept, the newest first."""
        for file in reversed(self._kept()):
            with suppress(OSError):
                yield file.read_text(encoding="utf-8", errors="replace")

    def lines(self) -> Iterator[str]:
        """The same, for a file."""
        for text in self.texts():
            yield from text.splitlines()
            yield ""

    def _left(self) -> tuple[str, str]:
        """The text, and when it was written by the controller's clock."""
        try:
            with (self._folder / OPEN_FILE).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - 4 * KEPT_CHARACTERS))
                text = file.read().decode(errors="replace")
                return text, datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC).isoformat(timespec="seconds")
        except OSError:
            return "", ""

    def _keep(self, line: str, text: str, ended: str, version: str) -> None:
        """A loop that dies of the same time after time takes one place, and is counted."""
        kept = self._kept()
        times, first = 1, ended
        number = _number(kept[-1]) + 1 if kept else 1
        if kept and (before := _head(kept[-1]))[0] == line:
            times, first, number = before[1] + 1, before[2] or ended, number - 1
        for old in kept[: max(0, len(kept) + 1 - KEPT)] if times == 1 else ():
            old.unlink(missing_ok=True)
        counted = f"{times} times so, first ended {first}\n" if times > 1 else ""
        head = f"{line}\nended {ended}, told by version {version}\n{counted}"
        whole_file.write(self._folder / f"crash-{number}.txt", f"{head}\n{bounded(text)}")

    def _kept(self) -> list[Path]:
        try:
            found = [one for one in self._folder.iterdir() if re.fullmatch(_KEPT_NAME, one.name)]
        except OSError:
            return []
        return sorted(found, key=_number)

    def _taken_result(self) -> str:
        """The service manager's word, once: the next end has its own."""
        try:
            word = self._result.read_text(encoding="ascii")[:40].strip()
            self._result.unlink()
        except (OSError, ValueError):
            return ""
        return "" if word == IN_ORDER else word


def _head(file: Path) -> tuple[str, int, str]:
    """Headline, how often, and since when."""
    with file.open(encoding="utf-8", errors="replace") as opened:
        head = opened.read(1_000)
    found = re.search(_TIMES, head)
    ended = re.search(r"^ended (\S+),", head, re.MULTILINE)
    first = found[2] if found else ended[1] if ended else ""
    return head.partition("\n")[0], int(found[1]) if found else 1, first


def _number(file: Path) -> int:
    found = re.fullmatch(_KEPT_NAME, file.name)
    return int(found[1]) if found else 0
