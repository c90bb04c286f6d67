"""`evsectl metrics`: the charger's figures in words, and the file that anybody can compute them from."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from agent.control.parser import parse
from agent.control.verbs.completion import script
from agent.control.verbs.metrics import keep_file, keep_textfile, look_at_textfile
from agent.core.metrics.charger import figures_of
from agent.core.metrics.records import Gate
from agent.errors import BadRequest
from agent.metrics_file import read_records
from agent.station.exposition import text_of_the_end
from tests.control.calling import asked, refused, shown
from tests.control.charger import Charger
from tests.core.metrics.histories import Life, records
from tests.core.metrics.test_charger import a_good_life
from tests.docs.page import Page


def test_the_figures_are_told_in_words(charger: Charger, socket_path: Path) -> None:
    charger.history = a_good_life()[1]

    page = shown("metrics", asked(charger, socket_path, "metrics"))

    assert "charger QE-1" in page
    assert "installation time          1 h 0 min" in page
    assert "commissioning              20 min 5 s (1 run, 1 visit, pauses of 10 min 0 s left out)" in page
    assert "  network to TLS           2 s" in page
    assert "right the first time       yes" in page
    assert "customer on board          yes" in page


def test_what_is_not_known_is_told_with_its_reason(charger: Charger, socket_path: Path) -> None:
    charger.history = records(Life(offset_ms=None).passes(Gate.UNIT))

    page = shown("metrics", asked(charger, socket_path, "metrics"))

    assert "installation time          not known: no power-on at a site is on record" in page
    assert "commissioning              not begun" in page
    assert "0 s" not in page


def test_a_bench_says_that_it_records_nothing(charger: Charger, socket_path: Path) -> None:
    charger.history = replace(a_good_life()[1], unit="")

    assert "nothing is recorded on a bench" in shown("metrics", asked(charger, socket_path, "metrics"))
    assert "nothing is recorded on a bench" in refused(charger, socket_path, "metrics export", file="x").text


def test_the_exported_file_gives_the_same_figures_and_is_never_written_over(
    charger: Charger, socket_path: Path, tmp_path: Path
) -> None:
    charger.history = a_good_life()[1]
    file = tmp_path / "charger.jsonl"
    body = asked(charger, socket_path, "metrics export", file=str(file))

    kept = keep_file({"file": str(file)}, body)

    assert figures_of(read_records(file.read_text(encoding="utf-8"))) == figures_of(charger.history)
    assert f"{file} written" in shown("metrics export", dict(kept))
    with pytest.raises(BadRequest, match="is there already"):
        keep_file({"file": str(file)}, body)
    with pytest.raises(BadRequest, match="cannot be written"):
        keep_file({"file": str(tmp_path / "no" / "folder")}, body)


def test_the_text_for_prometheus_comes_as_it_is(charger: Charger, socket_path: Path) -> None:
    charger.exposed = "# TYPE evse_up gauge\nevse_up 1\n"

    body = dict(keep_textfile({}, asked(charger, socket_path, "metrics prometheus")))

    assert body == {"text": charger.exposed}
    assert shown("metrics prometheus", body) == charger.exposed.rstrip("\n")


def test_a_file_for_node_exporter_is_replaced_whole_and_may_be_read_by_everybody(
    charger: Charger, socket_path: Path, tmp_path: Path
) -> None:
    charger.exposed = "# TYPE evse_up gauge\nevse_up 1\n"
    file = tmp_path / "evse.prom"
    file.write_text("# HELP evse_up of a minute ago\n")
    body = asked(charger, socket_path, "metrics prometheus", to=str(file))

    kept = dict(keep_textfile({"to": str(file)}, body))

    assert file.read_text() == charger.exposed
    assert file.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in tmp_path.glob("evse.prom*")] == ["evse.prom"]
    assert shown("metrics prometheus", kept).startswith(f"{file} written, 1 series")


def test_a_place_that_cannot_be_written_is_said_before_anybody_is_asked(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"--to: .*/no/evse.prom cannot be written, .*/no is not there"):
        look_at_textfile({"to": str(tmp_path / "no" / "evse.prom")})
    with pytest.raises(BadRequest, match=r"was not written \(No such file or directory\)"):
        keep_textfile({"to": str(tmp_path / "no" / "evse.prom")}, {"pieces": ["x"]})


def test_nothing_but_an_older_text_for_prometheus_is_replaced(tmp_path: Path) -> None:
    site, link, empty = tmp_path / "site.toml", tmp_path / "link.prom", tmp_path / "empty.prom"
    site.write_text('board = "sim-single"\n')
    older = tmp_path / "evse.prom"
    older.write_text(text_of_the_end())
    link.symlink_to(older)
    empty.touch()
    why = {site: "holds something else", link: "is a symbolic link", Path("/dev/null"): "is no regular file"}

    for place, words in why.items():
        for asked_at in (look_at_textfile, lambda given: keep_textfile(given, {"pieces": ["x"]})):
            with pytest.raises(BadRequest, match=f"--to: {place} {words}.*is not replaced; name another file"):
                asked_at({"to": str(place)})
    for place in (older, empty, tmp_path / "new.prom"):
        look_at_textfile({"to": str(place)})

    assert site.read_text() == 'board = "sim-single"\n'
    assert link.is_symlink()


def test_the_page_tells_every_milestone_there_is() -> None:
    told = [word for row in Page("metrics.md").table("milestone") for word in re.findall(r"`([^`]+)`", row[0])]

    assert sorted(told) == sorted(gate.value for gate in Gate)


def test_the_bare_word_is_the_figures_and_completion_knows_the_other_one() -> None:
    assert parse(["metrics"]).words == "metrics"
    assert parse(["metrics", "--json"]).words == "metrics"
    assert parse(["metrics", "export", "x.jsonl"]).words == "metrics export"
    with pytest.raises(BadRequest, match='no place for "exprot"'):
        parse(["metrics", "exprot"])
    lines = str(script({"shell": "bash"}).body["script"]).splitlines()
    (bare,) = [line for line in lines if '"metrics"|' in line]
    assert 'words="export ' in bare
    assert lines.index(bare) > next(at for at, line in enumerate(lines) if '"metrics export"|' in line)
