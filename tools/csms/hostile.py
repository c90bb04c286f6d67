"""Frames no central system should send, by name. Pure: name in, frames out."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import uuid4

HUGE_BYTES = 2_000_000
"""Above every frame limit a charger may sensibly have, below what a broken proxy produces."""


def _call(message_id: str, action: object, payload: object) -> str:
    return json.dumps([2, message_id, action, payload])


def _fresh() -> str:
    return str(uuid4())


def _duplicate_id() -> list[str | bytes]:
    frame = _call(_fresh(), "GetConfiguration", {"key": ["HeartbeatInterval"]})
    return [frame, frame]


FRAMES: dict[str, Callable[[], list[str | bytes]]] = {
    "empty": lambda: [""],
    "not_json": lambda: ["this is { not JSON"],
    "not_an_array": lambda: ['{"action": "Reset"}'],
    "empty_array": lambda: ["[]"],
    "too_short": lambda: ["[2]"],
    "unknown_type": lambda: [json.dumps([9, _fresh(), "Reset", {}])],
    "id_is_a_number": lambda: [json.dumps([2, 17, "Heartbeat", {}])],
    "action_is_an_object": lambda: [_call(_fresh(), {}, {})],
    "payload_is_a_list": lambda: [_call(_fresh(), "Reset", [])],
    "payload_is_null": lambda: [_call(_fresh(), "Reset", None)],
    "unknown_action": lambda: [_call(_fresh(), "SelfDestruct", {})],
    "wrong_types": lambda: [_call(_fresh(), "RemoteStopTransaction", {"transactionId": "one"})],
    "missing_field": lambda: [_call(_fresh(), "Reset", {})],
    "extra_field": lambda: [_call(_fresh(), "ClearCache", {"please": True})],
    "bad_enum": lambda: [_call(_fresh(), "Reset", {"type": "Gentle"})],
    "deep": lambda: ["[2," + '"d","Reset",' + '{"a":' * 5_000 + "1" + "}" * 5_000 + "]"],
    "huge": lambda: [_call(_fresh(), "DataTransfer", {"vendorId": "x", "data": "A" * HUGE_BYTES})],
    "huge_number": lambda: [_call(_fresh(), "RemoteStopTransaction", {"transactionId": 10**400})],
    "lone_surrogate": lambda: ['[2,"s","DataTransfer",{"vendorId":"\\ud800"}]'],
    "duplicate_id": _duplicate_id,
    "answer_to_nothing": lambda: [json.dumps([3, _fresh(), {"status": "Accepted"}])],
    "error_to_nothing": lambda: [json.dumps([4, _fresh(), "GenericError", "", {}])],
    "binary": lambda: [b"\x00\x01\xfe\xff"],
}


def hostile_frames(name: str) -> list[str | bytes]:
    """The frames called `name`, in the order to send them; every one of them for `all`. Raises KeyError."""
    if name != "all":
        return FRAMES[name]()
    # The huge one comes last: most chargers rightly hang up on it.
    ordered = [other for other in FRAMES if other != "huge"] + ["huge"]
    return [frame for other in ordered for frame in FRAMES[other]()]
