"""The load of a site, of exported files and of chargers that are asked: what is added up, and what is told instead."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from agent.control.verbs.load import day_body
from agent.core.load_profile.days import day_number
from tests.tools.support.load_profiles import FIRST, Capture, a_day, answer, exported, refusal, told
from tools.support.__main__ import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two chargers, two days; of the second one an hour is not known."""
    place = tmp_path / "site"
    place.mkdir()
    exported(place / "one.json", answer("QE-1", a_day(FIRST, 2_500, 100), a_day(FIRST + 1, 700)))
    exported(place / "two.json", answer("QE-2", a_day(FIRST, 0, 2_750), a_day(FIRST + 1, None, None, None, None, 30)))
    return place


def test_the_figures_of_a_folder_of_exports(folder: Path, capsys: Capture) -> None:
    body = told(capsys, folder)

    figures = body["figures"]
    assert (body["from"], body["until"]) == ("2026-12-01T00:00:00Z", "2026-12-03T00:00:00Z")
    assert (figures["quarters"], figures["known"], figures["known_percent"]) == (192, 188, 97.92)
    assert figures["energy_wh"] == 2_500 + 100 + 700 + 2_750 + 30
    assert (figures["peak_mean_w"], figures["at_least_w"], figures["connected_w"]) == (11_400, 11_400, 22_080)
    assert (figures["sum_of_peak_means_w"], figures["coincidence"]) == (21_000, 0.543)
    assert (figures["peak_at_least_w"], figures["peak_at_most_w"]) == (11_400, 11_480)
    assert figures["highest"][0]["begins"] == "2026-12-01T00:15:00Z"
    [gap] = body["chargers"][1]["missing"]
    assert gap == {"from": "2026-12-02T00:00:00Z", "until": "2026-12-02T01:00:00Z"}
    assert body["days"][1]["mean_w"][:5] == [None, None, None, None, 120]
    assert body["days"][1]["at_least_w"][:2] == [2_800, 0]


def test_the_page_says_what_is_known_first_and_names_who_is_missing(folder: Path, capsys: Capture) -> None:
    assert main(["load", str(folder)]) == 0

    page = capsys.readouterr().out
    assert page.startswith("2 chargers, 2026-12-01 to 2026-12-02\n97.92 % of 192 quarters are known of every charger\n")
    assert "energy          at least 6.080 kWh" in page
    assert "highest mean    11.40 kW, the quarter of 2026-12-01T00:15:00Z, 51.63 % of what is connected" in page
    assert "coincidence     0.543 (the highest mean over 21.00 kW, the sum of each charger's own)" in page
    assert "not known of QE-2: 2026-12-02T00:00:00Z to 2026-12-02T01:00:00Z" in page


def test_where_the_highest_quarter_is_not_known_whole_the_page_says_what_it_was_at_least(
    folder: Path, capsys: Capture
) -> None:
    exported(folder / "one.json", answer("QE-1", a_day(FIRST, 2_500, 100), a_day(FIRST + 1, 5_000)))

    main(["load", str(folder)])

    assert (
        "at least      20.00 kW in that of 2026-12-02T00:00:00Z, of which QE-2 is not known" in capsys.readouterr().out
    )


def test_a_row_a_quarter_leaves_empty_what_is_not_known(folder: Path, capsys: Capture) -> None:
    assert main(["load", str(folder), "--format", "csv"]) == 0

    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 192
    assert rows[96] == {
        "begins": "2026-12-02T00:00:00Z",
        "mean_w": "",
        "at_least_w": "2800",
        "peak_at_least_w": "2840",
        "peak_at_most_w": "",
        "missing": "QE-2",
    }
    assert sum(int(row["at_least_w"]) for row in rows) == 4 * 6_080


def test_csv_and_json_of_one_charger_are_the_same_profile(tmp_path: Path, capsys: Capture) -> None:
    body = answer("QE-1", a_day(FIRST, 2_500, None, 100), a_day(FIRST + 2, 7))
    as_json, as_csv = exported(tmp_path / "a.json", body), exported(tmp_path / "a.csv", body, "csv")

    one, other = told(capsys, as_json), told(capsys, as_csv)

    assert one["days"] == other["days"]
    assert other["chargers"][0]["name"] == "a.csv"
    assert other["notes"] == ["a.csv: this file does not say whose it is"]
    assert (one["figures"]["connected_w"], other["figures"]["connected_w"]) == (11_040, None)


def test_what_an_older_release_wrote_counts_too(folder: Path, capsys: Capture) -> None:
    body = answer("", a_day(FIRST, 2_500, 100), a_day(FIRST + 1, 700))
    exported(folder / "one.json", {name: one for name, one in body.items() if name not in ("schema", "version")})

    assert [one["name"] for one in told(capsys, folder)["chargers"]] == ["QE-2", "one.json"]


@pytest.mark.parametrize(
    ("name", "form", "says"),
    [
        ("again.json", "json", "are both of QE-1, and a charger counts once"),
        ("hall-left.csv", "csv", "say the same in all quarters, 3 of them with energy, so they are one charger"),
        ("QE-1.csv", "csv", "are both of QE-1, and a charger counts once"),
    ],
)
def test_one_charger_given_twice_is_refused(folder: Path, name: str, form: str, says: str, capsys: Capture) -> None:
    days = (a_day(FIRST + 9, 5),) if name == "QE-1.csv" else (a_day(FIRST, 2_500, 100), a_day(FIRST + 1, 700))
    exported(folder / name, answer("QE-1", *days), form)

    assert says in refusal(capsys, folder)


def test_two_that_are_alike_by_chance_count_where_they_say_who_they_are(tmp_path: Path, capsys: Capture) -> None:
    for serial in ("QE-1", "QE-2"):
        exported(tmp_path / f"{serial}.json", answer(serial, a_day(FIRST, 2_500)))

    assert told(capsys, tmp_path)["figures"]["peak_mean_w"] == 20_000


WRONG: dict[str, tuple[str, str]] = {
    "empty.json": ("", "it is empty, so its export failed"),
    "other.json": ('{"uptime": 1}', "it is JSON, and no load profile"),
    "cut.json": ('{"days": [{"day": "2026-1', "it was cut or changed"),
    "newer.json": ('{"schema": "evse-load", "version": 3, "days": []}', "update evse-support"),
    "step.json": (
        json.dumps({"days": [{**day_body(a_day(FIRST)), "step_s": 300}]}),
        "it has steps of 300 s on 2026-12-01",
    ),
    "changed.json": (
        json.dumps({"days": [{**day_body(a_day(FIRST, 5)), "mean_w": [21, *[0] * 95]}]}),
        "its mean of 2026-12-01 is not the sum of its connectors",
    ),
    "short.json": (
        json.dumps({"days": [{**day_body(a_day(FIRST)), "peak_w": [0] * 95}]}),
        "peak_w of 2026-12-01 is no row of 96 quarters",
    ),
    "twice.json": (json.dumps({"days": [day_body(a_day(FIRST))] * 2}), "it tells 2026-12-01 twice"),
    "list.json": ('{"days": [1]}', "it tells a day in another form"),
    "page.txt": ("2026-12-01 to 2026-12-02, 100 % of all quarters known\n", "it is the page for people"),
    "semicolons.csv": ("begins;port;mean_w;peak_w\n", "parted otherwise than by commas"),
    "moment.csv": ("begins,port,mean_w,peak_w\n01.12.2026 00:15,1,5,5\n", "line 2: "),
    "number.csv": ("begins,port,mean_w,peak_w\n2026-12-01T00:15:00Z,1,5.5,5\n", '"5.5" is no whole number'),
    "part.csv": ("begins,port,mean_w,peak_w\n2026-12-01T00:15:00Z,1,4,4\n", "not the sum of its connectors"),
    "columns.csv": ("begins,port,mean_w,peak_w\n2026-12-01T00:15:00Z,1\n", "line 2: it has no four columns"),
    "notes.txt": ("to be done\n", "its first line is not begins,port,mean_w,peak_w"),
}


@pytest.mark.parametrize(("name", "content", "says"), [(name, *rest) for name, rest in WRONG.items()], ids=list(WRONG))
def test_a_file_that_is_none_is_left_out_by_name_and_the_exit_code_tells(
    folder: Path, name: str, content: str, says: str, capsys: Capture
) -> None:
    (folder / name).write_text(content, encoding="utf-8")

    assert main(["load", str(folder), "--json"]) == 1

    body = json.loads(capsys.readouterr().out)
    [left] = body["left_out"]
    assert left["what"] == name and says in left["why"], left["why"]
    assert body["figures"]["energy_wh"] == 6_080


def test_octets_that_are_no_text_are_left_out_and_a_redirect_of_another_shell_is_read(
    folder: Path, capsys: Capture
) -> None:
    text = exported(folder / "three.csv", answer("", a_day(FIRST, 1)), "csv").read_text(encoding="utf-8")
    (folder / "three.csv").write_bytes(text.encode("utf-16"))
    (folder / "picture.png").write_bytes(b"\x89PNG\xff")

    body = told(capsys, folder)

    assert [one["what"] for one in body["left_out"]] == ["picture.png"]
    assert [one["name"] for one in body["chargers"]] == ["QE-1", "QE-2", "three.csv"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "whose load?"),
        (("nowhere/",), "there is no such file or folder, and no charger is called so"),
        (("QE-1", "QE-1"), "is named twice"),
        (("--from", "1.12.26", "QE-1"), '--from: "1.12.26" is no day; write it as 2026-12-01'),
        (("--from", "2026-12-03", "--until", "2026-12-01", "QE-1"), "is behind --until"),
        (("--highest", "-1", "QE-1"), "none of 0 to 10000"),
        (("--group", "left", "QE-1"), "write --plan FILE beside it"),
        (("--match", "QE-*", "QE-1"), "one of these at a time"),
        (("--days", "500", "QE-1"), "a charger keeps 400"),
        (("--from", "2026-12-01", "--days", "3", "QE-1"), "--from says already"),
    ],
)
def test_what_a_newcomer_mistypes_is_answered_with_what_would_be_right(
    words: tuple[str, ...], says: str, capsys: Capture
) -> None:
    assert says in refusal(capsys, *words)


def test_files_and_chargers_are_not_mixed(folder: Path, capsys: Capture) -> None:
    assert "name files, or chargers, not both" in refusal(capsys, folder, "QE-9")
    assert "--from and --until choose of them" in refusal(capsys, folder, "--days", "3")
    assert "nothing is on record of any of them" in refusal(capsys, folder, "--from", "2027-01-01")


def test_a_day_of_a_clock_that_was_years_ahead_is_no_endless_axis(folder: Path, capsys: Capture) -> None:
    exported(folder / "three.json", answer("QE-3", a_day(FIRST), a_day(day_number("2099-01-01"))))

    assert "choose with --from and --until" in refusal(capsys, folder)
    assert told(capsys, folder, "--until", "2026-12-02")["figures"]["quarters"] == 192


def test_of_a_charger_that_nothing_is_known_of_no_figure_is_told(tmp_path: Path, capsys: Capture) -> None:
    file = exported(tmp_path / "one.json", answer("QE-1", a_day(FIRST, *(None,) * 96)))

    main(["load", str(file)])
    page = capsys.readouterr().out

    assert "energy          ?\n" in page
    assert "highest moment  ?\n" in page
    assert "0.000 kWh" not in page
    assert told(capsys, file)["figures"]["energy_wh"] is None
