"""Recorded frames of meters, in the form of tests/vectors/meters.json: read with every doubt, and written.

    { "vectors": [{ "meter": "acme-pm3", "case": "idle", "unit": 1,
                    "frames": [{ "request": "0104…", "response": "0104…" }],
                    "values": { "voltage_l1": 230.1 } }],
      "identities": { "acme-pm3": [{ "request": "0103…", "response": "0103…" }] } }

Frames are hexadecimal, as on a serial line, checksum included. `values` is what a right decoder makes of them.
`recorded_on` says on which device, with which firmware and when; left out of what was computed and not recorded.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.drivers.meters.maps import Value
from agent.drivers.modbus.block import Block
from firmware_sim.modbus_frames import crc16, rtu_frame

REQUEST = struct.Struct(">BBHH2x")
ANSWER_OVERHEAD = 5
"""Unit, function and length in front, two octets of checksum behind."""

Exchange = tuple[Block, tuple[int, ...]]
"""What was asked for, and the registers of the answer."""


class BadFrames(ValueError):
    """A file of frames that cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One recorded reading."""

    case: str
    exchanges: tuple[Exchange, ...]
    values: Mapping[str, Value]


def read_vectors(file: Path, meter: str) -> list[Vector]:
    """All of this meter; what it refused is left out of them. Raises BadFrames."""
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
        entries = [entry for entry in table["vectors"] if entry["meter"] == meter]
    except OSError as error:
        raise BadFrames(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise BadFrames(f"{file}: has not the form that tools/meter_frames.py shows ({error!r})") from error
    if not entries:
        raise BadFrames(f'{file}: holds no vector of "{meter}"; its "meter" is the name of the map\'s file')
    return [_vector(f"{file}: vector {place}", entry) for place, entry in enumerate(entries, start=1)]


def _vector(where: str, entry: Mapping[str, Any]) -> Vector:
    try:
        frames = [(bytes.fromhex(one["request"]), bytes.fromhex(one["response"])) for one in entry["frames"]]
        return Vector(
            case=str(entry["case"]),
            exchanges=tuple(exchange(request, response) for request, response in frames if not _is_refusal(response)),
            values=dict(entry.get("values", {})),
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise BadFrames(f"{where}: has not the form that tools/meter_frames.py shows ({error!r})") from error
    except ValueError as error:
        raise BadFrames(f"{where}: {error}") from error


def _is_refusal(response: bytes) -> bool:
    return len(response) == ANSWER_OVERHEAD and response[1] & 0x80 != 0


def exchange(request: bytes, response: bytes) -> Exchange:
    """A request for registers and its answer. Raises ValueError with what does not fit."""
    for name, frame in (("request", request), ("response", response)):
        if len(frame) < ANSWER_OVERHEAD or crc16(frame[:-2]) != frame[-2:]:
            raise ValueError(f"the {name} {frame.hex()} has a wrong checksum; were octets lost?")
    if len(request) != REQUEST.size:
        raise ValueError(f"the request {request.hex()} has {len(request)} octets; one for registers has {REQUEST.size}")
    _, function, address, count = REQUEST.unpack(request)
    if response[:2] != request[:2]:
        raise ValueError(f"the response {response.hex()} answers another request than {request.hex()}")
    if response[2] != 2 * count or len(response) != ANSWER_OVERHEAD + 2 * count:
        raise ValueError(f"the response to {request.hex()} has not the {count} registers that were asked for")
    return Block(function, address, count), struct.unpack_from(f">{count}H", response, 3)


def frames_of(unit: int, exchanges: Iterable[Exchange]) -> list[dict[str, str]]:
    """As they stand on a serial line, whatever wire they came over."""
    return [
        {
            "request": rtu_frame(unit, struct.pack(">BHH", block.function, block.address, block.count)).hex(),
            "response": rtu_frame(
                unit, struct.pack(f">BB{block.count}H", block.function, 2 * block.count, *registers)
            ).hex(),
        }
        for block, registers in exchanges
    ]


def add_vector(file: Path, entry: Mapping[str, Any], identity: Sequence[Mapping[str, str]]) -> None:
    """To what the file holds; one that is not there is begun. Raises BadFrames for a file of another form."""
    table: dict[str, Any] = {"vectors": [], "identities": {}}
    try:
        if file.exists():
            table = json.loads(file.read_text(encoding="utf-8"))
        table["vectors"].append(dict(entry))
        if identity:
            table["identities"][entry["meter"]] = list(identity)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadFrames(f"{file}: has not the form that tools/meter_frames.py shows ({error!r})") from error
    file.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
