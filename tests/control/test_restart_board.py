"""`restart board`: who may, what stands against it, and what is told of a board that comes back or does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent.control.roles import Role
from agent.core.session.events import LoanEnded, LoanRequested
from agent.core.session.model import Loan
from agent.errors import DriverRejected, DriverUnavailable
from tests.control.calling import ONE, TWO, asked, charging, refused, shown
from tests.control.charger import Charger
from tests.control.paper_service import PaperService
from tests.control.remote.test_remedies import from_afar, why

WHY: dict[str, Any] = {"reason": "it does not see the car"}


def with_board(charger: Charger) -> PaperService:
    board = charger.services[ONE] = PaperService()
    return board


def test_a_board_that_is_heard_again_is_told_with_the_seconds(charger: Charger, socket_path: Path) -> None:
    with_board(charger)

    body = asked(charger, socket_path, "restart board", **WHY)

    assert body == {"restarts": "board", "connector": 1, "back_after_s": 1.4}
    assert "heard again after 1.4 s" in shown("restart board", body)
    assert charger.remedies.board_restarts == [(1, WHY["reason"])]


def test_one_that_is_not_heard_again_is_no_success(charger: Charger) -> None:
    with_board(charger).back_after_s = None

    answered, _ = from_afar(charger, "restart board", Role.OPERATOR, **WHY)

    assert (answered.kind, answered.fields["passed"]) == ("result", False)
    text = shown("restart board", answered.fields["body"])
    assert "was not heard again" in text and "supply" in text


def test_a_viewer_may_not(charger: Charger) -> None:
    with_board(charger)

    answered, _ = from_afar(charger, "restart board", Role.VIEWER, **WHY)

    assert answered.kind == "refused"
    assert charger.remedies.board_restarts == []


def test_a_charge_a_plug_or_a_self_test_keeps_it_running(charger: Charger, socket_path: Path) -> None:
    with_board(charger)
    outlet = charger.outlets[ONE]
    outlet.feed(LoanRequested(Loan(by="self-test ST201", since=outlet.now)))
    assert "lent to self-test ST201" in refused(charger, socket_path, "restart board", **WHY).text
    outlet.feed(LoanEnded(Loan(by="self-test ST201", since=outlet.now)))
    outlet.plug_in()
    assert "a car is plugged in at connector 1" in refused(charger, socket_path, "restart board", **WHY).text
    charging(outlet)

    text = refused(charger, socket_path, "restart board", **WHY).text

    assert "a charge runs at connector 1" in text and "evsectl stop" in text
    assert charger.remedies.board_restarts == []


def test_a_charge_at_the_other_connector_is_none_of_its_business(charger: Charger, socket_path: Path) -> None:
    with_board(charger)
    charging(charger.outlets[TWO])

    assert asked(charger, socket_path, "restart board", **WHY)["connector"] == 1


def test_a_self_test_keeps_the_program_running_as_well(charger: Charger, socket_path: Path) -> None:
    outlet = charger.outlets[TWO]
    outlet.feed(LoanRequested(Loan(by="self-test ST201", since=outlet.now)))

    for what in ("service", "system"):
        text = refused(charger, socket_path, f"restart {what}", **WHY).text
        assert "connector 2 is lent to self-test ST201" in text and f"restart forced {what}" in text

    assert charger.remedies.restarts == []


def test_what_the_board_says_against_it_is_the_answer(charger: Charger) -> None:
    with_board(charger).refuses = DriverRejected("pilot", "it counts a trip of the last 24 h")

    answered, _ = from_afar(charger, "restart board", Role.OPERATOR, **WHY)

    assert answered.kind == "refused"
    assert "a trip of the last 24 h" in why(answered)


def test_a_silent_board_is_answered_with_what_could_help(charger: Charger) -> None:
    with_board(charger).refuses = DriverUnavailable("pilot", "no word from the board for 2 s")

    answered, _ = from_afar(charger, "restart board", Role.OPERATOR, **WHY)

    assert answered.kind == "failed"
    for words in ("no word from the board", "its own watchdog", "supply switched off and on", "restart system"):
        assert words in why(answered)


def test_two_boards_want_a_number_and_a_box_without_one_says_what_there_is(charger: Charger, socket_path: Path) -> None:
    assert "without a board" in refused(charger, socket_path, "restart board", **WHY).text
    charger.services[ONE] = PaperService()
    charger.services[TWO] = PaperService()
    assert "which board? write --connector N" in refused(charger, socket_path, "restart board", **WHY).text

    assert asked(charger, socket_path, "restart board", connector=2, **WHY)["connector"] == 2
