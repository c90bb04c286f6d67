"""`python -m benchmarks [NAME …]`: measures, and prints one table. `make bench` runs them all.

Each measure runs in a process of its own, so that none inherits memory, imports or log settings of another. The exit
code is 1 when a measure could not be carried out. A missed target is a result, not a failure: machines differ.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import machine, registry
from benchmarks.figure import Figure, from_json
from benchmarks.table import notes, table
from tools.processes import ROOT


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one measure: figures, or none and a code."""

    name: str
    figures: tuple[Figure, ...]
    exit_code: int


def main() -> int:
    given = _arguments()
    chosen = given.names or registry.names()
    with TemporaryDirectory(prefix="evse-bench-", dir=machine.scratch()) as folder:
        environment = machine.environment(Path(folder) / "bytecode")
        results = [_run(name, given.quick, Path(folder), environment) for name in chosen]
    figures = [figure for result in results for figure in result.figures]
    print(machine.described(), table(figures), "\n".join(notes(figures)), sep="\n\n")
    if given.json:
        given.json.write_text(json.dumps([figure.as_json() for figure in figures], indent=1, ensure_ascii=False) + "\n")
    failed = [result.name for result in results if result.exit_code]
    if failed:
        print(f"\nnot measured: {', '.join(failed)}; what went wrong stands above the table", file=sys.stderr)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    known = registry.names()
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure the agent beside its floors.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="a rough look: short windows, few trials")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args()
    strangers = [name for name in given.names if name not in known]
    if strangers:
        parser.error(f"no measure {', '.join(strangers)}; there are {', '.join(known)}")
    return given


def _run(name: str, is_quick: bool, folder: Path, environment: dict[str, str]) -> Result:
    """In a child; its complaints go to our standard error."""
    command = [sys.executable, "-m", "benchmarks.one", name, str(folder / name), *(["--quick"] if is_quick else [])]
    print(f"measuring {name} …", end="", file=sys.stderr, flush=True)
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True, check=False
    )
    print(f" {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    figures = json.loads(done.stdout) if done.returncode == 0 else []
    return Result(name, tuple(from_json(figure) for figure in figures), done.returncode)


if __name__ == "__main__":
    sys.exit(main())
