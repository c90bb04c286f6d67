"""Registers that the meter itself signed: kept and passed on as it gave them, never altered.

The vocabulary is OCPP 2.0.1's SignedMeterValueType. What the data mean is read by `agent/ocmf.py`; here is only what
follows from it.
"""

from __future__ import annotations

from enum import Enum

from agent.core.identity import IdToken, TransactionKey
from agent.values import frozen

MOST_CHARACTERS = 1875
"""2500 in base64, the most that signedMeterData may hold (OCPP 2.0.1 SignedMeterValueType, and the OCA's application
note "Signed Meter Values in OCPP", section 3.2.1, for 1.6)."""
MOST_KEY_CHARACTERS = 1000


class Signature(Enum):
    """What the site wants of a meter that can sign. REQUIRED: no charge begins without a signed register."""

    OFF = "off"
    WHEN_AVAILABLE = "when_available"
    REQUIRED = "required"


class SignedIdentity(Enum):
    """What the signed data say about who charged: the token itself, or only our own name of the transaction."""

    TOKEN = "token"  # noqa: S105 - a word of the site file
    TRANSACTION = "transaction"


class SignedEdge(Enum):
    """Of which end of a transaction a signed register is."""

    BEGIN = "begin"
    END = "end"


@frozen(kw_only=True)
class SignedValue:
    """One signed register. A ValueError for what no message could carry.

    `data` is the text as it is to be verified. `public_key`: DER in hexadecimal digits, "" where the meter does not
    tell it. `signed_wh` is the register the data tell; it can be compared with one that was read in steps of `step_wh`.
    `holds_begin`: the data of an end hold the begin as well, so that they prove the whole transaction.
    """

    data: str
    encoding: str
    method: str
    public_key: str
    signed_wh: int
    step_wh: int = 1
    holds_begin: bool = False

    def __post_init__(self) -> None:
        if not self.data or len(self.data.encode()) > MOST_CHARACTERS:
            raise ValueError(f"signed data of {len(self.data)} characters; between 1 and {MOST_CHARACTERS} can be told")
        if len(self.public_key) > MOST_KEY_CHARACTERS or self.step_wh < 1:
            raise ValueError("a public key or a step of the register that cannot be")

    def agrees_with(self, register_wh: int) -> bool:
        """Whether the register that was read is the one that was signed, in the coarser of their steps."""
        return self.signed_wh // self.step_wh == register_wh // self.step_wh


@frozen(kw_only=True)
class Identification:
    """Who charges where, as the signed data say it. `kind` and `flags` are OCMF's words (identification type, flags).

    `place` is the EVSE id of the connector, "" where the site names none.
    """

    kind: str
    data: str
    flags: tuple[str, ...] = ()
    place: str = ""


BY_REMOTE_START = ("OCPP_RS",)
BY_CARD = ("RFID_PLAIN",)

_KINDS = {"Central": "CENTRAL", "Local": "LOCAL", "KeyCode": "KEY_CODE", "eMAID": "EMAID"}
_CARD_DIGITS = {"ISO14443": (8, 14), "ISO15693": (16,)}
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


def identification(
    token: IdToken, key: TransactionKey, choice: SignedIdentity, *, is_remote: bool = False, place: str = ""
) -> Identification:
    """What is signed about who charges with `token`.

    A card's number is called what OCMF calls it only where it has that form; any other is UNDEFINED, and the same text.
    """
    if token.kind == "NoAuthorization":
        return Identification(kind="NONE", data="", place=place)
    is_card = token.kind in _CARD_DIGITS
    flags = BY_REMOTE_START if is_remote or token.kind == "Central" else BY_CARD if is_card else ()
    if choice is SignedIdentity.TRANSACTION:
        return Identification(kind="LOCAL", data=key, flags=flags, place=place)
    digits = len(token.value) if _HEXADECIMAL.issuperset(token.value) else 0
    if is_card and digits in _CARD_DIGITS[token.kind]:
        return Identification(kind=token.kind, data=token.value, flags=flags, place=place)
    return Identification(kind=_KINDS.get(token.kind, "UNDEFINED"), data=token.value, flags=flags, place=place)
