"""Checks that are told to look at nothing refuse, and do not pass."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tools.demo.__main__ import main as demo
from tools.fuzz.__main__ import main as fuzz
from tools.kill.__main__ import main as kill
from tools.mutation.__main__ import main as mutation
from tools.safety.__main__ import main as safety
from tools.simulate.__main__ import main as simulate

WRONG = (
    (demo, "--charge-s 0", "1 or more"),
    (demo, "--charge-s -1", "1 or more"),
    (safety, "hostile --seeds 0", "1 or more"),
    (safety, "lockstep --seeds -3", "1 or more"),
    (safety, "hostile --jobs 0", "1 or more"),
    (simulate, "--seeds 0", "1 or more"),
    (simulate, "--jobs two", "1 or more"),
    (kill, "--trials 0", "1 or more"),
    (kill, "--sites 0", "1 or more"),
    (mutation, "--jobs 0", "1 or more"),
    (mutation, "--only nothing", "no target has 'nothing'"),
    (fuzz, "--seconds 0", "1 or more"),
    (fuzz, "--play absent", "no file absent"),
    (fuzz, "--merge --dir absent", "nothing was fuzzed into absent"),
    (fuzz, "nonsense", "no target nonsense"),
)


@pytest.mark.parametrize(("main", "words", "told"), WRONG, ids=[f"{m.__module__} {w}" for m, w, _ in WRONG])
def test_wrong_use_is_told_with_the_way_out(
    main: Callable[[], object],
    words: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["tool", *words.split()])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert told in capsys.readouterr().err
