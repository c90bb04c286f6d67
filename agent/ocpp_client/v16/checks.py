"""CALLERROR codes as 1.6 spells them, and which one a payload earns that breaks its schema (ocpp16.md section 1)."""

from __future__ import annotations

from agent.errors import PeerViolation
from agent.ocpp_client.adapter import ErrorCodes, Payload
from agent.ocpp_client.schema import Mismatch, check_of
from agent.ocpp_client.station.settings import LOCAL_LIST_ENTRIES_SENT

PACKAGE = "agent.ocpp_client.v16"

CODES = ErrorCodes(
    not_implemented="NotImplemented",
    not_supported="NotSupported",
    internal_error="InternalError",
    protocol_error="ProtocolError",
    security_error="SecurityError",
    formation_violation="FormationViolation",
    property_constraint_violation="PropertyConstraintViolation",
    # The typing error is the standard's.
    occurrence_constraint_violation="OccurenceConstraintViolation",
    type_constraint_violation="TypeConstraintViolation",
    generic_error="GenericError",
)
"""A frame without a readable id gets no answer in 1.6."""

_BY_RULE = {
    "type": CODES.type_constraint_violation,
    "required": CODES.protocol_error,
    "minItems": CODES.occurrence_constraint_violation,
    "maxItems": CODES.occurrence_constraint_violation,
    "additionalProperties": CODES.formation_violation,
}
"""Every other rule (enum, maxLength, minimum …) bounds a value: PropertyConstraintViolation."""


EVERYDAY = ("Authorize", "Heartbeat", "MeterValues", "StartTransaction", "StatusNotification", "StopTransaction")
"""CALLs of ours that every charger makes before long."""


def load(action: str) -> None:
    """Load the check of a command before the first one comes."""
    check_of(PACKAGE, action)


def load_answers() -> None:
    """The same of what everyday CALLs are answered with: the first answer comes while a car begins to charge."""
    for action in EVERYDAY:
        check_of(PACKAGE, f"{action}Response")


MOST_ITEMS = {"SendLocalList": ("localAuthorizationList", LOCAL_LIST_ENTRIES_SENT)}
"""Bounds of our own on long lists, told by a configuration key: looked at first, since checking what is longer would
hold up everything else."""


def check_call(action: str, payload: Payload) -> None:
    """Raises PeerViolation, which names the place and never a value."""
    if action in MOST_ITEMS:
        field, most = MOST_ITEMS[action]
        items = payload.get(field)
        if isinstance(items, list) and len(items) > most:
            raise PeerViolation(CODES.occurrence_constraint_violation, f"{field} must have at most {most} elements")
    try:
        check_of(PACKAGE, action)(payload)
    except Mismatch as mismatch:
        code = _BY_RULE.get(mismatch.rule, CODES.property_constraint_violation)
        raise PeerViolation(code, str(mismatch)) from mismatch


def check_answer(action: str, payload: Payload) -> str | None:
    """What is wrong with the answer to our CALL `action`; None where nothing is."""
    try:
        check_of(PACKAGE, f"{action}Response")(payload)
    except Mismatch as mismatch:
        return str(mismatch)
    return None


def bad_value(what: str) -> PeerViolation:
    """A value the schema lets pass and the standard does not."""
    return PeerViolation(CODES.property_constraint_violation, what)
