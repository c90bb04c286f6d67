"""`evse-support metrics`: a folder as help desks have them, with everything that goes wrong in one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.core.commissioning.report import report
from agent.core.metrics.records import ChargerRecords
from agent.metrics_file import text_of
from agent.security.sealed import Signer, sealed
from tests.commissioning_jobs import facts, job
from tests.core.metrics.test_charger import a_good_life
from tests.core.metrics.test_fleet import installed_after
from tests.core.uptime.test_figures import acts, keeping, outage
from tests.core.uptime.test_figures import records as service
from tools.support.__main__ import main


def put(folder: Path, name: str, records: ChargerRecords) -> Path:
    file = folder / name
    file.write_text(text_of(records), encoding="utf-8")
    return file


def figures(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert main(["metrics", *words, "--json"]) == code
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_a_fleet_is_told_in_words_with_what_was_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2, 3):
        put(tmp_path, f"{number}.jsonl", installed_after(f"QE-{number}", 600.0 * number))

    assert main(["metrics", str(tmp_path)]) == 0

    told = capsys.readouterr().out
    assert "3 chargers, from 3 files" in told
    assert "installation time              median 20 min 0 s, p90 30 min 0 s, of 3" in told
    assert "commissioning success 2026-09  100.0 %, 3 of 3" in told
    assert "right the first time           100.0 %, 3 of 3" in told
    assert "left out: QE-1: the central system never accepted the charger" in told
    assert "give them with --tickets FILE" in told


def test_damaged_foreign_and_newer_files_are_each_a_sentence_and_the_rest_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "good.jsonl", installed_after("QE-1", 60.0))
    text = text_of(installed_after("QE-2", 60.0))
    (tmp_path / "cut.jsonl").write_text(text[:-100], encoding="utf-8")
    (tmp_path / "newer.jsonl").write_text(text.replace('"version":2', '"version":3'), encoding="utf-8")
    (tmp_path / "changed.jsonl").write_text(text.replace('"runs":1', '"runs":2'), encoding="utf-8")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "empty").write_text("", encoding="utf-8")

    told = figures(capsys, str(tmp_path), code=1)

    assert (told["chargers"], told["files"]) == (1, 6)
    said = {row["file"]: row["why"] for row in told["files_left_out"]}
    assert "damaged" in said["cut.jsonl"]
    assert "version 3" in said["newer.jsonl"]
    assert "changed after" in said["changed.jsonl"]
    assert "no text" in said["photo.jpg"]
    assert "no file of metrics" in said["empty"]


def test_two_exports_of_one_charger_count_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = a_good_life()[1]
    put(tmp_path, "1.jsonl", replace(whole, milestones=whole.milestones[:4], jobs=()))
    put(tmp_path, "2.jsonl", whole)
    put(tmp_path, "copy of 2.jsonl", whole)

    told = figures(capsys, str(tmp_path))

    assert (told["chargers"], told["installation"]["count"], told["commissioning"]["count"]) == (1, 1, 1)
    assert told["notes"] == ["QE-1: 1.jsonl, 2.jsonl, copy of 2.jsonl are of one charger, and count once"]


def test_two_chargers_with_one_serial_number_are_both_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "1.jsonl", replace(installed_after("QE-1", 60.0), unit="a"))
    put(tmp_path, "2.jsonl", replace(installed_after("QE-1", 90.0), unit="b"))
    put(tmp_path, "3.jsonl", installed_after("QE-3", 120.0))

    told = figures(capsys, str(tmp_path), code=1)

    assert (told["chargers"], told["installation"]["median_s"]) == (1, 120.0)
    (row,) = told["files_left_out"]
    assert row["file"] == "QE-1"
    assert "2 chargers" in row["why"]


def test_tickets_come_by_serial_number_from_a_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = tmp_path / "records"
    records.mkdir()
    put(records, "1.jsonl", installed_after("QE-1", 60.0))
    put(records, "2.jsonl", installed_after("QE-2", 60.0))
    tickets = tmp_path / "tickets"
    tickets.write_text("# of November\nQE-2  # 4711: contactor\n", encoding="utf-8")

    told = figures(capsys, str(records), "--tickets", str(tickets))

    assert (told["first_time_right"]["good"], told["first_time_right"]["count"]) == (1, 2)
    assert told["first_time_right"]["against"] == [{"serial": "QE-2", "why": "a corrective ticket"}]


def test_tickets_as_a_spreadsheet_saves_them_are_read_or_refused_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = tmp_path / "records"
    records.mkdir()
    put(records, "1.jsonl", installed_after("QE-1", 60.0))
    tickets = tmp_path / "tickets"
    tickets.write_text("QE-1\n", encoding="utf-8-sig")

    assert figures(capsys, str(records), "--tickets", str(tickets))["first_time_right"]["good"] == 0
    tickets.write_text("QE-1\n", encoding="utf-16")
    assert main(["metrics", str(records), "--tickets", str(tickets)]) == 2
    assert "no text in UTF-8; save it as such" in capsys.readouterr().err


def test_a_sealed_report_adds_the_commissioning_that_no_export_tells_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    octets = sealed(report(job(), facts()), Signer(why_not="no key"))
    (tmp_path / "report.json").write_bytes(octets)
    (tmp_path / "changed.json").write_bytes(octets.replace(b'"runs":1', b'"runs":2'))
    put(tmp_path, "1.jsonl", installed_after("QE-1", 60.0))

    told = figures(capsys, str(tmp_path), code=1)

    assert (told["chargers"], told["commissioning"]["count"]) == (2, 2)
    assert told["installation"]["count"] == 1
    assert [row["file"] for row in told["files_left_out"]] == ["changed.json"]
    assert "only a report is there" in told["notes"][0]


def test_a_report_without_a_serial_number_is_left_out_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nameless = facts(charger={"model": "Dual"})
    (tmp_path / "report.json").write_bytes(sealed(report(job(), nameless), Signer(why_not="no key")))
    put(tmp_path, "1.jsonl", installed_after("", 60.0))

    told = figures(capsys, str(tmp_path), code=1)

    assert (told["chargers"], told["commissioning"]["count"], told["notes"]) == (1, 1, [])
    assert [row["file"] for row in told["files_left_out"]] == ["report.json"]
    assert "no serial number" in told["files_left_out"][0]["why"]


def test_what_repairs_consisted_of_is_told_over_all_of_a_fleet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    acted = service(outage(100, 130), runs=keeping((0, 500)), acts=acts((110, None)))
    alone = service(outage(100, 120), outage(300, 310, number=2), runs=keeping((0, 500)))
    for name, record in (("1.jsonl", acted), ("2.jsonl", alone)):
        put(tmp_path, name, replace(installed_after(f"QE-{name[0]}", 600.0), service=record))

    uptime = figures(capsys, str(tmp_path))["uptime"]
    assert main(["metrics", str(tmp_path)]) == 0

    told = capsys.readouterr().out
    assert (uptime["repaired"], uptime["mttr_min"], uptime["acknowledge_min"], uptime["repair_min"]) == (3, 20, 10, 20)
    assert "1 of 3 acknowledged 10 min 0 s after that, and serving again 20 min 0 s later" in told
    assert "2 of 3 over without anybody's act, 15 min 0 s after being told" in told
