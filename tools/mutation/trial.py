"""The firmware's tests against one mutant, in a process of its own that was forked off a warm one."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import sys
from collections.abc import Sequence
from enum import Enum
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from types import CodeType, ModuleType

import hypothesis
import pytest

from tools.mutation.mutants import Mutant

PROFILE = "mutation"
CTX = get_context("fork")
TERSELY = ("-x", "-q", "--tb=no", "-p", "no:cacheprovider")


class Verdict(Enum):
    """What the tests said."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


class TrialFailed(Exception):
    """pytest did not get as far as running tests."""


class MutantFinder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Whoever imports the module by its name gets the mutant."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=self._mutant.path)

    def get_source(self, fullname: str) -> str:
        return self._mutant.text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._mutant.text, self._mutant.path, "exec")


def begin(mutant: Mutant | None, tests: Sequence[str], cpu_s: int) -> BaseProcess:
    """Start the tests, one file after the other; without a mutant on what lies in the tree.

    `verdict_of` reads the finished process.
    """
    process = CTX.Process(target=_run, args=(mutant, tests, cpu_s))
    process.start()
    return process


def verdict_of(process: BaseProcess) -> Verdict:
    """Of a process that has ended. Raises TrialFailed when there was nothing to run."""
    code = process.exitcode
    if code is None or code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise TrialFailed(f"pytest ended with {code}")
    if code == pytest.ExitCode.OK:
        return Verdict.SURVIVED
    return Verdict.TIMED_OUT if code < 0 else Verdict.KILLED


def _run(mutant: Mutant | None, tests: Sequence[str], cpu_s: int) -> None:
    # Seconds of the processor, so that a busy machine kills nobody: nothing in these tests waits.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    _be_silent()
    sys.dont_write_bytecode = True
    # As tests/conftest.py searches, but a failure need not be made small: that there is one is all we ask.
    quick = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    patient = (hypothesis.HealthCheck.too_slow,)
    hypothesis.settings.register_profile(
        PROFILE,
        derandomize=True,
        deadline=None,
        max_examples=100,
        phases=quick,
        suppress_health_check=patient,
    )
    os.environ["HYPOTHESIS_PROFILE"] = PROFILE
    if mutant is not None:
        sys.meta_path.insert(0, MutantFinder(mutant))
    sys.exit(next((code for test in tests if (code := pytest.main([*TERSELY, test]))), pytest.ExitCode.OK))


def _be_silent() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
