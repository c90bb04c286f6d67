"""`evsectl config diff` and `config check KEY=VALUE`: what differs and who did it; what a key would change."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agent.control.config_diff import undone
from agent.control.config_trial import overlay_of
from agent.core.time import Instant
from agent.errors import BadRequest
from agent.store.config_history import ConfigChange, ConfigHistory, KeyNow
from agent.store.store import open_store
from firmware_sim import virtual_loop
from tests.control.calling import asked, desk, refused, shown
from tests.control.charger import Charger
from tests.control.test_uptime import served


def change(charger: Charger, key: str, before: str | None, after: str | None, days_ago: float) -> ConfigChange:
    at = charger.now().plus(-86_400 * days_ago)
    return ConfigChange(at=at, key=key, before=before, after=after, path="plan", who="plan apply by installer, uid 7")


def with_disk(charger: Charger, path: Path, verb: str, **arguments: str) -> dict[str, Any]:
    """In real time: what waits for the disk does so in a thread."""

    async def ask() -> dict[str, Any]:
        async with desk(charger, path) as at:
            return await at.body(verb, **arguments)

    return asyncio.run(ask())


def differences(body: dict[str, object]) -> dict[str, tuple[object, object]]:
    rows = body["differences"]
    assert isinstance(rows, list)
    return {row["key"]: (row["now"], row["then"]) for row in rows}


def test_against_the_factory_every_written_key_is_named_with_its_default_and_place(
    charger: Charger, socket_path: Path
) -> None:
    charger.service.texts["OCPPCommCtrlr.HeartbeatInterval"] = "60"

    body = asked(charger, socket_path, "config diff")

    found = differences(body)
    assert found["connector.2.fuse_current_a"] == ("16.0", "")
    assert found["site.country"] == ("DE", None)
    assert found["setting OCPPCommCtrlr.HeartbeatInterval"] == ("60", "3600")
    assert not any(key.startswith("board.") for key in found)
    assert "site.toml" in shown("config diff", body)


def test_against_a_date_and_the_last_good_charge_changes_are_undone_and_told(
    charger: Charger, socket_path: Path
) -> None:
    served(charger)
    charger.service.changed = (
        change(charger, "site.supply_current_a", "25.0", "32.0", 20),
        change(charger, "connector.2.fuse_current_a", None, "16.0", 3),
    )

    body = asked(charger, socket_path, "config diff", against="last-good")
    older = asked(charger, socket_path, "config diff", against="2001-01-01")

    assert differences(body) == {"connector.2.fuse_current_a": ("16.0", None)}
    assert [one["key"] for one in body["changes"]] == ["connector.2.fuse_current_a"]
    assert "plan apply by installer, uid 7" in shown("config diff", body)
    assert differences(older)["site.supply_current_a"] == ("32.0", "25.0")


def test_there_has_to_be_something_to_compare_with(charger: Charger, socket_path: Path) -> None:
    assert "no charge that went well" in refused(charger, socket_path, "config diff", against="last-good").text

    async def ask() -> str:
        async with desk(charger, socket_path) as at:
            return (await at.refusal("config diff", against="plan")).text

    assert "no plan was applied" in asyncio.run(ask())
    assert "nothing to compare with" in refused(charger, socket_path, "config diff", against="monday").text
    for never in ("0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"):
        assert "no charger was running" in refused(charger, socket_path, "config diff", against=never).text


def test_a_key_is_tried_with_all_its_consequences_and_nothing_is_written(charger: Charger, socket_path: Path) -> None:
    before = charger.config.site_file.read_text(encoding="utf-8")

    body = with_disk(charger, socket_path, "config check", what="site.supply_current_a=20 connector.1.fuse_current_a=9")

    keys = {one["key"]: (one["now"], one["then"]) for one in body["changes"]}
    assert keys["site.supply_current_a"] == ("32.0", "20.0")
    assert {"connector": 1, "now": 32.0, "then": 9.0} in body["currents"]
    assert "nothing was written" in shown("config check", body)
    assert charger.config.site_file.read_text(encoding="utf-8") == before
    assert not list(charger.config.site_file.parent.glob("**/*what-if*"))


def test_a_key_that_cannot_be_is_told_as_a_start_would_tell_it(charger: Charger, socket_path: Path) -> None:
    body = with_disk(charger, socket_path, "config check", what="site.supply_current_a=2")
    foreign = with_disk(charger, socket_path, "config check", what="site.supply_curent_a=20")

    assert any("supply_current_a" in one and "6" in one for one in body["problems"])
    assert any("supply_curent_a" in one for one in foreign["problems"])
    assert "what-if" not in str(body["problems"] + foreign["problems"])
    assert "would not start" in shown("config check", body)


def test_words_that_are_no_key_and_value_are_refused() -> None:
    assert overlay_of("site.country=AT") == 'site.country = "AT"\n'
    assert overlay_of("'a.b=[1, 2]' c=true") == "a.b = [1, 2]\nc = true\n"
    for wrong in ("x", "=5", "a..b=1", "a b=1", "a=1\n[b]=2", "a='"):
        with pytest.raises(BadRequest, match="KEY=VALUE"):
            overlay_of(wrong)


def test_undoing_all_changes_leads_back_to_the_beginning(charger: Charger) -> None:
    made = (
        change(charger, "a", None, "1", 3),
        change(charger, "a", "1", "2", 2),
        change(charger, "b", "x", None, 1),
    )

    assert undone({"a": "2", "c": "y"}, made) == {"b": "x", "c": "y"}


def test_a_start_finds_what_was_changed_while_nobody_looked_and_the_first_finds_nothing(tmp_path: Path) -> None:
    async def story() -> tuple[ConfigChange, ...]:
        store = open_store(tmp_path, inline=True, flush=False, boot_id="b")
        history, at = ConfigHistory(store.writer), Instant(5.0, 1_800_000_000_000, "b")
        first = [KeyNow(key="a", value="1", path="site file"), KeyNow(key="b", value="x", path="plan")]
        assert await history.found(at, lambda: first, "") == 0
        assert await history.found(at, lambda: first, "") == 0
        then = [KeyNow(key="a", value="2", path="plan"), KeyNow(key="c", value="new", path="site file")]
        assert await history.found(at.plus(9.0), lambda: then, "plan apply") == 3
        found = await history.all()
        await store.aclose()
        return found

    found = virtual_loop.run(story())

    assert {(one.key, one.before, one.after, one.path, one.who) for one in found} == {
        ("a", "1", "2", "plan", "plan apply"),
        ("b", "x", None, "left out", "plan apply"),
        ("c", None, "new", "site file", "plan apply"),
    }
