"""Support cases: opened, worked on from afar, closed with or without a visit; what their figures are computed from."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

from agent.core.orders.checking import CASE
from agent.values import frozen
from tools.support.failures import WrongUse
from tools.support.history.sink import History, first

SEE_NAMES = "see: evse-support fleet"
OPEN_MS = 0
"""`closed_ms` of a case that is open."""
SOLVED = ("remote", "visit", "self", "none")
"""`self`: the charger got well alone; `none`: closed without a solution. Neither counts as solved from afar."""


@frozen(kw_only=True)
class Case:
    case_id: str
    device: str
    opened_ms: int
    closed_ms: int
    symptom_ms: int
    solved: str
    opened_by: str
    closed_by: str
    what: str
    remedy: str

    @property
    def is_open(self) -> bool:
        return self.closed_ms == OPEN_MS

    def took_s(self, now_ms: int) -> float:
        """From opening to closing, or to now."""
        return max(0, (now_ms if self.is_open else self.closed_ms) - self.opened_ms) / 1000


def open_case(history: History, device: str, *, case_id: str, by: str, what: str, now_ms: int) -> Case:
    """One open case a charger, however many open one in the same instant. `case_id` "" draws one. Raises WrongUse."""
    id = case_id or f"C-{secrets.token_hex(4)}"
    if not CASE.fullmatch(id):
        raise WrongUse(f'--id: "{id[:70]}" is no case id; 1 to 64 letters, digits or . _ : / # -')
    with history.deciding():
        standing = open_case_of(history, device)
        if standing is not None:
            raise WrongUse(
                f"{device} has case {standing.case_id} open already, opened by {standing.opened_by};"
                " close it first, or go on under it"
            )
        made = history.change(
            "INSERT INTO support_case (case_id, device, opened_ms, closed_ms, symptom_ms, solved, opened_by, closed_by,"
            " what, remedy) VALUES (?, ?, ?, 0, ?, '', ?, '', ?, '') ON CONFLICT DO NOTHING",
            id, device, now_ms, _first_symptom_ms(history, device, now_ms), by, what,
        )  # fmt: skip
    if not made:
        raise WrongUse(f"there is a case {id} already; name another id, or see: evse-support case show {id}")
    return case_of(history, id)


def close_case(history: History, id: str, *, solved: str, by: str, remedy: str, now_ms: int) -> Case:
    """Raises WrongUse for a case that is none, or closed."""
    with history.deciding():
        case = case_of(history, id)
        if not case.is_open:
            raise WrongUse(f"case {id} is closed already, by {case.closed_by}")
        history.change(
            "UPDATE support_case SET closed_ms = ?, solved = ?, closed_by = ?, remedy = ? WHERE case_id = ?",
            now_ms, solved, by, remedy, id,
        )  # fmt: skip
    return case_of(history, id)


def case_of(history: History, id: str) -> Case:
    """Of its id, or of the charger's name where it has one open. Raises WrongUse."""
    found = first(history.ask("SELECT * FROM support_case WHERE case_id = ?", id))
    if found is None:
        standing = open_case_of(history, id)
        if standing is None:
            raise WrongUse(
                f'there is no case "{id[:70]}", and no charger of that name has one open; see: evse-support case list'
            )
        return standing
    return Case(**found)


def open_case_of(history: History, device: str) -> Case | None:
    """The one that stands open at this charger."""
    found = first(history.ask("SELECT * FROM support_case WHERE device = ? AND closed_ms = 0", device))
    return None if found is None else Case(**found)


def is_known(history: History, device: str) -> bool:
    """Whether this charger ever told anything that is on record."""
    return bool(history.ask("SELECT 1 AS there FROM message WHERE device = ? LIMIT 1", device))


def cases(history: History, *, device: str = "", only_open: bool = False, since_ms: int = 0) -> list[Case]:
    """Oldest first."""
    rows = history.ask(
        "SELECT * FROM support_case WHERE (? = '' OR device = ?) AND (? = 0 OR closed_ms = 0) AND opened_ms >= ?"
        " ORDER BY opened_ms",
        device, device, int(only_open), since_ms,
    )  # fmt: skip
    return [Case(**row) for row in rows]


def actions_of(history: History, id: str) -> list[dict[str, Any]]:
    """Every order under a case, oldest first."""
    return history.ask("SELECT * FROM support_action WHERE case_id = ? ORDER BY asked_ms", id)


def action_counts(history: History) -> dict[str, int]:
    """How many orders each case took; one that took none is not in it."""
    rows = history.ask("SELECT case_id, count(*) AS n FROM support_action GROUP BY case_id")
    return {row["case_id"]: int(row["n"]) for row in rows}


def action_begun(history: History, action: Mapping[str, Any]) -> None:
    """Put on record before it is sent: an order that nobody remembers is none that anybody can answer for."""
    history.change(
        "INSERT INTO support_action (order_id, case_id, device, verb, asked_ms, ended_ms, outcome, key_id)"
        " VALUES (?, ?, ?, ?, ?, 0, 'sent', ?) ON CONFLICT DO NOTHING",
        *(action[name] for name in ("order_id", "case_id", "device", "verb", "asked_ms", "key_id")),
    )  # fmt: skip


def action_ended(history: History, order_id: str, outcome: str, now_ms: int) -> None:
    history.change(
        "UPDATE support_action SET ended_ms = ?, outcome = ? WHERE order_id = ?", now_ms, outcome[:200], order_id
    )


def figures(found: Iterable[Case], actions: Mapping[str, int]) -> dict[str, Any]:
    """Resolution time, and the share that was solved without a visit (operations.md section 4). Pure.

    Cases that are open, and those closed without a solution, are told beside and counted in neither.
    """
    every = list(found)
    closed = [one for one in every if not one.is_open]
    solved = [one for one in closed if one.solved in ("remote", "visit", "self")]
    times = sorted(one.took_s(0) for one in solved)
    remote = [one for one in closed if one.solved in ("remote", "self")]
    detect = sorted((one.opened_ms - one.symptom_ms) / 1000 for one in every if one.symptom_ms)
    return {
        "cases": len(every),
        "open": len(every) - len(closed),
        "closed": len(closed),
        "without_solution": len(closed) - len(solved),
        "resolution_median_s": median(times) if times else None,
        "resolution_p90_s": _p90(times),
        "without_visit": len(remote),
        "remote_resolution_rate": len(remote) / len(closed) if closed else None,
        "symptom_to_ticket_median_s": median(detect) if detect else None,
        "remote_actions": sum(actions.get(one.case_id, 0) for one in every),
    }


def _p90(times: list[float]) -> float | None:
    return times[min(len(times) - 1, -(-9 * len(times) // 10) - 1)] if times else None


def _first_symptom_ms(history: History, device: str, now_ms: int) -> int:
    """When it began: the first reason of the first word that was not ok since the last ok of the whole charger.

    By the charger's own date of that reason, which `health`, its history and the event of a fault have too; where it
    told none, one before that ok, or one that was to come, when the word was told. A word that came before it was told
    is of a clock that is ahead, and by so much its dates are set back. One that came late has waited, or its clock is
    behind: nobody can tell, and its dates stand. 0 where none is known.
    """
    week_ago = now_ms - 7 * 86_400_000
    rows = history.ask(
        "SELECT told_ms, received_ms, verdict, body FROM message"
        " WHERE device = ? AND kind = 'verdict' AND received_ms >= ? ORDER BY received_ms",
        device, week_ago,
    )  # fmt: skip
    symptom = last_ok = 0
    for row in rows:
        dated, received = int(row["told_ms"] or row["received_ms"]), int(row["received_ms"])
        told = min(dated, received)
        if row["verdict"] == "ok":
            symptom, last_ok = 0, told
        elif not symptom:
            since = (json.loads(row["body"]).get("since_ms") or dated) - (dated - told)
            symptom = since if last_ok < since < told else told
    return symptom
