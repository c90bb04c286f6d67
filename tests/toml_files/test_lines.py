from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.tables import KeyPath
from agent.toml_files.lines import key_lines

ROOT = Path(__file__).parents[2]
TOML_FILES = sorted([*ROOT.glob("*.toml"), *ROOT.glob("board_configs/*.toml"), *ROOT.glob("agent/drivers/**/*.toml")])

BARE_KEYS = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
QUOTED_KEYS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters='"\\'), max_size=6
)
KEYS = st.one_of(BARE_KEYS, QUOTED_KEYS)
VALUES = st.sampled_from(
    [
        "1",
        "-0.5",
        "true",
        '"a # [ = \\" text"',
        "'c:\\path['",
        '"""\nmany [[ lines\n# no comment\n"""',
        "'''\n[not.a.table]\nx = 1\n'''",
        "[1, # one\n 2,\n ]",
        "[[1], ['a]']]",
        '{ inner = 1, "k]" = [2] }',
        '""',
        "1979-05-27T07:32:00Z",
        '"""four quotes: """"',
    ]
)
COMMENTS = st.sampled_from(["", "  # [a] = 'b'", "\t"])
LINE_ENDS = st.sampled_from(["\n", "\r\n"])


def spelled(key: str) -> str:
    return key if key and all(c.isascii() and (c.isalnum() or c in "_-") for c in key) else f'"{key}"'


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[KeyPath, int]]:
    """A TOML text of plain, dotted and repeated tables, and the line of each key as it was written."""
    lines: list[str] = []
    expected: dict[KeyPath, int] = {}
    repeats: dict[str, int] = {}

    def write(text: str) -> int:
        lines.append(text + draw(COMMENTS))
        return "\n".join(lines[:-1]).count("\n") + (2 if len(lines) > 1 else 1)

    names = draw(st.lists(KEYS, unique=True, max_size=5))
    for name in names:
        is_array = draw(st.booleans())
        for _ in range(draw(st.integers(1, 3)) if is_array else 1):
            lines.extend(draw(st.sampled_from([[], [""], ["# comment"]])))
            line = write(f"[[ {spelled(name)} ]]" if is_array else f"[{spelled(name)}]")
            path: KeyPath = (name,)
            expected.setdefault(path, line)
            if is_array:
                repeats[name] = repeats.get(name, -1) + 1
                path = (name, repeats[name])
                expected[path] = line
            for key in draw(st.lists(KEYS, unique=True, max_size=4)):
                dotted = draw(st.booleans())
                line = write(f"{spelled(key)}{'. x' if dotted else ''} = {draw(VALUES)}")
                expected[(*path, key)] = line
                if dotted:
                    expected[(*path, key, "x")] = line
    return draw(LINE_ENDS).join(lines), expected


@settings(max_examples=150, deadline=None)
@given(documents())
def test_each_key_is_found_on_the_line_it_was_written_on(document: tuple[str, dict[KeyPath, int]]) -> None:
    text, expected = document
    tomllib.loads(text)

    assert key_lines(text) == expected


def paths_of(value: object, at: KeyPath = ()) -> list[KeyPath]:
    match value:
        case dict():
            return [path for key, part in value.items() for path in [(*at, key), *paths_of(part, (*at, key))]]
        case list() if value and all(isinstance(one, dict) for one in value):
            return [path for index, part in enumerate(value) for path in paths_of(part, (*at, index))]
        case _:
            return []


@pytest.mark.parametrize("file", TOML_FILES, ids=lambda file: str(file.name))
def test_every_key_of_our_own_files_has_a_line_that_shows_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    found = key_lines(text)
    lines = text.splitlines()
    parsed: dict[str, Any] = tomllib.loads(text)

    for path in paths_of(parsed):
        holder = path
        while holder not in found:
            holder = holder[:-1]
        key = next(part for part in reversed(holder) if isinstance(part, str))
        assert key in lines[found[holder] - 1]
