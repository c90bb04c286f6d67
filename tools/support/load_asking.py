"""Load profiles asked of chargers, one after the other, some days at a time; of who gives none nothing is known."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any

from agent.core.load_profile.days import DAY_MS, day_text
from agent.core.load_profile.site import Member
from agent.core.metrics.fleet import LeftOut
from tools.support.asking import join, outcome_of, typed_wish
from tools.support.failures import NoAnswer, SupportError, WrongUse
from tools.support.link import open_link
from tools.support.load_files import LoadFileError, Profiles, of_document
from tools.support.settings import load
from tools.support.telling import note

AT_ONCE_DAYS = 14
"""Of nine connectors they fit into one answer (256 KiB)."""


def asked_profiles(typed: argparse.Namespace, names: Iterable[str], days: int, last: int | None) -> Profiles:
    """Of chargers by their names on the broker. `last`: days since 1970; None: today.

    A charger that does not answer stays a member, of which nothing is known. Raises WrongUse, and NotReachable or
    OrderRefused where there is no broker, or it does not let us in; and what went wrong where none answers.
    """
    with open_link(load(typed.config).broker, here=typed.here):
        pass  # Without a broker no charger is at fault.
    found, wrong = Profiles(), list[SupportError]()
    for name in names:
        try:
            serial, member = _asked(typed, name, days, last, found)
        except WrongUse:
            raise
        except (SupportError, LoadFileError) as error:
            found.left_out.append(LeftOut(name, str(error)))
            wrong.append(error if isinstance(error, SupportError) else SupportError(f"{name}: {error}"))
            serial, member = "", Member(name=name)
        found.members.append(member)
        if serial:
            found.serials[name] = serial
    if len(wrong) == len(found.members) == 1:
        raise wrong[0]
    if wrong and len(wrong) == len(found.members):
        for one in found.left_out:
            note(f"{one.serial}: {one.why}")
        raise type(wrong[0])(f"none of these {len(wrong)} chargers told its load, so there is nothing to add up")
    return found


def _asked(typed: argparse.Namespace, name: str, days: int, last: int | None, found: Profiles) -> tuple[str, Member]:
    """Raises AgentError, LoadFileError."""
    whole: dict[str, Any] = {}
    typed.is_shown = False
    for words in _slices(days, last, typed.here.now_ms() // DAY_MS):
        outcome = outcome_of(typed, typed_wish(name, ["load", *words]))
        typed.is_shown = True
        if outcome.doubt:
            raise NoAnswer(outcome.doubt)
        if outcome.clocks and outcome.clocks not in found.notes:
            found.notes.append(f"{outcome.clocks}: by so much its quarters are moved against the others'")
        join(whole, outcome.body)
    serial, member = of_document(whole, name)
    return serial, Member(name=name, days=member.days, connected_w=member.connected_w)


def _slices(days: int, last: int | None, today: int) -> Sequence[list[str]]:
    """The words of each order, the oldest days first. An older release knows no --until, and is not asked for it."""
    if last is None and days <= AT_ONCE_DAYS:
        return [["--days", str(days)]]
    end = today if last is None else last
    slices = []
    for first in range(end - days + 1, end + 1, AT_ONCE_DAYS):
        until = min(first + AT_ONCE_DAYS - 1, end)
        slices.append(["--days", str(until - first + 1), "--until", day_text(until)])
    return slices
