"""What a line knows about each device on it: the numbers behind a diagnosis (field-problems.md section 1, rule 12)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
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

    def answered(self, after_s: float) -> None:
        """A fitting answer, or a refusal, arrived."""
        self.answers += 1
        self.is_answering = True
        self.last_answer_s = after_s
        self.longest_answer_s = max(self.longest_answer_s, after_s)
        self.total_answer_s += after_s

    def as_mapping(self) -> dict[str, float]:
        """For health, metrics and the diagnostic bundle; units end the names."""
        return {
            "is_answering": int(self.is_answering),
            "requests": self.requests,
            "answers": self.answers,
            "timeouts": self.timeouts,
            "damaged": self.damaged,
            "foreign": self.foreign,
            "refused": self.refused,
            "wire_lost": self.wire_lost,
            "ignored_bytes": self.ignored_bytes,
            "last_answer_s": round(self.last_answer_s, 4),
            "longest_answer_s": round(self.longest_answer_s, 4),
            "mean_answer_s": round(self.total_answer_s / self.answers, 4) if self.answers else 0.0,
        }
