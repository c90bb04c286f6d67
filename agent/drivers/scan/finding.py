"""One thing that a scan found, in words for the person who writes the board file."""

from __future__ import annotations

from agent.values import frozen


@frozen(kw_only=True)
class Finding:
    """`where` it is, `what` it is; `write` are the lines of a board file that make use of it.

    `check` is the next thing to look at, where something is in the way of its use.
    """

    where: str
    what: str
    write: tuple[str, ...] = ()
    check: str = ""
