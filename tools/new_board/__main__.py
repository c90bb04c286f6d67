"""`python -m tools.new_board [--answers FILE] [--output FILE]`: asks what hardware there is, and writes its board file.

The choices are the drivers that are installed and their own options. What is written is a board file that the agent
takes; a wrong answer is asked for again with the reason, and a file that is there is not overwritten unasked.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.config.boards import read_board
from agent.drivers import loader
from agent.toml_files.reader import read
from firmware_sim.board_file import emit
from tools.new_board.asking import Answers, Keyboard, NoAnswer, Question, Source, confirm
from tools.new_board.board import NewBoard

EXIT_OK, EXIT_FAILED, EXIT_WRONG_USE = 0, 1, 2
HEAD = "# Written from answers by python -m tools.new_board; not yet tried on hardware.\n"
LAB_ONLY = "# lab_only: when the program is dead, nothing independent of it opens the circuit. Never commissioned.\n"


def main(arguments: list[str]) -> int:
    """Exit code 1 where nothing was written, 2 for answers that cannot be used."""
    chosen = _parser().parse_args(arguments)
    try:
        source = Answers.read(chosen.answers) if chosen.answers else Keyboard()
        board = NewBoard(source).ask()
        return _write(source, board, chosen.output or Path(f"{_file_name(board)}.toml"))
    except (NoAnswer, OSError) as error:
        print(f"new_board: {error}", file=sys.stderr)
        return EXIT_WRONG_USE
    except KeyboardInterrupt:
        print("\nnew_board: nothing was written", file=sys.stderr)
        return EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.new_board", description=__doc__.partition("\n")[0])
    parser.add_argument("--answers", type=Path, metavar="FILE", help="lines key = answer, instead of the keyboard")
    parser.add_argument("--output", type=Path, metavar="FILE", help="the board file (its board's name, in this folder)")
    return parser


def _file_name(board: Mapping[str, Any]) -> str:
    return str(board["board"]).replace("-", "_")


def _write(source: Source, board: Mapping[str, Any], file: Path) -> int:
    if file.exists():
        question = Question(key="overwrite", text=f"{file} is there; overwrite it", default="no")
        if not confirm(source, question):
            print(f"new_board: {file} is as it was; name another: --output FILE", file=sys.stderr)
            return EXIT_FAILED
    text = HEAD + (LAB_ONLY if board.get("lab_only") else "") + emit(dict(board))
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_text(text, encoding="utf-8")
    try:
        problems = _problems(fresh)
        if not problems:
            fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"new_board: {len(problems)} problem(s); nothing was written", file=sys.stderr)
        _keep(source, file.with_name(f"{file.name}.answers"))
        return EXIT_FAILED
    _tell(source, file)
    return EXIT_OK


def _keep(source: Source, file: Path) -> None:
    """What a person typed outlives the contradiction in it."""
    if isinstance(source, Keyboard):
        file.write_text(source.given(), encoding="utf-8")
        print(f"new_board: your answers are in {file}; correct them there, then: --answers {file}", file=sys.stderr)


def _problems(file: Path) -> tuple[str, ...]:
    """What the agent would say of it."""
    document = read(file)
    if not document.problems:
        read_board(document, loader)
    return document.problems.lines()


def _tell(source: Source, file: Path) -> None:
    if isinstance(source, Answers):
        for key in source.unused():
            print(f"note: nobody asked for {key}")
    print(f'{file} is written. Name it in the site file: board = "{file.resolve()}", then: evse-agent check')


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
