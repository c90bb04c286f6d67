"""What a line knows about each device on it: the numbers behind a diagnosis (field-problems.md section 1, rule 12)."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import field

from agent.values import mutable

ANSWERS_REMEMBERED = 100
"""For the percentile: of the last ones, so that a cable that went bad today shows."""
SLOW_SHARE = 0.95


@mutable
class DeviceStatistics:
    """Counters since start. Times are seconds from the end of sending to the complete answer."""

    requests: int = 0
    answers: int = 0
    timeouts: int = 0
    damaged: int = 0
    foreign: int = 0
    refused: int = 0
    wire_lost: int = 0
    ignored_bytes: int = 0
    last_answer_s: float = 0.0
    longest_answer_s: float = 0.0
    total_answer_s: float = 0.0
    is_answering: bool = True
    """The last request was answered, or there was none yet."""
    answered_at: float | None = None
    """Loop time of the latest answer; None before the first."""
    recent_s: deque[float] = field(default_factory=lambda: deque(maxlen=ANSWERS_REMEMBERED))

    def answered(self, after_s: float, now: float) -> None:
        """A fitting answer, or a refusal, arrived at `now` (loop time)."""
        self.answers += 1
        self.is_answering = True
        self.answered_at = now
        self.last_answer_s = after_s
        self.longest_answer_s = max(self.longest_answer_s, after_s)
        self.total_answer_s += after_s
        self.recent_s.append(after_s)

    def as_mapping(self, now: float) -> dict[str, float]:
        """For health, metrics and the diagnostic bundle at `now` (loop time); units end the names.

        A device that never answered has no `answer_age_s` and no times of answers: 0 would be a very good one.
        """
        counted = {
            "is_answering": int(self.is_answering),
            "requests": self.requests,
            "answers": self.answers,
            "timeouts": self.timeouts,
            "damaged": self.damaged,
            "foreign": self.foreign,
            "refused": self.refused,
            "wire_lost": self.wire_lost,
            "ignored_bytes": self.ignored_bytes,
        }
        return counted | {name: round(seconds, 4) for name, seconds in self._times(now).items()}

    def _times(self, now: float) -> dict[str, float]:
        if self.answered_at is None:
            return {}
        return {
            "answer_age_s": now - self.answered_at,
            "last_answer_s": self.last_answer_s,
            "p95_answer_s": percentile(self.recent_s, SLOW_SHARE),
            "longest_answer_s": self.longest_answer_s,
            "mean_answer_s": self.total_answer_s / self.answers,
        }


def percentile(values: deque[float], share: float) -> float:
    """The smallest of the values that at least `share` of them do not exceed; there is at least one."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
