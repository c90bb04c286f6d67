"""Recordings from the field as tests, made by `python -m tools.replay_to_test BUNDLE`; see docs/flight-recorder.md."""

from __future__ import annotations

from pathlib import Path

from agent.core.recorder.replay import Replay
from agent.core.session.step import step
from agent.recorder.checks import check_of
from tools.recordings import open_recording
from tools.simulate.replay import order_texts


def orders_at_the_end(recording: Path) -> list[str]:
    """What the core orders after the last event of a recording, without the ends of tokens."""
    [*_, last] = Replay(step, check_of).play(open_recording(recording).blocks())
    assert last.decided is not None, last.error
    return order_texts(last.decided.effects)
