"""The firmware is the same program under both interpreters; `make safety` plays 10,000 sequences.

Here are 100, and 200 in the long run.
"""

import pytest

from firmware_sim.micropython_process import find_micropython
from tests.searching import at_length
from tools.safety.__main__ import NO_PORT
from tools.safety.lockstep import Account, PortFailed, compare, first_difference, play_on_port, replay_line
from tools.safety.written_inputs import STEPS, write

needs_micropython = pytest.mark.skipif(find_micropython() is None, reason=NO_PORT)
CHUNK = 100


@needs_micropython
@pytest.mark.processes
@pytest.mark.parametrize("first", range(0, at_length(100, 200), CHUNK))
def test_both_interpreters_do_the_same_at_every_step(first: int) -> None:
    micropython, account = find_micropython(), Account()
    assert micropython is not None

    differences = [str(difference) for difference in compare(range(first, first + CHUNK), micropython, account)]

    assert differences == []
    assert account.steps == CHUNK * (STEPS + 1)
    assert account.with_closing >= CHUNK // 5, "sequences that never close say little"


@needs_micropython
@pytest.mark.processes
def test_a_port_that_does_not_answer_every_line_is_no_agreement() -> None:
    micropython = find_micropython()
    assert micropython is not None

    with pytest.raises(PortFailed, match="3 answers to 2 lines"):
        play_on_port(["kept a 00", "two\nlines"], micropython)


def test_equal_seeds_write_equal_inputs() -> None:
    assert write(7) == write(7) != write(8)


def test_a_step_that_differs_is_named_with_the_line_that_plays_it_again() -> None:
    written = write(3)
    of_port = list(written.outputs)
    of_port[5] = of_port[5].replace(" ", "  ", 1)

    difference = first_difference(written, of_port)

    assert difference is not None
    assert (difference.seed, difference.step) == (3, 5)
    assert "python -m tools.safety lockstep --first 3 --seeds 1" in str(difference)
    assert replay_line(3) in str(difference)


def test_raising_alike_is_a_difference_too() -> None:
    written = write(3)
    raised = type(written)(3, written.inputs[:1], ("raised OverflowError",), 0)

    assert first_difference(raised, raised.outputs) is not None
