"""One thing that could be changed so that a charge begins, and who can change it."""

from __future__ import annotations

from enum import Enum

from agent.core.explain.links import Who
from agent.core.time import Instant
from agent.values import frozen


class Kind(Enum):
    """What is changed, in the order in which a person would go about it."""

    PROGRAM = "program_starts"
    LOAN = "loan_ends"
    LIMITS_TOLD = "limits_are_told"
    STORE = "make_room"
    NETWORK = "network_returns"
    BOARD = "board_answers"
    CLEAR_FAULT = "clear_fault"
    LOCK = "lock_moves"
    FIRMWARE = "firmware_installed"
    IN_SERVICE = "put_in_service"
    OTHER_ENDS = "other_ends"
    RAISE_LIMIT = "raise_limit"
    BOARD_LIMIT = "board_offers"
    BOARD_CLOSES = "board_closes"
    STOP = "stop_charge"
    REPLUG = "replug"
    PLUG_IN = "plug_in"
    ACCEPT = "accept_token"
    REMOTE_START = "remote_start"
    PRESENT_CARD = "present_card"
    CAR_ASKS = "car_asks"
    WAIT = "wait"
    NONE_KNOWN = "none_known"


@frozen(kw_only=True)
class Change:
    """One thing that is done. `what` is for people, without a name; `until`: it comes by itself at that moment.

    `subject` says what it is done to: a fault's id, a limit's source, a word of the pilot board. `more` are further
    facts for programs.
    """

    kind: Kind
    what: str
    who: Who
    subject: str = ""
    until: Instant | None = None
    more: tuple[tuple[str, str | float], ...] = ()

    @property
    def do(self) -> dict[str, str | float]:
        """The same for a program."""
        return {"kind": self.kind.value, **({"subject": self.subject} if self.subject else {}), **dict(self.more)}


DROPPED_FIRST = (Kind.STOP, Kind.REPLUG, Kind.REMOTE_START, Kind.PRESENT_CARD, Kind.ACCEPT)
"""Where one of two changes is enough, the other is done: the earlier in this list goes first."""
MEND_STORAGE = (
    "at the controller, take away files that are not the charger's; where its storage takes no writing, exchange it"
)
"""Nothing from afar makes room: everything the charger itself keeps is bounded."""
NONE_KNOWN = Change(
    kind=Kind.NONE_KNOWN,
    who=Who.SUPPORT,
    what="nothing that this charger knows of would start it; fetch a bundle, and look at the reasons",
)


def waiting(until: Instant) -> Change:
    """Nobody has to do anything."""
    return Change(kind=Kind.WAIT, who=Who.WAIT, what="wait: it goes on by itself", until=until)
