"""A recorded station whose attempts are followed after each step, as the agent does it."""

from __future__ import annotations

from agent.core.session.model import Session, SessionSettings
from agent.core.visits.follow import Following, followed
from agent.core.visits.model import Attempt
from agent.core.visits.outcome import judged
from tests.core.session.station import RecordingStation


class Watched(RecordingStation):
    """`over`: the attempts that ended, judged."""

    def __init__(self, settings: SessionSettings | None = None, *, current_a: float = 16.0) -> None:
        self.following = Following()
        self.over: list[Attempt] = []
        super().__init__(settings, current_a=current_a)

    @property
    def session(self) -> Session:
        return self._session

    @session.setter
    def session(self, session: Session) -> None:
        self._session = session
        before = self.following
        self.following, over = followed(before, session, self.now)
        if over is not None:
            self.over.append(judged(over, before))

    def leaves(self) -> Attempt:
        """The car unplugs; the attempt that this ended."""
        self.unplug()
        self.advance(10)
        return self.over[-1]
