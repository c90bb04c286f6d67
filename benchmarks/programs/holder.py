"""Imports the modules named on standard input, says `ready`, and holds them until it is ended."""

from __future__ import annotations

import contextlib
import importlib
import signal
import sys


def main() -> None:
    for name in sys.stdin.read().split():
        # What another module made up when it was imported is there already, or cannot be imported by itself.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    print("ready", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
