"""The report on paper: made of the sealed file alone, the same words in both forms, nothing hidden."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.core.commissioning.model import failed, skipped
from agent.core.commissioning.report import report
from agent.core.commissioning.steps import Step
from agent.papers import blocks
from agent.papers.html import page
from agent.papers.report_page import paper
from agent.papers.series import nice, plots, thinned
from agent.security.sealed import Signer, sealed
from tests.commissioning_jobs import TWO, facts, job, with_attempt, with_step

NEXT = "Look for a loose <terminal>, then measure again."


def sealed_bytes(*, healthy: bool) -> bytes:
    found = job()
    if not healthy:
        found = with_attempt(found, "ST903", failed("Loop impedance is 1.42 Ω.", NEXT, cause="comm.site_docs"))
        found = with_attempt(found, "ST302", skipped("The adapter has no DC source."), TWO)
        found = with_step(found, Step.PLAN, None)
    return sealed(report(found, facts()), Signer(why_not="a test"))


GOOD, BAD = (json.loads(sealed_bytes(healthy=healthy)) for healthy in (True, False))


def banner(file: dict[str, Any]) -> str:
    return next(block.title for block in paper(file).blocks if isinstance(block, blocks.Banner))


def test_page_one_says_whether_it_is_complete_and_what_is_missing() -> None:
    assert (banner(GOOD), paper(GOOD).stamp) == ("Complete", "")
    assert (banner(BAD), paper(BAD).stamp) == ("Not complete", "NOT COMPLETE")
    before_second_page = []
    for block in paper(BAD).blocks:
        if isinstance(block, blocks.NewPage):
            break
        before_second_page.append(block)
    missing = [block.text for block in before_second_page if isinstance(block, blocks.Text)]
    assert len(missing) == 3
    assert any("ST903" in one for one in missing)


def test_every_deviation_is_told_with_what_to_do_and_letters_of_html_stay_letters() -> None:
    html = page(paper(BAD))

    assert "Look for a loose &lt;terminal&gt;, then measure again." in html
    assert "<terminal>" not in html
    assert "The adapter has no DC source." in html


def test_the_file_needs_nothing_from_elsewhere() -> None:
    html = page(paper(GOOD))

    assert not re.search(r"(src|href)=|@import|url\(|<script", html)
    assert html.count("<polyline") == 6


def test_the_pilot_and_the_load_test_are_drawn_in_their_units() -> None:
    found = [plot for test in GOOD["report"]["tests"] for plot in plots(test)]

    assert [[line.unit for line in plot.lines] for plot in found] == [["V"], ["V"], ["W", "V"], ["W", "V"]]
    assert found[0].x_name == "ms"
    assert max(y for _, y in found[0].lines[0].points) == pytest.approx(11.8, abs=0.3)


def test_a_long_curve_keeps_its_spike() -> None:
    points = [(float(n), 0.0) for n in range(10_000)]
    points[7003] = (7003.0, 99.0)

    short = thinned(points)

    assert len(short) <= 600
    assert (7003.0, 99.0) in short


def test_an_axis_encloses_its_values() -> None:
    for low, high in ((0.0, 3650.0), (-12.1, 12.2), (228.3, 231.0), (5.0, 5.0), (0.0, 0.0001)):
        ticks = nice(low, high)
        assert ticks[0] <= low
        assert ticks[-1] >= high
        assert 2 <= len(ticks) <= 12


@pytest.mark.processes
@pytest.mark.parametrize("form", ["pdf", "html"])
def test_a_paper_is_made_by_a_process_of_its_own_from_the_sealed_file_alone(form: str, tmp_path: Path) -> None:
    if form == "pdf":
        pytest.importorskip("reportlab")
    file = tmp_path / f"report.{form}"

    command = [sys.executable, "-m", "agent.papers", "report", form, str(file)]
    subprocess.run(command, input=sealed_bytes(healthy=False), check=True, timeout=60)

    assert file.read_bytes().startswith(b"%PDF-" if form == "pdf" else b"<!DOCTYPE html>")
