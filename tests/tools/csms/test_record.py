"""The record: repeats are recognised, contradictions are problems."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.csms import queries
from tools.csms.record import BadRecord, Record, storable


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    opened = Record(tmp_path / "csms.db")
    yield opened
    opened.close()


def start(record: Record, *, started_at: str = "T0", meter_wh: int = 5, token: str = "CAFE") -> int:
    return record.started("CP-1", 1, id_tag=token, started_at=started_at, meter_start_wh=meter_wh, is_accepted=True)


def stop(record: Record, charge: int, *, meter_wh: int = 25, stopped_at: str = "T1") -> None:
    record.stopped("CP-1", charge, stopped_at=stopped_at, meter_stop_wh=meter_wh, reason="Local", id_tag="")


def problem_names(record: Record) -> list[str]:
    return [row["what"] for row in queries.problems(record)]


def test_a_repeated_start_is_the_same_transaction_and_is_counted(record: Record) -> None:
    first, again = start(record), start(record)

    assert first == again
    assert [row["starts"] for row in queries.transactions(record)] == [2]


@pytest.mark.parametrize("changed", [{"started_at": "T9"}, {"meter_wh": 6}, {"token": "BEEF"}])
def test_a_start_that_differs_is_another_transaction(record: Record, changed: dict[str, str | int]) -> None:
    first = start(record)
    stop(record, first)

    assert start(record, **changed) != first  # type: ignore[arg-type]


def test_energy_is_the_difference_of_the_registers(record: Record) -> None:
    stop(record, start(record, meter_wh=1_000), meter_wh=1_234)

    assert [row["energy_wh"] for row in queries.transactions(record)] == [234]


def test_a_repeated_stop_is_counted_and_no_problem(record: Record) -> None:
    charge = start(record)
    stop(record, charge)
    stop(record, charge)

    assert [row["stops"] for row in queries.transactions(record)] == [2]
    assert problem_names(record) == []


def test_a_second_stop_with_another_register_is_a_problem_and_changes_nothing(record: Record) -> None:
    charge = start(record)
    stop(record, charge, meter_wh=25)
    stop(record, charge, meter_wh=26)

    assert [row["meter_stop_wh"] for row in queries.transactions(record)] == [25]
    assert problem_names(record) == ["second stop with another content"]


def test_a_stop_without_a_start_is_a_problem(record: Record) -> None:
    stop(record, 77)

    assert problem_names(record) == ["stop without a start"]


def test_a_second_start_beside_an_open_transaction_is_a_problem(record: Record) -> None:
    start(record)
    start(record, started_at="T5")

    assert problem_names(record) == ["start while another transaction is open"]


def test_a_register_that_ran_backwards_is_a_problem(record: Record) -> None:
    stop(record, start(record, meter_wh=50), meter_wh=49)

    assert problem_names(record) == ["the register ran backwards"]


def test_a_repeated_meter_value_is_one_reading_received_twice(record: Record) -> None:
    charge = start(record)
    value = [{"timestamp": "T0", "sampled_value": [{"value": "7"}]}]
    record.readings("CP-1", 1, charge, value)
    record.readings("CP-1", 1, charge, value)

    [reading] = queries.readings(record, charge=charge)
    assert (reading["value"], reading["unit"], reading["times"]) == ("7", "Wh", 2)


def test_transaction_ids_go_on_after_a_restart(tmp_path: Path) -> None:
    before = Record(tmp_path / "kept.db")
    first = start(before)
    before.close()

    after = Record(tmp_path / "kept.db")
    repeated, second = start(after), start(after, started_at="T7")
    after.close()

    assert repeated == first
    assert second > first


def test_a_lone_surrogate_is_stored_as_its_escape() -> None:
    assert storable("a\ud800b") == "a\\ud800b"


def test_a_file_that_cannot_hold_the_record_is_one_sentence_with_its_path(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('board = "sim-dual"\n[site]\ncountry = "DE"\nsupply_current_a = 32\n' * 40)
    before = site.read_bytes()

    for path, way_out in (
        (tmp_path / "nonexist" / "x.db", f"there is no folder {tmp_path / 'nonexist'}; create it"),
        (site, "is not a database, and was left as it is; name another file with --db"),
        (tmp_path, "is a folder; name a file in it"),
    ):
        with pytest.raises(BadRecord) as raised:
            Record(path)
        assert str(raised.value).startswith(f"{path}: {way_out}")

    assert site.read_bytes() == before
