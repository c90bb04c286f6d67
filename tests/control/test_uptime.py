"""`evsectl uptime` and `evsectl maintenance`: what is told, kept as files, judged and planned."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.control.registry import find
from agent.control.render import Page
from agent.control.verbs.uptime import keep, keep_sessions, look
from agent.control.verbs.uptime import show as show_uptime
from agent.core.identity import ConnectorId
from agent.core.runs import Run
from agent.core.time import Instant
from agent.core.uptime.acts import Act
from agent.core.uptime.model import Cause, CauseClass, Outage, PortService, ServiceRecords
from agent.core.visits.model import Attempt, FailureClass, Mark, Outcome
from agent.errors import BadRequest
from agent.papers.blocks import Plot
from agent.papers.uptime_page import paper
from tests.control.calling import asked, refused, shown
from tests.control.charger import Charger

DAY_S = 86_400.0


def served(charger: Charger) -> None:
    """Ten days of one port: an hour of a fault, and two attempts, of which one failed."""
    now = charger.now()
    assert now.utc_ms is not None

    def ago(days: float) -> Instant:
        return now.plus(-days * DAY_S)

    charger.service.record = ServiceRecords(
        now=now,
        ports=(PortService(port=1, began=ago(10)),),
        outages=(
            Outage(
                number=7,
                port=1,
                cause=Cause(key="fault.contactor.welded", of=CauseClass.CHARGER_HARDWARE, evidence="=welded"),
                began=ago(5),
                ended=ago(5).plus(3600.0),
                wanted=True,
            ),
        ),
        runs=(
            Run(number=1, began=ago(10), alive=ago(5), keeps_acts=True),
            Run(number=2, began=ago(5).plus(60.0), alive=ago(5).plus(90.0)),
            Run(number=3, began=ago(5).plus(120.0), alive=now),
        ),
        acts=(Act(number=1, at=ago(5).plus(660.0), verb="restart board", via="mqtt", port=1),),
    )
    good = Attempt(
        port=1,
        number=1,
        visit=1,
        marks=((Mark.PLUGGED, ago(9)), (Mark.ENERGY, ago(9).plus(4.0)), (Mark.UNPLUGGED, ago(8.9))),
        method="the network: Accepted",
        energy_wh=7_300,
        start=Outcome.SUCCESS,
        end=Outcome.SUCCESS,
    )
    bad = Attempt(
        port=1,
        number=2,
        visit=2,
        marks=((Mark.PLUGGED, ago(5)), (Mark.UNPLUGGED, ago(4.9))),
        start=Outcome.FAILED,
        failure=FailureClass.CHARGER_HARDWARE,
        code="contactor.welded",
        mrec="CX017",
    )
    charger.service.plugs = (good, bad)


def test_the_page_tells_uptime_failures_outages_and_success_with_what_is_left_out(
    charger: Charger, socket_path: Path
) -> None:
    served(charger)

    text = shown("uptime", asked(charger, socket_path, "uptime"))

    assert "99.989 %" in text
    assert "partial" in text
    assert "1 failure in 239 h of operation, one in 239 h, usable again after 1 h" in text
    assert "told to the network, or on record, after 1 min 0 s" in text
    assert "1 of 1 acknowledged 10 min 0 s after that, and serving again 49 min 0 s later" in text
    assert "1 attempt failed, which lies with: charger hardware" in text
    assert "charger_hardware  =welded (the program started anew 2 times meanwhile)" in text
    assert "session success             50.0 %, 1 of 2" in text
    assert "charge start time           median 4.0 s, p95 4.0 s" in text


def test_minutes_of_operation_are_no_nought_hours_and_an_attempt_that_failed_is_told_apart_from_a_failure() -> None:
    page = Page(colour=False)
    new = {"port": 1, "failures": 0, "operating_h": 0.05, "mtbf_h": None, "mttr_min": None, "detect_min": None}
    visits = {"attempts": 0}

    show_uptime({"why_not": "", "months": [], "reliability": [new], "outages": [], "visits": visits}, page)

    text = "\n".join(page.lines)
    assert "port 1: no failure in 3 min 0 s of operation" in text
    assert "a failure: it lay with the charger, lasted longer than a minute" in text


def test_a_charger_that_never_served_says_so(charger: Charger, socket_path: Path) -> None:
    assert "no port has served anybody yet" in shown("uptime", asked(charger, socket_path, "uptime"))


def test_the_monthly_file_is_csv_and_json_and_says_the_same(
    charger: Charger, socket_path: Path, tmp_path: Path
) -> None:
    served(charger)
    body = asked(charger, socket_path, "uptime")

    table, plain = tmp_path / "u.csv", tmp_path / "u.json"
    keep({"format": "csv", "to": str(table)}, body)
    keep({"format": "json", "to": str(plain)}, body)

    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
    months = json.loads(plain.read_text(encoding="utf-8"))["months"]
    assert [float(row["uptime_percent"]) for row in rows] == [one["percent"] for one in months]
    assert float(rows[-1]["t_outage_min"]) == months[-1]["year"]["outage_min"] == 60.0
    assert rows[0]["serial_number"] == "QE-000123"
    assert "uptime_percent" in shown("uptime", dict(keep({"format": "csv"}, body)))


def test_the_pdf_is_made_with_a_curve_of_the_months_and_names_every_outage(
    charger: Charger, socket_path: Path, tmp_path: Path
) -> None:
    served(charger)
    record = charger.service.record
    assert record is not None
    long_ago = charger.now().plus(-100 * DAY_S)
    charger.service.record = replace(record, ports=(PortService(port=1, began=long_ago),))
    body = asked(charger, socket_path, "uptime")

    made = paper(body)

    [plot] = [one for one in made.blocks if isinstance(one, Plot)]
    assert [len(line.points) for line in plot.lines] == [len(body["months"])] * 2
    assert "=welded" in repr(made.blocks)
    pytest.importorskip("reportlab")
    file = tmp_path / "uptime.pdf"
    assert keep({"format": "pdf", "to": str(file)}, body) == {"file": str(file)}
    assert file.read_bytes().startswith(b"%PDF")


def test_files_that_cannot_be_are_refused_before_anybody_is_asked(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="write --to FILE"):
        look({"format": "pdf"})
    with pytest.raises(BadRequest, match="--to needs a format"):
        look({"to": str(tmp_path / "x")})
    with pytest.raises(BadRequest, match="make it first"):
        look({"format": "csv", "to": str(tmp_path / "no" / "x")})


def test_the_quarters_sessions_have_a_row_an_attempt_and_no_formula(charger: Charger, socket_path: Path) -> None:
    served(charger)
    year = 1970 + round(charger.now().utc_ms or 0) // 31_556_952_000

    whole = keep_sessions({}, asked(charger, socket_path, "uptime sessions"))
    none = keep_sessions({}, asked(charger, socket_path, "uptime sessions", quarter=f"{year - 2}-Q1"))

    rows = list(csv.DictReader(io.StringIO(str(whole["text"]))))
    assert [(row["attempt"], row["energy_kwh"], row["error_code"], row["mrec"]) for row in rows] == [
        ("1", "7.3", "", ""),
        ("2", "0.0", "contactor.welded", "CX017"),
    ]
    assert str(none["text"]).count("\r\n") == 1
    wrong = refused(charger, socket_path, "uptime sessions", quarter="2026/4")
    assert "write year and quarter, as 2026-Q4" in wrong.text
    assert "write year and quarter" in refused(charger, socket_path, "uptime sessions", quarter="9999-Q4").text


def test_a_person_says_why_an_outage_does_not_count(charger: Charger, socket_path: Path) -> None:
    served(charger)

    body = asked(charger, socket_path, "uptime exclude", outage=7, **{"as": "vandalism"}, why="cut", by="Anna")

    assert charger.service.said == [(7, "vandalism", "Anna", "cut")]
    assert "outage 7 does not count: vandalism, says Anna" in shown("uptime exclude", body)
    unknown: dict[str, Any] = {"outage": 8, "as": "none", "why": "x", "by": "Anna"}
    none = refused(charger, socket_path, "uptime exclude", **unknown)
    assert "none on record has the number 8" in none.text
    assert find("uptime exclude").changes


def test_a_window_is_opened_told_and_closed(charger: Charger, socket_path: Path) -> None:
    made = asked(charger, socket_path, "maintenance open", until="2h", why="new meter", by="Anna")
    (window,) = charger.service.planned

    assert window.until_ms - window.from_ms == 2 * 3_600_000
    assert "window 1 is open" in shown("maintenance open", made)
    assert "nothing was moved" in shown("maintenance open", made)
    assert "new meter" in shown("maintenance list", asked(charger, socket_path, "maintenance list"))
    again = refused(charger, socket_path, "maintenance open", until="1h", why="x", by="B")
    assert "evsectl maintenance close --window 1" in again.text
    asked(charger, socket_path, "maintenance close")
    assert charger.service.open_now() is None
    assert "no maintenance window is open" in refused(charger, socket_path, "maintenance close").text


def test_a_planned_window_is_called_off_once_and_none_ends_without_a_clock(charger: Charger, socket_path: Path) -> None:
    planned: dict[str, Any] = {"from": "1h", "until": "2h", "why": "new meter", "by": "Anna"}
    asked(charger, socket_path, "maintenance open", **planned)
    off = asked(charger, socket_path, "maintenance close", window=1)

    assert "window 1 is called off" in shown("maintenance close", off)
    assert "called off" in shown("maintenance list", asked(charger, socket_path, "maintenance list"))
    assert "no window 1 is open or planned" in refused(charger, socket_path, "maintenance close", window=1).text
    asked(charger, socket_path, "maintenance open", until="2h", why="new meter", by="Anna")
    outlet = charger.outlets[ConnectorId(1)]
    outlet.now = replace(outlet.now, utc_ms=None)
    assert "the clock is not known" in refused(charger, socket_path, "maintenance close", window=2).text


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ({"until": "soon"}, "is no time; write 90m, 2h, 3d"),
        ({"until": "2h", "from": "2020-01-01T00:00Z"}, "lies in the past"),
        ({"until": "2026-01-01T00:00"}, "nobody knows in which zone"),
        ({"until": "2020-01-01T00:00Z"}, "not after the begin"),
        ({"until": "90d"}, "at most 14 days long"),
        ({"until": "2h", "from": "2200-01-01T00:00Z"}, "more than 90 days ahead"),
    ],
)
def test_what_is_no_plan_is_refused_with_what_would_be(
    charger: Charger, socket_path: Path, when: dict[str, Any], says: str
) -> None:
    assert says in refused(charger, socket_path, "maintenance open", why="x", by="B", **when).text
    assert charger.service.planned == ()
