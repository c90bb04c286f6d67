"""Whose signature counts: the file of keys, read again when it changed: a key is taken away without a restart."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from agent.config.support import read_keys
from agent.core.orders.judging import Key
from agent.errors import ConfigError

log = logging.getLogger(__name__)

NOT_THERE = "the file of [support] keys_file is not there, or cannot be looked at; put it where the site file says"


class KeyFile:
    """Of a file that is missing or in doubt no key counts: who signs nothing can order nothing."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._mark: tuple[int, ...] | None = None
        self._keys: Mapping[str, Key] = {}
        self.trouble = ""
        """Why no key counts at all, by the last reading: it is not there, others may write it, or what is in it."""

    def read(self) -> Mapping[str, Key]:
        """Never raises; what is wrong with the file is in the log, once. A look at the disk, and seldom more."""
        if self._file is None:
            return {}
        try:
            status = self._file.stat()
            # A change of the mode alone changes its ctime, and nothing else that is looked at otherwise.
            mark: tuple[int, ...] = (
                status.st_mtime_ns,
                status.st_ctime_ns,
                status.st_mode,
                status.st_size,
                status.st_ino,
            )
        except OSError:
            mark = ()
        if mark != self._mark:
            self._mark = mark
            self._read(self._file)
        return self._keys

    def _read(self, file: Path) -> None:
        self.trouble = ""
        try:
            self._keys = read_keys(file)
        except ConfigError as error:
            self._keys = {}
            self.trouble = _trouble(file, str(error.problems[0])) if self._mark else NOT_THERE
            log.error("no key counts for orders", extra={"why": error.problems[0]})  # noqa: TRY400 a sentence


def _trouble(file: Path, problem: str) -> str:
    """Without its place on the disk, which is nobody's business on the broker."""
    return f"the file of [support] keys_file is of no use: {problem.replace(str(file), file.name)}"
