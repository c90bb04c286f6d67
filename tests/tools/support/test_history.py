"""The history: the same row for the same message in either database, and nothing lost while one is away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.tools.support import chargers
from tests.tools.support.conftest import Engineer, Makes, beside
from tests.tools.support.databases import Cluster
from tests.tools.support.inbox import Inbox
from tools.support.__main__ import main
from tools.support.history.collector import MOST_AT_ONCE, Collector, Spool, filters
from tools.support.history.rows import Row, Verdicts, row_of
from tools.support.history.sink import History, HistoryDown, Postgres, RowRefused, Sqlite, open_history
from tools.support.link import AT_LEAST_ONCE, Standing, open_link
from tools.support.settings import HistoryTable, load
from tools.support.telling import now_ms
from tools.support.verbs.history import rest

PREFIX = "evse/v1/QE-1"


def event(seq: int = 3, name: str = "fault.raised", **more: Any) -> dict[str, Any]:
    told = {"event": name, "port": 1, "fields": {"id": "contactor.welded", "severity": "C"}}
    return {**chargers.head(seq), **told, **more}


def row(body: dict[str, Any] | None = None, topic: str = f"{PREFIX}/event") -> Row:
    found = row_of(topic, json.dumps(body or event()).encode(), "", 1_000, Verdicts())
    assert found is not None
    return found


def count(history: History) -> int:
    return int(history.ask("SELECT count(*) AS n FROM message")[0]["n"])


def test_a_message_that_is_sent_again_under_another_number_is_the_same_row(history: History) -> None:
    first = event(3)
    again = {**first, "seq": 1, "time": "2026-03-01T00:00:00.000Z", "time_quality": "clock", "lost": 2}
    other = {**first, "t_mono_ms": 9}

    history.put([row(first)])
    history.put([row(again), row(other)])

    assert count(history) == 2


def test_all_or_nothing_is_written(history: History) -> None:
    bad = replace(row(event(8)), kind=None)  # type: ignore[arg-type]

    with pytest.raises(Exception, match=r"history"):
        history.put([row(event(7)), bad])

    assert count(history) == 0


def test_texts_of_a_network_are_values_and_never_statements(history: History) -> None:
    nasty = "'; DROP TABLE message; -- \x00 %s ?"
    history.put([row(event(3, fields={"id": nasty}))])

    assert nasty.replace("\x00", "�")[:20] in history.ask("SELECT name FROM message")[0]["name"].replace("\x00", "�")


def test_two_connections_write_at_once(history: History) -> None:
    other = beside(history)
    for seq in range(5):
        history.put([row(event(seq))])
        other.put([row(event(seq)), row(event(100 + seq))])
    other.close()

    assert count(history) == 10


def test_only_a_change_of_the_verdict_is_history() -> None:
    verdicts = Verdicts()

    def taken(verdict: str) -> Row | None:
        body = json.dumps(chargers.health("QE-1", verdict, ("contactor.welded",) if verdict != "ok" else ()))
        return row_of(f"{PREFIX}/health", body.encode(), "", 1, verdicts)

    kept = [taken(one) for one in ("ok", "ok", "down", "down", "ok")]

    assert [one.verdict if one else None for one in kept] == ["ok", None, "down", None, "ok"]


@pytest.mark.parametrize(("kind", "is_kept"), [("ack", True), ("progress", False), ("result", True), ("refused", True)])
def test_what_somebody_watches_does_not_bury_the_history(kind: str, is_kept: bool) -> None:
    body = json.dumps({**chargers.head(3), "id": "0" * 32, "verb": "live", "kind": kind, "body": {"samples": []}})

    assert (row_of(f"{PREFIX}/res/{'0' * 32}", body.encode(), "", 1, Verdicts()) is not None) is is_kept


@pytest.mark.parametrize(
    "topic", ["evse/v1/QE-1/cmd", "evse/v1/QE-1/port/1/meter", "other/thing", "evse/v1/QE-1/blob/a/0"]
)
def test_what_has_no_place_in_a_history_is_left_out(topic: str) -> None:
    assert row_of(topic, b"{}", "", 1, Verdicts()) is None


def collector(link: Any, connect: Callable[[], History], spool: Spool, told: list[str]) -> Collector:
    return Collector(link=link, connect=connect, spool=spool, now_ms=now_ms, tell=told.append)


def test_collectors_of_one_group_split_a_fleet_and_miss_nothing(
    engineer: Engineer, charger: Makes, tmp_path: Path
) -> None:
    settings = load(engineer.config)
    history = Sqlite(tmp_path / "both.db")
    links = [open_link(settings.broker, Standing(client_id=f"c-{n}", expiry_s=60)) for n in (1, 2)]
    with links[0] as first, links[1] as second:
        for link in (first, second):
            link.subscribe(filters("evse", "g"), AT_LEAST_ONCE)
        one = charger()
        for seq in range(20):
            one.tell(one.topics.event, event(seq))
        pair = [
            collector(link, lambda: Sqlite(tmp_path / "both.db"), Spool(tmp_path / f"{n}.spool", 1000), [])
            for n, link in enumerate((first, second))
        ]
        chargers.until(lambda: sum(_stepped(one) for one in pair) >= 22)

    events = history.ask("SELECT DISTINCT seq FROM message WHERE kind = 'event'")
    assert len(events) == 20
    assert all(one.taken for one in pair)
    history.close()


def _stepped(one: Collector) -> int:
    one.step()
    return one.taken


def test_what_comes_while_a_collector_is_away_waits_at_the_broker(
    engineer: Engineer, charger: Makes, tmp_path: Path
) -> None:
    settings = load(engineer.config)
    standing = Standing(client_id="c-1", expiry_s=600)
    with open_link(settings.broker, standing) as link:
        link.subscribe(filters("evse", "g"), AT_LEAST_ONCE)
    one = charger()
    one.tell(one.topics.event, event(5))

    with open_link(settings.broker, standing) as link:
        again = collector(link, lambda: Sqlite(tmp_path / "h.db"), Spool(tmp_path / "s", 100), [])
        chargers.until(lambda: _stepped(again) >= 1)

    assert any(found["kind"] == "event" for found in Sqlite(tmp_path / "h.db").ask("SELECT kind FROM message"))


def test_what_a_collector_took_and_did_not_write_comes_again(
    engineer: Engineer, charger: Makes, tmp_path: Path
) -> None:
    settings = load(engineer.config)
    standing = Standing(client_id="c-1", expiry_s=600)
    with open_link(settings.broker, standing) as link:
        link.subscribe(filters("evse", "g"), AT_LEAST_ONCE)
        one = charger()
        one.tell(one.topics.event, event(5))
        chargers.until(lambda: len(link.inbox) >= 4)

    with open_link(settings.broker, standing) as link:
        again = collector(link, lambda: Sqlite(tmp_path / "h.db"), Spool(tmp_path / "s", 100), [])
        chargers.until(lambda: _stepped(again) >= 4)

    assert count(Sqlite(tmp_path / "h.db")) == 4


def events(*seqs: int) -> Inbox:
    return Inbox((f"{PREFIX}/event", json.dumps(event(seq)).encode()) for seq in seqs)


def no_row(_: Row, error: RowRefused) -> None:
    raise AssertionError(error)


def test_while_the_database_is_away_it_waits_on_this_disk_and_comes_in_once_it_is_back(
    cluster: Cluster, tmp_path: Path
) -> None:
    history = Postgres(cluster.url)
    history.change("DELETE FROM message")
    history.close()
    table, told, inbox = HistoryTable(url=cluster.url), list[str](), events(1)
    spool = Spool(tmp_path / "spool", 100)
    one = collector(inbox, lambda: open_history(table), spool, told)
    one.step()
    cluster.stop()
    inbox.waiting = events(2, 3).waiting
    one.step()
    assert spool.waiting == 2
    assert len(inbox.acknowledged) == 3
    cluster.start()
    one._tried_s = float("-inf")
    one.step()

    history = Postgres(cluster.url)
    assert sorted(found["seq"] for found in history.ask("SELECT seq FROM message")) == [1, 2, 3]
    history.close()
    assert spool.waiting == 0
    assert [text for text in told if "waits on this disk" in text or "is back" in text] == told


def test_a_spool_gives_the_oldest_first_and_keeps_what_the_history_did_not_take(tmp_path: Path) -> None:
    spool, history = Spool(tmp_path / "spool", MOST_AT_ONCE + 2), Sqlite(tmp_path / "history.db")
    rows = [replace(row(event(seq)), received_ms=seq) for seq in range(1, MOST_AT_ONCE + 3)]
    assert spool.put(rows[::-1], no_row)

    class Away(Sqlite):
        def put(self, rows: Iterable[Row]) -> int:
            raise HistoryDown("away")

    with pytest.raises(HistoryDown):
        spool.drain(Away(tmp_path / "away.db"), no_row)
    assert spool.waiting == len(rows)

    assert spool.drain(history, no_row) == MOST_AT_ONCE
    assert [one["seq"] for one in history.ask("SELECT seq FROM message ORDER BY seq")] == [*range(1, MOST_AT_ONCE + 1)]
    assert (spool.waiting, spool.drain(history, no_row), spool.drain(history, no_row)) == (2, 2, 0)
    assert count(history) == len(rows)
    history.close()


def test_a_full_spool_takes_nothing_more_so_that_the_broker_keeps_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 2)

    assert spool.put([row(event(1)), row(event(2))], no_row)
    assert not spool.put([row(event(3))], no_row)
    assert spool.waiting == 2


def test_history_is_told_by_time_port_severity_and_code(
    engineer: Engineer, history: History, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    if isinstance(history, Postgres):
        engineer.write(url="mqtt://127.0.0.1:9", history=request.getfixturevalue("cluster").url)
    else:
        engineer.write(url="mqtt://127.0.0.1:9", history=f"sqlite:{engineer.folder / 'history.db'}")
    outage = {**chargers.head(9), "port": 2, "edge": "begun", "class": "grid", "cause": "power.cut"}
    history.put(
        replace(one, received_ms=now_ms())
        for one in (row(event(4)), row(event(5, "plug.inserted", fields={})), row(outage, f"{PREFIX}/outage"))
    )

    def lines(*words: str) -> int:
        code = main(engineer.words("history", "QE-1", *words))
        told = capsys.readouterr().out
        assert code == (1 if "nothing of" in told else 0)
        return 0 if code else len(told.strip().splitlines())

    assert lines() == 3
    assert lines("--severity", "critical") == 1
    assert lines("--code", "contactor.*") == 1
    assert lines("--port", "2") == 1
    assert lines("--kind", "outages", "--code", "grid") == 1
    assert lines("--code", "outage.*") == lines("--code", "outage.begun") == 1
    assert lines("--code", "outage.ended") == 0
    assert lines("--until", "2020-01-01T00:00:00Z") == 0


def test_a_row_says_in_words_what_is_there_and_nothing_of_the_rest() -> None:
    refused = {"kind": "refused", "verb": "explain", "reason": {"key": "key", "text": "no key bob is known"}}
    outage = {"edge": "ended", "class": "grid", "cause": "power.cut", "lasted_s": 5, "excluded": "", "mrec": []}
    session = {"start": "success", "end": "success", "code": "", "mrec": None}

    def told(kind: str, body: dict[str, Any]) -> str:
        return rest({"kind": kind, "body": json.dumps({**chargers.head(1), "id": "a", **body})})

    assert told("res", refused) == "no key bob is known"
    assert told("res", {"kind": "result", "body": {}}) == ""
    assert told("outage", outage) == "edge ended, class grid, cause power.cut, lasted 5 s"
    assert told("session", session) == "start success, end success"
    assert told("event", {"event": "x", "fields": {"code": "", "power_w": 5}}) == "power 5 W"


def test_a_command_in_what_a_charger_told_is_written_as_it_is_asked_from_here(
    engineer: Engineer, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = {"key": "key", "text": 'there is no "nope"; see: evsectl events'}
    refused = {**chargers.head(4), "kind": "refused", "verb": "explain", "reason": reason}
    history = Sqlite(engineer.history)
    history.put([replace(row(refused, f"{PREFIX}/res/{'0' * 32}"), received_ms=now_ms())])
    history.close()

    assert main(engineer.words("history", "QE-1", "--since", "2020-01-01T00:00:00Z")) == 0
    assert "see: evse-support do QE-1 events\n" in capsys.readouterr().out


def test_figures_and_cases_come_out_of_either_database(
    engineer: Engineer, history: History, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    if isinstance(history, Postgres):
        engineer.write(url="mqtt://127.0.0.1:9", history=request.getfixturevalue("cluster").url)
    session = {**chargers.head(7), "port": 1, "start": "success", "end": "success", "charge_start_s": 4.0}
    begun = {**chargers.head(8), "port": 1, "edge": "begun", "class": "grid", "cause": "power.cut"}
    down = chargers.health("QE-1", "down", ("contactor.welded",))
    history.put(
        replace(one, received_ms=now_ms())
        for one in (
            row(session, f"{PREFIX}/session"),
            row(begun, f"{PREFIX}/outage"),
            row(down, f"{PREFIX}/health"),
            row(chargers.status(), f"{PREFIX}/port/1/status"),
        )
    )

    def told(*words: str) -> tuple[int, Any]:
        code = main(engineer.words(*words, "--json"))
        return code, json.loads(capsys.readouterr().out)

    opened = told("case", "open", "QE-1", "--id", "T-1")[1]
    assert opened["first_symptom_ms"] is not None
    assert main(engineer.words("case", "open", "QE-1")) == 2
    assert told("case", "close", "QE-1", "--solved", "visit")[1]["solved"] == "visit"
    assert main(engineer.words("case", "close", "T-1", "--solved", "visit")) == 2
    capsys.readouterr()
    assert told("case", "list", "--device", "QE-1")[1]["figures"]["remote_resolution_rate"] == 0.0
    assert told("case", "show", "T-1")[1]["orders"] == []
    code, figures = told("metrics")
    assert (code, figures["charging"]["session"]["good"], figures["cases"]["closed"]) == (0, 1, 1)
    code, uptime = told("uptime", "QE-1")
    assert (code, uptime["outages"][0]["cause"], uptime["ports"][0]["port"]) == (1, "power.cut", 1)


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(HistoryDown, match="does not answer"):
        Postgres(f"postgresql://x@/y?host={tmp_path}")


def test_who_only_looks_makes_no_history_under_a_name_that_is_wrong(
    engineer: Engineer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "nonexist" / "h.db"
    engineer.write(url="mqtt://127.0.0.1:1", history=f"sqlite:{there}")

    for words in (("history", "QE-1"), ("uptime",), ("case", "list")):
        assert main(engineer.words(*words)) == 2
        assert f"there is no {there}; look at the name" in capsys.readouterr().err
    assert not there.parent.exists()


@pytest.mark.parametrize("verb", ["history", "uptime"])
def test_a_charger_that_nothing_is_known_of_may_be_called_otherwise(
    verb: str, engineer: Engineer, capsys: pytest.CaptureFixture[str]
) -> None:
    Sqlite(engineer.history).close()

    assert main(engineer.words(verb, "QE-9")) == 1
    told = capsys.readouterr().out
    assert "of QE-9" in told and "is the name right (see: evse-support fleet)" in told
