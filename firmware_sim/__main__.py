"""`evse-sim`: arguments, signals and exit codes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from firmware_sim import ask, render, training
from firmware_sim.outcome import EXIT_OK, EXIT_WRONG_USE


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 failed, 2 typed wrongly, 3 no world answers, 4 refused, 5 too late."""
    given = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # An argument may hold anything; a line that cannot be printed must not end the program.
        stream.reconfigure(errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    return {"run": _run, "do": _do, "scenarios": _scenarios}[given.command](given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="evse-sim", description="The simulated world around one charger.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="make the wires of a board and live behind them")
    run.add_argument("--board", default="", metavar="NAME|FILE", help="a file of board_configs/, or a path")
    run.add_argument("--scenario", metavar="NAME", help="broken as that scenario has it, on its board by default")
    run.add_argument("--dir", required=True, type=Path, metavar="DIR", help="takes wires, control socket and meters")
    run.add_argument("--meter-wh", type=_whole_wh, default=0, metavar="WH", help="where fresh meters start (0)")
    run.add_argument("--seed", type=int, default=0, metavar="N", help="of everything drawn at random but boot ids (0)")
    run.add_argument(
        "--micropython",
        default="auto",
        metavar="auto|never|PATH",
        help="the interpreter that runs the pilot board's firmware; auto: micropython where found, else CPython",
    )
    run.add_argument(
        "--kind",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a property of the pilot boards, for example wake_up_s=30 or open_pen=1; may be given several times",
    )
    run.add_argument("--spread", action="store_true", help="boards and cars anywhere inside their tolerances")
    scenarios = commands.add_parser("scenarios", help="faulty sites to practise on; with a NAME, its story")
    scenarios.add_argument("name", nargs="?", metavar="NAME")
    scenarios.add_argument("--hints", type=_hints, default=0, metavar="N", help="and its first N hints")
    scenarios.add_argument("--solution", action="store_true", help="and what is wrong")
    do = commands.add_parser("do", help="one command to a running world; the verb faults lists the ways to break it")
    do.add_argument("--dir", required=True, type=Path, metavar="DIR", help="folder of the running world")
    do.add_argument("--json", action="store_true", help="the answer as one line of JSON")
    do.add_argument("verb", metavar="VERB")
    do.add_argument("pairs", nargs="*", metavar="key=value")
    return parser


def _whole_wh(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 10**12:
        raise argparse.ArgumentTypeError(f"{text!r} is no register; write whole watt-hours, 0 or more")
    return int(text)


def _hints(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of hints; write 0 or more")
    return int(text)


def _run(given: argparse.Namespace) -> int:
    # A command to a running world must not wait for the import of everything that a world is.
    from firmware_sim import service

    try:
        service.run(given, print)
    except service.CannotRun as error:
        return _complain(error.code, error)
    return EXIT_OK


def _scenarios(given: argparse.Namespace) -> int:
    try:
        chosen = [training.read(name) for name in ([given.name] if given.name else training.names())]
    except training.NoSuchScenario as error:
        return _complain(EXIT_WRONG_USE, error)
    if given.name:
        print("\n".join(render.scenario(chosen[0], hints=given.hints, with_solution=given.solution)))
    else:
        for one in chosen:
            print(f"{one.name:20} {one.title}")
    return EXIT_OK


def _do(given: argparse.Namespace) -> int:
    try:
        answer = ask.ask(given.dir, given.verb, ask.read_arguments(given.pairs))
    except ask.CannotAsk as error:
        return _complain(error.code, error)
    if given.json:
        print(json.dumps(answer))
    elif answer.get("ok"):
        print(render.text(given.verb, answer))
    else:
        return _complain(ask.exit_code(answer), answer.get("error", "no reason given"))
    return ask.exit_code(answer)


def _complain(code: int, what: object) -> int:
    print(f"evse-sim: {what}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
