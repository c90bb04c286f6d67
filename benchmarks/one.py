"""One measure in this process: `python -m benchmarks.one NAME FOLDER [--quick]` prints its figures as JSON."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from benchmarks import registry
from benchmarks.figure import FULL, QUICK


def main(name: str, folder: Path, *options: str) -> None:
    """Raises what the measure raises: the traceback is for the developer who runs it."""
    # What the agent logs in this process belongs to no reader of a table.
    logging.getLogger().addHandler(logging.NullHandler())
    folder.mkdir(parents=True)
    effort = QUICK if "--quick" in options else FULL
    figures = [figure.as_json() for figure in registry.load(name).measure(effort, folder)]
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
