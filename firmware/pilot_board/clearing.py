"""Ending a latched fault by the signature of a service person (fault catalogue, section 1).

Signed is the SHA-256 of this text, five lines that each end with a line feed: "clear 1", the challenge, the fault's
code in decimal, operator, reason. Ed25519 takes several seconds here, so it goes on slice by slice.
"""

import hashlib

from answers import BAD_SIGNATURE, DONE, FAILED, NOT_NOW, REFUSED, UNKNOWN
from ed25519 import Verifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from challenge import Challenge
    from latches import Latches

KEY_NAME = "service_key"
KEY_BYTES = 32


def signed_text(challenge: bytes, code: int, operator: str, reason: str) -> bytes:
    """What the signature is for."""
    return b"\n".join((b"clear 1", challenge, str(code).encode(), operator.encode(), reason.encode(), b""))


def is_one_line(text: str) -> bool:
    """No sign in it ends a line or does anything but show itself."""
    return all(character >= " " and character != "\x7f" for character in text)


class Clearing:
    """At most one under way. `key` is the public key of those who may; without one nobody may."""

    def __init__(self, key: "bytes | None", challenge: "Challenge", latches: "Latches") -> None:
        self._key = key if key is not None and len(key) == KEY_BYTES else None
        self._challenge = challenge
        self._latches = latches
        self._code = 0
        self._verifier: Verifier | None = None

    @property
    def is_under_way(self) -> bool:
        """A signature is being verified."""
        return self._verifier is not None

    def begin(self, values: "tuple[int, str, str, bytes]", coil_is_off: bool) -> "int | None":
        """Take code, operator, reason, signature; the result where that is known at once."""
        code, operator, reason, signature = values
        if self._key is None or not (is_one_line(operator) and is_one_line(reason)):
            return REFUSED
        if not self._latches.is_latched(code):
            return UNKNOWN
        if not coil_is_off:
            return NOT_NOW
        text = signed_text(self._challenge.text(), code, operator, reason)
        self._code = code
        self._verifier = Verifier(self._key, hashlib.sha256(text).digest(), signature)
        return None

    def abandon(self) -> None:
        """Nobody waits for the result any more: nothing is cleared."""
        self._verifier = None

    def turn(self, coil_is_off: bool) -> "int | None":
        """One slice; the result once it is known. A coil that takes current has the loop for itself."""
        if self._verifier is None:
            return None
        if not coil_is_off:
            self._verifier = None
            return NOT_NOW
        verdict = self._verifier.turn()
        if verdict is None:
            return None
        self._verifier = None
        if not verdict:
            return BAD_SIGNATURE
        self._challenge.use_up()
        return DONE if self._latches.clear(self._code) else FAILED
