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
BY_GUARD = -4
"""Ends with its condition, which its guard keeps until somebody has seen to it. That outlives a restart as well."""


class Watcher:
    """Who finds out what checks ask for. While `calm`, none of its checks is present for certain, and none is asked."""

    calm = False

    def resumed(self, number: int) -> None:
        """The fault of this code was present when the program ended, and is again."""


def no_evidence(situation: "Situation") -> "dict[int, int]":
    """The fault says it all."""
    return {}


class Check:
    """One protective function: what is wrong, what follows, how it goes away.

    `present` is asked at every step in which its watcher is not calm or its fault is there; `evidence` once, when the
    fault is raised, and gives numbers by the kinds of `messages.EVIDENCE`. `recovery` is one of the BY_ numbers, or the
    milliseconds after which it clears by itself once its condition is gone. What stops or opens and ends with the plug
    outlives a restart: the plug that is in after it is the same.
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
        self.outlives_restart = reaction > BLOCK and recovery in (BY_UNPLUGGING, BY_GUARD)
        self.present = present
        self.evidence = evidence
        self.watcher: Watcher | None = None
        """None: asked at every step."""


class Group:
    """Checks that stand together and have one watcher."""

    def __init__(self, watcher: "Watcher | None") -> None:
        self.watcher = watcher
        self.checks: list[Check] = []
        self.is_latched = False
        """The fault of one of them is present, so that it may have to be cleared."""

    def may_rest(self) -> bool:
        """Asking would change nothing."""
        return self.watcher is not None and self.watcher.calm and not self.is_latched


def grouped(checks: "tuple[Check, ...]") -> "list[Group]":
    """In their order: which of two checks of one step raises first is seen in the evidence."""
    groups: list[Group] = []
    for check in checks:
        if not groups or groups[-1].watcher is not check.watcher:
            groups.append(Group(check.watcher))
        groups[-1].checks.append(check)
    return groups


class Faults:
    """The present faults by code, each with its evidence, and the strongest reaction of all."""

    def __init__(self, checks: "tuple[Check, ...]") -> None:
        self.evidence: dict[int, dict[int, int]] = {}
        self.reaction = NONE
        self.changes = 0
        """Counts raised and cleared faults: who compares it sees a change without comparing the dictionary."""
        self.held: set[int] = set()
        """Codes that only a service person ends, whatever other checks of the same code say."""
        self.bound: set[int] = set()
        """Present codes that end with their plug or by their guard, and not by a restart."""
        self._checks = checks
        self._groups = grouped(checks)
        self._latched_at = 0
        """The count of changes that the groups know."""
        self._gone_since: dict[int, int] = {}

    @property
    def needs_service(self) -> bool:
        """Nobody can charge here before a service person has come."""
        return bool(self.held)

    def ends_by_restart(self) -> bool:
        """Faults are present, and each is of those that a start ends, by judging anew what they were about."""
        others = [check for check in self._checks if check.code in self.evidence and check.recovery != BY_RESTART]
        return bool(self.evidence) and not self.held and not others

    def observe(self, situation: "Situation", now: int) -> "int | None":
        """Ask every check that may matter; returns when the next fault will clear by itself, None for nothing due."""
        if self._latched_at != self.changes:
            self._note_latched()
        due = None
        for group in self._groups:
            if group.may_rest():
                continue
            for check in group.checks:
                if check.present(situation):
                    self._raise(check, situation)
                elif check.code in self.evidence and (check.recovery >= 0 or check.recovery == BY_GUARD):
                    clears_at = self._clear_when_gone(check, now)
                    if clears_at is not None and (due is None or clears_at < due):
                        due = clears_at
        return due

    def _note_latched(self) -> None:
        self._latched_at = self.changes
        for group in self._groups:
            group.is_latched = any(check.code in self.evidence for check in group.checks)

    def unplugged(self, situation: "Situation") -> None:
        """The plug is out for good: clear what clears by that, unless its condition is still there."""
        if not self.evidence:
            return
        for check in self._checks:
            if check.recovery == BY_UNPLUGGING and check.code in self.evidence and not check.present(situation):
                self._remove(check.code)

    def restore(self, code: int, evidence: "dict[int, int]") -> None:
        """Latch a fault that no check has found in this life: it stays until a service person ends it."""
        self.held.add(code)
        self.bound.discard(code)
        self._add(code, evidence)

    def resume(self, code: int, evidence: "dict[int, int]") -> None:
        """Go on with a fault of the life before, to end as it would have; one that nothing here ends is for service."""
        rows = [check for check in self._checks if check.code == code and check.outlives_restart]
        if not rows:
            self.restore(code, evidence)
            return
        self.bound.add(code)
        for check in rows:
            if check.watcher is not None:
                check.watcher.resumed(code)
        self._add(code, evidence)

    def _add(self, code: int, evidence: "dict[int, int]") -> None:
        if code not in self.evidence:
            self.evidence[code] = evidence
            self.changes += 1
        self.reaction = self._strongest()

    def _raise(self, check: Check, situation: "Situation") -> None:
        self._gone_since.pop(check.code, None)
        if check.recovery == BY_SERVICE:
            self.held.add(check.code)
            self.bound.discard(check.code)
        elif check.outlives_restart and check.code not in self.held:
            self.bound.add(check.code)
        if check.code not in self.evidence:
            self.evidence[check.code] = check.evidence(situation)
            self.changes += 1
        self.reaction = max(self.reaction, check.reaction)

    def _clear_when_gone(self, check: Check, now: int) -> "int | None":
        gone_since = self._gone_since.get(check.code)
        if gone_since is None:
            gone_since = self._gone_since[check.code] = now
        if check.recovery > 0 and now < gone_since + check.recovery:
            return gone_since + check.recovery
        self._remove(check.code)
        return None

    def _remove(self, code: int) -> None:
        self._gone_since.pop(code, None)
        if code in self.held:
            return
        del self.evidence[code]
        self.bound.discard(code)
        self.changes += 1
        self.reaction = self._strongest()

    def _strongest(self) -> int:
        """Of everything present. A latched code that no check of this board knows opens."""
        reactions = [check.reaction for check in self._checks if check.code in self.evidence]
        known = [check.code for check in self._checks]
        strange = [code for code in self.held if code not in known]
        return max(reactions + [OPEN] * len(strange) + [NONE])
