"""The drop-in of a plan: written whole, undone by its own bytes, and never half there after a power cut."""

from __future__ import annotations

import os
import stat
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.plan_files import PlanFiles, as_toml
from agent.errors import BadRequest, Busy

NAMES = st.text(min_size=1, max_size=8)
SCALARS = st.one_of(st.text(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_a_table_as_toml_is_read_as_that_table(table: dict[str, Any]) -> None:
    assert tomllib.loads(as_toml(table)) == table


def files(folder: Path) -> PlanFiles:
    site = folder / "site.toml"
    site.write_text("", encoding="utf-8")
    return PlanFiles(site)


def apply(at: PlanFiles, plan: str) -> str:
    now = at.text()
    text = at.of_plan(plan, now)
    at.put(text, instead_of=now)
    return text


def undo(at: PlanFiles) -> str | None:
    now = at.text()
    assert now is not None
    former = at.former_of(now)
    at.put(former, instead_of=now)
    return former


@given(plans=st.lists(st.sampled_from(("a = 1\n", "b = 2\n", "c = 3\n")), min_size=1, max_size=6))
def test_every_step_forward_is_undone_by_the_very_bytes_before(
    tmp_path_factory: pytest.TempPathFactory, plans: list[str]
) -> None:
    at = files(tmp_path_factory.mktemp("plan"))
    applied: list[str | None] = [None, *[apply(at, plan) for plan in plans]]

    while len(applied) > 1:
        assert at.text() == applied.pop()
        assert undo(at) == applied[-1]

    assert at.text() is None


class PowerCut(BaseException):
    """The machine is off from here on."""


def steps_on_disk(monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    """The power goes before the step after `left` more writes, renames and syncs."""
    counted = {"left": left}

    def counting(real: Any) -> Any:
        def step(*given: Any, **named: Any) -> Any:
            if counted["left"] == 0:
                if given and isinstance(given[0], int) and stat.S_ISREG(os.fstat(given[0]).st_mode):
                    # What was never synced may be on the disk by half.
                    os.ftruncate(given[0], os.fstat(given[0]).st_size // 2)
                raise PowerCut
            counted["left"] -= 1
            return real(*given, **named)

        return step

    monkeypatch.setattr("os.fsync", counting(os.fsync))
    monkeypatch.setattr(Path, "replace", counting(Path.replace))
    monkeypatch.setattr(Path, "open", counting(Path.open))


@pytest.mark.parametrize("left", range(10))
@pytest.mark.parametrize("way", ["apply", "undo"])
def test_a_power_cut_at_any_step_leaves_the_old_plan_or_the_new_one_and_a_way_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int, way: str
) -> None:
    at = files(tmp_path)
    first = apply(at, "a = 1\n")
    second = apply(at, "b = 2\n")

    with monkeypatch.context() as powered:
        steps_on_disk(powered, left)
        with suppress(PowerCut):
            apply(at, "c = 3\n") if way == "apply" else undo(at)

    now = PlanFiles(tmp_path / "site.toml").text()
    new = at.of_plan("c = 3\n", second) if way == "apply" else first
    assert now in (second, new)
    assert at.former_of(now or "") == {second: first, new: second, first: None}[now or ""]


def test_two_who_apply_at_once_do_not_undo_each_other_unseen(tmp_path: Path) -> None:
    at = files(tmp_path)
    seen = at.text()
    apply(at, "a = 1\n")

    with pytest.raises(Busy, match="somebody else wrote a plan meanwhile"):
        at.put(at.of_plan("b = 2\n", seen), instead_of=seen)


def test_a_former_plan_that_was_changed_by_hand_is_not_gone_back_to(tmp_path: Path) -> None:
    at = files(tmp_path)
    apply(at, "a = 1\n")
    now = apply(at, "b = 2\n")
    (former,) = (tmp_path / "site.toml.d/former").glob("*.toml")
    former.write_text("a = 9\n", encoding="utf-8")

    with pytest.raises(BadRequest, match="somebody changed it"):
        at.former_of(now)
    former.unlink()
    with pytest.raises(BadRequest, match="cannot be read"):
        at.former_of(now)
    with pytest.raises(BadRequest, match="does not say what was before it"):
        at.former_of("a = 1\n")


def test_what_another_drop_in_overrules_is_named_with_its_line(tmp_path: Path) -> None:
    at = files(tmp_path)
    apply(at, "")
    (tmp_path / "site.toml.d/90-hand.toml").write_text("\n[site]\nphases = 1\n", encoding="utf-8")

    (line,) = at.overruled("[site]\nphases = 3\n")

    assert line.startswith(f"{tmp_path}/site.toml.d/90-hand.toml:3: site.phases: this is read after the plan")
    assert list(at.overruled("[site]\nphases = 1\n")) == []
