"""Who may ask for what at the socket, and which of that goes to the security log as a maintenance login.

There are no passwords and no sessions here: the kernel says who calls (peer.py). What others know as a login is a user
who begins to do what only an installer or service may, and a failed one is anybody who is turned away for the role.
"""

from __future__ import annotations

from agent.control.peer import Caller
from agent.control.ports import StationPort
from agent.control.roles import Role
from agent.control.verb import Action
from agent.errors import NotPermitted
from agent.security.events import SecurityEvent

LASTS_S = 900.0
"""What the same user does within this after the last such request belongs to the same visit (proposed)."""


class Logins:
    """Checks every request before it is carried out."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self._last_s: dict[int, float] = {}

    def admit(self, action: Action, verb: str, caller: Caller) -> None:
        """Raises NotPermitted for a caller whose role is too low, or who has none."""
        why = _objection(action, verb, caller.role)
        if why:
            role = caller.role.word if caller.role is not None else "no role"
            self._note(SecurityEvent.MAINTENANCE_LOGIN_FAILED, f"user {caller.uid} ({role}) asked for {verb}")
            raise NotPermitted(why)
        if action.role >= Role.INSTALLER:
            self._came(caller, verb)

    def _came(self, caller: Caller, verb: str) -> None:
        now_s = self._station.now().monotonic_s
        last_s, self._last_s[caller.uid] = self._last_s.get(caller.uid), now_s
        if last_s is None or now_s - last_s > LASTS_S:
            role = caller.role.word if caller.role is not None else "no role"
            self._note(SecurityEvent.MAINTENANCE_LOGIN_ACCEPTED, f"user {caller.uid} ({role}) began with {verb}")

    def _note(self, event: SecurityEvent, info: str) -> None:
        self._station.note_security(event, info)


def _objection(action: Action, verb: str, role: Role | None) -> str:
    if role is None:
        return f"{verb}: this user has no role here; the groups {', '.join(one.group for one in Role)} give one"
    if role < action.role:
        return (
            f"{verb} needs the role {action.role.word}, this user is {role.word}; "
            f"ask to be put in the group {action.role.group}"
        )
    return ""
