"""The bundle of a whole charger holds the log of its system, or says in its manifest why not."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

from agent.maintenance.bundle import MANIFEST
from tests.host.journal import Line, asked, stand_in
from tests.simulation.stage import Charger, tell
from tests.simulation.test_flight_recorder import side_of


def contents(file: Path) -> dict[str, str]:
    with tarfile.open(file) as opened:
        return {
            one.name: opened.extractfile(one).read().decode("utf-8", "replace")  # type: ignore[union-attr]
            for one in opened.getmembers()
        }


def bundled(hours: int | None = None, **changes: Any) -> dict[str, str]:
    found: dict[str, str] = {}

    async def story(charger: Charger) -> None:
        found.update(contents(await side_of(charger).bundle(hours)))

    tell(story, **changes)
    return found


def test_the_lines_of_service_and_kernel_are_in_it_newest_first(tmp_path: Path) -> None:
    command = stand_in(
        tmp_path / "journal",
        [
            Line(text="agent started version=0.1.0"),
            Line(text="EXT4-fs error (device mmcblk0p2): inode #12", of_kernel=True, priority=3),
            Line(
                text="evse-agent.service: A process of this unit has been killed by the OOM killer.", source="systemd"
            ),
        ],
    )

    found = bundled(journalctl=command)

    told = {name: [json.loads(line) for line in found[name].splitlines()] for name in ("system.jsonl", "kernel.jsonl")}
    assert [one["from"] for one in told["system.jsonl"]] == ["systemd", "evse-agent"]
    assert [(one["about"], one["priority"]) for one in told["kernel.jsonl"]] == [("storage", 3)]
    assert json.loads(found[MANIFEST])["kernel.jsonl"]["sha256"]


def test_of_some_hours_only_those_are_asked_for(tmp_path: Path) -> None:
    bundled(hours=2, journalctl=stand_in(tmp_path / "journal", []))

    since = [word for words in asked(tmp_path / "journal") for word in words if word.startswith("--since=")]
    assert len(since) == 2, "of the service and of the kernel"


def test_where_there_is_none_the_manifest_says_why(tmp_path: Path) -> None:
    command = stand_in(tmp_path / "journal", [], hint="Hint: You are currently not seeing messages from other users.")

    for found, why in (
        (bundled(), "this charger has no system with a journal"),
        (bundled(journalctl=("journalctl-that-is-not-there",)), "cannot be run here"),
        (bundled(journalctl=command), "not seeing messages from other users"),
    ):
        manifest = json.loads(found[MANIFEST])
        assert not {"system.jsonl", "kernel.jsonl"} & found.keys()
        assert all(why in manifest[name]["why"] for name in ("system.jsonl", "kernel.jsonl"))
        assert manifest["events.jsonl"]["sha256"]
