"""Every event that is told is an entry of the journal once, with its port and what that is then."""

from __future__ import annotations

import ast
import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.bus import News
from agent.control.commissioning_news import CommissioningNews
from agent.control.peer import Caller
from agent.control.remote.telling import Telling
from agent.control.roles import Role
from agent.core.commissioning.model import Job, JobState
from agent.core.session.model import SessionPhase
from agent.core.time import Instant
from agent.journal_entry import id_of_fault, message_id
from agent.journald import Journal
from agent.logs import JournalHandler, LineFormatter
from tests.journal_socket import Listener
from tests.station.desk import ONE, Desk, at_desk, plugged
from tools.code_shape import ROOT


@contextmanager
def journal(folder: Path) -> Iterator[Listener]:
    """What the program logs goes there."""
    logger = logging.getLogger("agent")
    with Listener(folder / "journal") as listener:
        handler = JournalHandler(io.StringIO(), Journal(listener.path))
        handler.setFormatter(LineFormatter(for_journal=True))
        before = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            yield listener
        finally:
            logger.setLevel(before)
            logger.removeHandler(handler)
            handler.close()


def test_a_fault_at_a_port_says_what_the_port_is_then(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        plugged(desk.outlets[ONE])
        assert desk.outlets[ONE].session.phase is SessionPhase.PLUGGED
        fields = (("id", "meter.comm"), ("severity", "W"), ("evidence", ""))
        with journal(tmp_path) as listener:
            desk.station.publish(News(name="fault.raised", at=desk.clock.now(), connector=ONE, fields=fields))
            desk.station.tell("agent.stopped")
            fault, end = listener.heard()
        assert (fault["EVSE_PORT"], fault["EVSE_STATE"], fault["EVSE_CODE"]) == ("1", "Preparing", "meter.comm")
        assert (fault["MESSAGE_ID"], fault["EVSE_BOOT"]) == (id_of_fault("meter.comm"), "kernel-boot")
        assert (end["MESSAGE_ID"], end["PRIORITY"]) == (message_id("agent.stopped"), "5")
        assert not {"EVSE_PORT", "EVSE_STATE"} & set(end)

    at_desk(tmp_path, story)


def test_an_order_and_a_commissioning_are_entries_too(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        with journal(tmp_path) as listener:
            caller = Caller(uid=0, role=Role.VIEWER, via="mqtt", key="k", case="C-7", order_id="o")
            Telling(desk.station.bus, desk.clock.now).done("health", caller, "result", Instant(0.0))
            job = Job(number=3, job_id="j", state=JobState.RUNNING, started=Instant(0.0), runs=1)
            CommissioningNews(desk.control_side).opened(job)
            heard = listener.heard()
        names = ("order.done", "support.acted", "commission.started")
        assert [entry["MESSAGE_ID"] for entry in heard] == [message_id(name) for name in names]
        assert [entry.get("EVSE_CASE") for entry in heard] == ["C-7", "C-7", None]

    at_desk(tmp_path, story)


def blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Statements that are done one after the other."""
    for node in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            if isinstance(found := getattr(node, block, None), list):
                yield found


def calls(block: list[ast.stmt], of: Callable[[ast.AST], bool]) -> list[ast.Call]:
    found = [one.value for one in block if isinstance(one, ast.Expr)]
    return [one for one in found if isinstance(one, ast.Call) and of(one.func)]


def is_bus(node: ast.AST) -> bool:
    """`bus.tell`, of whoever the bus is."""
    return isinstance(node, ast.Attribute) and node.attr == "tell" and ast.unparse(node.value).endswith("bus")


def is_log(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "log.info"


def told(block: list[ast.stmt]) -> list[str]:
    """What is told to the bus there."""
    return [ast.unparse(one.args[0]) for one in calls(block, is_bus)]


def logged(block: list[ast.stmt]) -> list[str]:
    """What the journal is told there: `log.info(…, extra=… {NEWS: news} …)`."""
    tables = [one for call in calls(block, is_log) for one in ast.walk(call) if isinstance(one, ast.Dict)]
    pairs = [pair for one in tables for pair in zip(one.keys, one.values, strict=True)]
    return [ast.unparse(value) for key, value in pairs if isinstance(key, ast.Name) and key.id == "NEWS"]


def silent(tree: ast.AST) -> list[str]:
    """Where the bus is told and the journal is not, each once and of the same."""
    wrong = [ast.unparse(block[0]) for block in blocks(tree) if told(block) != logged(block)]
    in_passing = sum(map(is_bus, ast.walk(tree))) - sum(len(told(block)) for block in blocks(tree))
    return wrong + ["told in another way than by a statement of its own"] * in_passing


def test_whoever_tells_the_bus_tells_the_journal() -> None:
    texts = {file: file.read_text(encoding="utf-8") for file in (ROOT / "agent").rglob("*.py")}
    tellers = {file: ast.parse(text) for file, text in texts.items() if "bus.tell" in text}

    assert {file: found for file, tree in tellers.items() if (found := silent(tree))} == {}
    assert sum(len(told(block)) for tree in tellers.values() for block in blocks(tree)) >= 3


GOOD = "self._bus.tell(news)\nlog.info(news.name, extra=fields | {NEWS: news})"


@pytest.mark.parametrize(
    ("source", "is_silent"),
    [
        (GOOD, False),
        (f"{GOOD}\n{GOOD}", False),
        (f"{GOOD}\nself._bus.tell(other)", True),
        (f"{GOOD}\nif late:\n    bus.tell(news)", True),
        ("bus.tell(news)\nif late:\n    log.info(news.name, extra={NEWS: news})", True),
        ("bus.tell(news)\nlog.info(news.name, extra={NEWS: other})", True),
        (f"{GOOD}\ntell = self.station.bus.tell", True),
    ],
)
def test_a_second_word_to_the_bus_and_a_branch_are_seen(source: str, is_silent: bool) -> None:
    assert bool(silent(ast.parse(source))) is is_silent
