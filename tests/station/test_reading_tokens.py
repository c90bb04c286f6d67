"""Which connector hears of a token, of a silent reader, and of an acceptance that goes along with the cable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agent.core.control_pilot import PilotState
from agent.core.facts import StopReason
from agent.core.session.events import DriverLost, DriverReturned, StartRequested, StopRequested, TokenPresented
from agent.core.session.model import SessionPhase
from agent.core.time import Instant
from agent.station.reading_tokens import Presentations
from tests.station.desk import CARD, ONE, TWO, Desk, at_desk, plugged


def test_a_token_at_the_stations_reader_is_for_the_connector_somebody_plugged_in_at(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        plugged(desk.outlets[TWO])

        desk.presentations.hear(None, TokenPresented(CARD))

        assert desk.outlets[TWO].posted == [TokenPresented(CARD)]
        assert desk.outlets[ONE].posted == []

    at_desk(tmp_path, story)


def test_a_token_at_a_connectors_own_reader_is_for_that_connector(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        plugged(desk.outlets[TWO])

        desk.presentations.hear(ONE, TokenPresented(CARD))

        assert desk.outlets[ONE].posted == [TokenPresented(CARD)]
        assert desk.outlets[TWO].posted == []

    at_desk(tmp_path, story)


def test_the_silence_of_the_stations_reader_is_everybodys_and_that_of_an_own_one_is_not(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        lost, back = DriverLost(interface="token_reader", detail="unplugged"), DriverReturned("token_reader")

        desk.presentations.hear(None, lost)
        desk.presentations.hear(TWO, back)

        assert desk.outlets[ONE].posted == [lost]
        assert desk.outlets[TWO].posted == [lost, back]

    at_desk(tmp_path, story)


def accepted_at_one(desk: Desk) -> None:
    desk.outlets[ONE].becomes(phase=SessionPhase.AUTHORIZED, phase_since=Instant(0.0), token=CARD)
    desk.outlets[TWO].becomes(phase=SessionPhase.IDLE)


def test_an_acceptance_goes_along_with_the_cable_of_the_other_connector_once(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        accepted_at_one(desk)

        plugged(desk.outlets[TWO])
        desk.outlets[TWO].becomes(pilot=PilotState.C)

        assert desk.outlets[ONE].posted == [StopRequested(reason=StopReason.LOCAL)]
        assert desk.outlets[TWO].posted == [StartRequested(token=CARD, authorize=False)]

    at_desk(tmp_path, story)


def test_the_plug_that_belongs_to_the_acceptance_moves_nothing(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        accepted_at_one(desk)

        plugged(desk.outlets[ONE])

        assert [outlet.posted for outlet in desk.outlets.values()] == [[], []]

    at_desk(tmp_path, story)


def test_where_each_connector_has_its_own_reader_nothing_moves(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        config = desk.station.config
        desk.station.config = replace(config, board=replace(config.board, drivers={}))
        apart = Presentations(desk.station)
        desk.outlets[ONE].becomes(phase=SessionPhase.AUTHORIZED, token=CARD)
        for phase in (SessionPhase.IDLE, SessionPhase.PLUGGED):
            desk.outlets[TWO].session = replace(desk.outlets[TWO].session, phase=phase)
            apart.session_changed(desk.outlets[TWO].session)

        assert [outlet.posted for outlet in desk.outlets.values()] == [[], []]

    at_desk(tmp_path, story)
