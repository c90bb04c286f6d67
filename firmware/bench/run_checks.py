"""Run every check under the interpreter that runs this file: `micropython firmware/bench/run_checks.py`.

Prints one line each and how many held; exit code 1 when one did not.
"""

import sys

HERE = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
sys.path.insert(0, HERE)
sys.path.insert(0, HERE + "/../pilot_board")

from checks import CHECKS  # noqa: E402

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


def main() -> int:
    """The exit code."""
    results = [held(check, sparse) for check in CHECKS for sparse in (False, True)]
    say(str(sum(results)) + " of " + str(len(results)) + " held")
    return 0 if all(results) else 1


sys.exit(main())
