"""`[metrics]` of the site file: which file is written for Prometheus, and what would not be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.load import load
from agent.errors import ConfigError

SITE = 'board = "sim-dual"\n[site]\ncountry = "DE"\nsupply_current_a = 32\ncommissioning = "lab"\n'


def site(folder: Path, metrics: str = "") -> Path:
    file = folder / "site.toml"
    file.write_text(SITE + metrics, encoding="utf-8")
    return file


def test_without_the_section_nothing_is_written(tmp_path: Path) -> None:
    assert load(site(tmp_path)).metrics.textfile is None


def test_a_path_counts_from_the_folder_of_the_site_file_and_a_minute_is_the_pace(tmp_path: Path) -> None:
    found = load(site(tmp_path, '[metrics]\ntextfile = "evse.prom"\n')).metrics

    assert (found.textfile, found.every_s) == (tmp_path / "evse.prom", 60)


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ('textfile = "/run/evse.txt"', 'metrics.textfile: "/run/evse.txt" would not be read; end its name in .prom'),
        ("every_s = 30", "metrics.textfile: is missing; every_s is of no use without a file to write"),
        ('textfile = "/run/evse.prom"\nevery_s = 5', "metrics.every_s: 5"),
    ],
)
def test_what_would_not_be_read_is_refused_with_what_to_write(tmp_path: Path, metrics: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(site(tmp_path, f"[metrics]\n{metrics}\n"))

    assert said in str(caught.value)
