"""Which line of a TOML text a key stands on.

`tomllib` tells lines only for syntax errors. This scanner walks a text that `tomllib` has already accepted, so it may
trust the syntax. Keys inside an inline table or an array are found at the line of the key that holds them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from agent.tables import KeyPath

_PART = re.compile(r"""\s*(?:(?P<bare>[A-Za-z0-9_-]+)|(?P<quoted>"(?:[^"\\]|\\.)*"|'[^']*'))\s*""")

_TOKEN = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*'|#[^\n]*|\n|[\[\]{}]''',
    re.DOTALL,
)
"""All that matters behind an equals sign: strings and comments hide brackets, brackets hide line ends."""


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line, from 1, of each table header and each key; for a key that is defined in parts, of the first part."""
    found: dict[KeyPath, int] = {}
    arrays: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for line, statement in _statements(text):
        if statement.startswith("["):
            is_array = statement.startswith("[[")
            table = _placed(_key(statement, 2 if is_array else 1), arrays)
            if is_array:
                arrays[table] = arrays.get(table, -1) + 1
                table = (*table, arrays[table])
            _note(found, table, line)
        else:
            _note(found, (*table, *_key(statement, 0)), line)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Headers and key-value pairs, each with the line it begins on; comments and blank lines are left out."""
    # TOML's line end is LF or CRLF; a lone CR is no line end, so str.splitlines would miscount.
    at, line = 0, 1
    while at < len(text):
        end = _end_of_statement(text, at)
        statement = text[at:end].strip()
        if statement and not statement.startswith("#"):
            yield line, statement
        line += text.count("\n", at, end + 1)
        at = end + 1


def _end_of_statement(text: str, at: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(text, at):
        match token[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case "\n" if depth == 0:
                return token.start()
    return len(text)


def _key(statement: str, at: int) -> KeyPath:
    """The dotted key that begins at `at`."""
    parts: list[str] = []
    while part := _PART.match(statement, at):
        quoted = part["quoted"]
        parts.append(tomllib.loads(f"v = {quoted}")["v"] if quoted else part["bare"])
        at = part.end()
        if statement[at : at + 1] != ".":
            break
        at += 1
    return tuple(parts)


def _placed(header: KeyPath, arrays: dict[KeyPath, int]) -> KeyPath:
    """The header's path with the present element of each array of tables on its way."""
    path: KeyPath = ()
    for part in header[:-1]:
        path = (*path, part)
        if path in arrays:
            path = (*path, arrays[path])
    return (*path, header[-1])


def _note(found: dict[KeyPath, int], path: KeyPath, line: int) -> None:
    """Remember `path`, and every table that it brings into being on its way."""
    for length in range(1, len(path) + 1):
        found.setdefault(path[:length], line)
