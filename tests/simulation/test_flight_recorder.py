"""The whole charger is recorded as it lives; what was recorded is decided again the same, or it is said where not."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import tarfile
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from agent.control.verbs import bundle as verb
from agent.core.control_pilot import PilotState
from agent.core.identity import ConnectorId
from agent.core.recorder.replay import GAP, Played, Replay
from agent.core.recorder.schema import Unreadable
from agent.core.session.effects import OfferCurrent, Tell
from agent.core.session.events import PilotChanged, SessionEvent
from agent.core.session.model import Session
from agent.core.session.step import KeySource, Step, step
from agent.core.time import Instant
from agent.errors import Busy
from agent.recorder.checks import check_of
from agent.recorder.frames import frames
from agent.station.control_side import ControlSide
from agent.station.diagnostics import Window
from firmware_sim import virtual_loop
from tests.simulation.stage import CARD, Charger, tell
from tools import replay_to_test
from tools.recordings import open_recording
from tools.simulate.replay import DIFFERS, EQUAL, UNUSABLE, Wish, lines, run
from tools.simulate.run import Options, Stage, seed_plan

PASSWORD = "kanari-geheim-16"
"""Planted, to be found nowhere."""


def side_of(charger: Charger) -> ControlSide:
    """As the control socket sees the charger."""
    return charger.agent.upkeep.bundles.side()


def kept(charger: Charger, to: Path) -> Path:
    """The recording so far, copied away from a charger that goes on."""
    folder = charger.agent.config.storage.path / "recorder"
    to.mkdir(exist_ok=True)
    for file in folder.glob("*.rec"):
        (to / file.name).write_bytes(file.read_bytes())
    return to


def played(recording: Path) -> list[Played]:
    return list(Replay(step, check_of).play(open_recording(recording).blocks()))


@pytest.mark.parametrize(("board", "seed"), [("sim-dual", 3)])
def test_a_life_with_crashes_faults_and_charges_is_decided_again_the_same(
    board: str, seed: int, tmp_path: Path
) -> None:
    async def live() -> Path:
        options = Options(board=board, duration_s=500.0)
        async with AsyncExitStack() as stack:
            stage = await Stage.set_up(seed_plan(seed, options), options, tmp_path, stack)
            await stage.play()
            await stage.settle()
            assert await stage.conclude() == []
            return tmp_path / "state" / "recorder"

    steps = played(virtual_loop.run(live()))

    assert [(one.number, one.differs) for one in steps if one.differs] == []
    assert {one.recorded.connector for one in steps} == {1, 2}
    assert GAP not in {one.breaks for one in steps}
    assert any(
        isinstance(effect, OfferCurrent) and effect.current_a > 0 for s in steps for effect in s.recorded.effects
    )


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A charge, a fault in it, a restart."""
    folder = tmp_path_factory.mktemp("recorded")

    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(30)
        await charger.world("fault", name="cp_diode", connector=1)
        await charger.passes(20)
        await charger.stage.charger.start()
        await charger.passes(20)
        await charger.stage.charger.stop()
        await charger.stage.charger.start()
        kept(charger, folder)

    tell(story)
    return folder


def test_a_fault_that_ended_over_a_restart_is_over_in_the_recording_too(tmp_path: Path) -> None:
    async def story(charger: Charger) -> None:
        await charger.world("fault", name="estop", connector=1)
        await charger.passes(30)
        for runs_s in (90, 5):
            await charger.stage.charger.stop()
            await charger.world("heal")
            await charger.stage.charger.start()
            await charger.passes(runs_s)
        kept(charger, tmp_path)

    tell(story)
    steps = played(tmp_path)
    assert [one.number for one in steps if one.differs] == []
    cleared = Tell(name="fault.cleared", fields=(("id", "safety.emergency_stop"),))
    assert sum(cleared in one.recorded.effects for one in steps) == 1


def shown(recording: Path, **wish: object) -> list[str | int]:
    return list(lines(recording, Wish(**wish)))  # type: ignore[arg-type]


def test_the_same_core_decides_the_same_and_says_so(recorded: Path) -> None:
    *told, code = shown(recorded)

    assert code == EQUAL
    assert "every decision is the same" in str(told[-1])
    assert any("RecordStart" in str(line) for line in told)
    assert any("the program started anew" in str(line) for line in told)


def generous(before: Session, event: SessionEvent, now: Instant, keys: KeySource) -> Step:
    """A core with a mistake: it offers an ampere too much while a car draws."""
    decided = step(before, event, now, keys)
    effects = tuple(
        OfferCurrent(one.current_a + 1, one.reason) if isinstance(one, OfferCurrent) and one.current_a else one
        for one in decided.effects
    )
    return replace(decided, effects=effects)


def forgetful(before: Session, event: SessionEvent, now: Instant, keys: KeySource) -> Step:
    """Another one: nobody hears of it, but it forgets the cable."""
    decided = step(before, event, now, keys)
    if isinstance(event, PilotChanged) and event.state is PilotState.C:
        return replace(decided, session=replace(decided.session, plug=None))
    return decided


def broken(before: Session, event: SessionEvent, now: Instant, keys: KeySource) -> Step:
    if isinstance(event, PilotChanged) and event.state is PilotState.C:
        raise ValueError("no such state")
    return step(before, event, now, keys)


def test_a_changed_core_is_found_at_the_very_step(recorded: Path) -> None:
    right = next(
        one
        for one in played(recorded)
        if any(isinstance(effect, OfferCurrent) and effect.current_a for effect in one.recorded.effects)
    )

    *told, code = shown(recorded, decide=generous)

    assert code == DIFFERS
    text = "\n".join(map(str, told))
    assert f"step {right.number}," in text
    assert "decided otherwise now (effects)" in text
    assert "OfferCurrent(current_a=32.0" in text and "OfferCurrent(current_a=33.0" in text
    assert "phase:" in text[text.index("the session before") :]


@pytest.mark.parametrize(("core", "words"), [(forgetful, "(session)"), (broken, "(failure)")])
def test_what_changes_no_order_and_what_fails_is_found_too(recorded: Path, core: object, words: str) -> None:
    right = next(
        one.number
        for one in played(recorded)
        if isinstance(one.recorded.event, PilotChanged) and one.recorded.event.state is PilotState.C
    )

    *told, code = shown(recorded, decide=core)

    assert code == DIFFERS
    assert any(f"step {right}," in str(line) and words in str(line) for line in told)


def test_a_wish_for_another_connector_finds_nothing(recorded: Path) -> None:
    assert run(recorded, Wish(connector=7)) == UNUSABLE


def test_a_report_becomes_a_test_with_one_command(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    test = tmp_path / "test_reported.py"
    monkeypatch.setattr(
        "sys.argv", ["replay_to_test", str(recorded), "--to", "2027-01-15T08:00:20Z", "--out", str(test)]
    )
    replay_to_test.main()

    assert str(test) in capsys.readouterr().out
    names: dict[str, object] = {"__file__": str(test), "__name__": "reported"}
    exec(compile(test.read_text(), str(test), "exec"), names)
    [name] = [name for name in names if name.startswith("test_")]
    names[name]()  # type: ignore[operator]
    assert names["RIGHT"]
    names["RIGHT"].append("PermitPower(permitted=True)")  # type: ignore[attr-defined]
    with pytest.raises(AssertionError):
        names[name]()  # type: ignore[operator]
    assert test.with_suffix(".rec").stat().st_size < 20_000
    assert max(map(len, test.read_text().splitlines())) <= 120


def test_a_test_is_about_the_first_step_that_is_decided_otherwise(recorded: Path, tmp_path: Path) -> None:
    stretch = replay_to_test.wanted(recorded, None, None, decide=generous)

    assert any(isinstance(one, OfferCurrent) and one.current_a == 32.0 for one in stretch.steps[-1].effects)
    test = replay_to_test.write(stretch, tmp_path / "test_generous.py")
    assert "the core decided otherwise than it was recorded" in test.read_text()
    with pytest.raises(Unreadable, match="say with --to"):
        replay_to_test.wanted(recorded, None, None)


def test_a_test_that_is_there_stays_as_it_is_with_its_recording(recorded: Path, tmp_path: Path) -> None:
    stretch = replay_to_test.wanted(recorded, None, None, decide=generous)
    test = replay_to_test.write(stretch, tmp_path / "test_generous.py")
    before = test.read_bytes(), test.with_suffix(".rec").read_bytes()

    with pytest.raises(FileExistsError):
        replay_to_test.write(replace(stretch, steps=stretch.steps[:1]), test)

    assert (test.read_bytes(), test.with_suffix(".rec").read_bytes()) == before


def test_no_word_of_a_recording_becomes_a_part_of_the_program(recorded: Path, tmp_path: Path) -> None:
    stretch = replay_to_test.wanted(recorded, None, None, decide=generous)
    hostile = replace(stretch, version='1.0"""\nraise SystemExit("from the field")\n"""')

    test = replay_to_test.write(hostile, tmp_path / "test_hostile.py")

    exec(compile(test.read_text(), str(test), "exec"), {"__file__": str(test), "__name__": "hostile"})
    assert max(map(len, test.read_text().splitlines())) <= 120


# The bundle.


def every_octet(bundle: bytes) -> bytes:
    """All that is in it, unpacked to the last frame."""
    found = gzip.decompress(bundle)
    with tarfile.open(fileobj=io.BytesIO(found)) as opened:
        for one in opened.getmembers():
            if one.name.endswith(".rec"):
                content = opened.extractfile(one)
                assert content is not None
                for each in frames(content.read()):
                    found += json.dumps(each.items(), default=repr, ensure_ascii=False).encode()
    return found


def test_no_token_and_no_password_is_in_a_bundle_and_its_recording_plays(tmp_path: Path) -> None:
    async def story(charger: Charger) -> None:
        await charger.network("change_configuration", key="AuthorizationKey", value=PASSWORD)
        await charger.charge()
        await charger.passes(200)
        await charger.swipe("DEADBEEF")
        await charger.swipe(CARD)
        await charger.passes(30)

        file = await side_of(charger).bundle(None)

        content = file.read_bytes()
        octets = every_octet(content)
        for secret in (PASSWORD, CARD, CARD.lower(), CARD[-4:], "DEADBEEF", "BEEF"):
            assert secret.encode() not in octets, secret
        with tarfile.open(file) as opened:
            names = set(opened.getnames())
        assert {"health.json", "explain.json", "wire.jsonl", "sessions.jsonl", "uptime.jsonl", "audit.jsonl"} <= names
        assert b'"missing"' not in octets
        assert any(name.startswith("recording/steps-") for name in names)
        assert shown(file)[-1] == EQUAL

    tell(story)


def test_ten_who_ask_at_once_get_the_same_file_and_another_wish_is_told_to_wait() -> None:
    async def story(charger: Charger) -> None:
        side, made = side_of(charger), []

        async def counted() -> list[str]:
            made.append(charger.agent.means.clock.now())
            raise KeyError("a mistake in a part")

        charger.agent.upkeep.bundles.diagnostics.add("counted.json", counted)
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(side.bundle(None)) for _ in range(10)]
            await asyncio.sleep(0)
            with pytest.raises(Busy, match="ask again"):
                await side.bundle(3)

        assert len({one.result() for one in asked}) == len(made) == 1
        kept_files = list((charger.agent.config.storage.path / "bundle").iterdir())
        assert kept_files == [asked[0].result()]
        with tarfile.open(kept_files[0]) as opened:
            part = opened.extractfile("counted.json")
            assert part is not None
            assert "a mistake in a part" in part.read().decode()

    tell(story)


def test_a_recording_or_a_line_that_cannot_be_had_is_a_sentence_in_the_bundle_and_no_end_of_it() -> None:
    async def story(charger: Charger) -> None:
        async def fails(_window: Window) -> Sequence[tuple[str, Path]]:
            raise OSError("Input/output error")

        async def breaks_off() -> Iterable[str]:
            return (json.dumps({"share": 1 / number}) for number in (1, 0, 2))

        diagnostics = charger.agent.upkeep.bundles.diagnostics
        diagnostics.recording = fails
        diagnostics.add("shares.jsonl", breaks_off)

        with tarfile.open(await side_of(charger).bundle(None)) as opened:
            texts = {one: opened.extractfile(one) for one in ("recording.json", "shares.jsonl")}
            told = {one: file.read().decode() for one, file in texts.items() if file is not None}
            assert "Input/output error" in told["recording.json"]
            assert told["shares.jsonl"].startswith('{"share": 1.0}\n{') and "division by zero" in told["shares.jsonl"]
            assert "events.jsonl" in opened.getnames()

    tell(story)


def test_evsectl_gets_it_as_a_file_with_its_size() -> None:
    async def story(charger: Charger) -> None:
        [action] = verb.VERB.actions
        assert action.answer is not None
        done = await action.answer(side_of(charger), {"hours": 1}, None)  # type: ignore[arg-type]

        assert done.file is not None
        assert done.body == {"name": done.file.name, "bytes": done.file.stat().st_size, "hours": 1}

    tell(story)


def test_nothing_recorded_is_left_after_a_factory_reset() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(10)
        await side_of(charger).bundle(None)
        folder = charger.agent.config.storage.path
        assert list((folder / "recorder").glob("*.rec"))

        await side_of(charger).factory_reset(lose_untold=True)

        assert list((folder / "recorder").iterdir()) == []
        assert list((folder / "bundle").iterdir()) == []

    tell(story)


def test_what_the_pilot_and_the_meter_showed_is_there_for_plots() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(330)

        recording = open_recording(await side_of(charger).bundle(None))

        chunks = list(recording.chunks())
        assert {1, 10} <= {one.step_s for one in chunks}
        assert {one.connector for one in chunks} == {ConnectorId(1)}
        columns = chunks[-1].columns
        rows = [dict(zip(columns, row, strict=True)) for one in chunks if one.step_s == 1 for _, row in one.rows]
        assert max(row["offered_a"] or 0 for row in rows) == 32.0
        assert min(row["pilot_v"] or 99 for row in rows) < 7.0
        assert len(rows) > 300

    tell(story)


def test_the_seconds_around_a_fault_are_on_the_disk_though_the_power_goes_then() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(20)
        await charger.world("fault", name="cp_diode", connector=1)
        await charger.passes(10)
        await charger.stage.charger.kill(with_power=True)
        await charger.stage.charger.start()

        recording = open_recording(charger.agent.config.storage.path / "recorder")

        dense = [one for one in recording.chunks() if one.step_s == 1]
        assert [len(one.rows) >= 5 for one in dense] == [True, True]
        steps = list(Replay(step, check_of).play(recording.blocks()))
        assert [one.differs for one in steps if one.differs] == []
        assert any("cp.diode" in repr(one.recorded.event) for one in steps)

    tell(story)
