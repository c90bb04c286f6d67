"""One command to one answer, for the control socket and the prompt alike. Never raises for a bad command."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from tools.csms.arguments import Arguments, BadCommand
from tools.csms.package import OCPPError
from tools.csms.server import CentralSystem
from tools.csms.verbs import VERBS

LISTED = "help"


async def carry_out(system: CentralSystem, request: Mapping[str, Any]) -> dict[str, Any]:
    """`{"id": …, "do": verb, …}` to `{"id": …, "ok": true, …}` or `{"id": …, "ok": false, "error": …}`."""
    given = dict(request)
    request_id, name = given.pop("id", None), given.pop("do", None)
    try:
        outcome = await _perform(system, name, Arguments(given))
    except (BadCommand, LookupError, OCPPError, OSError, sqlite3.Error) as error:
        return {"id": request_id, "ok": False, "error": str(error.args[0] if error.args else error)}
    return {"id": request_id, "ok": True, **outcome}


async def _perform(system: CentralSystem, name: object, arguments: Arguments) -> dict[str, Any]:
    if name == LISTED:
        return {"verbs": {verb.name: f"{verb.usage}  {verb.purpose}".strip() for verb in VERBS.values()}}
    if not isinstance(name, str) or name not in VERBS:
        raise BadCommand(f"unknown command {name!r}; {LISTED} lists them")
    try:
        return await VERBS[name].carry_out(system, arguments)
    except TimeoutError:
        raise BadCommand(f"{name}: timed out") from None


def read_request(line: bytes) -> dict[str, Any]:
    """One line of the control socket; raises BadCommand."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        raise BadCommand("a request is one JSON object on one line") from None
    if not isinstance(request, dict):
        raise BadCommand("a request is one JSON object on one line")
    return request
