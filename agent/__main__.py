"""The program `evse-agent`: what it is told on the command line, and how it ends."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import VERSION
from agent.errors import AgentError, BadRequest, ConfigError, StoreTooNew
from agent.tables import nearest

if TYPE_CHECKING:
    import argparse

    from agent.config.model import StationConfig

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_WRONG_USE = 2
EXIT_UNUSABLE = 78
"""EX_CONFIG of sysexits.h: nothing was started, and starting again will not help."""
SWITCH_INTERVAL_S = 0.0005
"""How long the loop may wait for the store's thread to let go of the interpreter; by default ten times as long."""
DEFAULT_CONFIG = Path("/etc/evse-agent/site.toml")
WHATS = {
    "run": "be the charger",
    "check": "check the configuration and do nothing else",
    "network": "check the way to the central system where no agent runs",
    "schema": "print the JSON Schema of a board file, or of the site file, for an editor",
}
SCHEMAS = ("board", "site")


def main(arguments: list[str] | None = None) -> int:
    """Run `evse-agent`; returns its exit code."""
    try:
        words = sys.argv[1:] if arguments is None else arguments
        if words[:1] == ["datasheet"]:
            from agent.control.datasheet import main as print_datasheet

            return print_datasheet(words[1:])
        what, of = _typed(words)
        if isinstance(of, str):
            return _print_schema(of)
        config = _read(of)
        if what == "check":
            return _tell(config)
        return _check_network(config) if what == "network" else _run(config)
    except (ConfigError, StoreTooNew) as error:
        print(error, file=sys.stderr)
        return EXIT_UNUSABLE
    except BadRequest as error:
        print(f"evse-agent: {error}", file=sys.stderr)
        return EXIT_WRONG_USE
    except AgentError as error:
        print(f"evse-agent: {error}", file=sys.stderr)
        return EXIT_FAILED


def _read(site_file: Path) -> StationConfig:
    """Raises ConfigError."""
    from agent.config.load import load
    from agent.drivers import loader

    return load(site_file, loader)


def _typed(arguments: list[str]) -> tuple[str, Path | str]:
    """What to do, and with which site file or schema. Raises BadRequest; --help and --version end the program."""
    match arguments:
        case ["run", "--config", file] if not file.startswith("-"):
            # As a service starts it; the reader of command lines would stay in memory for years.
            return "run", Path(file)
    chosen, more = _parser().parse_known_args(arguments)
    if chosen.what is None:
        raise BadRequest("say what to do; write: evse-agent run, or: evse-agent check")
    if chosen.what not in WHATS:
        raise BadRequest(f'there is no "{chosen.what}"{nearest(chosen.what, list(WHATS))}')
    if chosen.what == "schema":
        return chosen.what, _typed_schema(more)
    for word in more:
        if word.startswith("-"):
            raise BadRequest(f'"{chosen.what}" has no {word}{nearest(word, ["--config", "--help"])}')
        raise BadRequest(f'"{chosen.what}" has no place for "{word}"; leave it away, or see: evse-agent --help')
    if chosen.config is None:
        raise BadRequest(f"--config needs a value: the site file; write --config {DEFAULT_CONFIG}")
    return chosen.what, chosen.config


def _typed_schema(words: list[str]) -> str:
    """Of which file; a board's where nothing is said. Raises BadRequest."""
    of, *more = words or SCHEMAS[:1]
    if of not in SCHEMAS:
        raise BadRequest(f'there is no schema of "{of}"{nearest(of, list(SCHEMAS))}')
    if more:
        raise BadRequest(f'"schema {of}" has no place for "{more[0]}"; leave it away')
    return of


def _parser() -> argparse.ArgumentParser:
    """Demands nothing itself: what is missing is said as everything else is."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="evse-agent",
        usage="evse-agent run|check|network [--config FILE] | evse-agent schema [board|site]",
        description="The software of a charging station.",
        epilog="evse-agent datasheet BOARD [--pdf FILE]: what a board is and can, for proposals and sites",
    )
    parser.add_argument("--version", action="version", version=f"evse-agent {VERSION}")
    words = "; ".join(f"{what}: {words}" for what, words in WHATS.items())
    parser.add_argument("what", nargs="?", metavar="run|check|network|schema", help=words)
    config_help = f"the site file ({DEFAULT_CONFIG})"
    parser.add_argument("--config", type=Path, nargs="?", default=DEFAULT_CONFIG, metavar="FILE", help=config_help)
    return parser


def _print_schema(of: str) -> int:
    import json

    from agent.config.schema import board_schema, site_schema
    from agent.drivers import loader

    schema = board_schema(loader) if of == "board" else site_schema()
    try:
        print(json.dumps(schema, indent=2, ensure_ascii=False), flush=True)
    except BrokenPipeError:
        # Whoever reads it has seen enough (`| head`); the interpreter would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_OK


def _tell(config: StationConfig) -> int:
    board = config.board
    print(f"{config.site_file}: good. Board {board.board}, {len(board.connectors)} connector(s).")
    for notice in config.notices:
        print(f"note: {notice}")
    return EXIT_OK


def _check_network(config: StationConfig) -> int:
    """As `evsectl network check`, by a connection of its own. Raises Busy where an agent runs."""
    from agent.clock import SystemClock
    from agent.control.render import Page
    from agent.control.verbs.network import show, told
    from agent.station.network_alone import without_an_agent

    class Terminal:
        """Where `evsectl` would be."""

        async def say(self, body: Mapping[str, Any]) -> None:
            page = Page(colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
            show(body, page)
            print(*page.lines, sep="\n", flush=True)

        async def ask(self, question: str, *, instead: str = "", within_s: float | None = None) -> str:
            raise TimeoutError

    done = asyncio.run(told(without_an_agent(config, SystemClock()), Terminal()))
    return EXIT_OK if done.passed else EXIT_FAILED


def _run(config: StationConfig) -> int:
    # Nearly nothing of what is loaded from here on is garbage; looking for it costs a twentieth of the start. What read
    # the files left some, which was looked for: a megabyte would stay in memory for years.
    gc.disable()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    from agent.app import Ending, run_as_service

    if asyncio.run(run_as_service(config)) is Ending.RESTART:
        # The same process id, so that a service manager sees the service go on.
        # As it was started: `-m agent` would find another program in a folder that holds one named "agent".
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 our own program again
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
