"""`evse-support case open|close|list|show`: what a support case took, and whether somebody had to drive there."""

from __future__ import annotations

import argparse
import re

from agent.control.render import Page, Tone, duration
from tools.support.failures import WrongUse
from tools.support.fleet_figures import figure_lines
from tools.support.history.cases import (
    SOLVED,
    Case,
    action_counts,
    actions_of,
    case_of,
    cases,
    close_case,
    figures,
    is_known,
    open_case,
)
from tools.support.history.sink import History, opened
from tools.support.settings import history_of, person
from tools.support.telling import counted, dated, now_ms, page, printed, printed_json

ERROR_NAME = re.compile(r"^[A-Z][A-Za-z]+: ")
"""Stood before the sentence in what earlier releases put on record."""
PURPOSE = "open and close support cases; their orders and resolution times are counted"


def arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", required=True, metavar="open|close|list|show")
    opening = words.add_parser("open", help="from now on orders to this charger go under this case")
    opening.add_argument("device", metavar="DEVICE")
    opening.add_argument("--id", default="", help="the help desk's number; else one is drawn")
    opening.add_argument("--what", default="", help="what the customer says")
    closing = words.add_parser("close", help="with how it was solved")
    closing.add_argument("case", metavar="CASE|DEVICE")
    closing.add_argument(
        "--solved", choices=SOLVED, required=True, help="from afar, by a visit, by itself, or not at all"
    )
    closing.add_argument("--remedy", default="", help="what helped")
    listing = words.add_parser("list", help="all of them, with the figures")
    listing.add_argument("--device", default="")
    listing.add_argument("--open", action="store_true", dest="only_open", help="only those that are open")
    showing = words.add_parser("show", help="one with its orders")
    showing.add_argument("case", metavar="CASE|DEVICE")
    for one in (opening, closing, listing, showing):
        one.add_argument("--json", action="store_true", help="print JSON")


def run(typed: argparse.Namespace) -> int:
    """Raises WrongUse, HistoryDown."""
    shown = page()
    with opened(history_of(typed.config), made=typed.word == "open") as history:
        body = {"open": _open, "close": _close, "list": _list, "show": _show}[typed.word](history, typed, shown)
    if typed.json:
        printed_json(body)
    else:
        printed(shown)
    return 0


def _open(history: History, typed: argparse.Namespace, shown: Page) -> dict[str, object]:
    if not typed.device.strip():
        raise WrongUse("DEVICE: which charger? its name on the broker, as evse-support fleet shows it")
    case = open_case(history, typed.device, case_id=typed.id, by=person(), what=typed.what, now_ms=now_ms())
    shown.line(f"case {case.case_id} is open for {case.device}", Tone.GOOD)
    if case.symptom_ms:
        shown.line(f"not ok since {dated(case.symptom_ms)}, by the verdicts on record of the last seven days")
    if not is_known(history, case.device):
        shown.line(
            f"nothing of a charger {case.device} is on record here: is the name right? see: evse-support fleet",
            Tone.WARN,
        )
    shown.line(f"close it: evse-support case close {case.case_id} --solved remote|visit|self|none")
    return _body(case)


def _close(history: History, typed: argparse.Namespace, shown: Page) -> dict[str, object]:
    id = case_of(history, typed.case).case_id
    case = close_case(history, id, solved=typed.solved, by=person(), remedy=typed.remedy, now_ms=now_ms())
    count = len(actions_of(history, case.case_id))
    shown.line(f"case {case.case_id} of {case.device} is closed: solved {case.solved}", Tone.GOOD)
    shown.line(f"it took {duration(case.took_s(0))}, with {counted(count, 'remote action')}")
    return {**_body(case), "actions": count}


def _list(history: History, typed: argparse.Namespace, shown: Page) -> dict[str, object]:
    found = cases(history, device=typed.device, only_open=typed.only_open)
    counts = action_counts(history)
    if not found:
        shown.line("no case is on record here")
        return {"cases": [], "figures": figures([], {})}
    rows = [_row(one, counts.get(one.case_id, 0)) for one in found]
    shown.table(["case", "charger", "opened", "took", "solved", "actions", "what"], rows)
    told = figures(found, counts)
    shown.line()
    for line in figure_lines(told):
        shown.line(line)
    return {"cases": [{**_body(one), "actions": counts.get(one.case_id, 0)} for one in found], "figures": told}


def _show(history: History, typed: argparse.Namespace, shown: Page) -> dict[str, object]:
    case = case_of(history, typed.case)
    actions = actions_of(history, case.case_id)
    state = "open" if case.is_open else f"closed {dated(case.closed_ms)} by {case.closed_by}, solved {case.solved}"
    shown.line(f"case {case.case_id} of {case.device}: {state}", Tone.STRONG)
    shown.line(f"opened {dated(case.opened_ms)} by {case.opened_by}; took {duration(case.took_s(now_ms()))}")
    for word, text in (("what", case.what), ("remedy", case.remedy)):
        if text:
            shown.line(f"{word}: {text}")
    if actions:
        shown.line()
        rows = [
            [dated(one["asked_ms"]), one["verb"], one["key_id"], ERROR_NAME.sub("", one["outcome"])] for one in actions
        ]
        shown.table(["when", "order", "key", "outcome"], rows)
    return {**_body(case), "orders": actions}


def _row(case: Case, count: int) -> list[str]:
    took = duration(case.took_s(now_ms()))
    return [case.case_id, case.device, dated(case.opened_ms), took, case.solved or "open", str(count), case.what[:60]]


def _body(case: Case) -> dict[str, object]:
    return {
        "case": case.case_id,
        "device": case.device,
        "opened_ms": case.opened_ms,
        "closed_ms": case.closed_ms or None,
        "first_symptom_ms": case.symptom_ms or None,
        "solved": case.solved or None,
        "opened_by": case.opened_by,
        "closed_by": case.closed_by or None,
        "what": case.what,
        "remedy": case.remedy,
    }
