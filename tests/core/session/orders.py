"""What must hold of a session's orders at the moment they reach the charger (see `station.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.availability import LEGAL, ConnectorStatus, StatusReport
from agent.core.faults.model import Reaction
from agent.core.limits import RAISE_AFTER_S, RESTART_AFTER_S
from agent.core.session.effects import SignBegin, SignEnd, Tell
from agent.core.session.model import SessionPhase

if TYPE_CHECKING:
    from tests.core.session.station import RecordingStation


def check_signing(station: RecordingStation, order: SignBegin | SignEnd) -> None:
    """A begin is signed before there is a transaction, an end of what is on record and once nothing flows."""
    if isinstance(order, SignBegin):
        assert not station.open_rows(), "a begin is signed beside a running charge"
        return
    assert [row.started.signed for row in station.open_rows()] == [order.begun]


def check_wake(station: RecordingStation) -> None:
    wake_at = station.session.wake_at
    assert wake_at is None or wake_at > station.now.monotonic_s or station.session.recording is not None


def check_offer(station: RecordingStation, current_a: float) -> None:
    assert current_a == 0 or 6 <= current_a <= 80
    assert all(current_a <= limit.current_a for limit in station.session.limits.entries), "an offer above a limit"
    assert current_a == 0 or station.session.phase is SessionPhase.CHARGING
    assert current_a == 0 or not station.session.ends, "an offer of a program that is ending"
    for row in station.open_rows():
        limit_a = station.durable.network_limit_a[row.started.key]
        assert limit_a is None or current_a <= limit_a, "an offer above what the network granted this charge"
    if current_a > station.board_offer_a and station.offer_changed_at is not None:
        wait_s = RAISE_AFTER_S if station.board_offer_a > 0 else RESTART_AFTER_S
        assert station.now.monotonic_s >= station.offer_changed_at + wait_s, "more was offered too early"


def check_permission(station: RecordingStation, permitted: bool) -> None:
    if permitted:
        transaction = station.session.transaction
        assert not station.session.ends, "a permission of a program that is ending"
        assert station.session.phase is SessionPhase.CHARGING
        assert station.session.pending_stop is None
        assert transaction is not None and not transaction.deauthorized
        assert station.session.faults.reaction not in (Reaction.OPEN, Reaction.X1)
        assert station.session.pilot.plugged
        assert [row.started.key for row in station.open_rows()] == [transaction.key], "power without a durable start"


def check_acceptance(station: RecordingStation, news: Tell) -> None:
    session = station.session
    if news.name == "session.authorized" and session.token is not None:
        assert session.bookings.refuses(session.token, session.group) is None, "accepted against a reservation"


def check_status(station: RecordingStation, report: StatusReport) -> None:
    if station.statuses and station.statuses[-1].status is not report.status:
        before = station.statuses[-1].status
        assert report.status in LEGAL[before], f"{before} to {report.status} is illegal"
    if report.status is ConnectorStatus.FINISHING:
        assert station.session.pending_stop is None, "finishing was told before the stop was durable"
