"""What would change if a key were written: a dry run with the validation of a start; nothing is written."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import BadRequest, ConfigError

if TYPE_CHECKING:
    from agent.config.model import StationConfig

KEY = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
OVERLAY = "~what-if.toml"
"""Read behind every other drop-in, and never on the disk."""


def overlay_of(words: str) -> str:
    """KEY=VALUE, several in one text, as the lines of a file. Raises BadRequest."""
    try:
        pairs = [word.partition("=") for word in shlex.split(words)]
    except ValueError as error:
        raise BadRequest(f'"{words[:60]}": {error}; write KEY=VALUE, several of them in one pair of quotes') from error
    lines = []
    for key, equals, value in pairs:
        if not equals or KEY.fullmatch(key) is None:
            raise BadRequest(f'"{key[:60]}{equals}" is no KEY=VALUE; write one as site.supply_current_a=16')
        lines.append(f"{key} = {_value(value)}\n")
    return "".join(lines)


def _value(text: str) -> str:
    """As TOML where it is some, else as a text."""
    try:
        tomllib.loads(f"x = {text}")
    except tomllib.TOMLDecodeError:
        from agent.config.plan_files import as_toml

        return as_toml({"x": text}).partition(" = ")[2].rstrip("\n")
    return text


def tried(running: StationConfig, words: str) -> Mapping[str, Any]:
    """What a start with these keys would find, beside what runs now. Reads the disk; raises BadRequest."""
    from agent.config.plan_files import PlanFiles
    from agent.control.plan_applying import changes
    from agent.drivers import loader

    files = PlanFiles(running.site_file, OVERLAY, what="trial")
    overlay = overlay_of(words)
    try:
        wanted = files.configuration_with(overlay, loader)
    except ConfigError as error:
        return {"tried": overlay, "problems": [_plain(one, files.drop_in) for one in error.problems], "changes": []}
    return {
        "tried": overlay,
        "problems": [],
        "changes": changes(running, wanted),
        "notices": [one for one in wanted.notices if one not in running.notices],
        "currents": [
            {"connector": int(connector), "now": running.connector_current_a(connector), "then": then}
            for connector in running.connector_sites
            if (then := wanted.connector_current_a(connector)) != running.connector_current_a(connector)
        ],
    }


def _plain(problem: object, overlay: Path) -> str:
    """Without the name of a file that is not there."""
    text = str(problem)
    if text.startswith(f"{overlay}:"):
        return text.removeprefix(f"{overlay}:").partition(": ")[2]
    return text
