"""A line for each case where `explain` was wrong, or where what it said did not start the charge; then the sum."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tools.at_least_one import at_least_one
from tools.explain_cases.case import BOARDS, Case
from tools.explain_cases.cases import CASES
from tools.explain_cases.play import Heard, play, worded


def main() -> int:
    options = _options()
    chosen = [case for case in CASES if options.case in ("", case.name)]
    played = [(case, board) for case in chosen for board in _boards(case, options.board)]
    wrong = 0
    with ProcessPoolExecutor(options.jobs, initializer=_quiet) as pool:
        for (_, board), (heard, took_s) in zip(played, pool.map(_timed, played), strict=True):
            wrong += bool(heard.wrong)
            if heard.wrong or options.wordy:
                print(
                    f"{'WRONG' if heard.wrong else 'right'}  {heard.case.name} on {board} ({took_s:.1f} s)", flush=True
                )
                print(f"       {heard.body.get('headline')}; would start: {', '.join(heard.kinds) or 'nothing'}")
            if heard.wrong:
                print(f"       {heard.wrong}\n       done: {worded(heard.case.before)}")
    print(f"{len(played) - wrong} of {len(played)} named, and started by what was said")
    return 1 if wrong else 0


def _timed(what: tuple[Case, str]) -> tuple[Heard, float]:
    began = time.perf_counter()
    try:
        heard = play(*what)
    except Exception as error:  # noqa: BLE001 - one case that comes to no end must not end the others
        heard = Heard(case=what[0], wrong=f"it came to no end: {error!r}", body={})
    return heard, time.perf_counter() - began


def _boards(case: Case, board: str) -> tuple[str, ...]:
    """A case that needs another board than the first has it for a reason, and is played on that alone."""
    if case.board != BOARDS[0] or board == "own":
        return (case.board,)
    boards = BOARDS if board == "all" else (board,)
    return tuple(one for one in boards if one not in case.not_on)


_quiet = partial(logging.disable, logging.CRITICAL)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.explain_cases", description=__doc__)
    parser.add_argument(
        "--board", default="own", help='"own": each case on the board of its own; "all"; or one by name'
    )
    parser.add_argument("--case", default="", choices=["", *(case.name for case in CASES)], help="this one alone")
    parser.add_argument("--jobs", type=at_least_one, default=2, metavar="N", help="so many at a time")
    parser.add_argument("--wordy", action="store_true", help="tell of those that were right, too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
