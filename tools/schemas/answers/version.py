"""What runs here, and who it says it is."""

from __future__ import annotations

from typing import TypedDict

from tools.schemas.words import Port


class PilotBoard(TypedDict):
    """One that reports."""

    connector: Port
    name: str
    firmware_version: str


class Version(TypedDict):
    """The program, the image, the hardware."""

    agent: str
    protocol: int
    """version of the control protocol"""
    firmware_version: str
    serial_number: str
    vendor: str
    model: str
    board: str
    """the board file"""
    pilot_boards: list[PilotBoard]


ANSWERS = {"": Version}
