"""Texts of the hand-over pack: one TOML file for each language in `texts/`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "texts"


def languages() -> tuple[str, ...]:
    """Two letters each."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))


@cache
def texts(language: str) -> Mapping[str, str]:
    """By "section.key". Raises KeyError for a language there is none of."""
    if language not in languages():
        raise KeyError(language)
    return dict(_flat(tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))))


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, str(value)
