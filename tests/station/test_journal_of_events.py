"""Every event that is told is an entry of the journal once, with its port and what that is then."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


def test_whoever_tells_the_bus_tells_the_journal() -> None:
    tellers = [file for file in (ROOT / "agent").rglob("*.py") if re.search(r"bus\.tell\(", file.read_text())]

    assert len(tellers) >= 3
    assert [str(file) for file in tellers if "NEWS: news" not in file.read_text()] == []
