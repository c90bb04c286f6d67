"""`python -m tools.mutation`: ends with 0 when the tests notice at least 95 % of all small mistakes in the rules.

It goes on where an earlier call stopped. A mutant that survives is printed with its place and its difference; which of
them are no mistakes at all is explained in docs/safety-case.md.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from tools.at_least_one import at_least_one
from tools.code_shape import ROOT
from tools.mutation.mutants import Mutant, mutants_of
from tools.mutation.record import Record, state_of
from tools.mutation.trial import TrialFailed, Verdict, begin, verdict_of

TARGETS = ("firmware/pilot_board/pilot.py", "firmware/pilot_board/interlock.py")
TESTS = (
    "tests/firmware/test_pilot.py",
    "tests/firmware/test_pilot_rules.py",
    "tests/firmware/test_closing_rules.py",
    "tests/firmware/test_opening_rules.py",
    "tests/firmware/test_guarding_rules.py",
    "tests/firmware/test_blanking.py",
    "tests/firmware/test_test_mode.py",
)
"""The quick ones first. The bench's checks and the large state machines are left out: they need minutes for each mutant
that lives, and find none that these do not."""
SUPPORT = ("tests/conftest.py", "tests/firmware/conftest.py", "tests/firmware/rules.py")
"""What these tests rest on beside the firmware itself."""
BASELINE_LIMIT_S = 600
SLOWER = 3
"""A mutant that needs this many times what the tests need on the true rules does not come to an end."""
LEAST_SCORE = 95.0
Verdicts = list[tuple[Mutant, Verdict]]


def main() -> None:
    given = _arguments()
    mutants = [m for path in TARGETS if given.only in path for m in mutants_of(path, (ROOT / path).read_text())]
    record = Record(given.dir, state_of(what_counts()))
    known = {m: verdict for m in mutants if (verdict := record.verdict(m, trust_kills=given.trust_kills))}
    waiting = [mutant for mutant in mutants if mutant not in known]
    print(f"{len(mutants)} mutants, {len(known)} of them judged before", flush=True)
    if waiting:
        for mutant, verdict in judged(waiting, given.jobs, SLOWER * baseline_s()):
            record.keep(mutant, verdict)
            known[mutant] = verdict
            if verdict is Verdict.SURVIVED:
                print(f"{len(known)}/{len(mutants)} survived: {mutant.path}:{mutant.line}", flush=True)
    sys.exit(conclude([(mutant, known[mutant]) for mutant in mutants]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.mutation", description="Do the firmware's tests notice mistakes?")
    parser.add_argument("--jobs", type=at_least_one, default=2, help="mutants at the same time (2)")
    parser.add_argument("--dir", type=Path, default=ROOT / ".mutation", help="where verdicts are kept (.mutation)")
    parser.add_argument("--only", default="", metavar="PART", help="targets with this in their path")
    parser.add_argument(
        "--trust-kills", action="store_true", help="believe kills of before: tests were only added since then"
    )
    given = parser.parse_args()
    if not any(given.only in path for path in TARGETS):
        parser.error(f"no target has {given.only!r} in its path; there are {', '.join(TARGETS)}")
    return given


def tests_for(mutant: Mutant) -> list[str]:
    """All of them, those of the pilot last but for the pilot's own mutants: at home a mutant dies soonest."""
    return list(TESTS) if mutant.module == "pilot" else sorted(TESTS, key=lambda test: "test_pilot" in test)


def what_counts() -> set[Path]:
    """Every file that a verdict depends on."""
    tests = {ROOT / test.partition("::")[0] for test in (*TESTS, *SUPPORT)}
    return tests | set(ROOT.glob("firmware/*/*.py"))


def baseline_s() -> int:
    """Seconds of the processor that the tests need on the true rules. Raises TrialFailed when they are red."""
    before = getrusage(RUSAGE_CHILDREN).ru_utime
    process = begin(None, TESTS, BASELINE_LIMIT_S)
    process.join()
    if verdict_of(process) is not Verdict.SURVIVED:
        raise TrialFailed("the tests are red without any mutant: " + " ".join(TESTS))
    return math.ceil(getrusage(RUSAGE_CHILDREN).ru_utime - before)


def judged(mutants: Sequence[Mutant], jobs: int, cpu_s: int) -> Iterator[tuple[Mutant, Verdict]]:
    """Every mutant with its verdict, as they come, `jobs` at a time."""
    waiting = list(reversed(mutants))
    running: list[tuple[BaseProcess, Mutant]] = []
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running.append((begin(mutant, tests_for(mutant), cpu_s), mutant))
        wait([process.sentinel for process, _ in running])
        ended = [each for each in running if not each[0].is_alive()]
        running = [each for each in running if each not in ended]
        yield from ((mutant, verdict_of(process)) for process, mutant in ended)


def conclude(verdicts: Verdicts) -> int:
    """The survivors and the figures; the exit code."""
    survivors = [mutant for mutant, verdict in verdicts if verdict is Verdict.SURVIVED]
    for mutant in survivors:
        print(f"\n{mutant.path}:{mutant.line}\n{mutant.diff}")
    counts = Counter(verdict for _, verdict in verdicts)
    print("\n" + ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict))
    for path in sorted({mutant.path for mutant, _ in verdicts}):
        print(f"{path:40} {score([(m, v) for m, v in verdicts if m.path == path]):6.1f} %")
    print(f"{'score':40} {score(verdicts):6.1f} %, at least {LEAST_SCORE} % is asked for")
    return 0 if score(verdicts) >= LEAST_SCORE else 1


def score(verdicts: Verdicts) -> float:
    """Share of mutants that were noticed, in percent."""
    return 100 * sum(verdict is not Verdict.SURVIVED for _, verdict in verdicts) / max(1, len(verdicts))


if __name__ == "__main__":
    main()
