"""A pilot board that answers the questions of `evsectl board` at once, and the caller's end of them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from agent.control.registry import find
from agent.control.wire import Ask, Done, Refused, Reply, Request, encode_answer, encode_request
from agent.drivers.board_service import (
    BoardDescription,
    Clearing,
    FlashOutcome,
    PilotCapture,
    Progress,
    Quantity,
    Supply,
    TripRecord,
)
from tests.control.calling import Desk

HEADER = 108


def packed(manifest: bytes = b"m", content: bytes = b"c", signature: bytes = bytes(range(64))) -> bytes:
    """The octets of an image's file."""
    sizes = (len(manifest), len(content))
    return struct.pack("<4sHHI32s64s", b"EVPB", 1, *sizes, sha256(manifest).digest(), signature) + manifest + content


class PaperService:
    """A board that answers at once; `refuses` is raised instead."""

    def __init__(self) -> None:
        self.refuses: Exception | None = None
        self.configuration: dict[str, Quantity] = {
            "board": "pilot-board", "has": "socket", "rated_a": 32.0, "nominal_v": 230.0, "open_pen": False,
        }  # fmt: skip
        self.mark = "1a2b3c4d"
        self.pinned = ""
        self.trip_age_s: float | None = 120.0
        self.cleared: list[Clearing] = []
        self.on_clear: Callable[[], None] = lambda: None
        self.flashed = b""
        self.back_after_s: float | None = 1.4
        self.outcome = FlashOutcome(before="0.1.0", after="0.2.0", stayed=True)

    def _answers(self) -> None:
        if self.refuses is not None:
            raise self.refuses

    async def describe(self) -> BoardDescription:
        self._answers()
        return BoardDescription(
            board="pilot-board",
            revision="b",
            firmware_version="0.1.0",
            boot_id="0badcafe",
            uptime_s=7200.0,
            capabilities=("socket", "residual_current", "update"),
            measures={"high_v": 11.95, "low_v": None, "mirror_open": True, "board_celsius": 31.5, "residual": "quiet"},
            calibration={"date": "2026-11-29", "gain": 1.0012, "offset_v": -0.021},
            counters={"closings_without_load": 412, "openings_under_load": 3},
            update={"state": "fell_back", "other": "0.2.0", "reason": "none"},
            configuration=self.configuration,
            mark=self.mark,
            pinned=self.pinned,
        )

    async def capture(self) -> PilotCapture:
        self._answers()
        period = (12_000,) * 27 + (-12_000,) * 73
        return PilotCapture(step_us=10, levels_mv=period * 100)

    async def trip_record(self) -> TripRecord:
        self._answers()
        columns = ("after_fault_ms", "high_v", "low_v", "pilot", "coil")
        rows = ((-10, 6.0, -12.0, "C", True), (-5, 6.0, -12.0, "C", True), (0, 0.2, None, "E", False))
        return TripRecord(age_s=self.trip_age_s, columns=columns, rows=rows)

    async def text_to_sign(self, fault: str, operator: str, reason: str) -> bytes:
        self._answers()
        return f"clear 1\nboard serial 0badcafe 0\n{fault}\n{operator}\n{reason}\n".encode()

    async def clear(self, clearing: Clearing) -> None:
        self._answers()
        self.cleared.append(clearing)
        self.on_clear()

    async def confirm(self) -> None:
        self._answers()
        self.on_clear()

    async def restart(self) -> float | None:
        self._answers()
        return self.back_after_s

    async def flash(self, size: int, supply: Supply, progress: Progress) -> FlashOutcome:
        self._answers()
        self.flashed = await supply(0, HEADER)
        for at in range(HEADER, size, 400):
            self.flashed += await supply(at, min(400, size - at))
            await progress(at, size)
        await progress(size, size)
        return self.outcome


async def supplied(at: Desk, words: str, arguments: dict[str, Any]) -> list[Reply]:
    """All replies, with the agent's questions answered as `evsectl` does."""
    supply = find(words).supply
    assert supply is not None
    found: list[Reply] = []
    async with at.line() as line:
        wire_arguments = {name: str(value) if isinstance(value, Path) else value for name, value in arguments.items()}
        line.send(encode_request(Request(words, wire_arguments)))
        while not found or not isinstance(found[-1], Done | Refused):
            found.append(await line.reply())
            if isinstance(asked := found[-1], Ask):
                line.send(encode_answer(supply(wire_arguments, asked.question)))
    return [reply for reply in found if not isinstance(reply, Ask)]
