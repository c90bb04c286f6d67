"""The command line of `evse-csms`. What is typed wrongly is one sentence that says what to type."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from tools.csms.server import Address
from tools.csms.tls import ServerTls

LARGEST_PORT = 65_535
WRONG_USE = 2
PROMPTED = "limit amps=10 connector=1"
REQUESTED = '{"id": 7, "do": "limit", "amps": 10, "connector": 1}'
FROM_A_SHELL = (
    "python3 -c 'import socket as s; c = s.socket(s.AF_UNIX); "
    r"""c.connect("csms.sock"); c.sendall(b"{\"do\": \"help\"}\n"); print(c.makefile().readline())"""
    "'"
)
COMMANDS = f"""\
commands, at the prompt (--interactive) and on the control socket (--control):
  prompt   VERB NAME=VALUE …                        {PROMPTED}
  socket   one JSON object on a line                {REQUESTED}
  answer   one JSON object on a line                {{"id": 7, "ok": true, …}}
           where it is not done                     {{"id": 7, "ok": false, "error": "why"}}

  "help" lists every verb with its arguments. Answers come in the order of the commands, "id" is given back and may be
  left out. At the prompt a value is JSON (10, true, ["a"]), else a text. The socket is open to this user only:

  {FROM_A_SHELL}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    listen: Address
    database: Path
    control: Path
    is_interactive: bool
    is_quiet: bool
    ping_interval_s: float | None
    tls: ServerTls | None


def read_options(arguments: list[str]) -> Options:
    """The command line; leaves with code 2 and a sentence when it is wrong."""
    parser = _parser()
    try:
        given, more = parser.parse_known_args(arguments)
    except argparse.ArgumentError as error:
        _refuse(_wrong_value(error, parser))
    if more:
        _refuse(_misplaced(more[0], parser))
    return Options(
        listen=given.listen,
        database=given.db,
        control=given.control,
        is_interactive=given.interactive,
        is_quiet=given.quiet,
        ping_interval_s=given.ping_interval,
        tls=_tls(given.tls_chain, given.tls_key, given.client_ca),
    )


def _tls(chain: Path | None, key: Path | None, client_ca: Path | None) -> ServerTls | None:
    if chain is None and key is None and client_ca is None:
        return None
    if chain is None or key is None:
        _refuse("TLS needs both --tls-chain FILE and --tls-key FILE")
    return ServerTls(chain=chain, key=key, client_ca=client_ca)


def address(text: str) -> Address:
    """`HOST:PORT`, `:PORT` or `PORT`; loopback where no host is given."""
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT; write one, as 127.0.0.1:9000")
    if int(port) > LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{port} is above {LARGEST_PORT}, the largest port there is")
    return Address(host=host.strip("[]") or "127.0.0.1", port=int(port))


def seconds(text: str) -> float:
    """A number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0; write one, as 30")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evse-csms",
        description="A small OCPP 1.6J central system for the bench.",
        epilog=COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        exit_on_error=False,
    )
    local = Address(host="127.0.0.1", port=9000)
    parser.add_argument("--listen", metavar="HOST:PORT", type=address, default=local, help="127.0.0.1:9000 by default")
    parser.add_argument("--db", metavar="FILE", type=Path, default=Path("csms.db"), help="sqlite file of the record")
    parser.add_argument("--control", metavar="PATH", type=Path, default=Path("csms.sock"), help="control socket")
    parser.add_argument("--interactive", action="store_true", help="a prompt for commands")
    parser.add_argument("--quiet", action="store_true", help="no line per message")
    parser.add_argument("--tls-chain", metavar="FILE", type=Path, help="serve wss with this chain (PEM, leaf first)")
    parser.add_argument("--tls-key", metavar="FILE", type=Path, help="and its key")
    parser.add_argument(
        "--client-ca", metavar="FILE", type=Path, help="ask chargers for a certificate of this authority"
    )
    pings = "websocket pings to chargers; none by default"
    parser.add_argument("--ping-interval", metavar="S", type=seconds, help=pings)
    return parser


def _wrong_value(error: argparse.ArgumentError, parser: argparse.ArgumentParser) -> str:
    if isinstance(error.__context__, argparse.ArgumentTypeError):
        return f"{error.argument_name}: {error.message}"
    metavar = next(one.metavar for one in parser._actions if error.argument_name in one.option_strings)
    if metavar is None:
        return f"{error.argument_name} takes no value; write it alone"
    return f"{error.argument_name} needs a value; write {error.argument_name} {metavar}"


def _misplaced(word: str, parser: argparse.ArgumentParser) -> str:
    known = [option for action in parser._actions for option in action.option_strings if option.startswith("--")]
    if not word.startswith("-"):
        return f'there is no place for "{word}"; leave it away, or see: evse-csms --help'
    close = get_close_matches(word.partition("=")[0], known, 1)
    return f"there is no {word}; " + (f'did you mean "{close[0]}"?' if close else f"known here: {', '.join(known)}")


def _refuse(what: str) -> NoReturn:
    sys.stderr.write(f"evse-csms: {what}\n")
    raise SystemExit(WRONG_USE)
