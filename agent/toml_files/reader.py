"""Files of TOML to one table, each value with the line it came from."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from agent.tables import KeyPath
from agent.toml_files.lines import key_lines
from agent.toml_files.problems import Location, Problems
from agent.values import frozen


@frozen
class Document:
    """What the files say together. `where` knows the line of every key that is not inside an inline table or array."""

    table: Mapping[str, object]
    where: Mapping[KeyPath, Location]
    problems: Problems


def read(file: Path, *drop_ins: Path, unwritten: Mapping[Path, str] | None = None) -> Document:
    """`file` and then `drop_ins` on top of it; a later file replaces single keys, and whole arrays.

    `unwritten`: texts that count in place of what is on the disk, to look at a change before it is made.
    Never raises: a file that is missing or is no TOML is a problem in the result.
    """
    problems = Problems(file)
    table: dict[str, object] = {}
    where: dict[KeyPath, Location] = {}
    for path in (file, *drop_ins):
        text = unwritten[path] if unwritten and path in unwritten else _text(path, problems)
        parsed = _parsed(text, path, problems)
        _lay_over(table, parsed)
        where |= {key: Location(path, line) for key, line in (key_lines(text) if parsed else {}).items()}
    problems.where = where
    return Document(table, where, problems)


def drop_ins_of(site_file: Path) -> tuple[Path, ...]:
    """`site.toml.d/*.toml` in the order of their names."""
    folder = site_file.with_name(f"{site_file.name}.d")
    return tuple(sorted(folder.glob("*.toml"))) if folder.is_dir() else ()


def _text(path: Path, problems: Problems) -> str:
    try:
        # Windows' editor begins a file with a byte order mark, which TOML does not know.
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        problems.add_in(path, 1, "there is no such file; check the path")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problems.add_in(path, line, f"is not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8")
    except OSError as error:
        problems.add_in(path, 1, f"cannot be read: {error.strerror}; check the owner and the permissions")
    return ""


def _parsed(text: str, path: Path, problems: Problems) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        what, _, place = message.partition(" (at line ")
        line = int(place.partition(",")[0]) if place else text.count("\n") + 1
        what = (
            f"is not TOML: {what[:1].lower()}{what[1:]}; mend this line, then check again: nothing of the file was read"
        )
        problems.add_in(path, line, what)
    return {}


def _lay_over(below: dict[str, object], above: Mapping[str, object]) -> None:
    """`above` wins, key by key through the tables."""
    for key, value in above.items():
        present = below.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            _lay_over(present, value)
        else:
            below[key] = value
