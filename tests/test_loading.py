"""Modules that are loaded late: in another thread, where there are threads, and then found by everybody."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

import pytest

from agent.control import registry
from agent.errors import BadRequest
from agent.loading import beside, loaded
from firmware_sim import virtual_loop

LATE = "loaded_late_for_a_test"


@pytest.fixture(autouse=True)
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"{LATE}.py").write_text("import threading\nBY = threading.get_ident()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, LATE, raising=False)


def test_what_is_missing_is_loaded_by_another_thread_and_once() -> None:
    async def twice() -> object:
        await loaded(LATE)
        first = sys.modules[LATE]
        await loaded(LATE)
        return first

    module = asyncio.run(twice())

    assert module is sys.modules.pop(LATE)
    assert vars(module)["BY"] != threading.get_ident()


def test_in_virtual_time_it_is_there_at_the_same_instant() -> None:
    async def taken_s() -> float:
        began = asyncio.get_running_loop().time()
        await loaded(LATE)
        return asyncio.get_running_loop().time() - began

    assert virtual_loop.run(taken_s()) == 0
    assert vars(sys.modules.pop(LATE))["BY"] == threading.get_ident()


def test_what_cannot_be_loaded_is_told_to_who_asked() -> None:
    with pytest.raises(ImportError, match="no_such_module_of_ours"):
        asyncio.run(loaded("no_such_module_of_ours"))
    with pytest.raises(ZeroDivisionError):
        asyncio.run(beside(lambda: 1 // 0))


def test_a_verb_is_found_whether_it_was_asked_for_before_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, f"{registry.VERBS}.version", raising=False)

    action = asyncio.run(registry.found("version"))

    assert action is registry.find("version")
    with pytest.raises(BadRequest, match='there is no verb "versions"'):
        asyncio.run(registry.found("versions"))
