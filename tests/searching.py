"""How many examples a costly property gets: enough in every run, and many where somebody looks for counterexamples.

A number that stands in a test is the same under every profile; with `HYPOTHESIS_PROFILE=search` these grow.
"""

from __future__ import annotations

import os

from hypothesis import settings

SEARCHES = os.environ.get("HYPOTHESIS_PROFILE") == "search"


def costly(examples: int, search: int, steps: int | None = None) -> settings:
    """So many examples in every run and `search` of them in a search; `steps`: of a state machine, where not 50."""
    count = search if SEARCHES else examples
    return settings(max_examples=count) if steps is None else settings(max_examples=count, stateful_step_count=steps)
