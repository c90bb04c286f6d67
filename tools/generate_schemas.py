"""Writes agent/telemetry/schemas/ from the tables in tools/schemas/.

`python -m tools.generate_schemas` writes; with `--check` it only says what is stale and exits 1.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from agent.table_schema import DIALECT
from agent.telemetry.topics import VERSION
from tools.schemas import answers, messages
from tools.schemas.shape import Schema

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "agent/telemetry/schemas"


def files() -> dict[Path, str]:
    """Each file and its text."""
    found = {FOLDER / f"{kind}.schema.json": _text(kind, schema) for kind, schema in messages.schemas().items()}
    for words, schema in answers.schemas().items():
        file = FOLDER / "answers" / answers.file_of(words)
        found[file] = _text(f"answers/{words.replace(' ', '-')}", schema)
    return found


def _text(name: str, schema: Schema) -> str:
    told = {"title": schema.get("description", name)} | {
        key: one for key, one in schema.items() if key != "description"
    }
    whole = {"$schema": DIALECT, "$id": f"evse-agent/{VERSION}/{name}", **told}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def stale() -> list[Path]:
    """Files that are missing, others than they should be, or of nothing any more."""
    wanted = files()
    there = set(FOLDER.rglob("*.json"))
    changed = [file for file, text in wanted.items() if file not in there or file.read_text("utf-8") != text]
    return sorted([*changed, *(there - set(wanted))])


def main(arguments: list[str]) -> int:
    """Exit code 1 only with `--check` and a stale file."""
    wanted = files()
    for file in stale():
        name = file.relative_to(ROOT)
        if "--check" in arguments:
            print(f"{name} is stale; write: python -m tools.generate_schemas")
        elif file in wanted:
            file.parent.mkdir(exist_ok=True)
            file.write_text(wanted[file], encoding="utf-8")
            print(f"{name} written")
        else:
            file.unlink()
            print(f"{name} removed: no table tells it any more")
    return 1 if "--check" in arguments and stale() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
