"""A charger in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.control.charger import Charger


@pytest.fixture
def charger(tmp_path: Path) -> Charger:
    return Charger(tmp_path)


@pytest.fixture
def socket_path(tmp_path: Path) -> Path:
    return tmp_path / "c.sock"
