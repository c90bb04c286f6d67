"""The text of a question of the central system, and of the answer, which has a length. Pure."""

from __future__ import annotations

import json
from typing import Any

from agent.core.orders.checking import CASE as CASE_TEXT
from agent.core.orders.checking import BadOrder, arguments
from agent.core.orders.envelope import Argument
from agent.errors import BadRequest

CASE = "case"
MOST_BYTES = 16 << 10


def arguments_of(data: str | None) -> dict[str, Argument]:
    """What stands in `data`, as strict as an order's. Raises BadRequest."""
    if not data:
        return {}
    try:
        if len(data) > MOST_BYTES:
            raise BadRequest(f"data of {len(data)} characters is too long; at most {MOST_BYTES}")
        return arguments(json.loads(data))
    except BadOrder as error:
        raise BadRequest(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise BadRequest('data is no JSON object; write {"limit": 20}') from error


def case_of(given: dict[str, Argument]) -> str:
    """The support case, taken out of the arguments. Raises BadRequest."""
    case = str(given.pop(CASE, ""))
    if case and not CASE_TEXT.fullmatch(case):
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
