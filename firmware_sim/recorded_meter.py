"""A meter that shows recorded registers for ever: built from frames, it knows nothing of what they mean."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from firmware_sim.meters.points import Encoding, MeterModel, Point, Reading

REQUEST = struct.Struct(">xBHH2x")
"""Unit, function, address, count, checksum."""


def recorded_model(id: str, exchanges: Iterable[tuple[bytes, bytes]], *, quiet_s: float = 0.0) -> MeterModel:
    """A model of the registers in these RTU exchanges, requests with their answers; it refuses all others.

    Asked for a block with recorded registers in it, it answers; what lies between them reads 0.
    """
    points: list[Point] = []
    identity: dict[str, Reading] = {}
    for function, address, word in _registers(exchanges):
        name = f"{function}:{address}"
        if name not in identity:
            points.append(Point(name, function, address, Encoding.U16))
        identity[name] = word
    return MeterModel(id=id, points=tuple(points), identity=identity, quiet_s=quiet_s)


def _registers(exchanges: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[int, int, int]]:
    """Function, address and content of each register."""
    for request, answer in exchanges:
        function, first, count = REQUEST.unpack(request)
        for offset, word in enumerate(struct.unpack_from(f">{count}H", answer, 3)):
            yield function, first + offset, word
