"""The `ocpp` package as far as we touch it, with types. The only file of the bench that imports it.

The package carries no type marks, so every crossing is here once instead of at each use.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar, cast

import ocpp.messages  # type: ignore[import-untyped]
from ocpp.exceptions import OCPPError  # type: ignore[import-untyped]
from ocpp.routing import on  # type: ignore[import-untyped]
from ocpp.v16 import ChargePoint as _ChargePoint  # type: ignore[import-untyped]
from ocpp.v16 import call_result
from ocpp.v16.enums import Action  # type: ignore[import-untyped]

__all__ = ["OCPPError", "PackageChargePoint", "answers", "call_result", "schema_problem"]

# In-line checks: the hop to a thread costs ten times the check itself and keeps threads alive for nothing.
ocpp.messages.ASYNC_VALIDATION = False

ANSWER_TIMEOUT_S = 30.0
KNOWN_ACTIONS = frozenset(str(action.value) for action in Action)
"""The package opens a schema file by the action's name, so no other name may reach it."""

_silent = logging.Logger("ocpp", level=logging.CRITICAL + 1)
"""The package logs every frame with its secrets and every refusal with a stack trace; our own record has them all."""

F = TypeVar("F", bound=Callable[..., Any])


class Connection(Protocol):
    """What the package needs of a connection."""

    async def recv(self) -> str: ...

    async def send(self, message: str) -> None: ...


def answers(action: str) -> Callable[[F], F]:
    """Marks a method as the handler of `action`; it returns one of `call_result`'s dataclasses."""
    return cast(Callable[[F], F], on(action))


async def schema_problem(action: str, payload: dict[str, Any], *, answer: bool) -> str | None:
    """What the package's 1.6 schema has against a payload; None when it passes or no schema is known."""
    if action not in KNOWN_ACTIONS:
        return None
    kind = ocpp.messages.CallResult if answer else ocpp.messages.Call
    message = kind("schema", payload, action) if answer else kind("schema", action, payload)
    try:
        await ocpp.messages.validate_payload(message, "1.6")
    except OCPPError as error:
        return f"{error.code}: {(error.details or {}).get('cause', error.description)}"
    except (ArithmeticError, TypeError) as error:
        # `multipleOf` computes with whatever number the peer sent
        return f"cannot be checked: {error}"
    return None


class PackageChargePoint(_ChargePoint):  # type: ignore[misc]
    """The package's ChargePoint for 1.6, with a typed way in and a typed way out."""

    def __init__(self, identity: str, connection: Connection, answer_timeout_s: float) -> None:
        super().__init__(identity, connection, response_timeout=answer_timeout_s, logger=_silent)
        self.identity = identity

    def route(self, text: str) -> Awaitable[None]:
        """Hands one well-formed frame to the package: handlers for a CALL, the waiting caller for an answer."""
        return cast(Awaitable[None], self.route_message(text))

    async def exchange(self, message_id: str, action: str, payload: dict[str, Any]) -> tuple[Any, ...]:
        """Sends one CALL unchecked and waits for its answer under the package's one-at-a-time lock.

        Returns `(3, payload)` or `(4, code, description, details)`; raises TimeoutError after the answer time-out.
        """
        message = ocpp.messages.Call(message_id, action, payload)
        async with self._call_lock:
            await self._send(message.to_json())
            answer = await self._get_specific_response(message_id, self._response_timeout)
        if answer.message_type_id == ocpp.messages.MessageType.CallResult:
            return 3, answer.payload
        return 4, answer.error_code, answer.error_description, answer.error_details
