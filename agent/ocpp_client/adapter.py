"""What an OCPP version's adapter gives to the version-free client. One adapter a version; nothing else knows a version."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from agent.core.availability import StatusReport
from agent.core.facts import QueuedFact
from agent.core.identity import IdToken
from agent.ocpp_client.ports import AuthorizationAnswer, StationIdentity

Payload = dict[str, Any]
"""A message's payload as JSON gives it: the wire's own shape, checked against the schema, never seen by the core."""


@dataclass(frozen=True, slots=True)
class WireCall:
    """A CALL ready to leave, but for its message id."""

    action: str
    payload: Payload


class Registration(Enum):
    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class BootAnswer:
    """`interval_s` is the heartbeat interval when accepted, else the wait before the next boot message; 0 leaves it to us."""

    status: Registration
    interval_s: int
    utc_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactAnswer:
    """What the network's answer to a fact means. `remote_id` only for a start; `judged` where it judged the token."""

    remote_id: int | None = None
    judged: AuthorizationAnswer | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A handler's answer, and the calls to send once it has left (TriggerMessage), in order."""

    payload: Payload
    then: tuple[WireCall, ...] = ()
    act: Callable[[], None] | None = None
    """Called once the answer has left the socket (Reset)."""


Handler = Callable[[Payload], Awaitable[Answered]]
"""Handles one incoming CALL whose payload passed its schema. Must not wait for the network or for hardware.
Raises PeerViolation(code, what) for a CALLERROR."""


class Adapter(Protocol):
    """Stateless apart from what it is built with."""

    subprotocol: str
    handlers: Mapping[str, Handler]

    def boot(self, identity: StationIdentity) -> WireCall: ...

    def heartbeat(self) -> WireCall: ...

    def status(self, report: StatusReport) -> WireCall: ...

    def authorize(self, token: IdToken) -> WireCall: ...

    def render(self, queued: QueuedFact) -> WireCall | None:
        """None where this version has nothing to say about the fact: it is settled unsent."""
        ...

    def read_boot(self, answer: Payload) -> BootAnswer: ...

    def read_heartbeat(self, answer: Payload) -> int | None:
        """The network's clock, UTC milliseconds; None where it cannot be read."""
        ...

    def read_authorize(self, answer: Payload) -> AuthorizationAnswer: ...

    def read_fact(self, queued: QueuedFact, answer: Payload) -> FactAnswer: ...

    def allowed_while_pending(self, action: str) -> bool:
        """Whether a command may be carried out before registration was accepted (ocpp16.md section 2, rule 3)."""
        ...
