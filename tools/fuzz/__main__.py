"""`python -m tools.fuzz [TARGET …] --seconds N`: coverage-guided octets against what board and network send.

A target is one of `targets.py`, or a message of the network by the name of its schema (`Reset`, `AuthorizeResponse`):
then only its payload is made up.

Starts from the corpus in the tree and keeps what it finds in the folder of `--dir`. What broke a promise lies there
too, as `crash-…`; `--play FILE` plays it again. `--merge` takes into the corpus what takes new branches.
Exit codes: 0 nothing found, 1 a promise broken, 3 no atheris for this Python and machine.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.at_least_one import at_least_one
from tools.fuzz import message
from tools.fuzz.merge import merge
from tools.fuzz.network import words
from tools.fuzz.targets import OF_THE_NETWORK, TARGETS, target_called

CORPUS = Path(__file__).resolve().parents[2] / "tests" / "corpus"
LONGEST = 600
LONGEST_OF_THE_NETWORK = 2_000
SLOWEST_S = 5
MEMORY_MB = 1024


def main() -> None:
    given = _arguments()
    if given.play is not None:
        for name in given.targets:
            target_called(name)(given.play.read_bytes())
        print(f"{given.play} keeps every promise")
        return
    if given.merge:
        for name in given.targets:
            print(f"{name}: {take_in(name, given.dir / name)} taken into the corpus")
        return
    if importlib.util.find_spec("atheris") is None:
        print("no atheris: its wheels are for Linux on x86-64 and CPython 3.11 to 3.13", file=sys.stderr)
        sys.exit(3)
    failed = [name for name in given.targets if not fuzz(name, given)]
    if any(map(is_of_the_network, given.targets)):
        _tell_what_was_reached()
    print(f"fuzzed: {', '.join(given.targets)}; promises broken: {', '.join(failed) or 'none'}")
    sys.exit(1 if failed else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.fuzz", description="Coverage-guided fuzzing of the links.")
    known = f"of {', '.join(TARGETS)} (all), or a message of the network by the name of its schema"
    parser.add_argument("targets", nargs="*", metavar="TARGET", default=list(TARGETS), help=known)
    lasts = parser.add_mutually_exclusive_group()
    lasts.add_argument("--minutes", type=at_least_one, default=1, help="for each target (1)")
    lasts.add_argument("--seconds", type=at_least_one, help="instead of minutes")
    parser.add_argument("--dir", type=Path, default=Path(".fuzz"), help="where finds are kept (.fuzz)")
    parser.add_argument("--merge", action="store_true", help="take new coverage into the corpus of the tree")
    parser.add_argument("--play", type=Path, metavar="FILE", help="give one file to the targets and stop")
    given = parser.parse_args()
    given.seconds = given.seconds or 60 * given.minutes
    unknown = [name for name in given.targets if name not in (*TARGETS, *message.MESSAGES)]
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join((*TARGETS, *message.MESSAGES))}")
    if given.play is not None and not given.play.is_file():
        parser.error(f"no file {given.play}; what broke a promise lies in {given.dir}/TARGET/crash-…")
    if given.merge and (missing := [name for name in given.targets if not (given.dir / name).is_dir()]):
        parser.error(f"nothing was fuzzed into {given.dir} for {', '.join(missing)}; first: python -m tools.fuzz")
    return given


def fuzz(name: str, given: argparse.Namespace) -> bool:
    """Whether the target held for its time. libFuzzer ends its process, so each target has one of its own."""
    folder = given.dir.resolve() / name
    folder.mkdir(parents=True, exist_ok=True)
    corpus = _payloads(name, given.dir.resolve()) if name in message.MESSAGES else CORPUS / name
    limits = (f"-timeout={SLOWEST_S}", f"-rss_limit_mb={MEMORY_MB}")
    command = [sys.executable, "-m", "tools.fuzz.one", name, f"-artifact_prefix={folder}/", *limits]
    command += _language(given.dir.resolve() / "words.dict") if is_of_the_network(name) else [f"-max_len={LONGEST}"]
    folders = (str(folder), str(corpus))
    return subprocess.run([*command, f"-max_total_time={given.seconds}", *folders], check=False).returncode == 0


def is_of_the_network(name: str) -> bool:
    return name in message.MESSAGES or TARGETS[name] in OF_THE_NETWORK


def take_in(name: str, folder: Path) -> int:
    """Take the finds that take new branches into the corpus of the tree, those of one message whole; how many."""
    found = (file.read_bytes() for file in finds(folder))
    if name not in message.MESSAGES:
        return merge(CORPUS / name, found, TARGETS[name])
    corpus = message.corpus_of(name)
    return merge(CORPUS / corpus, (message.whole(name, octets) for octets in found), TARGETS[corpus])


def _payloads(name: str, folder: Path) -> Path:
    """What the corpus of all messages has of this one, to begin with."""
    begins = folder / "seeds" / name
    begins.mkdir(parents=True, exist_ok=True)
    for number, payload in enumerate(message.payloads_of(name, CORPUS)):
        (begins / str(number)).write_bytes(payload)
    return begins


def _tell_what_was_reached() -> None:
    missing = sorted(set(message.MESSAGES) - set(message.reached(CORPUS)))
    whole = len(message.MESSAGES) - len(missing)
    print(f"the corpus takes {whole} of {len(message.MESSAGES)} messages the whole way; not: {missing or 'none'}")


def _language(file: Path) -> list[str]:
    """Options for what is JSON: longer, and made of words that no mutation would ever find."""
    file.write_text("".join(f'"\\"{word}\\""\n' for word in words()))
    return [f"-max_len={LONGEST_OF_THE_NETWORK}", f"-dict={file}"]


def finds(folder: Path) -> Iterator[Path]:
    """What the fuzzer kept there, without what broke a promise."""
    return (file for file in folder.iterdir() if not file.name.startswith(("crash-", "timeout-", "oom-", "slow-")))


if __name__ == "__main__":
    main()
