"""A bundle over a broker: whole and as it was sent, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.core.orders.envelope import Order
from tests.tools.support.chargers import FakeCharger
from tests.tools.support.conftest import Engineer, Makes
from tools.support.__main__ import main

OCTETS = bytes(range(251)) * 20
Captured = pytest.CaptureFixture[str]


def bundles(*, always: bool = False, **spoilt: Any) -> Any:
    """A charger whose first bundle is spoilt on its way, or each."""

    def answer(one: FakeCharger, order: Order) -> None:
        told = one.send_file(order, "b.tar.gz", OCTETS, **(spoilt if always or len(one.orders) == 1 else {}))
        one.say(order, "result", body={"name": "b.tar.gz", "bytes": len(OCTETS), "hours": None}, blob=told, passed=True)

    return answer


def test_a_bundle_is_written_as_it_was_sent(
    engineer: Engineer, charger: Makes, tmp_path: Path, capsys: Captured
) -> None:
    charger(answer=bundles())
    target = tmp_path / "b.tar.gz"

    assert main(engineer.words("bundle", "QE-1", "--to", str(target))) == 0

    assert target.read_bytes() == OCTETS
    assert f"in {target}" in capsys.readouterr().out
    assert main(engineer.words("bundle", "QE-1", "--to", str(target))) == 2
    assert "is there already" in capsys.readouterr().err


def test_a_piece_that_was_changed_is_asked_for_again(
    engineer: Engineer, charger: Makes, tmp_path: Path, capsys: Captured
) -> None:
    one = charger(answer=bundles(spoil=2))

    assert main(engineer.words("bundle", "QE-1", "--to", str(tmp_path / "b"))) == 0

    assert (tmp_path / "b").read_bytes() == OCTETS
    assert len(one.orders) == 2
    assert "asking once more" in capsys.readouterr().err


@pytest.mark.parametrize("place", [".", "no/such/folder/b"])
def test_a_place_that_will_not_do_is_told_before_a_bundle_is_made(
    engineer: Engineer, charger: Makes, tmp_path: Path, place: str, capsys: Captured
) -> None:
    one = charger(answer=bundles())

    assert main(engineer.words("bundle", "QE-1", "--to", str(tmp_path / place))) == 2

    assert one.orders == [] and "--to: " in capsys.readouterr().err


def test_one_that_never_comes_whole_leaves_no_file(
    engineer: Engineer, charger: Makes, tmp_path: Path, capsys: Captured
) -> None:
    charger(answer=bundles(spoil=2, always=True))

    assert main(engineer.words("bundle", "QE-1", "--to", str(tmp_path / "b"))) == 1

    assert "SHA-256 is not the one that the charger told" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()
    assert not (tmp_path / ".b.part").exists()
