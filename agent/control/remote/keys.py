"""Whose signature counts: the file of keys, read again when it changed: a key is taken away without a restart."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from agent.config.support import read_keys
from agent.core.orders.judging import Key
from agent.errors import ConfigError

log = logging.getLogger(__name__)


class KeyFile:
    """Of a file that is missing or in doubt no key counts: who signs nothing can order nothing."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._mark: tuple[int, int, int] | None = None
        self._keys: Mapping[str, Key] = {}

    def read(self) -> Mapping[str, Key]:
        """Never raises; what is wrong with the file is in the log, once. A look at the disk, and seldom more."""
        if self._file is None:
            return {}
        try:
            status = self._file.stat()
            mark = (status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError:
            mark = (0, 0, 0)
        if mark != self._mark:
            self._mark = mark
            try:
                self._keys = read_keys(self._file)
            except ConfigError as error:
                self._keys = {}
                log.error("no key counts for orders", extra={"why": error.problems[0]})  # noqa: TRY400 a sentence
        return self._keys
