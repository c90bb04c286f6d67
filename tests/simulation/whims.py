"""What a central system may say that no other would: answers of all kinds, and frames that are no messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.ocpp_client.payloads import Inventor
from tests.simulation.hostile_office import Asked, Expected, answers_to
from tools.csms.hostile import FRAMES

HOSTILE = tuple(name for name in FRAMES if name not in ("huge", "duplicate_id"))
LONGEST_ID = 128
LONGEST_WAIT_S = 60
NOW = "2026-09-21T10:00:00.000Z"
WORDS = (
    '[2,"1"',
    "[3]",
    "null",
    "2",
    "[[[[",
    '{"a":1}',
    "\u0000",
    "[2,,]",
    "[2, NaN]",
    '["2","1","Reset",{}]',
    "\ufeff[]",
)


def well(action: str, number: int) -> dict[str, Any]:
    """As a good central system answers."""
    accepted = {"idTagInfo": {"status": "Accepted"}}
    match action:
        case "BootNotification":
            return {"status": "Accepted", "interval": 20, "currentTime": NOW}
        case "Heartbeat":
            return {"currentTime": NOW}
        case "Authorize":
            return accepted
        case "StartTransaction":
            return {"transactionId": number, **accepted}
        case "SignCertificate":
            return {"status": "Accepted"}
        case _:
            return {}


def whimsical_answer(asked: Asked, how: str, number: int, inventor: Inventor, random: Random) -> Iterator[Any]:
    """Frames that answer a CALL; `number` is the id that a transaction gets, whatever else is odd."""
    good = [3, asked.message_id, well(asked.action, number)]
    match how:
        case "well":
            yield good
        case "twice":
            yield from (good, good)
        case "with an error":
            yield [4, asked.message_id, random.choice(("InternalError", "GenericError", "", "x" * 300)), "no", {}]
        case "as busy":
            yield [4, asked.message_id, "RpcFrameworkError", "", {}]
        case "oddly":
            yield [3, asked.message_id, _with_id(inventor.fitting(f"{asked.action}Response"), asked, number)]
        case "wrongly":
            broken = _with_id(inventor.broken(f"{asked.action}Response"), asked, number)
            yield random.choice(
                ([3, asked.message_id, broken], [3, asked.message_id], [4, asked.message_id], [3, number, {}])
            )
        case _:
            raise ValueError(how)


def _with_id(payload: dict[str, Any], asked: Asked, number: int) -> dict[str, Any]:
    """No two charges get one id, which could not be told from a mistake of the charger; no boot is put off by days."""
    if asked.action == "BootNotification" and isinstance(payload.get("interval"), int):
        return {**payload, "interval": min(payload["interval"], LONGEST_WAIT_S)}
    if asked.action == "StartTransaction" and isinstance(payload.get("transactionId"), int | float):
        return {**payload, "transactionId": number}
    return payload


def junk(random: Random, message_id: str) -> list[str | bytes]:
    """Frames that are no messages, or very odd ones."""
    match random.randrange(6):
        case 0:
            return FRAMES[random.choice(HOSTILE)]()
        case 1:
            return [random.choice(WORDS)]
        case 2:
            return [random.randbytes(random.randrange(40))]
        case 3:
            return [json.dumps([3, message_id, {}]), json.dumps([4, message_id, "x", "", {}])]
        case 4:
            beyond: Any = random.choice((2**70, -(2**64), "\ud800", [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]))
            return [json.dumps([2, message_id, "DataTransfer", {"vendorId": "x", "data": beyond}])]
        case _:
            return [
                json.dumps(
                    [
                        2,
                        message_id * random.choice((1, 40)),
                        *random.choices(([], {}, "Reset", 1, None), k=random.randrange(4)),
                    ]
                )
            ]


def junk_expected(frame: str | bytes) -> Expected | None:
    """What may come of it: nothing, where it is no CALL that can be answered."""
    try:
        call = json.loads(frame if isinstance(frame, str) else "", parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(call, list) or len(call) < 2 or call[0] != 2 or not isinstance(call[1], str):
        return None
    if not 0 < len(call[1]) <= LONGEST_ID or not call[1].isprintable():
        return None
    answers = {"FormationViolation"}
    if len(call) == 4 and isinstance(call[2], str) and isinstance(call[3], dict) and 0 < len(call[2]) <= 64:
        answers |= answers_to(call[2], call[3])
    # One too many in a row is not answered when it is no message.
    return Expected(call[1], str(call[2:3]), frozenset({*answers, "GenericError"}), is_certain=False)


def _refuse(text: str) -> Any:
    raise ValueError(text)
