"""How the central system misbehaves just now. All of it is switched by the control socket and undone by `heal`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

HEARTBEAT_INTERVAL_S = 300


@dataclass(slots=True)
class Behaviour:
    """The standing orders. A fresh one is a well-behaved central system that accepts everybody."""

    boot_status: str = "Accepted"
    boot_interval_s: int = HEARTBEAT_INTERVAL_S
    refused_tokens: dict[str, str] = field(default_factory=dict)
    """Token (case-folded) to the status it gets: Blocked, Expired, Invalid, ConcurrentTx."""
    parents: dict[str, str] = field(default_factory=dict)
    """Token (case-folded) to the parentIdTag that is told with it."""
    refused_status: int | None = None
    """HTTP status every new connection is turned away with."""
    is_silent: bool = False
    """Messages are taken in and recorded, answers are withheld: the charger cannot know what arrived."""
    is_deaf: bool = False
    """Messages are recorded as frames and otherwise ignored."""
    answer_delay_s: float = 0.0
    drop_every: int | None = None
    """The connection is torn after every n-th CALL of the charger, which was taken in but not answered."""
    rejected_actions: dict[str, str] = field(default_factory=dict)
    """Action to the CALLERROR code it is answered with."""
    clock_offset_s: float = 0.0
    passwords: dict[str, str] = field(default_factory=dict)
    """Identity to the password it must log in with; who is not here need not."""
    signs_requests: bool = True
    """SignCertificate is accepted."""

    def token_status(self, token: str) -> str:
        """The word on a token; tokens compare without regard to case (CiString)."""
        return self.refused_tokens.get(token.casefold(), "Accepted")

    def token_word(self, token: str) -> dict[str, str]:
        """`idTagInfo` of a token."""
        parent = self.parents.get(token.casefold())
        return {"status": self.token_status(token)} | ({} if parent is None else {"parent_id_tag": parent})

    def heal(self) -> None:
        """Back to a fresh one, in place: connections hold on to this object."""
        fresh = Behaviour(passwords=self.passwords)  # what was agreed upon is no misbehaviour
        for entry in fields(self):
            setattr(self, entry.name, getattr(fresh, entry.name))
