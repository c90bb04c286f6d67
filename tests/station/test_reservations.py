"""The station's reservations around its connectors: told at once, ended in time, and who came first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from agent.control.ports import NO_NETWORK
from agent.control.snapshot import connector_body
from agent.control.verbs.status import reservation_line
from agent.core.availability import NO_BOOKINGS, Reservation
from agent.core.explain.explain import explain
from agent.core.explain.scene import Scene
from agent.core.identity import ConnectorId
from agent.core.reservations import ReservationVerdict
from agent.core.session.events import TokenPresented
from agent.core.session.model import SessionPhase
from agent.errors import StoreError
from agent.station.reservations import END_AGAIN_S
from tests.station.desk import CARD, EPOCH_MS, ONE, OTHER, TWO, Desk, at_desk, plugged

ACCEPTED, OCCUPIED = ReservationVerdict.ACCEPTED, ReservationVerdict.OCCUPIED


def kept(id: int = 7, connector: ConnectorId | None = ONE, for_s: float = 600.0) -> Reservation:
    return Reservation(id=id, connector=connector, token=CARD, expires_ms=EPOCH_MS + round(for_s * 1000))


def with_clock(story: Callable[[Desk], Coroutine[Any, Any, None]]) -> Callable[[Desk], Coroutine[Any, Any, None]]:
    """The network has told the time, and what is over is ended."""

    async def told(desk: Desk) -> None:
        desk.clock.told(EPOCH_MS)
        running = asyncio.ensure_future(desk.reservations.run())
        await asyncio.sleep(0)
        try:
            await story(desk)
        finally:
            running.cancel()

    return told


def on_record(desk: Desk) -> list[int]:
    return [one.id for one in desk.store.latches.reservations.all()]


def test_a_connector_hears_of_its_reservation_before_it_is_answered(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        assert await desk.reservations.reserve(kept()) is ACCEPTED

        assert desk.outlets[ONE].session.bookings.own == kept()
        assert desk.outlets[TWO].session.bookings == NO_BOOKINGS
        assert [(one.name, dict(one.fields)["place"]) for one in desk.news()] == [("reservation.made", 1)]

    at_desk(tmp_path, with_clock(story))


def test_whoever_is_accepted_while_it_goes_on_record_came_first(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        asked = asyncio.ensure_future(desk.reservations.reserve(kept()))
        await asyncio.sleep(0)
        desk.outlets[ONE].becomes(phase=SessionPhase.AUTHORIZED, token=OTHER)

        assert await asked is OCCUPIED
        assert on_record(desk) == []
        assert desk.outlets[ONE].session.phase is SessionPhase.AUTHORIZED

    at_desk(tmp_path, with_clock(story))


def test_a_store_that_is_full_reserves_nothing(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.is_full = True
        with pytest.raises(StoreError):
            await desk.reservations.reserve(kept())

        assert desk.outlets[ONE].session.bookings == NO_BOOKINGS

    at_desk(tmp_path, with_clock(story))


def test_it_ends_at_its_moment_and_again_where_the_store_could_not(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.reservations.reserve(kept(for_s=60.0))
        await asyncio.sleep(59.0)
        assert on_record(desk) == [7]
        desk.is_full = True
        await asyncio.sleep(2.0)
        assert on_record(desk) == [7]
        desk.is_full = False
        await asyncio.sleep(END_AGAIN_S)

        assert on_record(desk) == []
        assert desk.outlets[ONE].session.bookings == NO_BOOKINGS
        assert [dict(one.fields).get("why") for one in desk.news()] == [None, "its date has come"]

    at_desk(tmp_path, with_clock(story))


def test_a_date_that_passed_while_no_clock_was_trusted_ends_it_once_one_is(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.latches.reservations.keep(kept(for_s=-60.0))
        desk.reservations.restored()
        running = asyncio.ensure_future(desk.reservations.run())
        await asyncio.sleep(600.0)
        assert on_record(desk) == [7]

        desk.network_side.clock_told(EPOCH_MS)
        await asyncio.sleep(1.0)
        running.cancel()
        assert on_record(desk) == []

    at_desk(tmp_path, story)


def test_a_connector_that_is_taken_binds_the_other_at_once(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.reservations.reserve(kept(connector=None))
        assert not desk.outlets[TWO].session.bookings.is_needed

        desk.outlets[ONE].becomes(phase=SessionPhase.AUTHORIZED, token=OTHER)
        assert desk.outlets[TWO].session.bookings.is_needed

        desk.outlets[ONE].becomes(phase=SessionPhase.IDLE, token=None)
        assert not desk.outlets[TWO].session.bookings.is_needed

    at_desk(tmp_path, with_clock(story))


def test_a_remote_start_without_a_connector_goes_to_the_one_reserved_for_it_and_to_no_other(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.reservations.reserve(kept(connector=TWO))
        assert desk.network_side.request_start(None, CARD, None)
        assert desk.outlets[TWO].session.token == CARD

        await desk.reservations.reserve(kept(8, ONE))
        assert not desk.network_side.request_start(None, OTHER, None)

    at_desk(tmp_path, with_clock(story))


def test_a_card_at_the_common_reader_is_told_why_where_everything_is_reserved(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.reservations.reserve(kept(1, ONE))
        await desk.reservations.reserve(kept(2, TWO))
        plugged(desk.outlets[ONE])
        desk.presentations.hear(None, TokenPresented(OTHER))

        refusal = desk.outlets[ONE].session.refusal
        assert refusal is not None and "reserved" in refusal.why

    at_desk(tmp_path, with_clock(story))


def test_status_and_explain_tell_whom_it_is_for_and_how_long(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.reservations.reserve(kept())
        plugged(desk.outlets[ONE])
        desk.outlets[ONE].post(TokenPresented(OTHER))

        (shown,) = connector_body(desk.control_side, ONE)["reservations"]
        assert reservation_line(shown) == f"reserved for {CARD.masked}, 10 min 0 s left (reservation 7)"
        scene = Scene(session=desk.outlets[ONE].session, network=NO_NETWORK, now=desk.clock.now(), board=None)
        reasons = {reason.key: reason for reason in explain(scene).reasons}
        assert reasons["reserved"].evidence == (("reservation", 7), ("ends_in_s", 600))
        assert "use another connector" in reasons["refused"].next_step

    at_desk(tmp_path, with_clock(story))


def test_the_list_of_the_network_is_told_when_it_changes_and_failed_where_it_cannot_be_kept(tmp_path: Path) -> None:
    from agent.core.local_list import ListUpdate, UpdateKind, UpdateVerdict

    async def story(desk: Desk) -> None:
        update = ListUpdate(kind=UpdateKind.FULL, version=3, entries=())
        assert await desk.network_side.local_list.update(update) is UpdateVerdict.ACCEPTED
        assert [one.name for one in desk.news()] == ["list.changed"]
        desk.is_full = True
        assert await desk.network_side.local_list.update(update) is UpdateVerdict.FAILED

    at_desk(tmp_path, story)
