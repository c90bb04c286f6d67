"""The report on paper: made of the sealed file alone, the same words in both forms, nothing hidden."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.core.commissioning.catalogue import catalogue
from agent.core.commissioning.model import ENTERED, Measured, Verdict, failed, passed, skipped
from agent.core.commissioning.report import report
from agent.core.commissioning.report_times import told
from agent.core.commissioning.steps import Step
from agent.papers import blocks
from agent.papers.report_page import paper
from agent.papers.report_tests import merged, repeated
from agent.papers.series import axes, is_flat, nice, plots, thinned
from agent.papers.words import lacking, measured, moment, sentences
from agent.security.sealed import Signer, sealed
from tests.commissioning_jobs import TWO, facts, job, with_attempt, with_step
from tests.papers.plain import page

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
    [missing] = [block.text for block in before_second_page if isinstance(block, blocks.Text)]
    assert len(missing.splitlines()) == 4
    assert "ST903" in missing
    assert "ST302 trip at direct residual current, outlet 2: " in missing


def test_the_summary_is_one_page_however_much_is_missing_and_however_long_the_words_are(tmp_path: Path) -> None:
    pdf = pytest.importorskip("agent.papers.pdf")
    bad = job()
    for row in list(catalogue())[:40]:
        bad = with_attempt(bad, row, failed("It was 1.42 Ω. " * 12, NEXT * 9, cause="comm.site_docs"), TWO)
    for step in Step:
        bad = with_step(bad, step, Verdict.FAIL, "31 passed, 2 failed and so on and on, " * 20)
    made = paper(json.loads(sealed(report(bad, facts()), Signer(why_not="a test"))))
    before = next(n for n, block in enumerate(made.blocks) if isinstance(block, blocks.NewPage))

    assert any(isinstance(block, blocks.Qr) for block in made.blocks[:before])
    assert pdf.write(replace(made, blocks=made.blocks[:before]), tmp_path / "summary.pdf") == 1


def test_the_same_lack_at_two_outlets_is_one_line() -> None:
    said = ["ST303 trip at connector 1: not done", "ST303 trip at connector 2: not done", "plan: not done"]

    assert lacking(said) == ["ST303 trip, outlets 1, 2: not done", "plan: not done"]


def test_what_an_instrument_showed_as_its_highest_keeps_its_sign_and_like_values_are_one_row() -> None:
    row = {"name": "open", "value": 999.0, "unit": "MΩ", "low": 1.0, "high": None, "source": "", "beyond": True}
    times = [{**row, "value": 55, "unit": "ms", "beyond": False}] * 3

    assert measured(row) == "> 999 MΩ"
    assert [one["shown"] for one in repeated(times)] == ["55 ms, 3 times"]
    assert [one["shown"] for one in repeated([*times, {**times[0], "value": 60}])] == ["55 ms, 55 ms, 55 ms, 60 ms"]


def test_outlets_of_one_row_are_named_once_each_and_in_their_order() -> None:
    rows: list[tuple[blocks.Cell, ...]] = [(blocks.Cell("trip"), blocks.Cell(place)) for place in ("2", "1", "1", "10")]

    assert merged(rows, outlet=1) == [(blocks.Cell("trip"), blocks.Cell("1, 2, 10"))]


def test_what_was_found_and_what_to_do_are_two_sentences() -> None:
    assert sentences("the clock stands", "", "set it") == "the clock stands. Set it"
    assert sentences("It stands.", "ask") == "It stands. Ask"


def test_a_curve_that_stands_still_is_not_drawn_and_curves_of_one_unit_share_an_axis() -> None:
    still, moving = [12.0] * 20, [-12.0 + n / 10 for n in range(20)]
    [flat] = plots({"test": "ST201", "evidence": {"plus_v": still, "minus_v": [-12.0] * 20}})
    [both] = plots({"test": "ST201", "evidence": {"plus_v": still, "minus_v": moving}})

    assert is_flat(flat)
    assert not is_flat(both)
    assert axes(both)[0] == axes(both)[1]
    assert (axes(both)[0][0], axes(both)[0][-1]) <= (-12.0, 12.0)


def test_no_cell_of_the_report_is_a_bare_dash() -> None:
    bare = facts(charger={"vendor": "Quay", "model": "Dual"}, references={"order": "", "site": ""}, config_hash="")
    unnamed = replace(job(), answers={})
    html = page(paper(json.loads(sealed(report(unnamed, bare), Signer(why_not="a test")))))

    assert not re.search(r">\s*-\s*</td>", html)
    assert "serial -" not in html


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


def words_of(made: blocks.Paper) -> list[str]:
    """Every text of the paper, cell by cell."""
    html = page(made)
    return [re.sub(r"<[^>]+>", "", text) for text in re.split(r"</t[dh]>|</p>|</h\d>|</div>", html)]


def test_every_test_stands_in_the_paper_with_its_values_and_every_earlier_attempt_with_its_verdict() -> None:
    devices = [Measured(name="residual current", value="A 30 mA"), Measured(name="surge protection", value="T2")]
    again = with_attempt(job(), "ST908", failed("residual current: none is not enough", "fit one", cause=""))
    for test, connector in (("ST908", None), ("ST203", TWO), ("ST811", None), ("ST910", None)):
        again = with_attempt(again, test, passed("as it should be", *devices), connector)
    made = json.loads(sealed(report(again, facts()), Signer(why_not="a test")))
    found = words_of(paper(made))
    earlier = next(text for text in found if "Earlier attempts" in text)

    for test in made["report"]["tests"]:
        if not test["counts"]:
            assert f"{test['id']} ({test['verdict']})" in earlier
            continue
        assert any(re.search(rf"\b{test['test']}\b", text) for text in found if text != earlier), test["id"]
        for value in test["measured"] if not test["test"].startswith("ST8") else ():
            assert any(value["name"] in text for text in found), (test["id"], value["name"])
    assert "residual current: A 30 mA, typed" in " ".join(found)


def test_what_a_person_typed_is_by_their_instrument_and_the_rest_of_the_same_test_by_the_charger() -> None:
    tester = {"kind": "installation tester", "make": "Profitest", "serial": "P-1", "calibrated": "2026-03-14"}
    values = (Measured(name="trip current", value=4.9, unit="mA DC"), Measured(name="open after", value=25, unit="ms"))
    evidence = {"instrument": tester, ENTERED: ["trip current"]}
    tripped = with_attempt(replace(job(), answers={}), "ST302", passed("it trips", *values, evidence=evidence), TWO)
    made = json.loads(sealed(report(tripped, facts()), Signer(why_not="a test")))
    table = next(block for block in paper(made).blocks if isinstance(block, blocks.Table) and "By" in block.head)
    by = {row[0].text: row[5].text for row in table.rows if len(row) > 1 and row[1].text == "2"}

    assert by["trip current"].startswith("I")
    assert by["open after"] == "C"
    assert "trip current: 4.9 mA DC, typed" in page(paper(made))


@pytest.mark.parametrize(("answer", "says"), [("yes", ""), ("no", "refused by M. Brandt")])
def test_page_one_tells_when_it_was_signed_and_a_refused_signature_as_refused(answer: str, says: str) -> None:
    outcome = passed("signed") if answer == "yes" else failed("M. Brandt does not sign", NEXT, cause="comm.site_docs")
    signing = with_attempt(job(), "ST910", outcome)
    last = replace(signing.attempts[-1], answers={"ST910.name": "M. Brandt", "ST910.signed": answer})
    last = replace(last, duration_ms=600_000)
    made = report(replace(signing, attempts=(*signing.attempts[:-1], last)), facts())
    shown = page(paper({"report": made, "seal": GOOD["seal"]}))
    ended = moment(told(last.started.plus(600)))

    assert moment(told(last.started)) != ended
    assert f"<td>Signed</td><td>{ended if answer == 'yes' else says}</td>" in shown


def test_the_times_of_steps_are_those_of_all_runs_and_a_step_that_is_not_there_took_none() -> None:
    made = json.loads(json.dumps(GOOD))
    steps = {one["id"]: one for one in made["report"]["steps"]}
    steps["adapter"] |= {"duration_ms": 275_000, "worked_ms": 1_475_000}
    steps["load-management"] |= {"duration_ms": 9, "worked_ms": 9, "says": "not applicable: shares no feeder"}
    steps["plan"] |= {"worked_ms": 9}
    made["report"]["times"] |= {"runs": 8, "visits": 1}
    shown = page(paper(made))

    assert ">24 min 35 s<" in shown and ">4 min 35 s<" not in shown
    assert " ms</td>" not in shown.partition(">9 Times</h2>")[2].partition("</table>")[0] and "below 1 s" in shown
    assert "<td>Visits</td><td>1, in 8 runs</td>" in shown
