"""Which plug is in. Such a controller does not count insertions, so we do, for as long as we watch. Pure.

A watch begins with the agent, and anew after a start of the controller, and where a plug that was in before a silence
may be another one after it: unless the controller's own clock of the charge proves that it was the same car all along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from agent.core.identity import PlugIdentity
from agent.values import frozen

BLIND_AT_MOST_S = 1.0
"""Nobody draws a plug and puts in another one within it: with the pilot at -12 V the controller does not see plugs."""
CLOCK_MARGIN_S = 2
"""Its clock counts whole seconds, and is a ceramic resonator's on some boards."""


class PlugReport(Protocol):
    """What a controller says of its plug."""

    @property
    def is_connected(self) -> bool | None:
        """A car is plugged in; None where the controller cannot see it."""
        ...

    @property
    def elapsed_s(self) -> int | None:
        """Charged since that car came, in whole seconds; None where it was not told."""
        ...


@frozen(kw_only=True)
class Watch:
    """What was seen of the plug. `id` is the watch's own, `seen_at` when a car was last known to be in or out."""

    id: str
    insertions: int = 0
    is_in: bool = False
    elapsed_s: int = 0
    seen_at: float = float("-inf")

    @property
    def plug(self) -> PlugIdentity | None:
        return PlugIdentity(self.id, self.insertions) if self.is_in else None


def look(watch: Watch, report: PlugReport, now: float) -> Watch:
    """The watch after one more report that follows the last one without a gap."""
    if report.is_connected is None:
        return watch
    came = report.is_connected and not watch.is_in
    elapsed_s = watch.elapsed_s if report.elapsed_s is None else report.elapsed_s
    return replace(
        watch,
        insertions=watch.insertions + came,
        is_in=report.is_connected,
        elapsed_s=0 if came else elapsed_s,
        seen_at=now,
    )


def never_left(watch: Watch, report: PlugReport, now: float) -> bool:
    """Whether the car of before a gap is certainly the one of now.

    The controller's clock of the charge begins at 0 with each car, and with each start of its own. Had another car come
    in the gap, the clock could not show more than the gap; so where it showed more before, and has not fallen, it is
    the same. It does so as long as nobody switches it off and on at its own button in that very gap.
    """
    if not (watch.is_in and report.is_connected) or report.elapsed_s is None:
        return False
    away_s = now - watch.seen_at
    return watch.elapsed_s > away_s + CLOCK_MARGIN_S and report.elapsed_s >= watch.elapsed_s


def look_again(watch: Watch, report: PlugReport, now: float, fresh_id: str) -> Watch:
    """The watch after a gap: a new one, `fresh_id`, where nobody can say whether the car of before is still there."""
    is_open = watch.is_in and report.is_connected and not never_left(watch, report, now)
    return look(Watch(id=fresh_id) if is_open else watch, report, now)


class PlugKeeper:
    """The watch over one controller's plug, through silences. `fresh_id` gives each watch a name that no other has."""

    def __init__(self, fresh_id: Callable[[], str]) -> None:
        self.watch = Watch(id=fresh_id())
        self._fresh_id = fresh_id
        self._has_gap = True
        """Something may have gone unseen since `watch` was last written."""
        self._is_blind = False

    def lose(self) -> None:
        """Nobody is heard any more; whoever speaks next may have another plug."""
        self._has_gap, self._is_blind = True, False

    def begin_anew(self) -> None:
        """The controller started; told also where no car is there."""
        self.watch = Watch(id=self._fresh_id())

    def see(self, report: PlugReport, now: float) -> None:
        """One more report."""
        was_blind, self._is_blind = self._is_blind, report.is_connected is None
        if was_blind and now - self.watch.seen_at > BLIND_AT_MOST_S:
            # Its clock does not begin anew for a car that came while it was blind: no proof of anything.
            self.begin_anew()
        if report.is_connected is None:
            return
        if self._has_gap and not was_blind:
            self.watch = look_again(self.watch, report, now, self._fresh_id())
        else:
            self.watch = look(self.watch, report, now)
        self._has_gap = False
