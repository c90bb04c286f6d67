"""How files may travel here: what the site allows and a library is there for."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from agent.config.model import TransferScheme
from tests.station.desk import Desk, at_desk


def test_sftp_is_offered_where_the_site_wants_it_and_its_library_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(desk: Desk) -> None:
        transfer = replace(desk.station.config.transfer, schemes=(TransferScheme.HTTPS, TransferScheme.SFTP))
        desk.station.config = replace(desk.station.config, transfer=transfer)
        monkeypatch.setitem(sys.modules, "asyncssh", ModuleType("asyncssh"))
        sys.modules["asyncssh"].__spec__ = ModuleSpec("asyncssh", None)
        with_library = desk.network_side.transfer_schemes
        monkeypatch.setitem(sys.modules, "asyncssh", None)
        without_it = desk.network_side.transfer_schemes

        assert (with_library, without_it) == (("https", "sftp"), ("https",))

    at_desk(tmp_path, story)
