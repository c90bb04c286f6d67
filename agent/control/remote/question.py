"""The text of a question of the central system, and of the answer, which has a length. Pure."""

from __future__ import annotations

import json
from typing import Any

from agent.core.orders.checking import CASE
from agent.errors import BadRequest

MOST_BYTES = 16 << 10
MOST_ARGUMENTS = 32


def arguments_of(data: str | None) -> dict[str, Any]:
    """Raises BadRequest."""
    if not data:
        return {}
    try:
        arguments = json.loads(data) if len(data) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        arguments = None
    plain = isinstance(arguments, dict) and all(isinstance(one, str | int | float) for one in arguments.values())
    if not isinstance(arguments, dict) or not plain or len(arguments) > MOST_ARGUMENTS:
        raise BadRequest(
            f'data is no JSON object with plain values of at most {MOST_BYTES} bytes; write {{"limit": 20}}'
        )
    return arguments


def case_of(arguments: dict[str, Any]) -> str:
    """The support case, taken out of the arguments. Raises BadRequest."""
    case = str(arguments.pop("case", ""))
    if case and not CASE.fullmatch(case):
        raise BadRequest("case: 1 to 64 letters, digits or . _ : / # - are needed")
    return case


def fitted(body: dict[str, Any], most_bytes: int) -> dict[str, Any]:
    """`body`, cut where its text is longer than it may be, and `"cut": true` then.

    The largest list loses its older half, a value that is none is left out, as often as needed.
    """
    while len(json.dumps(body, separators=(",", ":"))) > most_bytes:
        body = {**body, "cut": True}
        name = max(body, key=lambda one: len(json.dumps(body[one])))
        value = body[name]
        if isinstance(value, list) and len(value) > 1:
            body[name] = value[len(value) // 2 :]
        else:
            del body[name]
    return body
