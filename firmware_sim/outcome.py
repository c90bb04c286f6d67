"""How a request to the world can end: the words of the control socket, and the exit codes of operations.md 9."""

from __future__ import annotations

WRONG_USE, REFUSED, TIMED_OUT = "wrong_use", "refused", "timed_out"
"""Why an answer is not ok, for programs (`kind`); people read `error`."""

EXIT_OK, EXIT_FAILED, EXIT_WRONG_USE, EXIT_NOT_REACHABLE, EXIT_REFUSED, EXIT_TIMED_OUT = range(6)

EXIT_CODES = {WRONG_USE: EXIT_WRONG_USE, REFUSED: EXIT_REFUSED, TIMED_OUT: EXIT_TIMED_OUT}
