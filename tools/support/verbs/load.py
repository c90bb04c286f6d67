"""`evse-support load`: what several chargers drew together, for the planner of the grid that they hang on."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.core.load_profile.days import DAY_MS, KEPT_DAYS, day_number, day_text
from agent.core.load_profile.site import HIGHEST, axis_of, site_figures
from tools.support import flexible_site
from tools.support.asking import order_arguments
from tools.support.failures import WrongUse
from tools.support.flexible_site import FRESH_S, flexibility_of
from tools.support.load_files import Profiles
from tools.support.load_sources import DAYS, names_in, planned_site, profiles_of, refuse_two_choices
from tools.support.load_telling import body_of, csv_lines, show
from tools.support.telling import note, page, printed, printed_json, printed_line
from tools.support.times import seconds
from tools.support.verbs.fleet import whole_picture

PURPOSE = "the load of a site: several chargers' quarters added up, coincidence, load duration, for the planner"
MOST_QUARTERS = 10_000
MOST_DAYS = 1_100
"""Three years; a charger keeps a bit more than one."""
NOTHING = (
    "nothing is on record of any of them in these days, so there is nothing to add up; a charger's first quarter is "
    "known once it is over"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    order_arguments(parser)
    parser.add_argument(
        "source",
        nargs="*",
        metavar="DIR|FILE|DEVICE",
        help="exported profiles (evsectl load --format json > FILE) in a folder or by name; or chargers, to be asked",
    )
    parser.add_argument("--plan", type=Path, metavar="FILE", help="the chargers of this plan; asked, where no DIR is")
    parser.add_argument("--group", default="", metavar="NAME", help="only those of this feeder of the plan")
    parser.add_argument(
        "--site", default="", metavar="ORDER", help="those that a plan of this order set up, as they tell"
    )
    parser.add_argument("--match", default="", metavar="NAME", help="those whose name fits; * and ? stand for any")
    parser.add_argument("--from", dest="first", default="", metavar="DAY", help="the first day, as 2026-11-01 (UTC)")
    parser.add_argument("--until", default="", metavar="DAY", help="the last day")
    parser.add_argument("--days", type=int, metavar="N", help=f"asked of chargers: so many, 1 to {KEPT_DAYS} ({DAYS})")
    parser.add_argument("--highest", type=int, default=HIGHEST, metavar="N", help=f"so many quarters named ({HIGHEST})")
    parser.add_argument("--now", action="store_true", help="instead: what could be shed or raised now")
    parser.add_argument("--listen", default="", metavar="TIME", help="with --now: hear first what comes live, as 70s")
    parser.add_argument(
        "--older-than", default="", metavar="TIME", help="with --now: a word older than this does not count (15min)"
    )
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table", help="csv has a row a quarter")


def run(typed: argparse.Namespace) -> int:
    """0; 1 where something was left out, or no quarter is known of all. Raises AgentError, OSError."""
    if typed.now:
        return _shown_now(typed)
    if typed.listen or typed.older_than:
        raise WrongUse("--listen and --older-than are of --now; a load profile tells the days that are over")
    first, last = _day("--from", typed.first), _day("--until", typed.until)
    if first is not None and last is not None and first > last:
        raise WrongUse(f"--from: {typed.first} is behind --until {typed.until}; is one of them mistyped?")
    if not 0 <= typed.highest <= MOST_QUARTERS:
        raise WrongUse(f"--highest: {typed.highest} is none of 0 to {MOST_QUARTERS}")
    if typed.group and typed.plan is None:
        raise WrongUse("--group: names a feeder of a plan; write --plan FILE beside it")
    site = None if typed.plan is None else planned_site(typed.plan, typed.group)
    profiles = profiles_of(typed, site, last, _asked_days(typed, first, last))
    days = axis_of(profiles.members, first, last)
    if len(days) > MOST_DAYS:
        raise WrongUse(
            f"{len(days)} days, from {day_text(days[0])} to {day_text(days[-1])}, are more than {MOST_DAYS} at once; "
            "choose with --from and --until (a charger whose clock was wrong once has days of that time)"
        )
    if not any(day.number in days for one in profiles.members for day in one.days):
        _tell_left_out(profiles)
        raise WrongUse(NOTHING if profiles.members else "no load profile is there, so there is nothing to add up")
    figures = site_figures(profiles.members, days, typed.highest)
    body = body_of(figures, profiles, "" if site is None else site.name)
    if typed.json or typed.format == "json":
        printed_json(body)
    elif typed.format == "csv":
        _tell_left_out(profiles)
        for line in csv_lines(figures):
            printed_line(line)
    else:
        shown = page()
        show(figures, body, shown)
        printed(shown)
    return 1 if profiles.left_out or not figures.known else 0


def _shown_now(typed: argparse.Namespace) -> int:
    """0; 1 where somebody is left out."""
    if typed.first or typed.until or typed.days is not None:
        raise WrongUse("--now: is this moment; leave --from, --until and --days out")
    site = None if typed.plan is None else planned_site(typed.plan, typed.group)
    refuse_two_choices(typed, site)
    fresh_s = seconds(typed.older_than) if typed.older_than else FRESH_S
    picture = whole_picture(typed, seconds(typed.listen) if typed.listen else 0.0)
    found = flexibility_of(picture, names_in(picture, typed, site), typed.here.now_ms(), fresh_s)
    name = "" if site is None else site.name
    if typed.json or typed.format == "json":
        printed_json(flexible_site.body_of(found, name))
    elif typed.format == "csv":
        for line in flexible_site.csv_lines(found):
            printed_line(line)
        for one in found.left_out:
            note(f"left out: {one.serial}: {one.why}")
    else:
        shown = page()
        flexible_site.show(found, name, shown)
        printed(shown)
    return 1 if found.left_out or not found.words else 0


def _day(option: str, text: str) -> int | None:
    """Since 1970; None where nothing was typed. Raises WrongUse."""
    try:
        return day_number(text) if text else None
    except ValueError as error:
        raise WrongUse(f'{option}: "{text[:40]}" is no day; write it as 2026-12-01 (UTC)') from error


def _asked_days(typed: argparse.Namespace, first: int | None, last: int | None) -> int | None:
    """How many days a charger is asked for; None: as many as usual. Raises WrongUse."""
    if first is None:
        return typed.days if typed.days is None else int(typed.days)
    if typed.days is not None:
        raise WrongUse("--days: how many there are, --from says already")
    return (typed.here.now_ms() // DAY_MS if last is None else last) - first + 1


def _tell_left_out(profiles: Profiles) -> None:
    for one in profiles.left_out:
        note(f"left out: {one.serial}: {one.why}")
    for line in profiles.notes:
        note(line)
