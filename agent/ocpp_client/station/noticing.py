"""Tells notices: how an upload or an update came along, and whatever else must be told once, in order, and not lost.

The queue is not here: whoever has something to tell keeps it, on disk, and hands out the oldest until it is told.
"""

from __future__ import annotations

from typing import Protocol

from agent.core.maintenance.notices import Notice
from agent.core.maintenance.updates import FirmwareNotice
from agent.core.maintenance.uploads import UploadNotice
from agent.ocpp_client.adapter import WireCall
from agent.ocpp_client.rpc.calls import Lane, Outcome, Silence, Turn

WAITS_AT_MOST = 20
"""Waits grow by one retry interval for each silence, up to this many."""


class NoticesPort(Protocol):
    """What is told beside facts and statuses, kept by others until it is told."""

    def next_notice(self) -> Notice | None:
        """The oldest that is not told, the same one until it is; None where there is none."""
        ...

    async def notice_told(self, notice: Notice) -> None:
        """The network answered it, be it with an error. Raises nothing: what the disk refuses now is kept later."""
        ...


class NoNotices:
    """Of a charger that has nothing to tell."""

    def next_notice(self) -> Notice | None:
        return None

    async def notice_told(self, notice: Notice) -> None:
        return


class NoticeAdapter(Protocol):
    def notice(self, notice: Notice) -> WireCall | None: ...


class Noticing:
    """The oldest notice and when it leaves. Times are monotonic seconds."""

    def __init__(self, adapter: NoticeAdapter, notices: NoticesPort) -> None:
        self._adapter = adapter
        self._notices = notices
        self._due_s = 0.0
        self._silences = 0

    def connected(self) -> None:
        """A new connection: what waited for the old one's silence is due."""
        self._due_s, self._silences = 0.0, 0

    async def turn(self, now_s: float) -> Turn | None:
        """The notice to send now; one that this version has no message for is settled unsent."""
        while self._due_s <= now_s and (notice := self._notices.next_notice()) is not None:
            call = self._adapter.notice(notice)
            if call is not None:
                return Turn(Lane.NOTICE, call, notice)
            await self._notices.notice_told(notice)
        return None

    def wake_at_s(self) -> float | None:
        """When there is something to do by time alone."""
        return self._due_s if self._due_s and self._notices.next_notice() is not None else None

    async def took(self, turn: Turn, outcome: Outcome, now_s: float, retry_interval_s: float) -> None:
        """What came of it. An error is an answer: telling it again would bring the same."""
        if isinstance(outcome, Silence):
            self._silences += 1
            self._due_s = now_s + max(1.0, retry_interval_s) * min(self._silences, WAITS_AT_MOST)
            return
        self.connected()
        assert isinstance(turn.about, UploadNotice | FirmwareNotice), "turns of this lane are made here"
        await self._notices.notice_told(turn.about)
