"""Several people at one case in the same instant, each with a connection of his own, in either database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.tools.support.chargers import WITHIN_S
from tests.tools.support.conftest import beside
from tools.support.failures import WrongUse
from tools.support.history.cases import cases, close_case, open_case
from tools.support.history.sink import History

PEOPLE = ("anna", "ben", "eva", "tom")
DEVICES = tuple(f"QE-{number}" for number in range(5))


def refused(history: History, do: Callable[[History, str, str], object]) -> list[str]:
    """What those are told who came too late: all people do it to one charger after the other, together."""
    ready = Barrier(len(PEOPLE))

    def does(person: str) -> list[str]:
        mine, told = beside(history), []
        for device in DEVICES:
            ready.wait(WITHIN_S)
            try:
                do(mine, device, person)
            except WrongUse as error:
                told.append(str(error).partition(";")[0])
        mine.close()
        return told

    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        return sorted(text for texts in pool.map(does, PEOPLE) for text in texts)


def test_one_opens_a_case_and_the_others_are_told_which(history: History) -> None:
    told = refused(history, lambda mine, device, by: open_case(mine, device, case_id="", by=by, what="", now_ms=1_000))

    opened = cases(history)
    assert sorted(one.device for one in opened) == list(DEVICES)
    assert told == sorted(
        f"{one.device} has case {one.case_id} open already, opened by {one.opened_by}" for one in opened for _ in "123"
    )


def test_one_closes_a_case_and_the_others_are_told_who(history: History) -> None:
    for device in DEVICES:
        open_case(history, device, case_id=f"T-{device}", by="anna", what="", now_ms=1_000)

    told = refused(
        history,
        lambda mine, device, by: close_case(mine, f"T-{device}", solved="remote", by=by, remedy=by, now_ms=2_000),
    )

    closed = cases(history)
    assert [one.remedy for one in closed] == [one.closed_by for one in closed]
    assert told == sorted(f"case {one.case_id} is closed already, by {one.closed_by}" for one in closed for _ in "123")
