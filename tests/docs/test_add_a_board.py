"""docs/add-a-board.md, followed: its files are checked as it says, and its board charges a simulated car."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.__main__ import main as evse_agent
from agent.control.registry import find
from agent.control.render import Page as Shown
from agent.control.wire import Done, Request, encode_request
from firmware_sim import ask, render, verbs
from firmware_sim.board_file import BOARD_CONFIGS
from tests.control.calling import Line
from tests.docs.page import Command, File, Page
from tests.simulation.stage import Charger, tell

PAGE = Page("add-a-board.md")
BENCH = ("evse-sim", "evsectl")

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the person of the page works."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_check_prints_what_the_page_says(folder: Path, capsys: Capture) -> None:
    for step in PAGE.steps():
        match step:
            case File(name, text):
                (folder / name).write_text(text, encoding="utf-8")
            case Command(("evse-agent", *words)):
                evse_agent(words)
                said = capsys.readouterr()
                assert said.err + said.out == step.prints
            case Command(words):
                assert words[0] in BENCH


def test_the_board_of_the_page_charges_and_says_what_the_page_says(folder: Path) -> None:
    PAGE.write_files(folder)
    commands = [step for step in PAGE.steps() if isinstance(step, Command) and step.words[0] in BENCH]

    async def story(charger: Charger) -> None:
        for command in commands:
            printed = await typed(charger, command.words)
            assert command.is_said_by(printed), printed

    tell(story, board=str(folder / "harbour-box.toml"), supply_current_a=16, authorization="free")
    assert {command.words[0] for command in commands} == set(BENCH)


async def typed(charger: Charger, words: tuple[str, ...]) -> str:
    """What the program prints in the world of this charger."""
    if words[0] == "evse-sim":
        verb, *pairs = words[words.index("--dir") + 2 :]
        answer = await verbs.perform(charger.stage.rig.world, verb, ask.read_arguments(pairs))
        return render.text(verb, {"ok": True, **answer}) + "\n"
    await asyncio.sleep(30)  # of virtual time, until the car draws what it may
    return await evsectl(charger, words[-1])


async def evsectl(charger: Charger, verb: str) -> str:
    reader, writer = await asyncio.open_unix_connection(str(charger.agent.config.control.socket))
    writer.write(encode_request(Request(verb)))
    reply = await Line(reader, writer).reply()
    writer.close()
    assert isinstance(reply, Done), reply
    shown = Shown()
    find(verb).show(reply.body, shown)
    return "".join(f"{line}\n" for line in shown.lines)


def test_the_boards_to_copy_are_there() -> None:
    named = [name for _, files in PAGE.table("Your controller") for name in files.replace("`", "").split(", ")]

    assert named
    assert [name for name in named if not (BOARD_CONFIGS / name).is_file()] == []
