"""The wear record as the text of a file, with a check over it; and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from agent.core.commissioning.canonical import canonical
from agent.core.wear.model import LARGEST_COUNT, RETIRED_AT_MOST, Part, Retired, Wear, kind_of

FORMAT = 1
MOST_BYTES = 65_536
GAPS_AT_MOST = 32


def written(wear: Wear) -> str:
    """One line of JSON. `crc32` is over the canonical text of `wear`."""
    body = body_of(wear)
    return json.dumps({"format": FORMAT, "crc32": f"{crc32(canonical(body)):08x}", "wear": body}) + "\n"


def read(text: str) -> Wear:
    """Raises ValueError with what is wrong with it."""
    if len(text) > MOST_BYTES:
        raise ValueError("it is longer than such a record can be")
    try:
        content = json.loads(text)
        body, told = content["wear"], content["crc32"]
        found = f"{crc32(canonical(body)):08x}"
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"it is no such record any more ({error})") from error
    if found != told:
        raise ValueError(f"its check is {found} and should be {told}: something in it was changed")
    if content.get("format") != FORMAT:
        raise ValueError(f"it is of format {content.get('format')!r:.20}, and this program knows {FORMAT}")
    return _wear(body)


def body_of(wear: Wear) -> dict[str, Any]:
    """As JSON: what the file holds, what `evsectl evidence wear` shows, and what a claim carries."""
    return {
        "parts": {id: _part_body(part) for id, part in sorted(wear.parts.items())},
        "retired": [{"id": one.id, "retired": one.retired} | _part_body(one.part) for one in wear.retired],
        "gaps": list(wear.gaps[-GAPS_AT_MOST:]),
    }


def _part_body(part: Part) -> dict[str, Any]:
    counts = dict(sorted(part.counts.items()))
    return {"serial": part.serial, "model": part.model, "fitted": part.fitted, "counts": counts}


def _wear(body: Any) -> Wear:
    """The check holds, so this is what we wrote, or what somebody made with care. Raises ValueError."""
    try:
        return Wear(
            parts={_id(id): _part(one) for id, one in body["parts"].items()},
            retired=tuple(
                Retired(id=_id(one["id"]), part=_part(one), retired=_moment(one["retired"]))
                for one in body["retired"][-RETIRED_AT_MOST:]
            ),
            gaps=tuple(str(one) for one in body["gaps"][-GAPS_AT_MOST:]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"something is missing in it ({error})") from error


def _id(text: Any) -> str:
    kind_of(str(text))
    return str(text)


def _part(body: Mapping[str, Any]) -> Part:
    counts = {str(name): int(count) for name, count in body["counts"].items()}
    if any(abs(count) > LARGEST_COUNT for count in counts.values()):
        raise ValueError("a count in it is larger than any can be")
    # Records of earlier releases know no model.
    model = str(body.get("model", ""))
    return Part(serial=str(body["serial"]), model=model, fitted=_moment(body["fitted"]), counts=counts)


def _moment(value: Any) -> int | None:
    return None if value is None else int(value)
