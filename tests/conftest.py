"""How properties are searched, and which tests need more than this machine.

`HYPOTHESIS_PROFILE=search` looks for new counterexamples at random and makes what it finds small; the default is the
same for everybody and every run, so that a red build is red again on the next machine, and says so within its time.
`long` is the default with all that a run of ten minutes has no time for (tests/searching.py).
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from _pytest.unittest import TestCaseFunction
from hypothesis import HealthCheck, Phase, settings

# There from the beginning, so that no story depends on which was told first (agent/drivers/modbus/framing.py).
import agent.drivers.modbus.exchange  # noqa: F401
from agent.log_levels import LogLevels
from firmware_sim import virtual_loop
from tests.searching import EXAMPLES, PROFILE, share_of

# A property may be slow when the machine is busy; that says nothing about the property.
_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)

_FAST = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking, which takes minutes for one of the large state machines."""

settings.register_profile("steady", _patient, derandomize=True, max_examples=share_of(EXAMPLES), phases=_FAST)
settings.register_profile("long", _patient, derandomize=True, max_examples=EXAMPLES, phases=_FAST)
settings.register_profile("search", _patient, derandomize=False, max_examples=10 * EXAMPLES)
settings.load_profile(PROFILE)


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell without job control starts what it puts in the background deaf to Ctrl-C, and so would be every program
    # that a test starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def log_levels_end_with_their_test() -> Iterator[None]:
    """One that a test set would last, and later ones would keep all that is logged, with what it holds."""
    yield
    LogLevels.end_all()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--hardware", action="store_true", help="run the tests that need a board on the desk")


def pytest_collection_finish() -> None:
    """Thousands of tests and all that they import live to the end: a garbage collection need not look at them again.

    And it need not look so often: a simulated story takes a sixth less time, and a little more memory.
    """
    virtual_loop.collect_seldom()


def is_long(item: pytest.Item) -> bool:
    """Real processes, and state machines (of all that is collected here only they are of `unittest`)."""
    return item.get_closest_marker("processes") is not None or isinstance(item, TestCaseFunction)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        # Among several workers the longest first: none then begins with one when the others have nothing left.
        items.sort(key=lambda item: not is_long(item))
    if config.getoption("--hardware"):
        return
    for item in items:
        if item.get_closest_marker("hardware"):
            item.add_marker(pytest.mark.skip(reason="needs a board on the desk: pytest --hardware"))
