"""Who may ask for what at the socket, and which of that goes to the security log as a maintenance login.

There are no passwords and no sessions here: the kernel says who calls (peer.py). What others know as a login is a user
who begins to do what only an installer or service may, and a failed one is anybody who is turned away for the role.
"""

from __future__ import annotations

from agent.control.peer import Caller
from agent.control.ports import StationPort
from agent.control.roles import Role
from agent.control.verb import Action
from agent.core.orders.effects import LEAST_ROLE
from agent.errors import NotPermitted
from agent.security.events import SecurityEvent

LASTS_S = 900.0
"""What the same user does within this after the last such request belongs to the same visit (proposed)."""


class Logins:
    """Checks every request before it is carried out."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self._last_s: dict[tuple[int, str], float] = {}

    def admit(self, action: Action, verb: str, caller: Caller) -> None:
        """Raises NotPermitted for a caller whose role is too low, or who has none."""
        why = _objection(action, verb, caller)
        if why:
            self._note(SecurityEvent.MAINTENANCE_LOGIN_FAILED, f"{caller.words} asked for {verb}")
            raise NotPermitted(why)
        if action.role >= Role.INSTALLER:
            self._came(caller, verb)

    def _came(self, caller: Caller, verb: str) -> None:
        now_s = self._station.now().monotonic_s
        who = (caller.uid, caller.key)
        last_s, self._last_s[who] = self._last_s.get(who), now_s
        if last_s is None or now_s - last_s > LASTS_S:
            self._note(SecurityEvent.MAINTENANCE_LOGIN_ACCEPTED, f"{caller.words} began with {verb}")

    def _note(self, event: SecurityEvent, info: str) -> None:
        self._station.note_security(event, info)


def _objection(action: Action, verb: str, caller: Caller) -> str:
    role = caller.role
    if caller.is_remote:
        return _remote_objection(action, verb, role)
    if role is None:
        return f"{verb}: this user has no role here; the groups {', '.join(one.group for one in Role)} give one"
    if role < action.role:
        return (
            f"{verb} needs the role {action.role.word}, this user is {role.word}; "
            f"ask to be put in the group {action.role.group}"
        )
    return ""


def _remote_objection(action: Action, verb: str, role: Role | None) -> str:
    if action.remote is None:
        return f"{verb} is done at the charger only; no key and no central system can have it done from afar"
    least = max(action.role, Role(LEAST_ROLE[action.remote]))
    if role is None or role < least:
        has = role.word if role is not None else "none"
        return f"{verb} needs the role {least.word}, and this caller has {has}; take a key of that role"
    return ""
