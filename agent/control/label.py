"""The serial number that somebody reads off a charger's label and types: never an empty one."""

from __future__ import annotations

from collections.abc import Mapping

from agent.errors import BadRequest

SERIAL = "serial"


def typed_serial(arguments: Mapping[str, object]) -> str:
    """What `--serial` names, without blanks around it; "" where it was left away.

    Raises BadRequest where it is there and empty.
    """
    typed = str(arguments.get(SERIAL, "")).strip()
    if SERIAL in arguments and not typed:
        raise BadRequest("--serial: there is nothing but blanks; write the number on the label, or leave --serial away")
    return typed
