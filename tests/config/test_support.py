"""`[support]` and the file of keys: strict, with every mistake and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.load import load
from agent.config.support import DataTransferScope, read_keys
from agent.core.orders.effects import KeyRole
from agent.errors import ConfigError

SITE = """\
board = "sim-dual"
[station]
serial_number = "QE-1"
[site]
country = "DE"
supply_current_a = 32
commissioning = "lab"
"""
KEY = '[[key]]\nid = "ada"\npublic_key = "{}"\nrole = "operator"\n'.format("ab" * 32)


def site(folder: Path, support: str, keys: str | None = KEY) -> Path:
    file = folder / "site.toml"
    file.write_text(SITE + support)
    if keys is not None:
        (folder / "keys.toml").write_text(keys)
        (folder / "keys.toml").chmod(0o644)
    return file


def problems(folder: Path, support: str, keys: str | None = KEY) -> str:
    with pytest.raises(ConfigError) as caught:
        load(site(folder, support, keys))
    return str(caught.value)


def test_without_the_section_no_order_is_taken_and_the_network_may_read(tmp_path: Path) -> None:
    support = load(site(tmp_path, "")).support

    assert (support.orders, support.keys_file, support.allow) == (False, None, None)
    assert support.data_transfer is DataTransferScope.READ


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    text = (
        '[support]\norders = true\nkeys_file = "keys.toml"\nallow = ["health", "faults clear"]\ndata_transfer = "off"\n'
    )

    support = load(site(tmp_path, text)).support

    assert support.keys_file == tmp_path / "keys.toml"
    assert support.allow == ("health", "faults clear")
    assert support.data_transfer is DataTransferScope.OFF


@pytest.mark.parametrize(
    ("support", "keys", "says"),
    [
        ("[support]\norders = true\n", KEY, "keys_file: is missing"),
        ('[support]\nkeys_file = "other.toml"\n', KEY, "there is no file"),
        ('[support]\nallow = ["Faults Clear"]\n', KEY, "write a verb"),
        ('[support]\ndata_transfer = "some"\n', KEY, "data_transfer"),
        ("[support]\norder = true\n", KEY, "did you mean"),
        ('[support]\norders = true\nkeys_file = "keys.toml"\n', KEY + KEY, "stands twice"),
        ('[support]\nkeys_file = "keys.toml"\n', KEY.replace("operator", "installer"), "role"),
        ('[support]\nkeys_file = "keys.toml"\n', KEY.replace("abab", "xy", 1), "64 hexadecimal"),
        ('[support]\nkeys_file = "keys.toml"\n', KEY + 'not_after = "2027-02-30"\n', "there is no day"),
        ('[support]\nkeys_file = "keys.toml"\n', KEY + 'not_after = "soon"\n', "write a day"),
        ('[support]\nkeys_file = "keys.toml"\n', KEY + "private_key = 1\n", "unknown key"),
        ('[support]\nkeys_file = "keys.toml"\n', "key = [", "keys_file"),
    ],
)
def test_each_mistake_is_told(tmp_path: Path, support: str, keys: str, says: str) -> None:
    assert says in problems(tmp_path, support, keys)


def test_a_file_of_keys_that_others_may_write_is_refused(tmp_path: Path) -> None:
    file = site(tmp_path, '[support]\nkeys_file = "keys.toml"\n')
    (tmp_path / "keys.toml").chmod(0o664)

    with pytest.raises(ConfigError, match="chmod 644"):
        load(file)


def test_a_key_holds_to_the_end_of_its_last_day(tmp_path: Path) -> None:
    site(tmp_path, "", KEY + 'not_after = "2027-01-15"\n')

    key = read_keys(tmp_path / "keys.toml")["ada"]

    assert (key.role, key.public_key) == (KeyRole.OPERATOR, b"\xab" * 32)
    assert key.not_after_ms == 1_800_057_600_000 - 1


@pytest.mark.parametrize(("mqtt", "is_told"), [("", True), ('[mqtt]\nurl = "mqtts://broker.example"\n', False)])
def test_orders_that_cannot_come_are_a_standing_notice(tmp_path: Path, mqtt: str, is_told: bool) -> None:
    config = load(site(tmp_path, f'[support]\norders = true\nkeys_file = "keys.toml"\n{mqtt}'))

    assert any("no order can reach" in notice for notice in config.notices) is is_told
