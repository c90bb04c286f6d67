"""The catalogue of `journalctl -x` has each event and each fault, and systemd reads it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from agent.core.explain.clearing import how_it_clears
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Fault
from agent.core.time import Instant
from agent.events import EVENTS
from agent.journal_entry import id_of_fault, message_id
from tools.generate_journal_catalog import FILE, text

FOLDER = "usr/lib/systemd/catalog"
CONDITION = re.compile(r"^(its condition is present|it is latched[^;]*); ")


def test_the_file_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run python -m tools.generate_journal_catalog"


def test_each_event_and_each_fault_has_its_entry_once() -> None:
    ids = re.findall(r"^-- ([0-9a-f]{32})$", text(), re.MULTILINE)

    assert len(ids) == len(set(ids))
    assert set(ids) == {*(message_id(name) for name in EVENTS), *(id_of_fault(id) for id in CATALOGUE)}


def test_an_entry_of_a_fault_tells_its_causes_and_what_to_do() -> None:
    entries = {entry.partition("\n")[0]: entry for entry in text().split("-- ")[1:]}

    for fault in CATALOGUE.values():
        entry = entries[id_of_fault(fault.id)]
        assert f"Likely causes: {fault.causes}." in entry
        assert f"What to do: {fault.remedy}." in entry
        assert set(re.findall(r"@(\w+)@", entry)) == {"EVSE_PORT"}


def test_an_entry_of_a_fault_ends_it_as_the_charger_says_once_it_stands() -> None:
    entries = {entry.partition("\n")[0]: entry for entry in text().split("-- ")[1:]}

    for kind in CATALOGUE.values():
        told = how_it_clears(Fault(kind=kind, first_seen=Instant(0.0), last_seen=Instant(0.0)))
        ends = CONDITION.sub("", told)
        assert f" {ends[0].upper()}{ends[1:]}.\n" in entries[id_of_fault(kind.id)]


@pytest.mark.skipif(shutil.which("journalctl") is None, reason="no systemd here")
def test_systemd_takes_it(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir(parents=True)
    shutil.copy(FILE, tmp_path / FOLDER)
    asked = ["journalctl", f"--root={tmp_path}"]

    made = subprocess.run([*asked, "--update-catalog"], capture_output=True, text=True, check=False)
    listed = subprocess.run([*asked, "--list-catalog"], capture_output=True, text=True, check=True)
    shown = subprocess.run(
        [*asked, "--dump-catalog", id_of_fault("cp.short")], capture_output=True, text=True, check=True
    )

    assert (made.returncode, made.stderr) == (0, "")
    assert len(listed.stdout.splitlines()) == len(EVENTS) + len(CATALOGUE)
    assert "Subject: cp.short: CP shorted to PE" in shown.stdout
    assert "Likely causes: wet or damaged connector" in shown.stdout
