"""A site file in a folder of its own, changed line by line by the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config.load import load
from agent.config.model import StationConfig
from agent.errors import ConfigError

GOOD_SITE = """\
board = "sim-dual"

[station]
serial_number = "QE-000123"

[site]
country = "DE"
supply_current_a = 32

[ocpp]
version = "1.6"
url = "ws://127.0.0.1:9000/ocpp"
identity = "CP-0123"
security_profile = 0
"""

WriteSite = Callable[[str], Path]


@pytest.fixture
def write_site(tmp_path: Path) -> WriteSite:
    """Write a site file and answer its path."""

    def write(text: str = GOOD_SITE) -> Path:
        path = tmp_path / "site.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def load_good(path: Path) -> StationConfig:
    """The configuration, with the findings in the failure message when there are any."""
    try:
        return load(path)
    except ConfigError as error:
        pytest.fail(str(error))


def problems_of(path: Path) -> list[str]:
    """The findings, without the folder."""
    with pytest.raises(ConfigError) as raised:
        load(path)
    return [problem.removeprefix(f"{path.parent}/") for problem in raised.value.problems]
