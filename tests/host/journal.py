"""A stand-in for `journalctl`: an executable of its own that answers as systemd's does to the words it is given."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = """#!{python}
import json, signal, sys, time
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
folder = {folder!r}
with open(folder + "/asked", "a") as asked:
    asked.write(json.dumps(sys.argv[1:]) + "\\n")
given = {{name: value for name, _, value in (word.partition("=") for word in sys.argv[1:])}}
rows = [json.loads(line) for line in open(folder + "/rows")]
of_kernel = "_TRANSPORT" in given
rows = [row for row in rows if (row.pop("_TRANSPORT", "") == "kernel") == of_kernel]
bounds = ("--since", "@-1"), ("--until", "@9e9")
since, until = (float(given.get(name, default).lstrip("@")) for name, default in bounds)
rows = [row for row in rows if since <= int(row["__REALTIME_TIMESTAMP"]) / 1e6 <= until]
print({hint!r}, file=sys.stderr, flush=True) if {hint!r} else None
for row in rows[::-1][: int(given["--lines"])]:
    print(json.dumps(row), flush=True)
    time.sleep({pause_s})
time.sleep({last_s})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a journal. `at_s`: UTC."""

    text: str | list[int] | None
    at_s: float = 1_800_000_000.0
    of_kernel: bool = False
    priority: int = 6
    source: str = "evse-agent"

    def row(self) -> dict[str, object]:
        return {
            "__REALTIME_TIMESTAMP": str(round(self.at_s * 1_000_000)),
            "_BOOT_ID": "0123456789abcdef0123456789abcdef",
            "PRIORITY": str(self.priority),
            "SYSLOG_IDENTIFIER": "kernel" if self.of_kernel else self.source,
            "MESSAGE": self.text,
            **({"_TRANSPORT": "kernel"} if self.of_kernel else {}),
        }


def stand_in(
    folder: Path, lines: Iterable[Line], *, hint: str = "", pause_s: float = 0.0, last_s: float = 0.0
) -> tuple[str, ...]:
    """The command that shows these, written oldest first. `pause_s` after each line, `last_s` before it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rows").write_text("".join(json.dumps(one.row()) + "\n" for one in lines))
    program = folder / "journalctl"
    program.write_text(
        PROGRAM.format(python=sys.executable, folder=str(folder), hint=hint, pause_s=pause_s, last_s=last_s)
    )
    program.chmod(0o755)
    return (str(program),)


def asked(folder: Path) -> list[Sequence[str]]:
    """The words of every call."""
    return [json.loads(line) for line in (folder / "asked").read_text().splitlines()]
