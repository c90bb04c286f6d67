"""Names of things: connectors, transactions, tokens, plugs."""

from __future__ import annotations

import re
from dataclasses import field
from typing import NewType

from agent.values import frozen

ConnectorId = NewType("ConnectorId", int)
"""1..N without gaps; the station as a whole is written None, never 0 (0 is OCPP 1.6's way to say it)."""

TransactionKey = NewType("TransactionKey", str)
"""Our own name of a transaction, unique for ever; the network's id is only known later and belongs to its adapter."""

_NOT_SHOWN = re.compile("[^0-9A-Za-z*-]")
ID_TOKEN_MAX_LENGTH = 36
"""OCPP 2.0.1 IdTokenType; 1.6 allows 20 and its adapter refuses more."""


def ending(value: str, kept: int = 4) -> str:
    """How a token is shown: "…C3D4". Of its end only letters, digits and "-", so that a text tells where it is over."""
    return "…" + _NOT_SHOWN.sub("*", value[len(value) - min(kept, len(value)) :])


@frozen
class IdToken:
    """What a person shows to be recognised. Compared without regard to case (OCPP CiString), kept as received.

    `kind` uses OCPP 2.0.1's words: ISO14443, ISO15693, Central, Local, KeyCode, NoAuthorization. `is_random`: drawn by
    a phone for this one reading, so that nobody is known by it; nothing is remembered of it.
    """

    value: str = field(compare=False)
    kind: str = field(default="ISO14443", compare=False)
    folded: str = field(init=False, repr=False)
    is_random: bool = field(default=False, compare=False, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded", self.value.casefold())

    @property
    def masked(self) -> str:
        """The last four characters: the only form that may reach a log."""
        return ending(self.value)

    def __repr__(self) -> str:
        return f"IdToken({self.masked})"


@frozen
class PlugIdentity:
    """One insertion of a plug: the board's boot and its count of insertions in that boot.

    Equal values mean that the plug never left in between, also when this agent was not running.
    """

    board_boot_id: str
    insertions: int
