"""A charger in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.control.charger import Charger
from tests.control.paper_desk import PaperDesk


@pytest.fixture
def charger(tmp_path: Path) -> Charger:
    return Charger(tmp_path)


@pytest.fixture
def socket_path(tmp_path: Path) -> Path:
    return tmp_path / "c.sock"


@pytest.fixture
def paper(charger: Charger) -> PaperDesk:
    """Where that charger keeps its commissioning, and how its tests come out."""
    desk_of_paper = PaperDesk()
    charger.commissioning = desk_of_paper
    return desk_of_paper
