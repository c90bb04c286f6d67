"""Boot, pending, rejected, heartbeat: what the network allows this charger to send, and when. Pure.

Times are monotonic seconds. The state is a value; each thing that happens gives the next one, and two questions are
asked of it: when is a boot message due, and when a heartbeat.
"""

from __future__ import annotations

from dataclasses import replace

from agent.ocpp_client.adapter import BootAnswer, Registration
from agent.values import frozen

BOOT_UNANSWERED_WAIT_S = 60.0
"""After silence or a CALLERROR (ocpp16.md section 2, rule 6)."""
OWN_WAIT_S = 60.0
OWN_WAIT_LONGEST_S = 900.0
"""Where the network says 0 (rule 5): 60 s, doubled each time up to 15 min."""
LONGEST_INTERVAL_S = 24 * 3600
"""No wait the network asks for may be longer, and one heartbeat a day is sent in any case, for the clock."""


@frozen(kw_only=True)
class Standing:
    """Where we stand with the network since this program began. `status` None: not answered yet."""

    status: Registration | None = None
    boot_due_s: float = 0.0
    own_waits: int = 0
    is_proven: bool = False
    """An answer came over the present connection."""
    called_s: float = 0.0
    """When our latest CALL of any kind left."""
    heartbeat_s: float = 0.0
    """When the network's clock was last heard."""

    @property
    def may_send(self) -> bool:
        """Status, facts, authorisation and heartbeats: only once accepted (rule 1)."""
        return self.status is Registration.ACCEPTED

    @property
    def may_answer(self) -> bool:
        """A rejected charger does not even answer (rule 4)."""
        return self.status is not Registration.REJECTED

    def connected(self) -> Standing:
        """A new connection is open; nobody answered over it yet. An accepted charger does not boot again."""
        return replace(self, is_proven=False)

    def called(self, now_s: float) -> Standing:
        """A CALL of ours left."""
        return replace(self, called_s=now_s)

    def answered(self) -> Standing:
        """The network answered a CALL over the present connection."""
        return self if self.is_proven else replace(self, is_proven=True)

    def boot_answered(self, answer: BootAnswer, now_s: float) -> Standing:
        """The network's word on our boot message, asked for or triggered."""
        if answer.status is Registration.ACCEPTED:
            heard_s = self.heartbeat_s if answer.utc_ms is None else now_s
            return replace(self, status=answer.status, own_waits=0, heartbeat_s=heard_s)
        own_waits = self.own_waits + 1 if answer.interval_s <= 0 else 0
        wait_s = min(answer.interval_s, LONGEST_INTERVAL_S) if answer.interval_s > 0 else _own_wait_s(own_waits)
        return replace(self, status=answer.status, boot_due_s=now_s + wait_s, own_waits=own_waits)

    def boot_failed(self, now_s: float) -> Standing:
        """Silence, or an error for an answer. What was allowed before stays allowed."""
        return replace(self, boot_due_s=now_s + BOOT_UNANSWERED_WAIT_S)

    def heartbeat_heard(self, now_s: float) -> Standing:
        """The network told its clock."""
        return replace(self, heartbeat_s=now_s)

    def boot_at_s(self) -> float | None:
        """When to send the boot message; None once accepted."""
        return None if self.may_send else self.boot_due_s

    def heartbeat_at_s(self, interval_s: float) -> float | None:
        """When to send a heartbeat, if no other CALL leaves before; None while none is allowed.

        Any CALL of ours does its duty but for the daily one. Over a new connection one is due at once: it proves that
        somebody answers there.
        """
        if not self.may_send:
            return None
        if not self.is_proven:
            return self.called_s
        daily_s = max(self.heartbeat_s, self.called_s - LONGEST_INTERVAL_S) + LONGEST_INTERVAL_S
        return min(self.called_s + interval_s, daily_s) if interval_s > 0 else daily_s


def _own_wait_s(count: int) -> float:
    return float(min(OWN_WAIT_LONGEST_S, OWN_WAIT_S * 2 ** min(count - 1, 10)))
