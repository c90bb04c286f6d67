"""A broker for a while: it listens before anybody is let at it, is gone afterwards, and one that fails says why."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tools.brokers import broker, free_port, serving


def is_open(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.processes
def test_it_listens_and_is_gone_afterwards(tmp_path: Path) -> None:
    with broker(tmp_path) as (port, who):
        assert is_open(port)
        assert who

    assert not is_open(port)


@pytest.mark.processes
def test_one_that_ends_before_it_listens_is_told_with_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such setting')"]

    with pytest.raises(ConnectionError, match="no such setting"), serving(command, free_port(), tmp_path / "log"):
        pass
