"""How the connection is doing: noted as it goes, shown as one value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from agent.core.exposition.histogram import Histogram
from agent.ocpp_client.adapter import Registration
from agent.ocpp_client.causes import Cause, LinkFailed
from agent.ocpp_client.rpc.tally import Tally
from agent.values import frozen

PING_TIMEOUT_S = 10.0
"""ocpp16.md section 1."""
ANSWER_SLACK_S = 5.0
CALL_BOUNDS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
CallTimes = Mapping[str, Histogram]
"""How long answers to our CALLs took, by action."""


@frozen(kw_only=True)
class ClientSnapshot:
    """The network as seen from here; times are monotonic seconds, None what did not happen yet.

    `is_connected` means *answered*: the network answered a CALL over the present connection, none of ours is overdue,
    and something was heard within the time in which it must be. `is_open` is merely an open socket. `cause` and
    `sentence` tell why there is no connection, or why the latest one ended. `queued` facts wait; the oldest of them has
    left `transmissions` times, and `unanswered` of them are set aside because the network answers all but them.
    `url` is that of the latest connection, "" before the first. `losses`: how often a connection ended or did not come
    about, by cause.
    """

    is_connected: bool
    is_open: bool
    registration: Registration | None
    cause: Cause | None
    sentence: str
    since_s: float
    next_try_s: float | None
    last_sent_s: float | None
    last_heard_s: float | None
    last_answered_s: float | None
    round_trip_s: float | None
    queued: int
    unanswered: int
    transmissions: int
    counts: tuple[tuple[str, int], ...]
    url: str
    connections: int
    losses: tuple[tuple[str, int], ...]


class Health:
    """The notes of one client, over all its connections."""

    def __init__(self, now_s: float) -> None:
        self.tally = Tally()
        self.is_open = False
        self.since_s = now_s
        self.failure: LinkFailed | None = None
        self.next_try_s: float | None = None
        self.sent_s: float | None = None
        self.heard_s: float | None = None
        self.answered_s: float | None = None
        self.round_trip_s: float | None = None
        self.silences = 0
        """CALLs in a row that nobody answered, on this connection."""
        self.sent = 0
        self.received = 0
        self.connections = 0
        self.url = ""
        self.losses: Counter[str] = Counter()
        self.call_times: dict[str, Histogram] = {}
        """How long answers to our CALLs took, by action; what nobody answered is in none."""

    def opened(self, now_s: float, url: str = "") -> None:
        self.url = url
        self.is_open, self.since_s, self.next_try_s = True, now_s, None
        self.heard_s = now_s
        self.silences = 0
        self.connections += 1

    def closed(self, now_s: float) -> None:
        """The connection is gone; further attempts that fail do not change since when."""
        self.is_open, self.since_s = False, now_s

    def failed(self, failure: LinkFailed, next_try_s: float) -> None:
        """Why there is no connection, or none any more."""
        self.failure, self.next_try_s = failure, next_try_s
        self.losses[failure.cause.value] += 1

    def left(self, now_s: float) -> None:
        self.sent_s, self.sent = now_s, self.sent + 1

    def heard(self, now_s: float) -> None:
        """A message of any kind came."""
        self.heard_s, self.received = now_s, self.received + 1

    def ponged(self, now_s: float) -> None:
        """A ping was answered."""
        self.heard_s = now_s

    def answered(self, now_s: float, round_trip_s: float, action: str) -> None:
        """A CALL of ours was answered, also with an error, also late."""
        self.answered_s, self.round_trip_s, self.silences = now_s, round_trip_s, 0
        times = self.call_times.get(action)
        if times is None:
            times = self.call_times[action] = Histogram(CALL_BOUNDS_S)
        times.observe(round_trip_s)

    def has_heard_within(self, bound_s: float, now_s: float) -> bool:
        return self.heard_s is not None and now_s - self.heard_s <= bound_s

    def counts(self) -> tuple[tuple[str, int], ...]:
        """Messages, connections, and everything odd that was counted."""
        own = (("sent", self.sent), ("received", self.received), ("connections", self.connections))
        return own + tuple(sorted(self.tally.counts.items()))


def heard_within_s(*, ping_interval_s: float, heartbeat_interval_s: float, call_timeout_s: float) -> float:
    """The longest time a living connection can be quiet: the next ping, or where there are none the next heartbeat."""
    if ping_interval_s > 0:
        return ping_interval_s + PING_TIMEOUT_S + ANSWER_SLACK_S
    longest_s = heartbeat_interval_s if heartbeat_interval_s > 0 else 24 * 3600
    return longest_s + call_timeout_s + ANSWER_SLACK_S
