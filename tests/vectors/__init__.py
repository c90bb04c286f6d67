"""Recorded and constructed bytes, with what they mean; read by the tests of every side of a wire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def load_vectors(name: str) -> dict[str, Any]:
    """The content of `<name>.json`."""
    vectors: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return vectors


def name_of(vector: dict[str, Any]) -> str:
    """What a test report calls it."""
    return str(vector["name"])


def numbered(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a message. JSON has only texts as keys; the faults of a status and their evidence have numbers.

    Nor has it octets: a proof is written in hexadecimal digits.
    """
    return {name: _told(name, value) for name, value in fields.items()}


def _told(name: str, value: Any) -> Any:
    if name == "proof":
        return bytes.fromhex(value)
    return _faults(value) if isinstance(value, dict) else value


def _faults(value: dict[str, dict[str, int]]) -> dict[int, dict[int, int]]:
    return {int(code): {int(kind): amount for kind, amount in evidence.items()} for code, evidence in value.items()}
