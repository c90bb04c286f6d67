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
