"""Checks of payloads, by functions that tools/generate_validators.py wrote from the JSON schemas of the `ocpp` package.

One module an action and direction, loaded when the first such payload arrives: a charger that is never asked to change
its configuration never loads that check. Nothing of `ocpp`, `jsonschema` or `fastjsonschema` is needed at run time.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any

Check = Callable[[Any], None]
"""Raises Mismatch for a payload that does not fit."""

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Mismatch(ValueError):
    """A payload does not fit its schema.

    `path` is the place ("csChargingProfiles.stackLevel", "" for the payload itself), `rule` the keyword of the schema
    that was broken, `detail` what the schema wants there. Never a value of the payload: it may be a secret.
    """

    def __init__(self, path: str, rule: str, detail: str) -> None:
        super().__init__(f"{path or 'payload'} {detail}")
        self.path = path
        self.rule = rule
        self.detail = detail


@cache
def check_of(package: str, name: str) -> Check:
    """The check of the schema called `name` ("Reset", "AuthorizeResponse") below the package of a version."""
    check: Check = importlib.import_module(f"{package}._validators.{module_name(name)}").validate
    return check


def module_name(name: str) -> str:
    """`RemoteStartTransaction` → `remote_start_transaction`."""
    return _WORD.sub("_", name).lower()


def action_name(module: str) -> str:
    """`remote_start_transaction` → `RemoteStartTransaction`."""
    return "".join(word.capitalize() for word in module.split("_"))
