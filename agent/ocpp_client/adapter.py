"""What the adapter of an OCPP version gives to the version-free client.

One adapter a version; nothing else knows a version.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any, Protocol

from agent.core.availability import StatusReport
from agent.core.facts import QueuedFact
from agent.core.identity import IdToken
from agent.core.maintenance.notices import Notice
from agent.ocpp_client.ports import AuthorizationAnswer, StationIdentity
from agent.values import frozen

Payload = dict[str, Any]
"""A message's payload as JSON gives it: the wire's own shape, checked against the schema, never seen by the core."""


@frozen(kw_only=True)
class ErrorCodes:
    """CALLERROR codes as this version spells them. `unreadable` None: a frame without a readable id gets no answer."""

    not_implemented: str
    """The action's name is unknown to us."""
    not_supported: str
    """The version has this action and we do not carry it out."""
    internal_error: str
    protocol_error: str
    security_error: str
    formation_violation: str
    property_constraint_violation: str
    occurrence_constraint_violation: str
    type_constraint_violation: str
    generic_error: str
    unreadable: str | None = None


@frozen
class WireCall:
    """A CALL ready to leave, but for its message id."""

    action: str
    payload: Payload


class Registration(Enum):
    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


@frozen(kw_only=True)
class BootAnswer:
    """`interval_s` is the heartbeat interval when accepted, else the wait before the next boot message.

    0 leaves it to us. `utc_ms` is the network's clock; None where it cannot be read.
    """

    status: Registration
    interval_s: int
    utc_ms: int | None


@frozen(kw_only=True)
class FactAnswer:
    """What the network's answer to a fact means. `remote_id` only for a start; `judged` where it judged the token."""

    remote_id: int | None = None
    judged: AuthorizationAnswer | None = None


@frozen
class Answered:
    """A handler's answer, and the calls to send once it has left (TriggerMessage), in order."""

    payload: Payload
    then: tuple[WireCall, ...] = ()
    statuses: tuple[StatusReport, ...] = ()
    """To be told anew: as they are now, should the network hear nothing newer in their turn."""
    act: Callable[[], None] | None = None
    """Called once the answer has left the socket (Reset)."""


Handler = Callable[[Payload], Awaitable[Answered]]
"""Handles one incoming CALL whose payload passed its schema. Must not wait for the network or for hardware.
Raises PeerViolation(code, what) for a CALLERROR."""


class Adapter(Protocol):
    """Stateless apart from what it is built with.

    Every `read_…` raises PeerViolation for an answer that lacks what cannot be done without, and nothing else.
    """

    @property
    def subprotocol(self) -> str: ...

    @property
    def error_codes(self) -> ErrorCodes: ...

    @property
    def handlers(self) -> Mapping[str, Handler]: ...

    @property
    def known_actions(self) -> frozenset[str]:
        """Every CALL the version lets a central system send, whether or not there is a handler for it."""
        ...

    def objection_to(self, token: IdToken) -> str:
        """Why a charge with `token` could never be told, in words; "" where it could."""
        ...

    def check_call(self, action: str, payload: Payload) -> None:
        """Raises PeerViolation(code, what) for the payload of an incoming CALL that does not fit its schema.

        Only asked about actions that have a handler. `what` names the field, never its value (it may be a secret).
        """
        ...

    def check_answer(self, action: str, payload: Payload) -> str | None:
        """What is wrong with the answer to our CALL `action`; None if nothing. Told and counted, then read anyway."""
        ...

    def boot(self, identity: StationIdentity) -> WireCall: ...

    def heartbeat(self) -> WireCall: ...

    def status(self, report: StatusReport) -> WireCall: ...

    def authorize(self, token: IdToken) -> WireCall: ...

    def notice(self, notice: Notice) -> WireCall | None:
        """None where this version has no message for it: it is settled unsent."""
        ...

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

    def refusal(self, action: str) -> Payload:
        """The answer to a command that is not allowed while pending."""
        ...
