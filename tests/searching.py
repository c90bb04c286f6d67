"""How much of a costly check is played: a share in every run, all of it in the long one, many times that in a search.

`make test` plays the share, chosen so that it sees a plain mistake; `make test-long` (`HYPOTHESIS_PROFILE=long`) plays
everything, the same each time; `HYPOTHESIS_PROFILE=search` looks for counterexamples. A number that stands in a test
is the same under every profile; those that come from here grow. What a check asks for does not depend on it, and what
failed once stands in its test by name.
"""

from __future__ import annotations

import os
from typing import TypeVar

from hypothesis import settings

T = TypeVar("T")

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "steady")
SEARCHES = PROFILE == "search"
PLAYS_ALL = PROFILE != "steady"

EXAMPLES = 100
"""Of a property that says nothing of their number, in the long run."""
SHARE = 0.4
"""How much of the long run's examples every run plays."""


def share_of(examples: int) -> int:
    """How many of so many examples every run plays."""
    return max(1, round(examples * SHARE))


def costly(examples: int, search: int, steps: int | None = None) -> settings:
    """`examples` in the long run, a share of them in every run, and `search` of them in a search.

    `steps`: of a state machine, where not 50.
    """
    count = search if SEARCHES else examples if PLAYS_ALL else share_of(examples)
    return settings(max_examples=count) if steps is None else settings(max_examples=count, stateful_step_count=steps)


def at_length(every_run: T, long_run: T) -> T:
    """What is played of a check that draws nothing: a few seeds in every run, all of them in the long one."""
    return long_run if PLAYS_ALL else every_run
