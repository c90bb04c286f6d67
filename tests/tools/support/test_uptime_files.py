"""Uptime computed again out of exported files: the charger's own figures, and a sentence for what does not count."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.metrics.records import ChargerRecords
from agent.core.runs import Run
from agent.core.time import Instant
from agent.core.uptime.figures import figures_of
from agent.core.uptime.model import Cause, CauseClass, Outage, PortService, ServiceRecords
from agent.core.uptime.plain import of_service
from agent.metrics_file import text_of
from tests.core.metrics.test_charger import a_good_life
from tools.support.__main__ import main

DAY_MS = 86_400_000
BEGAN_MS = 1_767_225_600_000


def at(days: float) -> Instant:
    return Instant(days * 86_400, BEGAN_MS + round(days * DAY_MS), "b1")


def exported(out_days: float) -> ChargerRecords:
    cause = Cause(key="contactor.welded", of=CauseClass.CHARGER_HARDWARE)
    outage = Outage(number=1, port=1, began=at(30), ended=at(30 + out_days), cause=cause)
    service = ServiceRecords(
        now=at(70),
        ports=(PortService(port=1, began=at(0)),),
        outages=(outage,),
        runs=(Run(number=1, began=at(0), alive=at(70)),),
    )
    return replace(a_good_life()[1], service=service)


def test_the_figures_are_the_chargers_own_and_the_exit_code_tells_of_97_percent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for out_days, code in ((1.0, 0), (30.0, 1)):
        records = exported(out_days)
        file = tmp_path / f"{code}.jsonl"
        file.write_text(text_of(records), encoding="utf-8")

        assert main(["uptime", "--json", "--records", str(file)]) == code

        (told,) = json.loads(capsys.readouterr().out)["chargers"]
        assert records.service is not None
        assert told["months"] == json.loads(json.dumps(of_service(figures_of(records.service))["months"]))
        assert main(["uptime", "--records", str(file)]) == code
        assert f"charger {records.serial}" in capsys.readouterr().out


def test_a_file_that_was_changed_or_is_of_an_older_release_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed, old = tmp_path / "changed.jsonl", tmp_path / "old.jsonl"
    changed.write_text(text_of(exported(1)).replace('"QE-1"', '"QE-2"'), encoding="utf-8")
    old.write_text(text_of(replace(exported(1), service=None)), encoding="utf-8")

    assert main(["uptime", "--records", str(changed), str(old)]) == 1

    told = capsys.readouterr().err
    assert "changed.jsonl: it was changed after it was written" in told
    assert "has no record of service" in told


def test_records_stand_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["uptime", "QE-1", "--records", str(tmp_path / "x")]) == 2
    assert "stands alone" in capsys.readouterr().err
