"""Several findings of one test to its one outcome. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from agent.core.commissioning.model import Outcome, Verdict

WORST_FIRST = (Verdict.FAIL, Verdict.ERROR, Verdict.WARN, Verdict.PASS, Verdict.SKIP)
"""A part that could not be looked at is told, and takes nothing from what was seen of the others."""


def summed(parts: Iterable[Outcome]) -> Outcome:
    """The worst verdict and its words, what to do first, and everything that was measured.

    A sum of skips is a skip, and not applicable where every part is.
    """
    found = tuple(parts)
    worst = next(verdict for verdict in WORST_FIRST if any(one.verdict is verdict for one in found))
    leading = [one for one in found if one.verdict is worst]
    says = "; ".join(dict.fromkeys(one.says for one in leading if one.says))
    if worst is not Verdict.SKIP:
        unseen = "; ".join(dict.fromkeys(one.says for one in found if one.verdict is Verdict.SKIP))
        says += f"; not looked at: {unseen}" if unseen else ""
    return Outcome(
        verdict=worst,
        says=says,
        next="; ".join(dict.fromkeys(one.next for one in leading if one.next)),
        cause=next((one.cause for one in leading if one.cause), ""),
        measured=tuple(value for one in found for value in one.measured),
        evidence={key: value for one in found for key, value in one.evidence.items()},
        is_not_applicable=all(one.is_not_applicable for one in found),
    )
