"""What stands on the screens of `evse-support`, read as a person reads it: from the top, by colour and place.

The screens hold sentences, and of `explain` no key; `keys_of` looks a sentence up in the answer that the program got.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent.control.render import Tone, printable
from agent.core.explain.reason import Effect

COLOUR = re.compile(r"\x1b\[\d+m")
EFFECTS = "|".join(effect.value for effect in Effect)
REASON_OF_EXPLAIN = re.compile(rf" (?:{EFFECTS}) +(?P<sentence>\S.*)")
UNDER_IT = " " * 9
PORT_OF_SHOW = re.compile(r"(?P<verdict>ok|degraded|down) +connector (?P<port>\d+): ")
REASON_OF_SHOW = re.compile(r" {13}(?P<key>[a-z0-9_.]+): \S.*")
NEXT_OF_SHOW = re.compile(r" {15}next: \S.*")
RED, YELLOW = (f"\x1b[{tone.value}m" for tone in (Tone.BAD, Tone.WARN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One reason, as named: its key, and everything that stands there along with it."""

    key: str
    says: str


def explained(screen: str, keys: Mapping[str, str]) -> tuple[Named, ...]:
    """Reasons on the screen of `explain`, from the top. A sentence that is none of `keys` has the key ""."""
    found: list[Named] = []
    is_under_one = False
    for line in _lines(screen):
        head = REASON_OF_EXPLAIN.fullmatch(line)
        if head is not None:
            found.append(Named(key="", says=head["sentence"]))
        elif is_under_one and line.startswith(UNDER_IT):
            found[-1] = Named(key="", says=f"{found[-1].says} {line.strip()}")
        is_under_one = head is not None or (is_under_one and line.startswith(UNDER_IT))
    # A long sentence goes on below, before its evidence.
    longest_first = sorted(keys, key=len, reverse=True)
    return tuple(
        Named(key=next((keys[whole] for whole in longest_first if one.says.startswith(whole)), ""), says=one.says)
        for one in found
    )


def keys_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """Of each sentence the key, out of the body that `explain` is answered with."""
    reasons = [reason for connector in answer["connectors"] for reason in connector["reasons"]]
    return {printable(one["what"]).strip(): one["key"] for one in reversed(reasons)}


def shown(screen: str, connector: int) -> tuple[Named, ...]:
    """Reasons on the screen of `show` that stand with this connector, from the top."""
    found: list[Named] = []
    is_there = False
    for line in _lines(screen):
        port = PORT_OF_SHOW.match(line)
        if port is not None:
            is_there = int(port["port"]) == connector
        elif not line.startswith(UNDER_IT):
            is_there = False
        elif is_there and (reason := REASON_OF_SHOW.fullmatch(line)) is not None:
            found.append(Named(key=reason["key"], says=line.strip()))
        elif is_there and found and NEXT_OF_SHOW.fullmatch(line):
            found[-1] = Named(key=found[-1].key, says=f"{found[-1].says} {line.strip()}")
    return tuple(found)


def verdicts(screen: str) -> tuple[str, ...]:
    """Of each connector on the screen of `show`."""
    return tuple(port["verdict"] for line in _lines(screen) if (port := PORT_OF_SHOW.match(line)) is not None)


def rows(screen: str, device: str) -> list[str]:
    """Those of a charger on the screen of `fleet`, with their colour."""
    return [line for line in screen.splitlines() if COLOUR.sub("", line).split(" ")[0] == device]


def is_calm(row: str) -> bool:
    """Nothing in it calls for somebody."""
    return not any(colour in row for colour in (RED, YELLOW)) and " ok " in row


def _lines(screen: str) -> Iterator[str]:
    for line in screen.splitlines():
        yield COLOUR.sub("", line)
