"""Two programs that collect under one name: one goes on, the other ends and says what is wrong and what would be right.

Real processes: whether a broker says why it ends a connection shows at the broker. Three of them, a few seconds in all.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.tools.support import chargers
from tests.tools.support.conftest import BrokerThread, Engineer
from tools.processes import ROOT
from tools.support.failures import WrongUse
from tools.support.history.sink import Sqlite

pytestmark = pytest.mark.processes

ENDS_WITHIN_S = 60.0
UNIT_IN = ROOT / "docs/support.md"
Collecting = subprocess.Popen[str]
Starts = Callable[[str], Collecting]


@pytest.fixture
def started(engineer: Engineer) -> Iterator[Starts]:
    """Starts one with a spool of its own or the same, and returns once it is connected, or has ended."""
    running: list[Collecting] = []

    def start(spool: str) -> Collecting:
        words = engineer.words("collect", "--spool", str(engineer.folder / spool))
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.support", *words],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        running.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield start
    for one in running:
        one.kill()
        one.communicate()


def takes(engineer: Engineer, port: int, nth: int = 1) -> None:
    """What a charger tells now comes into the history, as its `nth` event."""
    one, history = chargers.FakeCharger("127.0.0.1", port, "QE-1"), Sqlite(engineer.history)
    one.tell(one.topics.event, {**chargers.head(nth), "event": "plug.inserted", "port": nth, "fields": {}})
    chargers.until(lambda: len(history.ask("SELECT 1 AS n FROM message WHERE kind = 'event'")) == nth)
    one.close()
    history.close()


def test_the_second_on_a_computer_ends_before_it_throws_the_first_out(
    engineer: Engineer, broker: BrokerThread, started: Starts
) -> None:
    first, second = started("spool"), started("spool")

    _, said = second.communicate(timeout=ENDS_WITHIN_S)
    assert second.returncode == 2
    assert f"runs on this computer already (process {first.pid}); stop that one, or give this one its own name" in said
    takes(engineer, broker.port)
    assert first.poll() is None


def test_who_stopped_may_begin_again(started: Starts) -> None:
    first = started("spool")
    first.terminate()
    assert first.wait(ENDS_WITHIN_S) == 0

    assert started("spool").poll() is None


def test_of_two_computers_the_first_ends_where_the_broker_says_why_and_comes_back(
    engineer: Engineer, broker: BrokerThread, started: Starts
) -> None:
    """As a service it begins again, by the documented unit, after the one that somebody started for a minute."""
    first, second = started("one"), started("other")

    _, said = first.communicate(timeout=ENDS_WITHIN_S)
    assert first.returncode == 3
    assert f"\nRestartPreventExitStatus={WrongUse.code}\n" in UNIT_IN.read_text(encoding="utf-8")
    assert "another collector connected to" in said
    assert "give each its own name in [collect]" in said
    takes(engineer, broker.port, 1)
    assert second.poll() is None
    second.terminate()
    assert second.wait(ENDS_WITHIN_S) == 0

    again = started("one")
    takes(engineer, broker.port, 2)
    assert again.poll() is None


def test_of_two_computers_one_ends_where_the_broker_says_nothing(
    engineer: Engineer, mosquitto: int, started: Starts
) -> None:
    engineer.write(url=f"mqtt://127.0.0.1:{mosquitto}")
    pair = [started("one"), started("other")]

    chargers.until(lambda: any(one.poll() is not None for one in pair), ENDS_WITHIN_S)
    takes(engineer, mosquitto)
    (ended,) = [one for one in pair if one.poll() is not None]
    _, said = ended.communicate()
    assert ended.returncode == 3
    assert "give each its own name in [collect]" in said
