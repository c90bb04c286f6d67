"""What can come instead of an answer: a damaged one, another's, a refusal. Pure; needs no library of frames."""

from __future__ import annotations

from enum import Enum


class Misfit(Enum):
    """Why what arrived is not the answer."""

    DAMAGED = "damaged"
    """The checksum or the frame is wrong: noise, or two devices with one address."""
    FOREIGN = "foreign"
    """A sound frame, but another function's or of another length: a late answer, or a second master."""


class BadAnswer(Exception):
    """What arrived cannot be the answer; nothing of it may be used, and the line must fall quiet."""

    def __init__(self, misfit: Misfit) -> None:
        super().__init__(misfit.value)
        self.misfit = misfit


class Refused(Exception):
    """The device answered with a Modbus exception. 1, 2 and 3 are its last word on this block, others may pass."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code} ({EXCEPTION_WORDS.get(code, 'of its own')})")
        self.code = code

    @property
    def is_permanent(self) -> bool:
        return self.code in (1, 2, 3)


EXCEPTION_WORDS = {
    1: "function not known",
    2: "address not known",
    3: "length or value not accepted",
    4: "device failure",
    5: "acknowledged, not ready",
    6: "device busy",
    0x0A: "gateway path unavailable",
    0x0B: "no answer behind the gateway",
}
