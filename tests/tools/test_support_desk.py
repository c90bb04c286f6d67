"""The desk of a round: what it writes is what a charger and `evse-support` read, and the two belong together."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from agent.config.support import read_keys, support_problems
from agent.core.orders.effects import KeyRole
from tools.support import keys
from tools.support.settings import OTHERS_MAY, load
from tools.support_desk import Desk

PORT = 1883


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, PORT, "anna")


def test_the_charger_takes_what_this_desk_signs(desk: Desk, tmp_path: Path) -> None:
    site = tomllib.loads(desk.site(["explain", "faults clear"]))
    mine = load(desk.config)
    (key,) = read_keys(Path(site["support"]["keys_file"])).values()

    assert list(support_problems(site["support"], tmp_path)) == []
    assert site["support"]["orders"]
    assert site["support"]["allow"] == ["explain", "faults clear"]
    assert mine.key is not None
    assert (key.id, key.role) == (mine.key.id, KeyRole.SERVICE)
    assert mine.key.role == key.role.word
    assert key.public_key == keys.loaded(mine.key).public_key().public_bytes_raw()


def test_both_meet_at_one_broker(desk: Desk) -> None:
    mine = load(desk.config).broker

    assert tomllib.loads(desk.site([]))["mqtt"]["url"] == mine.url
    assert (mine.host, mine.port) == ("127.0.0.1", PORT)


def test_its_secret_is_for_its_owner_and_its_history_lies_beside(desk: Desk, tmp_path: Path) -> None:
    mine = load(desk.config)

    assert mine.key is not None
    assert mine.key.private_key_file.stat().st_mode & OTHERS_MAY == 0
    assert mine.history.url == f"sqlite:{tmp_path / 'history.db'}"
