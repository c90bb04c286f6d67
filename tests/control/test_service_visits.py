"""`evsectl maintenance visit`, and what of the commands counts as something that somebody did."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.control.registry import find
from agent.control.roles import Role
from tests.control.calling import asked, charging, refused, shown
from tests.control.charger import Charger
from tests.store.domain import TWO


def test_whoever_comes_for_a_support_case_is_on_record_with_it(charger: Charger, socket_path: Path) -> None:
    body = asked(charger, socket_path, "maintenance visit", case="C-4711")

    (command,) = charger.journal.recorded
    assert "C-4711" in shown("maintenance visit", body)
    assert (command.case, command.changes, command.port, command.is_act) == ("C-4711", True, None, True)
    assert find("maintenance visit").role is Role.OPERATOR
    assert find("maintenance visit").remote is None


@pytest.mark.parametrize("case", ["Mrs Miller", "C" * 65])
def test_a_name_is_no_case_and_gets_on_no_record_that_leaves(charger: Charger, socket_path: Path, case: str) -> None:
    text = refused(charger, socket_path, "maintenance visit", case=case).text

    assert "help desk" in text
    assert [one.case for one in (*charger.journal.recorded, *charger.journal.noted)] == [""]
    assert not any(one.is_act for one in charger.journal.noted)


def test_a_look_is_no_act_and_what_is_about_one_connector_tells_which(charger: Charger, socket_path: Path) -> None:
    asked(charger, socket_path, "status")
    asked(charger, socket_path, "log-level", part="all", level="info")
    charging(charger.outlets[TWO])
    asked(charger, socket_path, "stop", connector=2)

    looks, (_, deed) = charger.journal.noted, charger.journal.recorded
    assert [one.is_act for one in looks] == [False]
    assert (deed.verb, deed.port, deed.is_act) == ("stop", 2, True)
