"""Faulty sites to practise on: what is broken, what the trainee is told, what a commissioning has to name, and hints.

One file each, `NAME.toml`. A scenario breaks the simulated world, gives the instrument a reading, or wants a central
system that is wrong; the last is for `python -m tools.training`, which has one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


class NoSuchScenario(ValueError):
    """The text names those that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`broken`: ways to break the world, each with its arguments. `typed`: what instruments and labels show, by the key
    of the question. `network`: what is wrong on the way to the central system, by a word of `tools/sites/networks.py`.

    `causes`: ids of the fault catalogue, of which one has to be named first. `hints`: the first one says least.
    """

    name: str
    title: str
    story: str
    board: str
    connector: int
    broken: tuple[tuple[str, Mapping[str, object]], ...]
    typed: Mapping[str, str]
    network: str
    causes: tuple[str, ...]
    solution: str
    hints: tuple[str, ...]


def names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in HERE.glob("*.toml")))


def read(name: str) -> Scenario:
    """Raises NoSuchScenario."""
    if name not in names():
        raise NoSuchScenario(f"there is no scenario {name!r}; there are {', '.join(names())}")
    document = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
    return Scenario(
        name=name,
        title=document["title"],
        story=" ".join(document["story"].split()),
        board=document["board"],
        connector=document.get("connector", 1),
        broken=tuple((one["way"], {k: v for k, v in one.items() if k != "way"}) for one in document.get("broken", ())),
        typed=document.get("typed", {}),
        network=document.get("network", ""),
        causes=tuple(document["expected"]["causes"]),
        solution=" ".join(document["expected"]["solution"].split()),
        hints=tuple(document["hints"]),
    )
