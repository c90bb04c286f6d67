"""The whole chain in real processes: charger, broker, collector, and a person of support who has nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tools.processes import ROOT

pytestmark = pytest.mark.processes


def test_the_demonstration_of_support_goes_from_a_ticket_to_its_end() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "tools.demo.support"], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )

    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "would start: show a card that is accepted here [driver]" in shown.stdout
    assert "(SHA-256 checked)" in shown.stdout
    assert "without a visit: 100.0 %, 1 of 1 closed" in shown.stdout
    assert "\x1b" not in shown.stdout
