"""What of the local socket goes to the security log: who came to do maintenance, and who was turned away."""

from __future__ import annotations

from pathlib import Path

from agent.control.logins import LASTS_S
from agent.control.roles import Role
from tests.control.calling import Desk, at_the_desk, refused
from tests.control.charger import Charger

FAILED, ACCEPTED = "MaintenanceLoginFailed", "MaintenanceLoginAccepted"
RESET = {"confirm": "QE-000123"}


def test_whoever_is_turned_away_for_the_role_is_a_failed_login(charger: Charger, socket_path: Path) -> None:
    refused(charger, socket_path, "factory-reset", role=Role.OPERATOR, **RESET)
    refused(charger, socket_path, "status", role=None)

    assert charger.security == [
        (FAILED, "user 1000 (operator) asked for factory-reset"),
        (FAILED, "user 1000 (no role) asked for status"),
    ]


def test_an_installers_work_is_a_login_once_a_visit(charger: Charger, socket_path: Path) -> None:
    async def work(at: Desk) -> None:
        await at.refusal("ocpp use", slot=7)
        charger.advance(LASTS_S)
        await at.refusal("ocpp use", slot=7)
        charger.advance(LASTS_S + 1.0)
        await at.refusal("ocpp use", slot=7)

    at_the_desk(charger, socket_path, work, Role.INSTALLER)

    assert charger.security == [(ACCEPTED, "user 1000 (installer) began with ocpp use")] * 2


def test_looking_and_starting_charges_is_no_maintenance(charger: Charger, socket_path: Path) -> None:
    at_the_desk(charger, socket_path, lambda at: at.body("status"), Role.SERVICE)
    at_the_desk(charger, socket_path, lambda at: at.body("token list"), Role.SERVICE)

    assert charger.security == []
