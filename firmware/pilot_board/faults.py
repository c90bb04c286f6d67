"""The faults that are present on this board: latched in memory, each cleared by its own rule (fault catalogue, 1)."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from situation import Situation

NONE = 0
BLOCK = 1
"""No new charge; a running one goes on."""
X1 = 2
"""Stop the offer; the contactor opens when the car has stopped, at the latest after its grace."""
OPEN = 3
"""The contactor opens at once."""

BY_UNPLUGGING = -1
BY_RESTART = -2
BY_SERVICE = -3
"""Outlives a restart; ended by a signed request of an authorised person only."""


class Check:
    """One protective function: what is wrong, what follows, how it goes away.

    `present` is asked at every step; `evidence` once, when the fault is raised, and gives numbers by the kinds of
    `messages.EVIDENCE`. `recovery` is one of the BY_ numbers, or the milliseconds after which it clears by itself once
    its condition is gone.
    """

    def __init__(
        self,
        code: int,
        reaction: int,
        recovery: int,
        present: "Callable[[Situation], bool]",
        evidence: "Callable[[Situation], dict[int, int]]",
    ) -> None:
        self.code = code
        self.reaction = reaction
        self.recovery = recovery
        self.present = present
        self.evidence = evidence


class Faults:
    """The present faults by code, each with its evidence, and the strongest reaction of all."""

    def __init__(self, checks: "tuple[Check, ...]") -> None:
        self.evidence: dict[int, dict[int, int]] = {}
        self.reaction = NONE
        self.changes = 0
        """Counts raised and cleared faults: who compares it sees a change without comparing the dictionary."""
        self._checks = checks
        self._gone_since: dict[int, int] = {}

    def observe(self, situation: "Situation", now: int) -> "int | None":
        """Ask every check; returns when the next fault will clear by itself, None when nothing is due."""
        due = None
        for check in self._checks:
            if check.present(situation):
                self._raise(check, situation)
            elif check.recovery >= 0 and check.code in self.evidence:
                clears_at = self._clear_when_gone(check, now)
                if clears_at is not None and (due is None or clears_at < due):
                    due = clears_at
        return due

    def unplugged(self, situation: "Situation") -> None:
        """The plug is out for good: clear what clears by that, unless its condition is still there."""
        for check in self._checks:
            if check.recovery == BY_UNPLUGGING and check.code in self.evidence and not check.present(situation):
                self._remove(check.code)

    def _raise(self, check: Check, situation: "Situation") -> None:
        self._gone_since.pop(check.code, None)
        if check.code not in self.evidence:
            self.evidence[check.code] = check.evidence(situation)
            self.changes += 1
            self.reaction = max(self.reaction, check.reaction)

    def _clear_when_gone(self, check: Check, now: int) -> "int | None":
        gone_since = self._gone_since.get(check.code)
        if gone_since is None:
            gone_since = self._gone_since[check.code] = now
        if now < gone_since + check.recovery:
            return gone_since + check.recovery
        self._remove(check.code)
        return None

    def _remove(self, code: int) -> None:
        del self.evidence[code]
        self.changes += 1
        self._gone_since.pop(code, None)
        self.reaction = max([check.reaction for check in self._checks if check.code in self.evidence] or [NONE])
