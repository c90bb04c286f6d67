"""Run every check under the interpreter that runs this file: `micropython -X heapsize=16m
firmware/bench/run_checks.py` (benches keep what was said; the board itself needs far less).

With `brief` only boards that look when something is due, not those that poll every 5 ms as well, and not the long
lives; `brief 3` takes each third check. Without it those that poll do so all the while, also where nothing has happened
for long. Prints one line each and how many held; exit code 1 when one did not.
"""

import sys

HERE = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
sys.path.insert(0, HERE)
sys.path.insert(0, HERE + "/../pilot_board")

from bench import Bench  # noqa: E402
from checks import CHECKS, LONG  # noqa: E402
from reactions import REACTIONS, Reaction  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def held(check: "Callable[[bool], None]", sparse: bool) -> bool:
    """Run one check and tell how it went."""
    name = check.__name__ + (" when due" if sparse else " every 5 ms")
    try:
        check(sparse)
    except AssertionError as error:
        say("FAIL " + name + ": " + str(error))
        return False
    say("ok   " + name)
    return True


def kept(reaction: Reaction, sparse: bool) -> bool:
    """Measure one reaction against its limit and tell how it went."""
    measured_ms = reaction.measure(sparse)
    good = measured_ms <= reaction.limit_ms
    words = (reaction.function, reaction.event, str(measured_ms), "of", str(reaction.limit_ms), "ms")
    say(("ok   " if good else "FAIL ") + " ".join(words))
    return good


def main() -> int:
    """The exit code."""
    # Every 5 ms is what the board does, and ten times the work: minutes of it under MicroPython.
    brief = "brief" in sys.argv[1:]
    each = int(sys.argv[2]) if brief and len(sys.argv) > 2 else 1
    Bench.never_calm = not brief
    polls = (True,) if brief else (False, True)
    checks = [check for check in CHECKS if not (brief and check.__name__ in LONG)][::each]
    results = [held(check, sparse) for check in checks for sparse in polls]
    results += [kept(reaction, sparse) for reaction in REACTIONS for sparse in polls]
    say(str(sum(results)) + " of " + str(len(results)) + " held")
    return 0 if all(results) else 1


sys.exit(main())
